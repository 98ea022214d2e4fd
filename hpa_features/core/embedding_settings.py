"""What a network is given, and how its output becomes a vector."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from hpa_features.core.run_only import run_only


class Per(StrEnum):
    """What gets a vector."""

    CELL = "cell"
    FIELD = "field"


class Normalization(StrEnum):
    """How pixels from 0 to 1 become what a network was trained on."""

    NONE = "none"
    FIXED = "fixed"
    MIN_MAX = "min-max"
    Z_SCORE = "z-score"


class Scope(StrEnum):
    """Where minimum and maximum, or mean and standard deviation, are taken."""

    CHANNEL = "channel"
    ALL = "all"


class Pooling(StrEnum):
    """How an output with more than two axes becomes one vector."""

    NONE = "none"
    MEAN = "mean"
    FIRST = "first"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingSettings:
    """A network as its own description has it.

    Attributes
    ----------
    name
        Letters and digits, in the names of its columns.
    sha256
        Of the file.
    per
        Whether each cell or each field gets a vector.
    channels
        Channels of its input, in order; one may occur several times.
    input_px
        Edge of the square that it is given.
    pixel_size_um
        Edge of a pixel of that square in µm; None: the longer side of the field fills the square.
    masked
        Whether pixels outside the cell are 0.
    normalization, scope
        What is done to pixels, and where its numbers are taken.
    mean, sd
        Per channel of its input, where normalization is `fixed`.
    input, output
        Names of its input and of the output that is used.
    pooling
        What is done to an output with more than two axes.
    dimensions
        Length of its vectors.
    path
        The file. Run-only because the sha256 identifies it.
    preset
        Name of the preset that its description begins from; empty: none.
    licence, source
        Under which terms it is published, and where.
    """

    name: str = ""
    sha256: str = ""
    per: Per = Per.CELL
    channels: tuple[str, ...] = ()
    input_px: int = 0
    pixel_size_um: float | None = None
    masked: bool = False
    normalization: Normalization = Normalization.NONE
    scope: Scope = Scope.CHANNEL
    mean: tuple[float, ...] = ()
    sd: tuple[float, ...] = ()
    input: str = ""
    output: str = ""
    pooling: Pooling = Pooling.NONE
    dimensions: int = 0
    path: str = run_only("")
    preset: str = run_only("")
    licence: str = run_only("")
    source: str = run_only("")
