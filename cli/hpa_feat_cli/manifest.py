"""`hpa-feat manifest`: the dry run."""

from __future__ import annotations

import shlex
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hpa_feat_cli.console import Console
from hpa_feat_cli.image_options import InputOptions, input_arguments
from hpa_feat_cli.options import InputArgument, Overwrite
from hpa_features.core.errors import DataError
from hpa_features.core.settings import InputSettings

if TYPE_CHECKING:
    from hpa_features.pipeline.manifest import FieldFacts


def manifest(
    console: Console,
    source: InputArgument,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE|-",
            help="Write the manifest to a .csv, .tsv or .parquet file, or - for CSV on stdout.",
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Also decode all pixels, which finds damaged files."),
    ] = False,
    files: InputOptions = InputSettings(),
    overwrite: Overwrite = False,
) -> int:
    """Dry run: list the fields found in the input, their sizes, metadata and problems."""
    from hpa_features.pipeline.manifest import manifest as list_fields

    to_stdout = str(output) == "-"
    summary = list_fields(
        source,
        files,
        console,
        output=sys.stdout if to_stdout else output,
        overwrite=overwrite,
        check=check,
        stdin=sys.stdin.buffer,
    )
    if summary.listed:
        _show(console, summary.listed)
    for note in summary.notes:
        console.note(note)
    console.failures(summary.failed)
    if not summary.fields:
        raise DataError(
            f"none of the {summary.failures:,} fields can be read.",
            hint="The lines above give the reason for each field.",
        )
    written = output is not None and not to_stdout
    if written:  # which names the files of each channel
        files = replace(files, channel_order="", channels="")
    given = str(output) if written else source
    following = ["hpa-feat", "extract", given, *input_arguments(files), "-o", "features"]
    return console.done(summary, next_command=shlex.join(following) if given != "-" else "")


def _show(console: Console, listed: Sequence[FieldFacts]) -> None:
    """Print one line per field with -v, else one line for all fields of a kind."""
    if console.verbose:
        rows = [(facts.source.id, *_kind(facts), _metadata(facts)) for facts in listed]
        _print_aligned(console, [("Id", *_KIND, "metadata"), *rows])
        return
    alike = Counter((*_kind(facts), facts.folder) for facts in listed)
    rows = [(f"{count:,}", *kind) for kind, count in alike.items()]
    _print_aligned(console, [("fields", *_KIND, "folder"), *rows])
    carried = Counter(key for facts in listed for key in facts.source.metadata)
    if carried:
        console.note("metadata: " + ", ".join(f"{key} ({n:,})" for key, n in carried.items()))


_KIND = ("size", "depth", "files", "pixel size")


def _kind(facts: FieldFacts) -> tuple[str, str, str, str]:
    colour = " RGB" if facts.colour else ""
    return (
        f"{facts.rows} × {facts.columns}",
        f"{'/'.join(str(bits) for bits in facts.bits)}-bit",
        f"{len(facts.source.files)} {'/'.join(facts.formats)}{colour}",
        f"{facts.source.pixel_size_um:.3g} µm ({facts.source.pixel_size_source})",
    )


def _metadata(facts: FieldFacts) -> str:
    return ", ".join(f"{key} {text}" for key, text in facts.source.metadata.items())


def _print_aligned(console: Console, rows: Sequence[Sequence[str]]) -> None:
    # Not a rich table: that cuts ids and paths to the window, and to 80 columns in a file.
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        console.note("  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip())
