"""Settings with a field that no file of the package knows; importable in worker processes."""

from __future__ import annotations

from dataclasses import dataclass

from hpa_features.core.settings import (
    AuditSettings,
    ExtractSettings,
    FieldSettings,
    SegmentSettings,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WiderSegment(SegmentSettings):
    zoom: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class WiderExtract(ExtractSettings):
    zoom: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class WiderField(FieldSettings):
    zoom: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class WiderAudit(AuditSettings):
    zoom: int = 1
