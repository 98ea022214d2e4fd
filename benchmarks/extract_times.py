"""Processor time of `extract`'s stages, families and measuring core, before and now in turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, median_low
from typing import Any

from commits import Package
from timed_fields import ROWS, FieldSet

STAGES = ("read", "segment", "measure", "tables", "write", "rest")
EIGHT = 8  # fields of the batch that is compared with one by one
FORMULAS = 64  # fields of the batch whose formulas are timed
_CELLS = (4, 8, 16)


@dataclass(frozen=True)
class Pair:
    """The packages of the older commit and of this one."""

    before: Package
    now: Package

    def ask(self, function: str, *arguments: Any) -> dict[str, Any]:
        """Ask both, one after the other."""
        return {
            "before": self.before.ask(function, *arguments),
            "now": self.now.ask(function, *arguments),
        }

    def least(self, rounds: int, function: str, *arguments: Any) -> dict[str, float]:
        """Ask both for seconds in turn; return the least of each."""
        answers = [self.ask(function, *arguments) for _ in range(rounds)]
        return {when: min(each[when] for each in answers) for when in answers[0]}


def describe(pair: Pair, one: FieldSet) -> dict[str, Any]:
    """Return the cells and crop pixels of each field, and whether both commits find equal masks."""
    masks = pair.ask("masks_of", one.once)
    return {
        "cells": [each["cells"] for each in masks["now"]],
        "crop_pixels": pair.now.ask("crop_pixels", one.once),
        "same_masks": masks["before"] == masks["now"],
    }


def time_stages(pair: Pair, one: FieldSet, rounds: int) -> dict[str, Any]:
    """Extract the fields of a set `rounds` times with each package, in turn.

    The older one, which takes longer, extracts each field once a round.
    """
    parts: dict[str, list[dict[str, Any]]] = {"before": [], "now": []}
    for _ in range(rounds):
        parts["before"].append(pair.before.ask("run_part", one.once))
        parts["now"].append(pair.now.ask("run_part", one.part))
    return {when: reduce_parts(some, one.fields) for when, some in parts.items()}


def reduce_parts(parts: Sequence[dict[str, Any]], fields: int) -> dict[str, Any]:
    """Return milliseconds of each stage and of the whole for every one of `fields` fields.

    They take turns in a part. What belongs to the part is the same for few and for many fields;
    a field has the share that it has in a part of 16. A field's time is the least of its
    repetitions: of each stage, and of the sum of all stages.
    """
    runs: list[list[dict[str, float]]] = [[] for _ in range(fields)]
    for part in parts:
        share = {stage: seconds / ROWS for stage, seconds in part["part"].items()}
        for row, own in enumerate(part["fields"]):
            seconds = {each: own.get(each, 0.0) + share.get(each, 0.0) for each in STAGES}
            runs[row % fields].append(seconds)
    stages = [{stage: 1000 * min(run[stage] for run in some) for stage in STAGES} for some in runs]
    return {
        "fields": stages,
        "totals": [1000 * min(sum(run.values()) for run in some) for some in runs],
        "repetitions": min(len(some) for some in runs),
    }


def medians(reduced: dict[str, Any]) -> dict[str, float]:
    """Return the median field's milliseconds of each stage and of `all`."""
    of_stages = {stage: median(field[stage] for field in reduced["fields"]) for stage in STAGES}
    return of_stages | {"all": median(reduced["totals"])}


def time_families(
    pair: Pair, one: FieldSet, crop_pixels: Sequence[int], rounds: int
) -> dict[str, Any]:
    """Return for each family the milliseconds that it takes of the set's field of median size.

    `before`, `now`: measured alone, with all that it needs; None where the commit lacks it.
    `saved`: how much shorter the default set takes without it, None for families outside it.
    """
    known, families = pair.ask("families").values()
    default = [name for name, facts in families.items() if facts["default"]]
    field = crop_pixels.index(median_low(crop_pixels))

    def both(names: list[str]) -> dict[str, float]:
        least = pair.least(rounds, "measure", one.once, [field], names)
        return {when: 1000 * seconds for when, seconds in least.items()}

    def now(names: list[str]) -> float:
        return 1000 * float(pair.now.ask("measure", one.once, [field], names))

    for name, facts in families.items():
        facts.update(both([name]) if name in known else {"before": None, "now": now([name])})
        facts["saved"] = None
        if facts["default"]:
            others = [each for each in default if each != name]
            turns = [(now(default), now(others)) for _ in range(rounds)]
            whole, rest = (min(some) for some in zip(*turns))
            facts["saved"] = whole - rest
    return {"families": families, "crop_pixels": crop_pixels[field], "default": both(default)}


def time_core(pair: Pair, one: FieldSet, rounds: int) -> dict[str, Any]:
    """Return what measuring one field, eight singles and a batch of eight take, with its growth."""
    numbers = list(range(min(EIGHT, one.fields)))
    singles = [pair.least(rounds, "measure", one.once, [at], []) for at in numbers]
    counts = pair.now.ask("masks_of", one.once)
    widest = max(numbers, key=lambda at: counts[at]["cells"])
    cells = []
    for kept in (*(n for n in _CELLS if n < counts[widest]["cells"]), counts[widest]["cells"]):
        answers = [pair.ask("measure_cells", one.once, widest, kept) for _ in range(rounds)]
        cells.append(
            {
                "cells": kept,
                "crop_pixels": answers[0]["now"][1],
                **{when: 1000 * min(each[when][0] for each in answers) for when in answers[0]},
            }
        )
    return {
        "fields": len(numbers),
        "one": singles[0],
        "singles": {when: sum(each[when] for each in singles) for when in singles[0]},
        "batch": pair.least(rounds, "measure", one.once, numbers, []),
        "by_cells": cells,
        "calls": pair.now.ask("count_calls", one.once, FORMULAS),
    }
