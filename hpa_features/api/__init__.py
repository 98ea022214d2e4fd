"""The Python API: arrays or paths in, pandas out, by the code that the commands run.

Functions read their arguments, call a verb of `hpa_features.pipeline`, and return a DataFrame.
Notes are logged under ``hpa_features``; what may be wrong is an `HpaFeatWarning`.
"""

from hpa_features.api.cells import measure, segment
from hpa_features.api.dictionary import describe_features
from hpa_features.api.fields import make_field, read_fields
from hpa_features.api.model import Model
from hpa_features.api.reasons import explain
from hpa_features.api.report_page import write_report
from hpa_features.api.training import importance, load_model, train
from hpa_features.core.errors import HpaFeatError, HpaFeatWarning
from hpa_features.core.types import Field, Masks

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
