"""Label masks on disk: ``<Id>_cells.png`` and ``<Id>_nuclei.png``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.errors import FieldError
from hpa_features.core.settings import InputSettings
from hpa_features.core.types import FieldSource, GivenMasks, Masks
from hpa_features.io.atomic import replacing
from hpa_features.io.files import Place
from hpa_features.io.images import Opened, open_image, pixels_of
from hpa_features.io.mask_files import (
    STAGE,
    find_mask,
    mask_stems,
    refuse_unknown_cellpose,
    stems_of,
)

KEPT_MASKS = "masks"
"""Folder of a store with the masks that `keep_masks` wrote."""

_LARGEST = int(np.iinfo(np.int32).max)
LARGEST_SMALL = 65_535
"""The highest label of 16 bits."""
_LARGEST_BYTE = 255
_LONGEST_ID = 220  # bytes
# A cell may have specks next to it; of a number that cells share, no region has this share.
_MOSTLY = 0.9
_SHARED = 0.25


def read_given(
    source: FieldSource, shape: tuple[int, int], settings: InputSettings
) -> GivenMasks | None:
    """Return the masks given for a field of `shape`, None when there are none.

    The folder ``settings.masks`` wins over the manifest's columns. In it, the cells of a field
    must be there and its nuclei may be.

    Raises
    ------
    FieldError
        The cells' file is missing, a file is not a label image, or its size differs from the
        field's.
    """
    cells, nuclei = _given_files(source, settings)
    if not cells:
        return None
    return GivenMasks(
        _read_labels(cells, "cells", shape, settings),
        _read_labels(nuclei, "nuclei", shape, settings) if nuclei else None,
    )


def check_given(source: FieldSource, shape: tuple[int, int], settings: InputSettings) -> None:
    """Look for what `read_given` would fail on, judging by headers.

    Raises
    ------
    FieldError
        As `read_given`.
    """
    for text in filter(None, _given_files(source, settings)):
        with open_image(Place.of(text, stage=STAGE), settings) as image:
            _check_labels(image, shape)


def read_mask(field_id: str, what: str, settings: InputSettings) -> tuple[str, NDArray[np.int32]]:
    """Return the file of a field's mask of `what` in the folder ``settings.masks``, and its labels.

    Raises
    ------
    FieldError
        There is none or more than one, or it is not a label image.
    """
    stems = stems_of(field_id)
    refuse_unknown_cellpose(stems, settings)
    file = find_mask(stems, settings, what)
    if not file:
        raise FieldError(f"no {field_id}_{what}.png (or .tif).", stage=STAGE, file=settings.masks)
    return file, _read_labels(file, what, None, settings)


def _given_files(source: FieldSource, settings: InputSettings) -> tuple[str, str]:
    cells, nuclei = source.cells, source.nuclei
    if settings.masks:
        stems = mask_stems(source)
        refuse_unknown_cellpose(stems, settings)
        cells, nuclei = (find_mask(stems, settings, what) for what in ("cells", "nuclei"))
        if not cells:
            raise FieldError(
                f"no {source.id}_cells.png (or .tif) in the folder of masks.",
                stage=STAGE,
                file=settings.masks,
                hint="Add it, or omit --masks to find cells by watershed.",
            )
    if nuclei and not cells:
        raise FieldError(
            "nuclei are given without cells.",
            stage=STAGE,
            file=nuclei,
            hint="Give the mask of cells in the manifest's column cells as well.",
        )
    _refuse_channels(source, cells, nuclei)
    return cells, nuclei


def _refuse_channels(source: FieldSource, cells: str, nuclei: str) -> None:
    """Refuse a channel's image as a mask: its gray levels would be taken as labels."""
    for text in filter(None, (cells, nuclei)):
        place = Place.of(text, stage=STAGE)
        for channel, path in source.files.items():
            if place.is_same(Place.of(path)):
                raise place.error(
                    f"is given both as a mask and as the {channel.colour} channel",
                    "A mask is a label image: 0 outside, a number in each cell.",
                )


def _check_labels(image: Opened, shape: tuple[int, int] | None) -> None:
    """Refuse what cannot be labels of a field of that shape, as far as the header shows."""
    header = image.header
    if shape is not None and header.shape != shape:
        rows, columns = header.shape
        raise image.place.error(
            f"is {rows} × {columns} (rows × columns), its field {shape[0]} × {shape[1]}",
            "A mask must have the size of its field.",
        )
    if header.sample is None and header.samples > 1:
        raise image.place.error(
            f"has {header.samples} channels, wanted one integer per pixel",
            "A mask is a gray label image, not a colour picture of labels.",
        )
    if header.dtype.kind not in "uib":
        raise image.place.error(
            f"holds {header.dtype.name} values, wanted integers", "Save it as 16-bit labels."
        )
    if header.lossy:
        raise image.place.error(
            "has a compression that changes labels (such as JPEG)", "Save it as 16-bit PNG."
        )
    if header.inverted:
        raise image.place.error(
            "is MINISWHITE: whether 0 is outside or inside is unknown",
            "Save it with 0 as black (MINISBLACK).",
        )
    if header.orientation != 1:
        # The field's files state theirs or not; its pixels are compared as stored.
        raise image.place.error(
            f"states the orientation {header.orientation}: which way its field lies is unknown",
            "Save it without an orientation tag, its pixels in the order of the images.",
        )
    if header.format == "PNG" and 1 < header.bits < 8:
        # Decoding scales their levels to 255: label 1 would become 85 or 17.
        raise image.place.error(
            f"has {header.bits} bits per pixel, wanted 1, 8 or 16", "Save it as 16-bit PNG."
        )


