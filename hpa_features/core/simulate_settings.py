"""The settings of `simulate` and `demo`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulateSettings:
    """What `simulate` makes.

    Attributes
    ----------
    fields
        Number of fields.
    size
        Rows and columns of a field in pixels.
    pixel_size_um
        Edge of a pixel in µm.
    bit_depth
        8 or 16.
    locations
        Names of the locations that occur, or ``all``; empty: the default eight.
    group_size
        Fields that show the same simulated protein.
    bleed
        Greatest share of each landmark's light that shows in Protein, drawn for each field.
    most_locations
        Most locations of one protein, 1–3.
    seed
        Seeds everything.
    """

    fields: int = 240
    size: int = 512
    pixel_size_um: float = 0.32
    bit_depth: int = 8
    locations: tuple[str, ...] = ()
    group_size: int = 4
    bleed: float = 0.0
    most_locations: int = 3
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSettings:
    """What `demo` does.

    Attributes
    ----------
    fields
        Number of simulated fields, one of each protein.
    size
        Rows and columns of a field in pixels of 0.32 µm.
    seed
        Seeds everything.
    """

    fields: int = 100
    size: int = 512
    seed: int = 0
