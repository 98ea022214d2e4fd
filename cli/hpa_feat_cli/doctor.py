"""hpa-feat doctor: what is installed and usable on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from hpa_feat_cli.console import Console

if TYPE_CHECKING:
    from hpa_features.pipeline.doctor import DoctorSummary
    from hpa_features.pipeline.doctor_check import Check

_TITLES = {
    "machine": "machine",
    "package": "packages",
    "device": "devices",
    "extra": "extras",
    "weights": "weights",
}


def doctor(
    console: Console,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME",
            help="Extras (tune, cellpose, cellpose-sam), packages, devices or weights that are "
            "required: only these are listed, and the exit code is 1 if one is not usable.",
            show_default=False,
        ),
    ] = None,
) -> int:
    """List the packages, devices, extras and weights found, and what the missing ones give."""
    from hpa_features.pipeline.doctor import doctor as run

    summary = run(names or ())
    if console.as_json:
        checks = [asdict(each) for each in summary.checks]
        console.write_json({"missing": list(summary.missing), "checks": checks})
    else:
        _print(summary, everything=bool(names) or console.verbose)
    if summary.missing:
        console.warn(f"not usable: {', '.join(summary.missing)}")
    return 1 if summary.missing else 0


def _print(summary: DoctorSummary, *, everything: bool) -> None:
    """Print a block for each kind of check; what nobody misses is only counted."""
    for kind, title in _TITLES.items():
        checks = [each for each in summary.checks if each.kind == kind]
        shown = checks if everything else [each for each in checks if _is_news(each)]
        if not checks:
            continue
        typer.echo(f"{title}: {_count(checks, shown)}" if len(shown) < len(checks) else title)
        width = max((len(each.name) for each in shown), default=0)
        for each in shown:
            _print_check(each, width)


def _is_news(check: Check) -> bool:
    """Whether a check is printed without -v: not packages that work, nor weights nobody needs."""
    if check.kind == "package":
        return not check.usable
    return check.kind != "weights" or check.usable or bool(check.part_of)


def _count(checks: Sequence[Check], shown: Sequence[Check]) -> str:
    usable = sum(each.usable for each in checks)
    more = len(checks) - len(shown)
    return f"{usable} of {len(checks)} usable (-v lists {more} more)"


def _print_check(check: Check, width: int) -> None:
    state = "ok" if check.usable else "unusable" if check.found else "missing"
    text = check.found if check.usable else check.problem
    typer.echo(f"  {check.name.ljust(width)}  {state.ljust(8)}  {text}".rstrip())
    if check.usable:
        return
    for what, words in (("gives", check.gives), ("fix", check.fix)):
        if words:
            typer.echo(f"  {' ' * width}  {' ' * 8}  {what}: {words}")
