"""What `explain` writes: the reasons of fields as JSON, or a page."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hpa_features.core.reasons import CellEvidence, ColumnReason, FieldReasons, LabelReasons

ENDINGS = (".json", ".html")


def is_page(output: str) -> bool:
    """Whether the file is to be a page."""
    return Path(output).suffix.lower() == ".html"


def write_reasons(output: str, reasons: Sequence[FieldReasons]) -> None:
    """Write the reasons as JSON; under its name the file is whole."""
    write_text(
        output, json.dumps([as_json(each) for each in reasons], indent=1, ensure_ascii=False)
    )


def write_text(output: str, text: str) -> None:
    """Write a file of text; under its name it is whole."""
    from hpa_features.io.atomic import replacing

    with replacing(Path(output)) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def as_json(reasons: FieldReasons) -> dict[str, Any]:
    """Return the reasons of a field: per label its values by block, in nats, largest first."""
    return {
        "id": reasons.id,
        "in_training": reasons.in_training,
        "labels": {each.label: _label(each, reasons.blocks) for each in reasons.labels},
        "cells": None if reasons.cells is None else _cells(reasons.cells),
    }


def _cells(evidence: CellEvidence) -> dict[str, Any]:
    """Return the evidence of cells: a list of numbers for each column of their table."""
    return {name: values.tolist() for name, values in evidence.table().items()}


def _label(label: LabelReasons, blocks: Sequence[str]) -> dict[str, Any]:
    order = sorted(range(len(blocks)), key=lambda block: -abs(label.values[block]))
    return {
        "probability": label.probability,
        "threshold": label.threshold,
        "decision": label.decision,
        "supported": label.supported,
        "base": label.base,
        "blocks": [
            {
                "block": blocks[block],
                "value": float(label.values[block]),
                "error": float(label.error[block]),
            }
            for block in order
        ],
        "columns": [_column(each) for each in label.columns],
    }


def _column(reason: ColumnReason) -> dict[str, Any]:
    return {
        "column": reason.column,
        "block": reason.block,
        "meaning": reason.meaning,
        "value": _number(reason.value),
        "percentile": _number(reason.percentile),
    }


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
