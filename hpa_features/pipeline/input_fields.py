"""What `segment` and `extract` start from: fields with their pixel size, and what they lack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from hpa_features.core.errors import UsageError
from hpa_features.core.failures import Failure
from hpa_features.core.nearest import did_you_mean
from hpa_features.core.progress import Progress
from hpa_features.core.settings import FieldSettings
from hpa_features.core.shard import Shard
from hpa_features.core.types import CHANNELS, Channel, Field, FieldSource
from hpa_features.features.metadata import FIXED
from hpa_features.io.arrow import name_some
from hpa_features.io.manifest import find_fields
from hpa_features.io.mask_files import MASK_ENDINGS, mask_stems
from hpa_features.io.pixel_size import settle
from hpa_features.io.store.journal import Inputs, inputs_of

_COARSER = 1.05  # a pixel within 5 % of the grid is the grid's
_SHARE_WORTH_SAYING = 0.05
_COARSE_GRID_UM = 0.48  # pixel of 512² fields that HPA shrank from 3072²
_COLOUR_FILES = (".jpg", ".jpeg")
_FACTS_OF_COLOUR_FILES = (*(f"Bleed_{channel}" for channel in CHANNELS), "Plane_ER")
_OWN = frozenset(each.name for each in FIXED)


@dataclass(frozen=True, slots=True)
class InputFields:
    """The fields of one run.

    Attributes
    ----------
    sources
        Fields to do, in manifest order, their pixel size settled.
    failures
        Fields that lack a channel.
    channels
        Channels that all of `sources` have; the others are ignored in every one of them.
    """

    sources: tuple[FieldSource, ...]
    failures: tuple[Failure, ...]
    channels: tuple[Channel, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of `sources`."""
        return tuple(source.id for source in self.sources)

    @property
    def metadata(self) -> tuple[str, ...]:
        """Names of the ``Metadata_`` columns that the fields carry, in order of appearance."""
        names = dict.fromkeys(own_metadata(self.sources))
        if any(path.lower().endswith(_COLOUR_FILES) for path in self._paths()):
            names |= dict.fromkeys(_FACTS_OF_COLOUR_FILES)
        return tuple(names)

    def only(self, ids: Sequence[str]) -> InputFields:
        """Return these fields alone, or all where none is named.

        Raises
        ------
        UsageError
            There is no such field.
        """
        if not ids:
            return self
        wanted = frozenset(ids)
        failures = tuple(each for each in self.failures if each.id in wanted)
        known = (*self.ids, *(each.id for each in failures))
        for each in ids:
            if each not in known:
                raise no_such_field(each, self.ids)
        sources = tuple(each for each in self.sources if each.id in wanted)
        return replace(self, sources=sources, failures=failures)

    def inputs(self, settings: FieldSettings) -> dict[str, Inputs]:
        """Return what each field is made from, as it is on disk now."""
        masks = _masks_by_stem(settings.input.masks)
        return {
            source.id: inputs_of(
                (*_image_files(source), *_masks_of(source, masks)), source.pixel_size_um
            )
            for source in self.sources
        }

    def of_shard(self, shard: Shard) -> InputFields:
        """Return the fields and failures of one of several runs that share them."""
        return replace(
            self,
            sources=tuple(source for source in self.sources if shard.holds(source.id)),
            failures=tuple(each for each in self.failures if shard.holds(each.id)),
        )

    def _paths(self) -> Iterator[str]:
        return (path for source in self.sources for path in source.files.values())


def no_such_field(name: str, known: tuple[str, ...]) -> UsageError:
    """Return the error of a field that is asked for and is not there."""
    near = did_you_mean(name, known)
    return UsageError(
        f"The input has no field {name!r}.", hint=near or f"It has {name_some(known, 3)}."
    )


def find_input_fields(
    where: str, settings: FieldSettings, progress: Progress, stdin: BinaryIO | None = None
) -> InputFields:
    """Find the fields that `where` means and settle their pixel sizes; see `find_fields`."""
    manifest = find_fields(where, settings.input, stdin=stdin)
    for note in manifest.notes:
        progress.note(note)
    sources = settle(manifest.sources, settings.input, progress)
    warn_of_clashes(sources, progress)
    channels = tuple(c for c in CHANNELS if all(c in source.files for source in sources))
    lacking = sum(Channel.ER not in source.files for source in sources)
    if lacking:
        progress.note(
            f"{lacking:,} of {len(sources):,} fields have no yellow: ER is ignored in all fields "
            "and omitted from the table."
        )
    return InputFields(sources, manifest.failures, channels)


def warn_of_coarse_fields(sizes: Sequence[float], grid_um: float, progress: Progress) -> None:
    """Warn of fields with pixels, by their `sizes` in µm, that are coarser than the working grid.

    They hold less detail than others.
    """
    coarse = [size for size in sizes if size > _COARSER * grid_um]
    if len(coarse) <= _SHARE_WORTH_SAYING * len(sizes):
        return
    wanted = max(_COARSE_GRID_UM, round(max(coarse), 2))
    progress.warn(
        f"{len(coarse):,} of {len(sizes):,} fields have pixels of up to {max(coarse):.2g} µm, "
        f"coarser than the working grid of {grid_um:g} µm; with --grid-um {wanted:g} all fields "
        "are measured in the same way."
    )


def own_metadata(fields: Iterable[FieldSource | Field]) -> tuple[str, ...]:
    """Return the names of the ``Metadata_`` columns that fields add to those of every table."""
    return tuple(name for name in _names(fields) if name not in _OWN)


def warn_of_clashes(fields: Iterable[FieldSource | Field], progress: Progress) -> None:
    """Warn of metadata that every table has a column of its own for."""
    clashing = [f"Metadata_{name}" for name in _names(fields) if name in _OWN]
    if clashing:
        progress.warn(
            f"{name_some(clashing)} of the manifest: tables have their own column of that name, so "
            "the manifest's is ignored. Rename it to keep it."
        )


def _names(fields: Iterable[FieldSource | Field]) -> Iterable[str]:
    """Return the names of the fields' metadata, each once."""
    return dict.fromkeys(name for field in fields for name in field.metadata)


def _image_files(source: FieldSource) -> Iterator[str]:
    """Yield the files of a field and of the masks that its manifest names."""
    for text in (*(source.files.get(channel) for channel in CHANNELS), source.cells, source.nuclei):
        if text:
            yield text


def _masks_of(source: FieldSource, masks: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield the masks of a field among those that `_masks_by_stem` found."""
    for stem in mask_stems(source) if masks else ():
        yield from masks.get(stem, ())


def _masks_by_stem(folder: str) -> dict[str, list[str]]:
    """Return the files ``<Id>_cells.…``, ``<Id>_nuclei.…`` and the like in the folder, by id."""
    found: dict[str, list[str]] = {}
    for path in sorted(Path(folder).iterdir()) if folder else ():
        for kind in MASK_ENDINGS:
            stem, separator, _ = path.name.rpartition(kind)
            if separator:
                found.setdefault(stem, []).append(str(path))
    return found
