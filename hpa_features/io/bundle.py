"""A trained model as a directory of plain files: written whole, read without running anything.

``model.json`` (facts), ``boosters/*.txt`` (LightGBM's text), ``numbers.safetensors`` (arrays),
``oof.parquet`` (out-of-fold table), ``card.md`` (for people). ``model.json`` carries the sha256
of every other file but the card.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import safetensors
from numpy.typing import NDArray
from safetensors.numpy import load, save

from hpa_features.core.errors import BundleError, UsageError
from hpa_features.io.atomic import replacing_folder
from hpa_features.io.booster_text import canonical_booster
from hpa_features.io.limits import LARGEST
from hpa_features.io.oof import OutOfFold, read_oof, write_oof
from hpa_features.io.shape import check_shape

FORMAT = 5
FACTS, NUMBERS, OOF, CARD = "model.json", "numbers.safetensors", "oof.parquet", "card.md"
_BOOSTER_NAME = re.compile(r"boosters/[A-Za-z0-9_-]{1,80}\.txt")
# Far above any real bundle; a forged file is refused before it is read.
_LIMIT_BYTES = {FACTS: 200 << 20, NUMBERS: 2 << 30, OOF: 8 << 30, CARD: 20 << 20}
_BOOSTER_LIMIT_BYTES = 500 << 20

_LABEL = {
    "name": str,
    "supported": bool,
    "rule": str,
    "threshold": float,
    "prevalence": float,
    "positives": int,
    "positive_groups": int,
    "rounds": [int],
    "boosters": [str],
    "calibration": dict,
    "learners": dict,
}
_CELLS = {"columns": [str], "labels": [int], "scores": [str], "boosters": [str]}
_SHAPE = {
    "hpa_feat": str,
    "labels": [_LABEL],
    "features": [{"name": str, "block": str, "acquisition": bool, "meaning": str}],
    "feature_schema": str,
    "extraction": dict,
    "training": dict,
    "learner": dict,
    "data": {"rows": int, "groups": int, "folds": int, "group": str, "digest": str},
    "report": {"kind": str},
    "novelty": {"group_rows": float},
    "warnings": [str],
    "dropped": dict,
    "files": dict,
}
# Facts that some bundles lack: where, name, shape.
_OPTIONAL = (
    ("extraction", "families", [str]),
    ("training", "blocks", [str]),
    ("training", "cells", str),
    ("data", "features", str),
)


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a bundle directory holds.

    Attributes
    ----------
    facts
        ``model.json`` without its list of files; `_SHAPE` above lists its keys.
    boosters
        Name (``boosters/….txt``) → LightGBM's text of one fold model; after reading, as
        `canonical_booster` writes it.
    numbers
        Name → float array.
    oof
        Out-of-fold table.
    card
        Model card, Markdown.
    digest
        Of ``model.json`` as it was read, which names the digests of the other files: two bundles
        of one digest predict the same. Empty for one that was not read.
    """

    facts: Mapping[str, Any]
    boosters: Mapping[str, str]
    numbers: Mapping[str, NDArray[np.floating[Any]]]
    oof: OutOfFold
    card: str
    digest: str = ""


def check_place(folder: Path, *, overwrite: bool) -> None:
    """Refuse a place where a bundle must not go, before any work.

    Raises
    ------
    UsageError
        Something is there and `overwrite` is off, or it is not a bundle.
    """
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if not (folder / FACTS).is_file():
        raise UsageError(
            f"{folder} exists and is not an hpa-feat model.", hint="Give -o another folder."
        )
    if not overwrite:
        raise UsageError(
            f"{folder} already holds a model.", hint="Replace it with --overwrite, or change -o."
        )


def write_bundle(
    bundle: Bundle,
    folder: Path,
    *,
    overwrite: bool = False,
    check: Callable[[Path], None] | None = None,
) -> None:
    """Write a bundle, which is whole under its name.

    `check` is called with the temporary folder; where it raises, `folder` stays as it was.

    Raises
    ------
    UsageError
        As `check_place`.
    """
    check_place(folder, overwrite=overwrite)
    with replacing_folder(folder) as new:
        _write_files(bundle, new)
        if check is not None:
            check(new)


def _write_files(bundle: Bundle, folder: Path) -> None:
    (folder / "boosters").mkdir()
    for name, text in bundle.boosters.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    # safetensors writes the memory as it lies, whatever its order of axes.
    numbers = {name: np.ascontiguousarray(each) for name, each in sorted(bundle.numbers.items())}
    (folder / NUMBERS).write_bytes(save(numbers))
    write_oof(bundle.oof, folder / OOF)
    (folder / CARD).write_text(bundle.card, encoding="utf-8", newline="\n")
    names = (*bundle.boosters, NUMBERS, OOF)
    files = {name: _sha256((folder / name).read_bytes()) for name in names}
    facts = {"format": FORMAT, **bundle.facts, "files": files}
    text = json.dumps(facts, indent=1, ensure_ascii=False, allow_nan=False)
    (folder / FACTS).write_text(text + "\n", encoding="utf-8", newline="\n")


