"""Which weights of networks are on this machine."""

from __future__ import annotations

from pathlib import Path

from hpa_features.pipeline.doctor_check import Check, Kind
from hpa_features.pipeline.doctor_packages import EXTRAS, download_command
from hpa_features.segmentation.cellpose.packages import NEEDED
from hpa_features.segmentation.cellpose.weights import known_weights

_OWN = "a network of your own: --segmenter cellpose --cell-model or --nucleus-model"


def check_weights() -> list[Check]:
    """Return published weights, found or not, and other files in the folders of weights."""
    return [
        Check(
            Kind.WEIGHTS,
            each.name,
            usable=each.path is not None,
            found="" if each.path is None else f"{each.path}, {_size(each.path)}",
            problem="" if each.path is not None else "not on this machine",
            gives=_OWN if each.line is None else f"a network of {NEEDED[each.line].requirement}",
            fix="" if each.path is not None else download_command([each.name]),
            part_of=tuple(extra.name for extra in EXTRAS if each.name in extra.weights),
        )
        for each in known_weights()
    ]


def _size(path: Path) -> str:
    return f"{path.stat().st_size / 10**6:,.1f} MB"
