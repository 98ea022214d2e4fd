"""Which fields `view` shows, in which order, and what is written below them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hpa_features.core.errors import UsageError
from hpa_features.core.nearest import did_you_mean
from hpa_features.core.progress import Progress
from hpa_features.core.view_settings import ViewSettings

if TYPE_CHECKING:
    from hpa_features.core.tables import LabelTable
    from hpa_features.io.predictions import Predictions


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of each field, by id.

    Attributes
    ----------
    given
        Its true labels; empty: no table of labels.
    predicted
        Its predicted labels; empty: no predictions.
    probability
        Probability of each label; empty: unknown.
    labels
        All names of labels.
    """

    given: Mapping[str, frozenset[str]]
    predicted: Mapping[str, frozenset[str]]
    probability: Mapping[str, Mapping[str, float]]
    labels: tuple[str, ...]

    def lines(self, field: str, label: str) -> tuple[str, ...]:
        """Return what is known of a field, a text each; `label` with its probability."""
        lines = []
        if field in self.given:
            lines.append(f"labels: {', '.join(sorted(self.given[field])) or 'none'}")
        if field in self.predicted:
            lines.append(f"predicted: {', '.join(sorted(self.predicted[field])) or 'none'}")
        if label in self.probability.get(field, {}):
            lines.append(f"{label}: probability {self.probability[field][label]:.3f}")
        return tuple(lines)


def read_known(settings: ViewSettings, progress: Progress) -> Known:
    """Read labels and predictions.

    Raises
    ------
    UsageError
        A file cannot be read; the selection needs one that is not given, or a label that is in
        none.
    """
    from hpa_features.io.labels import read_labels
    from hpa_features.io.prediction_files import read_predictions

    truth = read_labels(settings.labels, progress=progress) if settings.labels else None
    found = read_predictions(settings.predictions) if settings.predictions else None
    if settings.worst and (truth is None or found is None or found.probability is None):
        raise UsageError(
            "--worst compares probabilities with true labels.",
            hint="Give --labels and --predictions with probabilities (predict --format wide).",
        )
    if settings.label and truth is None and found is None:
        raise UsageError("--label needs --labels or --predictions.")
    names = tuple(
        dict.fromkeys((*(truth.labels if truth else ()), *(found.labels if found else ())))
    )
    if settings.label and settings.label not in names:
        near = did_you_mean(settings.label, names)
        raise UsageError(f"--label {settings.label}: no such label. {near}".rstrip())
    return Known(_given(truth), _predicted(found), _probability(found), names)


def _given(truth: LabelTable | None) -> dict[str, frozenset[str]]:
    if truth is None:
        return {}
    return {
        each: frozenset(name for name, has in zip(truth.labels, bits) if has)
        for each, bits in zip(truth.ids, truth.truth)
    }


def _predicted(found: Predictions | None) -> dict[str, frozenset[str]]:
    if found is None:
        return {}
    return {
        each: frozenset(name for name, has in zip(found.labels, bits) if has)
        for each, bits in zip(found.ids, found.decision)
    }


def _probability(found: Predictions | None) -> dict[str, dict[str, float]]:
    if found is None or found.probability is None:
        return {}
    return {
        each: dict(zip(found.labels, values.tolist()))
        for each, values in zip(found.ids, found.probability)
    }


@dataclass(frozen=True, slots=True)
class Shown:
    """A field to show, and the label that it is shown for; empty: none."""

    id: str
    label: str


def choose(ids: Sequence[str], known: Known, settings: ViewSettings) -> list[Shown]:
    """Return the fields to show, at most ``settings.most``, in their order.

    Parameters
    ----------
    ids
        All fields, in the order of the input.
    known
        What is known of them.
    settings
        What is wanted.
    """
    if settings.worst:
        return _worst(ids, known, settings)[: settings.most]
    if not settings.label:
        return [Shown(each, "") for each in ids[: settings.most]]
    has = known.given or known.predicted
    among = [each for each in ids if settings.label in has.get(each, ())]
    scores = np.array([known.probability.get(each, {}).get(settings.label, 0.0) for each in among])
    order = np.argsort(-scores, kind="stable")
    return [Shown(among[at], settings.label) for at in order.tolist()][: settings.most]


def _worst(ids: Sequence[str], known: Known, settings: ViewSettings) -> list[Shown]:
    """Return each field once, for the label that its prediction contradicts most."""
    found = []
    for at, each in enumerate(ids):
        if each not in known.given or each not in known.predicted:
            continue
        wrong = known.given[each] ^ known.predicted[each]
        gaps = [
            (abs((name in known.given[each]) - known.probability[each][name]), name)
            for name in sorted(wrong)
            if name in known.probability[each] and settings.label in ("", name)
        ]
        if gaps:
            gap, name = max(gaps, key=lambda pair: pair[0])
            found.append((-gap, at, Shown(each, name)))
    return [shown for *_, shown in sorted(found, key=lambda each: each[:2])]
