"""`manifest`: what a folder, glob or list of files holds, read from names and headers only."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO

from hpa_features.core.errors import FieldError
from hpa_features.core.failures import Failure
from hpa_features.core.progress import SILENT, Progress
from hpa_features.core.settings import InputSettings
from hpa_features.core.types import FieldSource


@dataclass(frozen=True, slots=True)
class FieldFacts:
    """What the headers of one field contain.

    Attributes
    ----------
    source
        The field, its pixel size settled.
    formats
        Formats of its files, such as ``("PNG",)``, each once.
    rows, columns
        Size in pixels.
    bits
        Significant bits of its channels, each once.
    colour
        Whether a file is RGB, so that a plane is chosen when it is read.
    """

    source: FieldSource
    formats: tuple[str, ...]
    rows: int
    columns: int
    bits: tuple[int, ...]
    colour: bool

    @property
    def folder(self) -> str:
        """The folder of its first file, or its Zarr plate."""
        from hpa_features.io.files import folder_of

        return folder_of(next(iter(self.source.files.values())))


@dataclass(frozen=True, slots=True)
class ManifestSummary:
    """What was found.

    Attributes
    ----------
    fields, failures
        Fields that can be read and that cannot, judging by headers.
    seconds
        Time taken.
    output
        Where the manifest lies, ``-`` for a stream, empty when it was not written.
    listed
        The facts of each field.
    failed
        Why the others fail.
    notes
        Lines about files that were ignored.
    """

    fields: int
    failures: int
    seconds: float
    output: str
    listed: tuple[FieldFacts, ...]
    failed: tuple[Failure, ...]
    notes: tuple[str, ...]


def manifest(
    where: str,
    settings: InputSettings,
    progress: Progress = SILENT,
    *,
    output: Path | TextIO | None = None,
    overwrite: bool = False,
    check: bool = False,
    stdin: BinaryIO | None = None,
) -> ManifestSummary:
    """Find fields, read every header, and write the manifest to `output`.

    Parameters
    ----------
    where
        A folder, a glob, a manifest, or ``-`` for `stdin`.
    settings
        How files become fields.
    progress
        Receives progress.
    output
        A CSV, TSV or Parquet file, or an open text stream for CSV; None: nothing is written.
        Fields that fail are omitted.
    overwrite
        Replace what is at `output`.
    check
        Also decode the pixels of every field and of its given masks.
    stdin
        What ``-`` reads.

    Raises
    ------
    UsageError
        Ids that are there twice; an unreadable manifest; `output` exists.
    DataError
        Nothing that could be a field.
    """
    from hpa_features.io.atomic import refuse_existing
    from hpa_features.io.manifest import Manifest, find_fields, write_manifest
    from hpa_features.io.pixel_size import settle

    if isinstance(output, Path):
        refuse_existing(output, overwrite=overwrite, inputs=(where,))
    began = time.perf_counter()
    found = find_fields(where, settings, stdin=stdin)
    listed, failed = [], list(found.failures)
    sources = settle(found.sources, settings, progress)
    progress.start("pixels" if check else "headers", len(sources))
    for source in sources:
        try:
            facts = _facts(source, settings)
            if check:
                _decode(source, settings)
            listed.append(facts)
        except FieldError as error:
            failed.append(Failure.of(source.id, error))
        progress.advance()
    progress.finish()
    if output is not None:
        write_manifest(Manifest(tuple(facts.source for facts in listed)), output)
    return ManifestSummary(
        fields=len(listed),
        failures=len(failed),
        seconds=time.perf_counter() - began,
        output="" if output is None else str(output) if isinstance(output, Path) else "-",
        listed=tuple(listed),
        failed=tuple(failed),
        notes=found.notes,
    )


def _decode(source: FieldSource, settings: InputSettings) -> None:
    """Read all that other commands would read of a field."""
    from hpa_features.io.images import read_field
    from hpa_features.io.masks import read_given

    read_given(source, read_field(source, settings).shape, settings)


def _facts(source: FieldSource, settings: InputSettings) -> FieldFacts:
    from hpa_features.io.channels import check_channels
    from hpa_features.io.images import channel_image
    from hpa_features.io.masks import check_given

    images = {channel: channel_image(text, settings) for channel, text in source.files.items()}
    check_channels(images, source)
    every = [image.header for image in images.values()]
    check_given(source, every[0].shape, settings)
    return FieldFacts(
        source,
        formats=tuple(dict.fromkeys(header.format for header in every)),
        rows=every[0].rows,
        columns=every[0].columns,
        bits=tuple(sorted({header.bits for header in every})),
        colour=any(header.samples > 2 for header in every),
    )
