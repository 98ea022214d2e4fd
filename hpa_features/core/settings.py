"""One frozen settings class a verb.

Settings are stored, compared when a run is resumed, kept in bundles and used again by `predict`
as whole objects (`core.stored_settings`), so a new field is honoured there without a change
anywhere else. Fields marked ``run_only`` change how the work is done, not what comes out: they
are neither stored nor compared.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from hpa_features.core.embedding_settings import EmbeddingSettings
from hpa_features.core.run_only import run_only
from hpa_features.core.shard import WHOLE, Shard


class Device(StrEnum):
    """Where work runs, as asked for."""

    AUTO = "auto"
    CPU = "cpu"
    GPU = "gpu"


class SegmenterName(StrEnum):
    """How cells are found.

    `auto` is resolved from the input before a run starts and is never stored: all fields have
    given masks: precomputed; none has: watershed; some have: precomputed-or-watershed, which
    decides for each field.
    """

    AUTO = "auto"
    WATERSHED = "watershed"
    CELLPOSE = "cellpose"
    PRECOMPUTED = "precomputed"
    PRECOMPUTED_OR_WATERSHED = "precomputed-or-watershed"
    WHOLE_FIELD = "whole-field"


class MaskFormat(StrEnum):
    """How `segment` writes label masks."""

    PNG = "png"
    OME_ZARR = "ome-zarr"


class Level(StrEnum):
    """Which table a file or stdout gets."""

    IMAGE = "image"
    CELLS = "cells"
    EMBEDDINGS = "embeddings"


class PredictionForm(StrEnum):
    """How predictions are laid out: a row a field, a row a field and label, Kaggle's submission."""

    WIDE = "wide"
    KAGGLE = "kaggle"
    LONG = "long"
    NDJSON = "ndjson"


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSettings:
    """How files become fields.

    Attributes
    ----------
    pixel_size_um
        Edge of a pixel in µm for all fields that do not carry their own; None: find out.
    bit_depth
        Significant bits of the files' pixels; None: the file's own word, else its container.
    float_range
        (low, high) of float images that are not 0–1.
    allow_missing_yellow
        Take fields without an ER channel; its columns are absent.
    max_pixels
        A field with more pixels than this fails.
    z
        Which plane of stacks in Z, counted from 0, or ``max``: the brightest value of each pixel
        over all; empty: stacks are refused.
    t
        Which time point of series, counted from 0; None: series are refused.
    resolution_um
        Of images with several resolution levels, the coarsest with pixels up to this size is read;
        None: the full resolution.
    masks
        Folder of given label masks, empty when there is none.
    cp_masks
        ``cells`` or ``nuclei``: what Cellpose's ``<Id>_cp_masks`` (or ``<Id>_blue_cp_masks``, after
        any image of the field) in that folder are; empty: unknown, and they are refused.
    channel_order
        Colours of numbered files in order (``<id>_C00``, ``<id>_ch1``), ``subcell``, or what
        marks blue, red, yellow and green in file names (``w1,w2,w3,w4``); run-only because each
        field's files are remembered.
    channels
        Which channel of a TIFF or OME-Zarr image of several is which
        (``DNA=0,Microtubules=1,ER=2,Protein=3``); empty: by the names in the files. Run-only for
        the same reason.
    """

    pixel_size_um: float | None = None
    bit_depth: int | None = None
    float_range: tuple[float, float] | None = None
    allow_missing_yellow: bool = False
    max_pixels: int = 100_000_000
    z: str = ""
    t: int | None = None
    resolution_um: float | None = None
    masks: str = ""
    cp_masks: str = ""
    channel_order: str = run_only("")
    channels: str = run_only("")


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSettings:
    """What every verb needs that works on fields one by one.

    Attributes
    ----------
    input
        How files become fields.
    overwrite
        Replace what is at the output.
    retry_failed
        Also process fields again that failed before and have not changed.
    shard
        Which of several runs that share the fields of one output folder this is.
    command
        What the user typed, for `status` to print.
    """

    input: InputSettings = field(default_factory=InputSettings)
    overwrite: bool = run_only(False)
    retry_failed: bool = run_only(False)
    shard: Shard = run_only(WHOLE)
    command: tuple[str, ...] = run_only(())


