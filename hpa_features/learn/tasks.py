"""What tasks of a training are given, and who runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from hpa_features.learn.folds import Rows

# LightGBM's.
Parameters: TypeAlias = Mapping[str, Any]


class Run(Protocol):
    """Calls tasks, in this process or in others; no result depends on how."""

    def __call__(
        self, tasks: Sequence[Callable[[], Any]], what: str, *, more: int = 0
    ) -> Iterable[Any]:
        """Return the results in the order of the tasks.

        `what` names the step for people who wait; `more` tasks of the same step come later.
        """


@dataclass(frozen=True, slots=True)
class Split:
    """Rows to learn from and rows to score.

    Attributes
    ----------
    bins
        Name of the binned Dataset.
    binned
        Sorted rows of the table that it holds.
    train
        Sorted rows to learn from, all in `binned`.
    held
        Sorted rows to score.
    changed
        Parameters that are this split's own.
    networks
        Places of columns that trees split on only where they are related to the label.
    """

    bins: str
    binned: Rows
    train: Rows
    held: Rows
    changed: Parameters = field(default_factory=dict)
    networks: tuple[int, ...] = ()
