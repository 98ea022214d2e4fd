"""What `bench_extract.py` prints: bars first, then a table for each section."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from extract_runs import FEW, MANY, MOST
from extract_times import FORMULAS, STAGES, medians
from timed_fields import NATIVE, REAL_512, ROWS, SIM_512

Result = Mapping[str, Any]
SECTIONS = ("stages", "families", "core", "runs", "memory")


@dataclass(frozen=True)
class Bar:
    """A limit: what is limited, in which form and unit, and what was measured."""

    what: str
    limit: float
    value: float
    form: str = "{:.0f} ms"
    least: bool = False

    @property
    def kept(self) -> bool:
        """Whether the value is on the right side of the limit."""
        return self.value >= self.limit if self.least else self.value <= self.limit

    @property
    def row(self) -> str:
        """The bar as a row of a table."""
        sign, verdict = ("≥" if self.least else "≤"), ("kept" if self.kept else "**MISSED**")
        limit, value = self.form.format(self.limit), self.form.format(self.value)
        return f"| {self.what} | {sign} {limit} | {value} | {verdict} |"


def bars_of(result: Result) -> list[Bar]:
    """Return the bars of the sections that were run on data that was there."""
    bars: list[Bar] = []
    if "compile_s" in result:
        bars.append(Bar("compiling all kernels", 45, result["compile_s"]["now"], "{:.0f} s"))
    for section, found in (
        ("stages", _stage_bars),
        ("core", _core_bars),
        ("runs", _run_bars),
        ("memory", _memory_bars),
    ):
        bars += found(result[section]) if section in result else []
    return bars


def _stage_bars(stages: Result) -> Iterator[Bar]:
    now = {name: medians(each["now"]) for name, each in stages.items()}
    for edge, limit in (("512²", 100), ("2048²", 120)):
        slowest = max(each["segment"] for name, each in now.items() if edge in name)
        yield Bar(f"segmentation at {edge}, median field of the slowest set", limit, slowest)
    for name, limit in ((REAL_512, 300), (NATIVE, 450)):
        if name in now:
            yield Bar(f"file to row, parts of {ROWS}, median {name}", limit, now[name]["all"])


def _core_bars(core: Result) -> Iterator[Bar]:
    one, singles, batch = core["one"], core["singles"], core["batch"]
    eight = f"{core['fields']} fields"
    calls = core["calls"]
    yield Bar("measuring one field: now / before", 0.6, one["now"] / one["before"], "{:.2f}")
    yield Bar(
        f"measuring {eight} as a batch / one by one before",
        0.5,
        batch["now"] / singles["before"],
        "{:.2f}",
    )
    yield Bar("kernel calls of a batch of four", 150, calls["calls"][-1], "{:.0f}")
    yield Bar("kernel calls: of a batch of four / of one field", 1, _growth(calls), "{:.2f}")
    yield Bar("time outside kernels", 0.1, calls["host_share"], "{:.1%}")
    what = f"formulas of a batch of {FORMULAS}, a field"
    yield Bar(what, 1, 1000 * calls["formulas_s"], "{:.2f} ms")
    ratio = core["bytes"]["now"] / core["bytes"]["before"]
    yield Bar(f"memory of a batch of {eight}: now / before", 1, ratio, "{:.2f}")


def _growth(calls: Result) -> float:
    return float(calls["calls"][-1] / calls["calls"][0])


def _run_bars(runs: Result) -> Iterator[Bar]:
    one, two = (runs["runs"][f"{MANY} fields, {text}"] for text in ("1 process", "2 processes"))
    ratio = one["longest_s"] / two["longest_s"]
    yield Bar(f"two cores: speed-up on {MANY} fields", 1.8, ratio, "{:.2f}", least=True)


def _memory_bars(memory: Result) -> Iterator[Bar]:
    few, most = (each["peak_mib"] for each in memory["fields"].values())
    yield Bar(f"peak memory: {MOST:,} fields / {MANY} fields", 1.1, most / few, "{:.3f}")


def lines_of(result: Result) -> list[str]:
    """Return the lines of the whole result."""
    lines = ["| bar | limit | measured | |", "|---|--:|--:|---|"]
    lines += [bar.row for bar in bars_of(result)]
    lines += ["", *(f"{line}\n" for line in result.get("skipped", ()))]
    if "sets" in result:
        lines += [_about(result), ""]
    writers: tuple[tuple[str, Callable[[Result], list[str]]], ...] = (
        ("stages", _stage_lines),
        ("families", _family_lines),
        ("core", _core_lines),
        ("runs", _run_lines),
        ("memory", _memory_lines),
    )
    for section, write in writers:
        if section in result:
            lines += [*write(result), ""]
    return lines[:-1]


def _about(result: Result) -> str:
    changed = [name for name, each in result["sets"].items() if not each["same_masks"]]
    masks = f"**Masks differ**: {', '.join(changed)}." if changed else "Both find the same masks."
    compiling = ""
    if "compile_s" in result:
        seconds = _arrow(result["compile_s"])
        compiling = f" Compiling all kernels: {seconds} s, once after installation."
    return (
        f"Before is commit {result['base']}, asked in turn with this one in the same run, "
        f"{result['rounds']} rounds; times are the least of all repetitions, in processor time of "
        f"one thread. {masks}{compiling}"
    )


def _arrow(pair: Mapping[str, float | None]) -> str:
    before, now = ("–" if pair[when] is None else f"{pair[when]:.0f}" for when in ("before", "now"))
    return f"{before} → {now}"


def _stage_lines(result: Result) -> list[str]:
    stages, sets = result["stages"], result["sets"]
    ms = {
        name: {when: medians(each[when]) for when in ("before", "now")}
        for name, each in stages.items()
    }

    def row(title: str, cell: Callable[[str], str]) -> str:
        return f"| {title} | {' | '.join(cell(name) for name in stages)} |"

    def of_stage(stage: str) -> str:
        both = {
            name: {when: found[stage] for when, found in each.items()} for name, each in ms.items()
        }
        return row(stage, lambda name: _arrow(both[name]))

    def per_pixel(name: str, stage: str) -> str:
        pixels = sum(sets[name]["crop_pixels"])
        both = {when: _sum_ms(each, stage) / pixels for when, each in stages[name].items()}
        return _arrow({when: 1e6 * each for when, each in both.items()})

    return [
        "## From files to rows: milliseconds a field, before → now",
        "",
        row("stage", str),
        f"|---|{'--:|' * len(stages)}",
        *(of_stage(stage) for stage in STAGES),
        row("**all**", lambda name: f"**{_arrow({w: m['all'] for w, m in ms[name].items()})}**"),
        row(
            "now / before", lambda name: f"{ms[name]['now']['all'] / ms[name]['before']['all']:.2f}"
        ),
        row("fastest to slowest field", lambda name: _range(stages[name]["now"]["totals"])),
        row("measure, ns a crop pixel", lambda name: per_pixel(name, "measure")),
        row("all, ns a crop pixel", lambda name: per_pixel(name, "all")),
        row("fields", lambda name: str(len(sets[name]["cells"]))),
        row("cells, median", lambda name: f"{median(sets[name]['cells']):.0f}"),
        row("crop pixels, median", lambda name: f"{median(sets[name]['crop_pixels']):,.0f}"),
        row("repetitions", lambda name: str(stages[name]["now"]["repetitions"])),
        "",
        (
            f"The median field of each set, in parts of {ROWS}, each field with its share of what "
            "belongs to the part. Rest: schemas, notes, entries of the journal."
        ),
    ]


def _sum_ms(reduced: Result, stage: str) -> float:
    if stage == "all":
        return float(sum(reduced["totals"]))
    return float(sum(field[stage] for field in reduced["fields"]))


def _range(values: list[float]) -> str:
    return f"{min(values):.0f}–{max(values):.0f}"


def _family_lines(result: Result) -> list[str]:
    sets = result["families"]
    first = next(iter(sets.values()))
    rows = []
    for name, facts in first["families"].items():
        cells = [str(facts["columns"])]
        for each in sets.values():
            own = each["families"][name]
            saved = "" if own["saved"] is None else str(round(own["saved"]))
            cells += [_arrow(own), saved, f"{1e6 * own['now'] / each['crop_pixels']:.0f}"]
        rows.append(f"| {name} | {' | '.join(cells)} |")
    columns = sum(each["columns"] for each in first["families"].values() if each["default"])
    cells = [str(columns)]
    for each in sets.values():
        ns = 1e6 * each["default"]["now"] / each["crop_pixels"]
        cells += [_arrow(each["default"]), "", f"{ns:.0f}"]
    head = " | ".join(f"{name}: alone | saved | ns a crop pixel" for name in sets)
    return [
        "## Families: milliseconds a field",
        "",
        f"| family | columns | {head} |",
        f"|---|--:|{'--:|' * 3 * len(sets)}",
        *rows,
        f"| **default set** | {' | '.join(cells)} |",
        "",
        (
            "Alone: measured alone, with all that it shares with others, before → now. Saved: how "
            "much shorter the default set takes without it, now. Nanoseconds a crop pixel: alone, "
            f"now. The field of median size of each set, least of {result['rounds']} repetitions."
        ),
    ]


def _core_lines(result: Result) -> list[str]:
    core, pixels = result["core"], sum(result["sets"][SIM_512]["crop_pixels"])
    eight = f"{core['fields']} fields"
    table = (
        ("one field", core["one"]),
        (f"{eight}, one by one", core["singles"]),
        (f"{eight}, one batch", core["batch"]),
    )
    of_cells = [
        f"| {each['cells']} | {each['crop_pixels']:,} | {_arrow(each)} | "
        f"{1e6 * each['now'] / each['crop_pixels']:.0f} |"
        for each in core["by_cells"]
    ]
    memory = {when: each / pixels for when, each in core["bytes"].items()}
    calls = core["calls"]
    several = ", ".join(f"{name} {count}" for name, count in sorted(calls["repeated"].items()))
    return [
        "## Measuring simulated 512² fields",
        "",
        "| | ms, before → now | now / before |",
        "|---|--:|--:|",
        *(
            f"| {name} | {_arrow({w: 1000 * s for w, s in each.items()})} | "
            f"{each['now'] / each['before']:.2f} |"
            for name, each in table
        ),
        "",
        (
            f"Memory of a batch of {eight} above that of one field, bytes a crop pixel of the "
            f"batch: {_arrow(memory)}."
        ),
        "",
        "Growth with cells: the first cells of one field.",
        "",
        "| cells | crop pixels | ms, before → now | ns a crop pixel, now |",
        "|--:|--:|--:|--:|",
        *of_cells,
        "",
        (
            f"Kernel calls of a batch of one, two and four fields: "
            f"{', '.join(map(str, calls['calls']))}. Kernels called more than once: {several}. "
            f"Outside kernels: {calls['host_share']:.1%} of the time for one field. Formulas in a "
            f"batch of {FORMULAS}: {1000 * calls['formulas_s']:.2f} ms a field."
        ),
    ]


def _run_lines(result: Result) -> list[str]:
    runs = result["runs"]
    rows = [
        f"| {name} | {each['cells']:,} | {each['processor_s']:.1f} | {each['longest_s']:.1f} | "
        f"{each['wall_s']:.1f} | {each['peak_mib']:,.0f} |"
        for name, each in runs["runs"].items()
    ]
    few, many = (runs["runs"][f"{count} fields, 1 process"] for count in (FEW, MANY))
    a_field = (many["processor_s"] - few["processor_s"]) / (MANY - FEW)
    start = few["processor_s"] - FEW * a_field
    disk = runs["disk"]
    total = sum(disk["mb"].values())
    kinds = ", ".join(f"{kind} {1000 * size / MANY:.0f}" for kind, size in disk["mb"].items())
    return [
        "## `hpa-feat extract` of simulated 512² fields",
        "",
        "| | cells | processor s | longest | wall s | peak MiB |",
        "|---|--:|--:|--:|--:|--:|",
        *rows,
        "",
        (
            f"{1000 * a_field:.0f} ms a field and {start:.1f} s for start and end (from {FEW} and "
            f"{MANY} fields): {1000 * a_field:.0f} s of processor time per thousand fields. "
            "Longest: processor time of the longest chain of processes that wait for each other, "
            "about the wall time without other work on the machine; the speed-up is a ratio of "
            "these. "
            f"Peak: all processes together. One run each; {runs['distinct']} different fields, "
            "repeated."
        ),
        "",
        (
            f"{1000 * total / MANY:.0f} MB of disk per thousand fields ({kinds}), in "
            f"{disk['parts']} parts, and {disk['schema_mb']:.1f} MB for schema.json."
        ),
    ]


def _memory_lines(result: Result) -> list[str]:
    memory = result["memory"]
    rows = [
        f"| {int(count):,} | {each['peak_mib']:,.1f} | {each['processor_s']:.0f} |"
        for count, each in memory["fields"].items()
    ]
    return [
        f"## Peak memory of `hpa-feat extract --jobs 1` of {memory['size']}² fields",
        "",
        "| fields | peak MiB, all processes | processor s |",
        "|--:|--:|--:|",
        *rows,
    ]
