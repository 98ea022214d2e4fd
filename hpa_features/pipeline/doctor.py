"""doctor: what is installed and usable, and what each missing part would give."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hpa_features.core.errors import UsageError
from hpa_features.core.nearest import did_you_mean
from hpa_features.pipeline.doctor_check import Check


@dataclass(frozen=True, slots=True)
class DoctorSummary:
    """What `doctor` found.

    Attributes
    ----------
    checks
        Everything that was looked at; with names, those and what they need.
    missing
        The named ones that are not usable.
    """

    checks: tuple[Check, ...]
    missing: tuple[str, ...]


def doctor(names: Sequence[str] = ()) -> DoctorSummary:
    """Look at the machine, packages, devices, extras and weights; nothing is changed.

    Parameters
    ----------
    names
        Extras, packages, devices or weights that are needed; empty: everything is looked at.

    Raises
    ------
    UsageError
        There is nothing of such a name.
    """
    checks = _all_checks(names)
    known = [each.name for each in checks]
    for name in names:
        if name not in known:
            raise UsageError(
                f"{name!r} is neither an extra nor a package, device or network of hpa-feat.",
                hint=did_you_mean(name, known) or f"Known: {', '.join(known)}.",
            )
    if names:
        wanted = _with_parts(names, checks)
        checks = [each for each in checks if each.name in wanted]
    missing = [each.name for each in checks if each.name in names and not each.usable]
    return DoctorSummary(tuple(checks), tuple(missing))


def _all_checks(names: Sequence[str]) -> list[Check]:
    from hpa_features.pipeline.doctor_machine import check_devices, check_machine
    from hpa_features.pipeline.doctor_packages import (
        EXTRAS,
        check_extra,
        check_package,
        core_requirements,
        module_of,
        modules_to_try,
    )
    from hpa_features.pipeline.doctor_weights import check_weights
    from hpa_features.running.import_probe import probe_imports

    core = core_requirements()
    optional = dict.fromkeys(module for extra in EXTRAS for module in modules_to_try(extra))
    tried = [module_of(each) for each in core if not names or each.name in names]
    groups = [tried, list(optional)]
    imports = probe_imports([group for group in groups if group])
    weights = check_weights()
    found = {each.name for each in weights if each.usable}
    return [
        *check_machine(),
        *(check_package(each, imports) for each in core),
        *check_devices(imports, names),
        *(check_extra(extra, imports, found.__contains__) for extra in EXTRAS),
        *weights,
    ]


def _with_parts(names: Iterable[str], checks: Iterable[Check]) -> set[str]:
    """Return the names with those of the checks that they need, at any depth."""
    wanted = set(names)
    while True:
        more = {each.name for each in checks if wanted & {*each.part_of}} - wanted
        if not more:
            return wanted
        wanted |= more
