"""What a network is given, read from the sidecar ``MODEL.toml`` or the metadata of the file.

Nothing that decides values is guessed: a key without a default must be there.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hpa_features.core.embedding_settings import (
    EmbeddingSettings,
    Normalization,
    Per,
    Pooling,
    Scope,
)
from hpa_features.core.errors import DataError
from hpa_features.core.nearest import did_you_mean
from hpa_features.core.types import CHANNEL_OF_COLOUR, CHANNELS, PLAUSIBLE_PIXEL_UM
from hpa_features.embedding.presets import PRESETS

PREFIX = "hpa_feat."
"""Of the keys in the metadata of a file."""
PAGE = "docs/embeddings.md"
_WORDS = {
    "name": str,
    "preset": str,
    "per": str,
    "channels": list,
    "pixel_size_um": float,
    "crop_um": float,
    "input_px": int,
    "masked": bool,
    "normalization": str,
    "scope": str,
    "mean": list,
    "sd": list,
    "input": str,
    "output": str,
    "pooling": str,
    "licence": str,
    "source": str,
}
_KINDS = {str: "text", list: "a list", float: "a number", int: "an integer", bool: "true or false"}
_MOST_PX = 4096
_SAME_SIZE = 0.01  # share by which crop_um may differ from input_px × pixel_size_um
_IMAGENET = {"mean": [0.485, 0.456, 0.406], "sd": [0.229, 0.224, 0.225]}


def sidecar_of(path: Path) -> Path:
    """Return where the description of a model file is looked for."""
    return path.with_suffix(".toml")


def describe(path: Path, metadata: Mapping[str, str]) -> EmbeddingSettings:
    """Return what the model file `path` is described as; of its output only what is stated.

    A key of the sidecar replaces that of the file's `metadata`, and both those of a preset.

    Raises
    ------
    DataError
        There is no description, or a key is missing, unknown or has a value that it cannot have.
    """
    sidecar = sidecar_of(path)
    own = {**_from_metadata(path, metadata), **_from_sidecar(sidecar)}
    where = str(sidecar) if sidecar.exists() else f"the metadata of {path}"
    if not own:
        raise DataError(
            f"{path} does not describe its input: there is no {sidecar}, and its metadata have no "
            f"{PREFIX}name.",
            hint=f'Write {sidecar}; preset = "imagenet" is a start ({PAGE}).',
        )
    description = _Description(where, {**_preset(where, own), **own})
    return description.settings(str(path))


def _from_sidecar(sidecar: Path) -> dict[str, Any]:
    if not sidecar.exists():
        return {}
    try:
        return tomllib.loads(sidecar.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{sidecar} cannot be read: {error}.", hint=f"See {PAGE}.") from error


def _from_metadata(path: Path, metadata: Mapping[str, str]) -> dict[str, Any]:
    """Return the keys with our prefix: values as in TOML, text also without quotes."""
    found = {}
    for key, text in metadata.items():
        if not key.startswith(PREFIX):
            continue
        name = key.removeprefix(PREFIX)
        if _WORDS.get(name) is str and not text.startswith(('"', "'")):
            found[name] = text
            continue
        try:
            found[name] = tomllib.loads(f"value = {text}")["value"]
        except ValueError as error:
            raise DataError(
                f"the metadata of {path}: {key} is {text!r}, wanted a value as in TOML."
            ) from error
    return found


def _preset(where: str, own: Mapping[str, Any]) -> Mapping[str, Any]:
    name = own.get("preset", "")
    if not name:
        return {}
    if name not in PRESETS:
        hint = did_you_mean(str(name), PRESETS) or f"Choose from: {', '.join(PRESETS)}."
        raise DataError(f"{where}: there is no preset {name!r}.", hint=hint)
    return PRESETS[name]


class _Description:
    """Keys and values of a description, and where they stand."""

    def __init__(self, where: str, values: Mapping[str, Any]) -> None:
        self._where = where
        self._values = dict(values)
        for key, value in values.items():
            self._check(key, value)

    def settings(self, path: str) -> EmbeddingSettings:
        """Return the settings that are described."""
        per = self._choice("per", Per, Per.CELL)
        normalization = self._normalization()
        channels = self._channels()
        mean, sd = self._fixed(normalization, len(channels))
        summed = normalization in (Normalization.MIN_MAX, Normalization.Z_SCORE)
        return EmbeddingSettings(
            name=self._name(),
            per=per,
            channels=channels,
            input_px=self._input_px(),
            pixel_size_um=self._pixel_size(per),
            masked=self._masked(per),
            normalization=normalization,
            scope=self._choice("scope", Scope) if summed else Scope.CHANNEL,
            mean=mean,
            sd=sd,
            input=self._values.get("input", ""),
            output=self._values.get("output", ""),
            pooling=self._choice("pooling", Pooling, Pooling.NONE),
            path=path,
            preset=self._values.get("preset", ""),
            licence=self._values.get("licence", ""),
            source=self._values.get("source", ""),
        )

    def _wrong(self, key: str, wanted: str) -> DataError:
        found = f"is {self._values[key]!r}" if key in self._values else "is missing"
        return DataError(f"{self._where}: {key} {found}; wanted {wanted}.", hint=f"See {PAGE}.")

    def _check(self, key: str, value: Any) -> None:
        if key not in _WORDS:
            hint = did_you_mean(key, _WORDS) or f"Known: {', '.join(_WORDS)}."
            raise DataError(f"{self._where}: there is no key {key!r}.", hint=hint)
        kind = _WORDS[key]
        accepted = (int, float) if kind is float else (kind,)
        if not isinstance(value, accepted) or isinstance(value, bool) is not (kind is bool):
            raise self._wrong(key, _KINDS[kind])

    def _name(self) -> str:
        name = self._values.get("name", "")
        if not (name.isascii() and name.isalnum()):
            raise self._wrong("name", "letters and digits, which name the columns")
        return str(name)

    def _choice(self, key: str, kind: Any, default: Any = None) -> Any:
        if key not in self._values and default is not None:
            return default
        if self._values.get(key) not in list(kind):
            raise self._wrong(key, " or ".join(f'"{each}"' for each in kind))
        return kind(self._values[key])

    def _channels(self) -> tuple[str, ...]:
        names = {each.casefold(): each.value for each in CHANNELS}
        names.update({colour: channel.value for colour, channel in CHANNEL_OF_COLOUR.items()})
        given = self._values.get("channels", [])
        found = tuple(names.get(str(each).casefold(), "") for each in given)
        if not found or "" in found:
            known = ", ".join(f"{each} ({each.colour})" for each in CHANNELS)
            raise self._wrong("channels", f"a list in the order of the input, of {known}")
        return found

    def _input_px(self) -> int:
        size = self._values.get("input_px", 0)
        if not 1 <= size <= _MOST_PX:
            raise self._wrong("input_px", f"the edge of the input in pixels, 1 to {_MOST_PX}")
        return int(size)

    def _pixel_size(self, per: Per) -> float | None:
        """Return the pixel size, from the edge of the crop where only that is given."""
        size, crop = self._values.get("pixel_size_um"), self._values.get("crop_um")
        pixels = self._input_px()
        if size is None and crop is None:
            if per is Per.CELL:
                raise self._wrong("pixel_size_um", "the pixel size of the input in µm, or crop_um")
            return None
        if size is None:
            size = crop / pixels if crop else 0.0
        elif crop is not None and abs(crop - size * pixels) > _SAME_SIZE * size * pixels:
            raise self._wrong("crop_um", f"{size * pixels:g}, input_px × pixel_size_um")
        low, high = PLAUSIBLE_PIXEL_UM
        if not low <= size <= high:
            raise DataError(
                f"{self._where}: a pixel of the input has {size:g} µm; wanted {low:g} to {high:g}.",
                hint="pixel_size_um, or crop_um / input_px.",
            )
        return float(size)

    def _masked(self, per: Per) -> bool:
        masked = self._values.get("masked")
        if per is Per.FIELD:
            if masked:
                raise self._wrong("masked", 'false with per = "field"')
            return False
        if masked is None:
            raise self._wrong("masked", "true (pixels outside the cell are 0) or false")
        return bool(masked)

    def _normalization(self) -> Normalization:
        if self._values.get("normalization") == "imagenet":
            self._values = {**self._values, **_IMAGENET, "normalization": "fixed"}
        found: Normalization = self._choice("normalization", Normalization)
        return found

    def _fixed(
        self, normalization: Normalization, channels: int
    ) -> tuple[tuple[float, ...], tuple[float, ...]]:
        if normalization is not Normalization.FIXED:
            return (), ()
        found = []
        for key in ("mean", "sd"):
            numbers = self._values.get(key, [])
            good = all(type(each) in (int, float) and math.isfinite(each) for each in numbers)
            if not good or len(numbers) != channels or (key == "sd" and min(numbers) <= 0):
                raise self._wrong(key, f"a number for each of the {channels} channels, sd above 0")
            found.append(tuple(float(each) for each in numbers))
        return found[0], found[1]
