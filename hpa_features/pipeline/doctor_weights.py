"""Which weights of networks are on this machine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hpa_features.pipeline.doctor_check import Check, Kind
from hpa_features.pipeline.doctor_packages import EXTRAS, download_command
from hpa_features.segmentation.cellpose.packages import NEEDED
from hpa_features.segmentation.cellpose.weights import Found, known_weights, looks_like_weights

_OWN = "a network of your own: --segmenter cellpose --cell-model or --nucleus-model"


def check_weights() -> list[Check]:
    """Return published weights, found or not, and other files in the folders of weights."""
    return [_check(each) for each in known_weights()]


def _check(weights: Found) -> Check:
    gives = _OWN if weights.line is None else f"a network of {NEEDED[weights.line].requirement}"
    part_of = tuple(extra.name for extra in EXTRAS if weights.name in extra.weights)
    check = Check(Kind.WEIGHTS, weights.name, usable=False, gives=gives, part_of=part_of)
    fetch = "" if weights.line is None else download_command([weights.name])
    if weights.path is None:
        return replace(check, problem="not on this machine", fix=fetch)
    found = f"{weights.path}, {_size(weights.path)}"
    if not looks_like_weights(weights.path):
        problem = f"{weights.path} is not a file of PyTorch, or cannot be read"
        fix = fetch and f"{fetch} --overwrite"
        return replace(check, found=found, problem=problem, fix=fix)
    return replace(check, usable=True, found=found)


def _size(path: Path) -> str:
    return f"{path.stat().st_size / 10**6:,.1f} MB"
