"""How large a pixel is: the first source that knows.

Manifest, option, OME or TIFF tags, what the names imply (0.08 µm for native HPA fields, Kaggle's
512² PNG by the size of their original), else an estimate from the size of nuclei.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from hpa_features.core.errors import FieldError, UsageError
from hpa_features.core.progress import Progress
from hpa_features.core.settings import InputSettings
from hpa_features.core.types import GUESSED_PIXEL_SIZES, Channel, FieldSource, PixelSizeSource
from hpa_features.io.files import Place, folder_of
from hpa_features.io.images import channel_place, header_of_file
from hpa_features.io.names import ChannelFile, is_hpa, is_uuid, parse_name
from hpa_features.io.nuclear_size import NUCLEAR_DIAMETER_UM, median_diameter_px

_NATIVE_UM = 0.08
_NATIVE_EDGE = 1728
_KAGGLE_EDGE = 512
_ASSUMED_UM = 0.32
# Kaggle's 512² PNG shrink 8-bit TIFF of 0.08 µm: edge² bytes and a few kB of tags.
_SIZE_OF_ORIGINAL = {2048**2: 0.32, 3072**2: 0.48}
_TAGS_BYTES = 16_384
_FIELDS_FOR_ESTIMATE = 50
# A native field whose tags say something else by more than this is worth a warning.
_DISAGREE = 1.2


def settle(
    sources: Sequence[FieldSource],
    settings: InputSettings,
    progress: Progress,
    *,
    estimate: bool = True,
) -> tuple[FieldSource, ...]:
    """Return the sources with pixel size and its source filled in.

    Reads one header a field where neither manifest nor option gives the size; decodes blue planes
    only for the estimate. A field whose header cannot be read keeps an unknown size: reading it
    fails with the reason.

    Raises
    ------
    UsageError
        A size would have to be estimated, and not all fields are there: `estimate` is off.
    """
    settled = list(sources)
    unknown: dict[tuple[str, tuple[int, int]], list[int]] = {}
    contradicted: list[str] = []
    progress.start("pixel sizes", len(settled))
    for index, source in enumerate(settled):
        progress.advance()
        # What an earlier dry run guessed and wrote into a manifest yields to the user's word.
        guess = source.pixel_size_source in GUESSED_PIXEL_SIZES
        guessed = guess and settings.pixel_size_um is not None
        if source.pixel_size_um is not None and not guessed:
            continue
        if settings.pixel_size_um is not None:
            settled[index] = _known(source, settings.pixel_size_um, PixelSizeSource.OPTION)
            continue
        try:
            header = header_of_file(source.files[Channel.DNA], settings)
        except FieldError:
            continue
        named = size_by_name(_names(source), header.shape, source.file_size)
        in_tags = header.pixel_size_um
        told = named if in_tags is None else (in_tags, PixelSizeSource.TAGS)
        if told is None and not estimate:
            raise UsageError(
                f"the pixel size of {source.id} is not known; an estimate needs all fields at "
                "once.",
                hint="Add --pixel-size-um.",
            )
        if told is None:
            folder = folder_of(source.files[Channel.DNA])
            unknown.setdefault((folder, header.shape), []).append(index)
            continue
        settled[index] = _known(source, *told)
        if named and not 1 / _DISAGREE < told[0] / named[0] < _DISAGREE:
            contradicted.append(f"{source.id} ({told[0]:.3g} µm)")
    progress.finish()
    assumed = sum(s.pixel_size_source is PixelSizeSource.ASSUMED for s in settled)
    if assumed:
        progress.note(
            f"Kaggle fields of 512 × 512 ({assumed:,}) are assumed to have pixels of {_ASSUMED_UM} "
            "µm; those of 3072 × 3072 originals have 0.48 µm, which can be recognised by a "
            "manifest's column file_size."
        )
    if contradicted:
        progress.warn(
            f"{len(contradicted):,} fields have the name and size of HPA's 0.08 µm fields, but "
            f"other pixel sizes in their tags, for example {contradicted[0]}; the tags are used. "
            "--pixel-size-um 0.08 overrides them."
        )
    for (folder, _), members in unknown.items():
        _estimate(settled, members, folder, settings, progress)
    return tuple(settled)


def _known(source: FieldSource, size: float, origin: PixelSizeSource) -> FieldSource:
    return replace(source, pixel_size_um=size, pixel_size_source=origin)


def _names(source: FieldSource) -> set[str]:
    """Return the id of a field, and the one that its files carry."""
    named = parse_name(Place.of(source.files[Channel.DNA]).path)
    return {source.id, *([named.id] if isinstance(named, ChannelFile) else [])}


def size_by_name(
    names: Iterable[str], shape: tuple[int, int], file_size: int | None = None
) -> tuple[float, PixelSizeSource] | None:
    """Return what ids and image size imply together, None if nothing.

    `file_size` is that of the original TIFF, where a table lists it.
    """
    names = set(names)
    uuid = any(is_uuid(name) for name in names)
    if (uuid or any(is_hpa(name) for name in names)) and min(shape) >= _NATIVE_EDGE:
        return _NATIVE_UM, PixelSizeSource.NAME
    if not uuid or shape != (_KAGGLE_EDGE, _KAGGLE_EDGE):
        return None
    for original, size in _SIZE_OF_ORIGINAL.items():
        if file_size is not None and 0 <= file_size - original < _TAGS_BYTES:
            return size, PixelSizeSource.FILE_SIZE
    return _ASSUMED_UM, PixelSizeSource.ASSUMED


def _estimate(
    settled: list[FieldSource],
    members: Sequence[int],
    folder: str,
    settings: InputSettings,
    progress: Progress,
) -> None:
    """Give fields of equal size and folder one pixel size, from the size of their nuclei."""
    step = -(-len(members) // _FIELDS_FOR_ESTIMATE)
    chosen = [settled[index].files[Channel.DNA] for index in members[::step]]
    progress.start("size of nuclei", len(chosen))
    diameter, nuclei = median_diameter_px(
        (channel_place(path, settings) for path in chosen), settings, progress.advance
    )
    progress.finish()
    if nuclei:
        size, origin = NUCLEAR_DIAMETER_UM / diameter, PixelSizeSource.ESTIMATED
        progress.warn(
            f"{folder}: pixel size estimated as {size:.3g} µm from {nuclei:,} nuclei of "
            f"{diameter:.0f} px in {len(chosen)} of {len(members):,} fields, taking a nucleus as "
            f"{NUCLEAR_DIAMETER_UM:g} µm across. If you know it: --pixel-size-um."
        )
    else:
        size, origin = _ASSUMED_UM, PixelSizeSource.ASSUMED
        progress.warn(
            f"{folder}: pixel size unknown and no nuclei to estimate it from; {size:g} µm "
            "assumed. If you know it: --pixel-size-um."
        )
    for index in members:
        settled[index] = _known(settled[index], size, origin)
