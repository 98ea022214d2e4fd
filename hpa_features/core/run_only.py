"""Settings that change how work is done, not what comes out."""

from __future__ import annotations

from dataclasses import field
from typing import Any


def run_only(default: Any) -> Any:
    """A settings field that cannot change any value in the output."""
    return field(default=default, metadata={"run_only": True})
