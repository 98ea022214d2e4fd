"""Options shared by several commands, each declared once."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hpa_feat_cli.config_file import apply_config
from hpa_features.core.settings import Level, SegmenterName

if TYPE_CHECKING:
    from hpa_features.running.pool import LocalExecutor


def _not_negative(value: float) -> float:
    if not value >= 0:
        raise typer.BadParameter(f"must be 0 or more, got {value:g}.")
    return value


def above_zero(value: float) -> float:
    """Refuse a value of an option that is not above 0."""
    if not value > 0:
        raise typer.BadParameter(f"must be above 0, got {value:g}.")
    return value


def option(name: str, default: object, kind: object) -> inspect.Parameter:
    """Return an option of a group or of every command, as a parameter with a default."""
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)


EVERY_COMMAND = (
    option(
        "config",
        None,
        Annotated[
            Path | None,
            typer.Option(
                "--config",
                metavar="FILE.toml",
                callback=apply_config,
                is_eager=True,
                help="Read options from a TOML file (field-timeout = 600); the command line "
                "overrides it.",
            ),
        ],
    ),
    option(
        "as_json",
        False,
        Annotated[
            bool, typer.Option("--json", help="Print the summary to stdout as one JSON object.")
        ],
    ),
    option(
        "quiet",
        False,
        Annotated[bool, typer.Option("--quiet", "-q", help="Print only errors and warnings.")],
    ),
    option(
        "verbose",
        False,
        Annotated[bool, typer.Option("--verbose", "-v", help="Print more detail.")],
    ),
    option(
        "debug",
        False,
        Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")],
    ),
)
"""Options that app.py adds to every command."""

InputArgument = Annotated[
    str,
    typer.Argument(
        metavar="INPUT",
        help="Images: a folder, an OME-Zarr image or plate, a quoted glob, a manifest (CSV, "
        "Parquet), or - for a list of files or a manifest on stdin.",
        show_default=False,
    ),
]
ModelArgument = Annotated[
    Path,
    typer.Argument(
        metavar="MODEL", help="Model folder written by train or demo.", show_default=False
    ),
]
Jobs = Annotated[
    int | None,
    typer.Option(
        min=1, metavar="N", help="Number of parallel processes.", show_default="usable cores"
    ),
]
# 9 times a field of 100 million pixels, where a 512² field of 32 cells takes 0.5 s.
FIELD_TIMEOUT_S = 1800.0
FieldTimeout = Annotated[
    float,
    typer.Option(
        "--field-timeout",
        metavar="SECONDS",
        callback=_not_negative,
        help="A field that takes longer fails; the run continues with the others. 0: no limit.",
        show_default=f"{FIELD_TIMEOUT_S:g}",
    ),
]
Seed = Annotated[int, typer.Option(min=0, metavar="N", help="Random seed.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace existing output.")]

# How fields become tables
SegmenterOption = Annotated[
    SegmenterName,
    typer.Option(
        "--segmenter",
        help="How cells are found. cellpose: by Cellpose's networks, which need their own install "
        "and weights (docs/segmentation.md); precomputed: your own masks; whole-field: each field "
        "is one cell; auto: precomputed if --masks is given, else watershed; "
        "precomputed-or-watershed: your own masks for the fields that have them, watershed for the "
        "others.",
    ),
]
Families = Annotated[
    str,
    typer.Option(
        "--features",
        metavar="default|all|mahotas|FAMILY,…",
        help="Feature families to compute; hpa-feat features lists them. mahotas: columns of that "
        "package, in neither default nor all.",
    ),
]
GridSize = Annotated[
    float,
    typer.Option(
        "--grid-um",
        metavar="UM",
        callback=above_zero,
        help="Pixel size in µm to which cells are resampled before most features are computed.",
    ),
]
LevelOption = Annotated[
    Level, typer.Option("--level", help="Table to write to a file or stdout; a folder gets all.")
]
RetryFailed = Annotated[
    bool, typer.Option("--retry-failed", help="Also retry fields that failed in an earlier run.")
]


def local_executor(jobs: int | None, field_timeout: float = 0) -> LocalExecutor:
    """Return the executor of a command, by default with one process per usable core."""
    from hpa_features.running.pool import LocalExecutor
    from hpa_features.running.threads import usable_cores

    return LocalExecutor(jobs or usable_cores(), field_timeout or None)


@dataclass(frozen=True, slots=True)
class OptionGroup:
    """Options that a command takes as one argument; annotates that argument.

    Attributes
    ----------
    options
        The options, in the order of the help page.
    make
        Makes the argument from their values.
    """

    options: tuple[inspect.Parameter, ...]
    make: Callable[..., object]


def expand_groups(parameters: Iterable[inspect.Parameter]) -> list[inspect.Parameter]:
    """Return the parameters of a command with groups replaced by their options."""
    return [option for each in parameters for option in getattr(_group(each), "options", (each,))]


def collect_groups(
    parameters: Iterable[inspect.Parameter], values: Mapping[str, object]
) -> dict[str, object]:
    """Return the arguments of a command from the values of its expanded parameters."""
    own = dict(values)
    for each in parameters:
        group = _group(each)
        if group is not None:
            of_group = {option.name: own.pop(option.name) for option in group.options}
            own[each.name] = group.make(**of_group)
    return own


def _group(parameter: inspect.Parameter) -> OptionGroup | None:
    about = getattr(parameter.annotation, "__metadata__", ())
    return next((each for each in about if isinstance(each, OptionGroup)), None)
