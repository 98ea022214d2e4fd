"""Options that state what a model is given: images or features, tables to join, a network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ModelInput = Annotated[
    str,
    typer.Argument(
        metavar="INPUT",
        help="Images (a folder, a quoted glob, a manifest), features (a folder written by extract, "
        "a table), or - for a list of files, manifest or table on stdin.",
        show_default=False,
    ),
]
JoinedBlock = Annotated[
    list[str] | None,
    typer.Option(
        metavar="TABLE",
        help="Table to join by Id, if the model was trained with one; may be repeated.",
    ),
]
MovedBlock = Annotated[
    list[str] | None,
    typer.Option(
        metavar="TABLE",
        help="Tables joined in training, if they have moved since; may be repeated.",
        show_default="as in training",
    ),
]
Network = Annotated[
    Path | None,
    typer.Option(
        metavar="MODEL.onnx",
        help="The network of extract --embedding, if INPUT is images and the model uses it.",
        show_default=False,
    ),
]