def read_bundle(folder: Path) -> Bundle:
    """Read and check a bundle.

    Raises
    ------
    BundleError
        A file is missing, too large, changed, of another type or format, or a name leaves the
        folder.
    """
    facts, digest = _read_facts(folder)
    files = facts.pop("files")
    cells = facts.get("cells", {}) or dict.fromkeys(_CELLS, ())
    wanted = {name for label in facts["labels"] for name in label["boosters"]} | {
        *cells["boosters"]
    }
    if set(files) != wanted | {NUMBERS, OOF}:
        raise BundleError(
            f"{folder / FACTS} does not list the files that its labels and cells need."
        )
    for name in wanted:
        if not _BOOSTER_NAME.fullmatch(name):
            raise BundleError(f"{folder / FACTS}: {name!r} is not a valid model file name.")
    boosters, of_cells, seen = {}, set(cells["boosters"]), (*facts["features"], *cells["scores"])
    for name in sorted(wanted):
        text = _text(_content(folder, name, files[name]), folder / name)
        columns = cells["columns"] if name in of_cells else seen
        boosters[name] = canonical_booster(text, len(columns), str(folder / name))
    try:
        numbers = load(_content(folder, NUMBERS, files[NUMBERS]))
    except (safetensors.SafetensorError, KeyError, ValueError) as error:
        raise BundleError(f"{folder / NUMBERS} is not a safetensors file: {error}") from error
    if any(array.dtype not in (np.float32, np.float64) for array in numbers.values()):
        raise BundleError(f"{folder / NUMBERS} must hold 32- or 64-bit floating point numbers.")
    labels = [label["name"] for label in facts["labels"]]
    content = _content(folder, OOF, files[OOF])
    oof = read_oof(content, folder / OOF, labels, facts["data"]["rows"])
    card = _text(_content(folder, CARD, None), folder / CARD)
    return Bundle(facts, boosters, numbers, oof, card, digest)


def _read_facts(folder: Path) -> tuple[dict[str, Any], str]:
    """Return what ``model.json`` holds, checked, and its sha256."""
    if not (folder / FACTS).is_file():
        raise BundleError(
            f"{folder} is not a model: it has no {FACTS}.",
            hint="Make one with: hpa-feat train FEATURES LABELS -o DIR",
        )
    path = folder / FACTS
    content = _content(folder, FACTS, None)
    text = _text(content, path)
    try:
        facts: Any = json.loads(
            text, parse_float=_number, parse_int=_whole, parse_constant=_no_constant
        )
        json.dumps(facts, ensure_ascii=False).encode()  # half a surrogate pair cannot be written
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{path} is not valid JSON: {error}") from error
    check_shape(facts, {"format": int}, str(path))
    if facts.pop("format") != FORMAT:
        raise BundleError(
            f"{path} does not have the format {FORMAT}.",
            hint="Train again with this version of hpa-feat, or use the version that wrote it.",
        )
    check_shape(facts, _SHAPE, str(path))
    check_shape(list(facts["files"].values()), [str], f"{path}.files")
    for part, name, shape in _OPTIONAL:
        if name in facts[part]:
            check_shape(facts[part][name], shape, f"{path}.{part}.{name}")
    cells = facts.get("cells", {})
    check_shape(cells, {} if cells == {} else _CELLS, f"{path}.cells")
    if not facts["labels"] or not (facts["features"] or cells):
        raise BundleError(f"{path} lists no labels or no features.")
    names = [label["name"] for label in facts["labels"]]
    if len(set(names)) != len(names):
        raise BundleError(f"{path} must list each label once.")
    return dict(facts), _sha256(content)


def _number(text: str) -> float:
    """Return a number of JSON.

    Raises
    ------
    ValueError
        It is larger than any of a genuine model, so that results could be infinite.
    """
    if not abs(float(text)) <= LARGEST:
        _no_constant(text)
    return float(text)


def _whole(text: str) -> int:
    _number(text)
    return int(text)


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text[:40]} is not a finite number within ±{LARGEST:g}")


def _content(folder: Path, name: str, digest: str | None) -> bytes:
    path = folder / name
    if path.is_symlink() or path.parent.is_symlink() or not path.is_file():
        raise BundleError(f"{path} is missing or not a regular file.")
    limit = _LIMIT_BYTES.get(name, _BOOSTER_LIMIT_BYTES)
    if path.stat().st_size > limit:
        raise BundleError(f"{path} is larger than {limit:,} bytes.")
    content = path.read_bytes()
    if digest is not None and _sha256(content) != digest:
        raise BundleError(
            f"{path} is truncated or was changed: its sha256 differs from the one in {FACTS}.",
            hint="Copy the whole folder again.",
        )
    return content


def _text(content: bytes, path: Path) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BundleError(f"{path} is not UTF-8 text.") from error


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