@dataclass(frozen=True, slots=True, kw_only=True)
class CellposeSettings:
    """How Cellpose finds cells.

    Attributes
    ----------
    nucleus_diameter_um, cell_diameter_um
        Typical diameters, which the networks bring to the size that they were trained for.
    nucleus_model, cell_model
        Names of the weights; empty until resolved: those that the installed package uses.
    nucleus_path, cell_path
        Their files; empty: looked up by name. Run-only because the sha256 identifies them.
    nucleus_sha256, cell_sha256
        Of the files, filled in when they are resolved.
    line
        ``3`` or ``4``: line of the package, filled in when it is resolved.
    device
        Where the networks run.
    """

    nucleus_diameter_um: float = 15.0
    cell_diameter_um: float = 40.0
    nucleus_model: str = ""
    cell_model: str = ""
    nucleus_path: str = run_only("")
    cell_path: str = run_only("")
    nucleus_sha256: str = ""
    cell_sha256: str = ""
    line: str = ""
    device: Device = run_only(Device.AUTO)


@dataclass(frozen=True, slots=True, kw_only=True)
class CellposeChoices:
    """Settings of Cellpose that replace those of a model; None and empty: they stay."""

    nucleus_diameter_um: float | None = None
    cell_diameter_um: float | None = None
    nucleus_model: str = ""
    cell_model: str = ""

    def named(self) -> dict[str, Any]:
        """Return what was chosen, by name."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in values.items() if value not in (None, "")}


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentSettings(FieldSettings):
    """What `segment` does to every field.

    Attributes
    ----------
    segmenter
        How cells are found.
    segmenter_digest
        Digest of that segmenter, filled in when it is resolved: other weights or another version
        of the method are other settings.
    cellpose
        Settings of that segmenter; None where another one is used.
    """

    segmenter: SegmenterName = SegmenterName.AUTO
    segmenter_digest: str = ""
    cellpose: CellposeSettings | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractSettings(SegmentSettings):
    """What `extract` does to every field: `segment`, then measure.

    Attributes
    ----------
    families
        Names of the families to measure, in column order; empty: the default set.
    grid_um
        Edge of a pixel of the working grid in µm.
    columns
        Columns of either table; of the families' features only those are measured that they need.
        Empty: all.
    embedding
        The network that each cell or field also gets a vector from; None: none.
    device
        Where features are measured.
    keep_masks
        Also write the masks of each field, to the folder ``masks`` next to the tables. Run-only, as
        tables are the same without.
    """

    families: tuple[str, ...] = ()
    grid_um: float = 0.32
    columns: tuple[str, ...] = run_only(())
    keep_masks: bool = run_only(False)
    embedding: EmbeddingSettings | None = None
    device: Device = run_only(Device.AUTO)


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictSettings(FieldSettings):
    """What `predict` does; how files become fields concerns images only.

    Attributes
    ----------
    blocks
        Tables joined by Id, as in training.
    cells
        Table of cells, for models that score them; empty: the input has them.
    force_one
        Assign the most probable label to rows without one.
    ids_from
        Table whose ids select the rows and their order; empty: all.
    target_prevalence
        Table of label and prevalence among the rows to predict; ``em``: estimated from them;
        empty: as in training.
    cellpose
        Settings of Cellpose that differ from those of the model.
    embedding
        File of the network that the model was trained with, where the input is images.
    device
        As in `ExtractSettings`; Cellpose's, too.
    """

    blocks: tuple[str, ...] = ()
    cells: str = ""
    force_one: bool = False
    ids_from: str = ""
    target_prevalence: str = ""
    cellpose: CellposeChoices = field(default_factory=CellposeChoices)
    embedding: str = ""
    device: Device = run_only(Device.AUTO)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditSettings(FieldSettings):
    """What `audit` does.

    Attributes
    ----------
    against
        Other fields or rows to compare with; empty: none.
    labels
        Table of labels; empty: none.
    model
        Bundle whose out-of-fold predictions are compared with its labels; empty: none.
    group, groups_file
        Groups that are known already, as in training.
    distance
        Fields are looked at as near-duplicates when the hashes of every channel differ in at most
        so many of 64 bits (`benchmarks/bench_audit.py`: 12 lose half of the copies that are moved
        by 3–5 % of the view, 16 cost a few more looks and take no other cells for copies).
    seed
        Seeds the comparison of two sets.
    """

    against: str = ""
    labels: str = ""
    model: str = ""
    group: str = "auto"
    groups_file: str = ""
    distance: int = 16
    seed: int = 0
