"""hpa-feat: landmark-relative features of four-channel confocal fields, and labels from them.

The functions below are the Python API (docs/python.md); they are loaded when they are first used.

Examples
--------
>>> import hpa_features as hf
>>> fields = hf.read_fields("fields/manifest.csv")
>>> masks = hf.segment(fields)
>>> table = hf.measure(fields, masks)
>>> table.index.name
'Metadata_Id'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hpa_features.api import (
        Field,
        HpaFeatError,
        HpaFeatWarning,
        Masks,
        Model,
        describe_features,
        explain,
        importance,
        load_model,
        make_field,
        measure,
        read_fields,
        segment,
        train,
        write_report,
    )

__version__ = "0.1.0"
__all__ = [
    "Field",
    "HpaFeatError",
    "HpaFeatWarning",
    "Masks",
    "Model",
    "describe_features",
    "explain",
    "importance",
    "load_model",
    "make_field",
    "measure",
    "read_fields",
    "segment",
    "train",
    "write_report",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.api"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
