"""`run.json` and `schema.json`: what was run, on what, and which columns came out."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pyarrow as pa

from hpa_features import __version__
from hpa_features.core.errors import DataError, UsageError
from hpa_features.core.tables import Column
from hpa_features.io.atomic import write_json
from hpa_features.io.column_facts import facts_of

RUN, SCHEMA = "run.json", "schema.json"
_ABSENT = "no such setting"
_START_AGAIN = "Use --overwrite to start again, or another -o."
_PACKAGES = ("numpy", "scipy", "numba", "scikit-image", "mahotas", "pyarrow", "imagecodecs")
_OPTIONAL = (
    "cellpose",
    "torch",
    "onnxruntime",
    "onnxruntime-gpu",
)  # named where they are installed


def describe_run(verb: str, settings: Mapping[str, Any], **run_only: Any) -> dict[str, Any]:
    """Return the content of `run.json`: settings that change values, others, versions, machine."""
    return {
        "verb": verb,
        "version": __version__,
        "settings": dict(settings),
        "run": run_only,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "system": platform.platform(),
            "processor": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
        },
        "versions": {
            name: found
            for name in (*_PACKAGES, *_OPTIONAL)
            if (found := _version(name)) or name in _PACKAGES
        },
    }


def describe_schema(schemas: Mapping[str, pa.Schema]) -> dict[str, Any]:
    """Return the content of `schema.json`: per table its columns with their types and meanings."""
    return {
        level: [
            {"name": field.name, "type": str(field.type), **facts_of(field)} for field in schema
        ]
        for level, schema in schemas.items()
    }


def read_run(folder: Path) -> dict[str, Any] | None:
    """Return the `run.json` of `folder`, None when there is none.

    Raises
    ------
    UsageError
        It cannot be read.
    """
    path = folder / RUN
    if not path.exists():
        return None
    try:
        run: object = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:  # also text that is not UTF-8
        raise UsageError(f"{path} cannot be read: {error}.", hint=_START_AGAIN) from error
    if not isinstance(run, dict) or not isinstance(run.get("settings"), dict):
        raise UsageError(f"{path} does not describe a run.", hint=_START_AGAIN)
    return run


def write_run(folder: Path, run: Mapping[str, Any]) -> None:
    """Write `run.json`."""
    write_json(folder / RUN, run)


def write_schema(folder: Path, schemas: Mapping[str, pa.Schema]) -> None:
    """Write `schema.json`."""
    write_json(folder / SCHEMA, describe_schema(schemas))


def read_columns(folder: Path, level: str) -> dict[str, Column]:
    """Return the features of a store's table as `schema.json` describes them, by name.

    None when there is no such file, or no such table in it.

    Raises
    ------
    DataError
        It cannot be read.
    """
    path = folder / SCHEMA
    if not path.exists():
        return {}
    try:
        rows = json.loads(path.read_text(encoding="utf-8")).get(level, ())
        return {
            row["name"]: Column(row["name"], row["block"], row["acquisition"], row["meaning"])
            for row in rows
            if "block" in row
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f"{path} cannot be read: {error}.",
            hint="Run the same hpa-feat extract again; it rewrites the file.",
        ) from error


def refuse_other_settings(
    folder: Path,
    before: Mapping[str, Any],
    now: Mapping[str, Any],
    hint: str = "Use the same settings, another -o, or --overwrite to start again.",
) -> None:
    """Refuse to mix results of different settings in one folder.

    Raises
    ------
    UsageError
        The verbs or any setting differ; the message shows them.
    """
    if before.get("verb") != now["verb"]:
        differences = [f"command: {before.get('verb')} there, {now['verb']} now"]
    else:
        there, here = _flat(before.get("settings", {})), _flat(now["settings"])
        differences = [
            f"{name}: {_show(there, name)} there, {_show(here, name)} now"
            for name in sorted({*there, *here})
            if there.get(name, _ABSENT) != here.get(name, _ABSENT)
            and not _in_another(name, there, here)
        ]
    if differences:
        raise UsageError(
            f"{folder} was made with different settings ({'; '.join(differences)}).",
            hint=hint,
        )


def _flat(settings: Mapping[str, Any]) -> dict[str, Any]:
    return dict(_leaves(json.loads(json.dumps(settings)), ""))


def _leaves(settings: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, value in settings.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _in_another(name: str, there: Mapping[str, Any], here: Mapping[str, Any]) -> bool:
    """Whether a setting is in a group that one side lacks as a whole and that is shown by name."""
    whole = name.rpartition(".")[0]
    return f"{whole}.name" in {*there, *here} and (whole in there or whole in here)


def _show(settings: Mapping[str, Any], name: str) -> str:
    if name not in settings:
        whole = settings.get(f"{name}.name")
        return _ABSENT if whole is None else json.dumps(whole, ensure_ascii=False)
    value = settings[name]
    if isinstance(value, list) and len(value) > 6:
        return f"{len(value)} values"
    return json.dumps(value, ensure_ascii=False)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
