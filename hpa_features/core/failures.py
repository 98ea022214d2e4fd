"""One row of `failures.csv`: a field that could not be done, and why."""

from __future__ import annotations

from dataclasses import dataclass

from hpa_features.core.errors import FieldError


@dataclass(frozen=True, slots=True)
class Failure:
    """A field that failed: `stage` is where, `hint` is what to do about it."""

    id: str
    file: str
    stage: str
    error: str
    hint: str

    @classmethod
    def of(cls, field_id: str, error: FieldError) -> Failure:
        """Return the row for `error` on the field `field_id`."""
        return cls(field_id, error.file, error.stage, error.message, error.hint)
