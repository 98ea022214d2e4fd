"""Settings as plain data for files, and back: whole objects, whatever fields they have.

A setting that an older file lacks takes its default; one that this version does not know is
refused by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

S = TypeVar("S")

_WORDS = {bool: "true or false", int: "an integer", float: "a number", str: "text"}


def result_settings(settings: Any) -> dict[str, Any]:
    """Return the settings that can change results, as JSON-ready data."""
    return {
        each.name: _plain(getattr(settings, each.name))
        for each in fields(settings)
        if not each.metadata.get("run_only")
    }


def settings_from(kind: type[S], plain: Mapping[str, Any]) -> S:
    """Return settings of `kind` from what `result_settings` gave; run-only ones are the default.

    Raises
    ------
    ValueError
        A setting is unknown, or its value is not of its type; the message names it.
    """
    settings: S = _settings(kind, plain, "")
    return settings


def part_of(kind: type[S], settings: Any) -> S:
    """Return the fields of `settings` that its base class `kind` has."""
    base: Any = kind
    return kind(**{each.name: getattr(settings, each.name) for each in fields(base)})


def with_defaults(plain: Mapping[str, Any], kind: type) -> dict[str, Any]:
    """Return stored settings with the defaults of `kind` where they lack a setting."""
    return _filled(result_settings(kind()), plain)


def _filled(defaults: Mapping[str, Any], plain: Mapping[str, Any]) -> dict[str, Any]:
    both = {
        name: _filled(default, plain[name])
        for name, default in defaults.items()
        if isinstance(default, dict) and isinstance(plain.get(name), dict)
    }
    return {**defaults, **plain, **both}


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return result_settings(value)
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value.value if isinstance(value, StrEnum) else value


def _settings(kind: Any, plain: Mapping[str, Any], where: str) -> Any:
    hints = get_type_hints(kind)
    known = {each.name for each in fields(kind) if not each.metadata.get("run_only")}
    unknown = sorted(set(plain) - known)
    if unknown:
        names = ", ".join(f"{where}{name}" for name in unknown)
        raise ValueError(f"this version has no setting {names}")
    return kind(**{name: _value(hints[name], plain[name], where + name) for name in plain})


def _value(hint: Any, value: Any, name: str) -> Any:
    """Return `value` as the type `hint` wants it."""
    if isinstance(hint, UnionType):
        if value is None and NoneType in get_args(hint):
            return None
        (hint,) = (each for each in get_args(hint) if each is not NoneType)
    if get_origin(hint) is tuple:
        return _tuple(get_args(hint), value, name)
    if is_dataclass(hint):
        if not isinstance(value, Mapping):
            raise _unlike(name, "an object", value)
        return _settings(hint, value, f"{name}.")
    if issubclass(hint, StrEnum):
        if value not in list(hint):
            raise _unlike(name, f"one of {', '.join(hint)}", value)
        return hint(value)
    # bool is an int, and JSON writes 1.0 as 1 now and then.
    accepted = (int, float) if hint is float else (hint,)
    if not isinstance(value, accepted) or isinstance(value, bool) is not (hint is bool):
        raise _unlike(name, _WORDS[hint], value)
    return hint(value)


def _tuple(kinds: tuple[Any, ...], value: Any, name: str) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise _unlike(name, "a list", value)
    if kinds[-1] is Ellipsis:
        kinds = (kinds[0],) * len(value)
    if len(kinds) != len(value):
        raise _unlike(name, f"a list of {len(kinds)}", value)
    return tuple(_value(kind, each, name) for kind, each in zip(kinds, value, strict=True))


def _unlike(name: str, wanted: str, got: Any) -> ValueError:
    return ValueError(f"{name} must be {wanted}, got {str(got)[:40]!r}")
