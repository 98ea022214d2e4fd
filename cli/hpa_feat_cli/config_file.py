"""Options of a command read from a TOML file."""

from __future__ import annotations

import tomllib
from pathlib import Path

import typer

from hpa_features.core.errors import UsageError
from hpa_features.core.nearest import did_you_mean


def apply_config(context: typer.Context, path: Path | None) -> Path | None:
    """Make the values of a TOML file the defaults of this command's options."""
    if path is None:
        return None
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"--config {path} cannot be read: {error}") from error
    names = {
        option.removeprefix("--"): parameter.name
        for parameter in context.command.params
        for option in parameter.opts
        if option.startswith("--")
    }
    unknown = sorted(key for key in values if key.replace("_", "-") not in names)
    if unknown:
        raise UsageError(
            f"--config {path}: {context.info_name} has no option {', '.join(unknown)}.",
            hint=did_you_mean(unknown[0].replace("_", "-"), names)
            or f"Write option names without leading dashes. Known: {', '.join(sorted(names))}.",
        )
    context.default_map = {
        str(names[key.replace("_", "-")]): at_home(value) if isinstance(value, str) else value
        for key, value in values.items()
    }
    return path


def at_home(path: str) -> str:
    """Write ~ out, which shells leave alone in quotes and after ``--output=``."""
    return str(Path(path).expanduser()) if path.startswith("~/") else path