def _read_labels(
    text: str, what: str, shape: tuple[int, int] | None, settings: InputSettings
) -> NDArray[np.int32]:
    place = Place.of(text, stage=STAGE)
    with open_image(place, settings) as image:
        _check_labels(image, shape)
        values = pixels_of(image)
    return checked_labels(
        values.reshape(*image.header.shape, -1)[..., image.header.sample or 0], what, place
    )


def checked_labels(labels: NDArray[np.integer], what: str, place: Place) -> NDArray[np.int32]:
    """Return the labels of `what` (``cells`` or ``nuclei``) that `place` holds.

    Raises
    ------
    FieldError
        A label is negative or too large, or separate cells share one.
    """
    lowest, highest = int(labels.min()), int(labels.max())
    if lowest < 0 or highest > _LARGEST:
        raise place.error(
            f"has labels from {lowest:,} to {highest:,}, wanted 0 to {_LARGEST:,}",
            "Labels are 0 outside and a positive number in each cell.",
        )
    numbers = labels.astype(np.int32)
    wrapped = labels.dtype.itemsize == 1 and highest == _LARGEST_BYTE
    if wrapped or (what == "cells" and lowest in {0, highest} and _has_one_label(numbers)):
        _refuse_shared(numbers, place)
    return numbers


def _has_one_label(labels: NDArray[np.int32]) -> bool:
    return bool(((labels == 0) | (labels == labels.max())).all())


def _refuse_shared(labels: NDArray[np.int32], place: Place) -> None:
    """Refuse numbers that separate cells share: each would be measured as one cell.

    So does a picture of foreground and background, and 8-bit labels begin again after 255.
    """
    from skimage.measure import label  # slow to import

    inside = labels > 0
    regions, first, areas = np.unique(
        label(labels, connectivity=2)[inside], return_index=True, return_counts=True
    )
    number = labels[inside][first]
    largest = np.zeros(int(number.max(initial=0)) + 1)
    np.maximum.at(largest, number, areas)
    total = np.bincount(number, weights=areas)
    shared = int(np.count_nonzero(largest < _MOSTLY * total))
    if shared <= _SHARED * np.count_nonzero(total):
        return
    count = np.count_nonzero(total)
    raise place.error(
        f"has {shared:,} of {count:,} labels in several separate regions ({len(regions):,} "
        "regions), wanted a different number in each cell",
        "Number the regions (skimage.measure.label) and save them as 16-bit labels.",
    )


def check_file_name(field_id: str) -> None:
    """Refuse an id that is too long for the names of its masks.

    Raises
    ------
    FieldError
        File systems take names of 255 bytes; ours add up to 32.
    """
    size = len(field_id.encode())
    if size > _LONGEST_ID:
        raise FieldError(
            f"its Id has {size} bytes, too many for a file name.",
            stage="write",
            hint=f"Give it an Id of at most {_LONGEST_ID} bytes in a manifest.",
        )


def keep_masks(masks: Masks, store: Path, field_id: str) -> None:
    """Write the masks of a field next to the tables of a store, labelled by object numbers.

    Raises
    ------
    FieldError
        As `check_file_name`.
    """
    check_file_name(field_id)
    number_of = np.concatenate([[0], masks.object_numbers]).astype(np.int32)
    numbered = replace(masks, cells=number_of[masks.cells], nuclei=number_of[masks.nuclei])
    write_masks(numbered, store / KEPT_MASKS, field_id)


def kept_masks(store: Path, field_id: str) -> tuple[Path, ...]:
    """Return the files that `keep_masks` has written for a field: its cells, then its nuclei."""
    stems = (store / KEPT_MASKS / f"{field_id}_{what}" for what in ("cells", "nuclei"))
    paths = (stem.with_name(f"{stem.name}{end}") for stem in stems for end in (".png", ".tif"))
    return tuple(path for path in paths if path.exists())


def write_masks(masks: Masks, folder: str | Path, field_id: str) -> tuple[Path, Path]:
    """Write the cells and nuclei of a field and return the two paths.

    16-bit PNG, or 32-bit TIFF where a label exceeds 65,535. A file under its name is whole.
    """
    place = Path(folder)
    highest = max(masks.count, int(masks.cells.max(initial=0)))
    return (
        _write_labels(masks.cells, place, f"{field_id}_cells", highest),
        _write_labels(masks.nuclei, place, f"{field_id}_nuclei", highest),
    )


def _write_labels(labels: NDArray[np.int32], folder: Path, stem: str, highest: int) -> Path:
    small = highest <= LARGEST_SMALL
    path = folder / f"{stem}{'.png' if small else '.tif'}"
    with replacing(path) as temporary:
        if small:
            import imagecodecs

            temporary.write_bytes(imagecodecs.png_encode(labels.astype(np.uint16)))
        else:
            import tifffile

            tifffile.imwrite(temporary, labels.astype(np.uint32), compression="zlib")
    # The other format under this name would be a mask of an earlier run.
    path.with_suffix(".tif" if small else ".png").unlink(missing_ok=True)
    return path
