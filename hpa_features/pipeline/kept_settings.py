"""Settings that run.json, tables and bundles keep, read as this version means them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hpa_features.core.settings import ExtractSettings, SegmenterName
from hpa_features.core.stored_settings import with_defaults

_SEEN_OTHERWISE = {"families", "input"}  # families show in the columns; files differ by themselves
_DIGEST, _SHOWN = "segmenter_digest", 12
_CELLPOSE, _EMBEDDING = "cellpose", "embedding"
_WEIGHTS = (f"{_CELLPOSE} nucleus_sha256", f"{_CELLPOSE} cell_sha256")
_FILES = (*_WEIGHTS, f"{_EMBEDDING} sha256")


def as_kept_now(kept: Mapping[str, Any], kind: type) -> dict[str, Any]:
    """Return kept settings of a verb with settings `kind` as this version would keep them.

    What they lack has its default. Before segmenters had digests, `auto` was kept as such, and
    the code had its first version.
    """
    from hpa_features.segmentation.segmenter import digest_of

    settings = with_defaults(kept, kind)
    name = settings.get("segmenter")
    if name == SegmenterName.AUTO:
        files = settings["input"]
        masks = isinstance(files, dict) and files.get("masks")
        name = SegmenterName.PRECOMPUTED if masks else SegmenterName.WATERSHED
        settings["segmenter"] = name.value
    if name in list(SegmenterName) and not settings.get(_DIGEST):
        settings[_DIGEST] = digest_of(SegmenterName(name), 1)
    return settings


def differences(trained: Mapping[str, Any], given: Mapping[str, Any]) -> list[str]:
    """Return what differs between the settings of two extractions, in words.

    Which families were measured shows in the columns; how files were read belongs to the files.
    """
    kept = [as_kept_now(each, ExtractSettings) for each in (trained, given)]
    with_vectors = all(each.get(_EMBEDDING) for each in kept)
    trained, given = (_flat(each) for each in kept)
    names = (set(trained) | set(given)) - _SEEN_OTHERWISE
    if not with_vectors:  # which shows in the columns
        names = {each for each in names if not each.startswith(_EMBEDDING)}
    if trained["segmenter"] != given["segmenter"]:
        names = {each for each in names if each != _DIGEST and not each.startswith(_CELLPOSE)}
    elif any(trained.get(each) != given.get(each) for each in _WEIGHTS):
        names.discard(_DIGEST)  # it differs because the weights do, which are shown
    return [
        f"{name} {_shown(name, given)} here, {_shown(name, trained)} in training"
        for name in sorted(names)
        if given.get(name) != trained.get(name)
    ]


def _flat(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return `settings` with those of Cellpose and of an embedding among the others."""
    parts = (_CELLPOSE, _EMBEDDING)
    flat = {name: value for name, value in settings.items() if name not in parts}
    for part in parts:
        own = settings.get(part) or {}
        flat.update({f"{part} {name}": value for name, value in own.items()})
    return flat


def _shown(name: str, settings: Mapping[str, Any]) -> str:
    value = settings.get(name)
    return str(value)[:_SHOWN] if name == _DIGEST or name in _FILES else repr(value)
