"""What an ablation found: figures of each set of columns, and what each side adds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hpa_features.pipeline.ablate_sets import CLASSICAL, NETWORKS

if TYPE_CHECKING:
    from hpa_features.learn.bootstrap import Difference
    from hpa_features.learn.precision_draws import Gap


@dataclass(frozen=True, slots=True)
class Ablated:
    """How a model of one set of columns ranks and decides.

    Attributes
    ----------
    name
        Of the set.
    columns
        How many it has.
    macro_f1, mean_ap
        Means over labels with a positive row.
    ap, f1
        Of each label; None without positives.
    precision_gap, f1_gap
        By how much the model of everything is better.
    """

    name: str
    columns: int
    macro_f1: float
    mean_ap: float
    ap: tuple[float, ...]
    f1: tuple[float, ...]
    precision_gap: Gap
    f1_gap: Difference

    @property
    def words(self) -> str:
        """The set's name as people read it: what stands alone is marked so."""
        return f"{self.name} only" if self.name in {CLASSICAL, NETWORKS} else self.name


@dataclass(frozen=True, slots=True)
class AblateSummary:
    """What an ablation found.

    Attributes
    ----------
    labels
        Their names.
    sets
        Everything first.
    fields, groups
        Rows, and their groups.
    kind
        ``nested`` or ``cross-fitted``.
    seconds
        Wall time.
    output
        The folder.
    """

    labels: tuple[str, ...]
    sets: tuple[Ablated, ...]
    fields: int
    groups: int
    kind: str
    seconds: float
    output: str

    def set_named(self, name: str) -> Ablated | None:
        """Return a set, None if it was not trained on."""
        return next((each for each in self.sets if each.name == name), None)


def added(summary: AblateSummary) -> Mapping[str, Ablated]:
    """Return what classical features and networks add: the model that lacks each of them."""
    named = {"classical features": NETWORKS, "the network": CLASSICAL}
    found = {what: summary.set_named(name) for what, name in named.items()}
    return {what: each for what, each in found.items() if each is not None}
