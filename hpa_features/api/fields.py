"""`make_field` and `read_fields`: arrays and files become fields."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from numpy.typing import NDArray

from hpa_features.api.checks import input_settings
from hpa_features.api.python_words import PYTHON, speaks_python
from hpa_features.core.errors import DataError, FieldError, UsageError
from hpa_features.core.failures import Failure
from hpa_features.core.settings import FieldSettings, InputSettings, SegmenterName, SegmentSettings
from hpa_features.core.types import (
    CHANNELS,
    Channel,
    Field,
    FieldSource,
    PixelSizeSource,
)

if TYPE_CHECKING:
    from hpa_features.core.types import Plane

PathLike: TypeAlias = str | os.PathLike[str]
ChannelInput: TypeAlias = NDArray[Any] | PathLike
_ARGUMENT = {
    Channel.DNA: "dna",
    Channel.MICROTUBULES: "microtubules",
    Channel.ER: "er",
    Channel.PROTEIN: "protein",
}


@speaks_python
def make_field(
    dna: ChannelInput,
    microtubules: ChannelInput,
    er: ChannelInput | None,
    protein: ChannelInput,
    pixel_size_um: float | None = None,
    *,
    field_id: str = "",
    bit_depth: int | None = None,
    float_range: tuple[float, float] | None = None,
    metadata: Mapping[str, object] | None = None,
) -> Field:
    """Make one field from four arrays, or from four image files.

    Parameters
    ----------
    dna, microtubules, er, protein
        The channels: (rows, columns) arrays of one shape, uint8, uint16, or floats from 0 to 1
        (which become 16-bit integers); or four paths. Arrays are copied. `er` may be None; its
        features are then missing.
    pixel_size_um
        Edge of a pixel in µm, for example 0.08. For files None means what they state; arrays need
        it.
    field_id
        Name of the field, unique among those that are measured together. By default ``field``, or
        what the file names contain.
    bit_depth
        Bits that the camera filled, where the integers have more (12 of 16).
    float_range
        (low, high) values that stand for black and saturation, for floats outside 0 to 1.
    metadata
        Facts about the field that become ``Metadata_`` columns, for example
        ``{"Antibody": "HPA000992", "Plate": "12"}``. `train` groups rows by Gene, Antibody or
        Plate where there is one.

    Returns
    -------
    Field
        Its `planes` map each channel to a (rows, columns) array of uint8 or uint16.

    Raises
    ------
    HpaFeatError
        A channel is missing, shapes differ, an array has another type, the pixel size is missing
        or impossible, or a file cannot be read.

    Examples
    --------
    >>> import numpy as np
    >>> import hpa_features as hf
    >>> dna, tubules, er, protein = np.zeros((4, 64, 96), np.uint8)
    >>> field = hf.make_field(dna, tubules, er, protein, pixel_size_um=0.32, field_id="blank")
    >>> field.shape
    (64, 96)
    """
    given = {Channel.DNA: dna, Channel.MICROTUBULES: microtubules}
    given |= {} if er is None else {Channel.ER: er}
    given |= {Channel.PROTEIN: protein}
    for channel in CHANNELS:
        if channel is not Channel.ER and given[channel] is None:
            raise UsageError(
                f"{_ARGUMENT[channel]} is None: a field needs its {channel} channel.",
                hint="Only er may be None.",
            )
    settings = input_settings(pixel_size_um, bit_depth, float_range, allow_missing_er=er is None)
    facts = {
        name.removeprefix("Metadata_"): "" if fact is None else str(fact)
        for name, fact in (metadata or {}).items()
    }
    paths, arrays = {}, {}
    for channel, value in given.items():
        if isinstance(value, str | os.PathLike):
            paths[channel] = os.fspath(value)
        else:
            arrays[channel] = value
    if paths and arrays:
        raise UsageError(
            f"{_ARGUMENT[next(iter(paths))]} is a path and {_ARGUMENT[next(iter(arrays))]} is not.",
            hint="Pass arrays or paths for all channels.",
        )
    if paths:
        return _field_of_files(paths, field_id, settings, facts)
    return _field_of_arrays(arrays, field_id or "field", settings, facts)


@speaks_python
def read_fields(
    path: PathLike,
    *,
    pixel_size_um: float | None = None,
    masks: PathLike = "",
    bit_depth: int | None = None,
    float_range: tuple[float, float] | None = None,
    channel_order: str = "",
    channels: Mapping[str, int] | None = None,
    z: str | int = "",
    t: int | None = None,
    resolution_um: float | None = None,
    allow_missing_er: bool = False,
) -> list[Field]:
    """Read fields from files into memory.

    A field that cannot be read is excluded with an `HpaFeatWarning`. For more fields than memory
    holds, use ``hpa-feat extract`` and read its table with pandas.

    Parameters
    ----------
    path
        A folder (searched recursively), a glob, or a manifest, as ``hpa-feat extract`` takes them.
    pixel_size_um
        Edge of a pixel in µm where neither manifest nor file states it; None: it is found out, at
        last by the size of nuclei.
    masks
        Folder of ``<Id>_cells.png`` and ``<Id>_nuclei.png``; `segment` takes them with
        ``segmenter="auto"`` or ``"precomputed"``.
    bit_depth, float_range
        As for `make_field`.
    channel_order
        Colours of numbered files in order, ``blue,red,yellow,green``, or ``subcell``.
    channels
        Numbers, from 0, of the channels in files that hold all channels of a field, such as
        ``{"DNA": 0, "Microtubules": 1, "ER": 2, "Protein": 3}``; None: by the channels' names.
    z, t
        Of stacks in Z ``"max"``, the brightest value of each pixel, or the number of a plane; of
        time series the number of a time point. Both count from 0; otherwise they are refused.
    resolution_um
        Of files with several resolution levels, read the coarsest with pixels of up to this size;
        None: the full resolution.
    allow_missing_er
        Also read fields without a yellow file; ER is then ignored in all of them.

    Returns
    -------
    list of Field
        In the order of the manifest, else by id.

    Raises
    ------
    HpaFeatError
        Nothing is at `path`, it has no fields, or none can be read.

    Examples
    --------
    >>> import hpa_features as hf
    >>> fields = hf.read_fields("fields/manifest.csv")
    >>> len(fields), fields[0].shape, fields[0].pixel_size_um
    (18, (192, 192), 0.32)
    """
    from hpa_features.pipeline.input_fields import find_input_fields
    from hpa_features.pipeline.segment import read_to_segment
    from hpa_features.running.isolation import run_isolated

    files = input_settings(
        pixel_size_um,
        bit_depth,
        float_range,
        allow_missing_er=allow_missing_er,
        masks=os.fspath(masks),
        channel_order=channel_order,
        channels=",".join(f"{name}={number}" for name, number in (channels or {}).items()),
        z=z,
        t=t,
        resolution_um=resolution_um,
    )
    found = find_input_fields(os.fspath(path), FieldSettings(input=files), PYTHON)
    reading = SegmentSettings(input=files, segmenter=SegmenterName.PRECOMPUTED_OR_WATERSHED)
    read = [
        run_isolated(source.id, partial(read_to_segment, source, found.channels, reading))
        for source in found.sources
    ]
    fields = [each for each in read if isinstance(each, Field)]
    failed = [*found.failures, *(each for each in read if isinstance(each, Failure))]
    if not fields:
        first = f"{failed[0].id}: {failure_line(failed[0])}"
        raise DataError(f"None of {len(failed):,} fields can be read. The first, {first}")
    for each in failed:
        PYTHON.warn(f"field {each.id} is excluded: {failure_line(each)}")
    return fields


def failure_line(failure: Failure) -> str:
    """Return what is wrong with a field, its file and the remedy as one line."""
    file = f"{failure.file}: " if failure.file else ""
    return f"{file}{failure.error} {failure.hint}".strip()


def _field_of_arrays(
    given: Mapping[Channel, NDArray[Any]],
    field_id: str,
    settings: InputSettings,
    facts: Mapping[str, str],
) -> Field:
    from hpa_features.api.pixels import plane_of

    if settings.pixel_size_um is None:
        raise UsageError(
            "pixel_size_um is missing: features are measured in µm.",
            hint="Pass the edge of a pixel, for example pixel_size_um=0.08.",
        )
    planes: dict[Channel, Plane] = {}
    full_scale: dict[Channel, int] = {}
    for channel, values in given.items():
        with naming(field_id):
            planes[channel], full_scale[channel] = plane_of(values, _ARGUMENT[channel], settings)
    shapes = {_ARGUMENT[channel]: plane.shape for channel, plane in planes.items()}
    if len(set(shapes.values())) > 1:
        raise UsageError(
            f"The channels of field {field_id} differ in shape: "
            f"{', '.join(f'{name} {shape}' for name, shape in shapes.items())}.",
            hint="Pass four channels of one field; crop or resize none of them alone.",
        )
    return Field(
        id=field_id,
        planes=planes,
        full_scale=full_scale,
        pixel_size_um=float(settings.pixel_size_um),
        pixel_size_source=PixelSizeSource.OPTION,
        metadata=facts,
    )


def _field_of_files(
    paths: Mapping[Channel, str], field_id: str, settings: InputSettings, facts: Mapping[str, str]
) -> Field:
    from hpa_features.io.images import read_field
    from hpa_features.io.names import ChannelFile, parse_name
    from hpa_features.io.pixel_size import settle

    name = parse_name(paths[Channel.DNA])
    known = name.id if isinstance(name, ChannelFile) else Path(paths[Channel.DNA]).stem
    source = FieldSource(field_id or known, paths, metadata=facts)
    with naming(source.id):
        return read_field(settle([source], settings, PYTHON)[0], settings)


@contextmanager
def naming(field_id: str) -> Iterator[None]:
    """Name the field, and the file where there is one, in the error of a field."""
    try:
        yield
    except FieldError as error:
        file = f", {error.file}" if error.file else ""
        message = f"Field {field_id}{file}: {error.message}"
        raise FieldError(message, stage=error.stage, file=error.file, hint=error.hint) from error
