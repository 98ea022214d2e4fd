"""Whether reasons hold: planted nulls, biology on new cell lines, faithfulness, error and time.

    python benchmarks/bench_reasons.py nulls [--write]
    python benchmarks/bench_reasons.py biology MODEL FEATURES [--write]
    python benchmarks/bench_reasons.py reliance MODEL FEATURES [--name NAME] [--write]
    python benchmarks/bench_reasons.py faithful MODEL FEATURES [--name NAME] [--write]

nulls: 20 tables, each with two labels that four blocks tell and ten blocks of noise: 200 planted
nulls for each label. A block of noise stands above its chance level in at most the stated share.

biology: a model of the fields of `reason_fields.py`. The top block of a location is the one that
separates held-out rows with and without it most; `location_blocks.csv`, committed before the first
run, has those that biology names. Counted are also the top three, and top blocks that have the
landmark of a named one. Next to it the same counts when locations take one another's names, 1,000
times.

reliance: a model with diagnostics: the blocks that separate each label most, its learning curve.

faithful: rows by the fold model that held them out, each with the label that is most probable. The
blocks of a row are replaced by those of background rows, one after another: those that speak most
for the label first, or in random orders. Values are found with one half of the background rows and
tried on the other. The area between both curves of log-odds, as a part of the row's log-odds above
the background's, with a 95 % interval over rows. Also, of whole models: the standard error of the
largest block, and the processor time of an explanation.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from bench_helpers import in_turn, publish
from location_blocks import read_table
from numpy.typing import NDArray
from reason_case import Case
from scipy.special import logit
from threadpoolctl import threadpool_limits

from hpa_features.core.progress import SILENT
from hpa_features.core.reasons import Diagnostics
from hpa_features.core.tables import Column
from hpa_features.core.train_settings import TrainSettings
from hpa_features.learn.data import TrainingData
from hpa_features.learn.explain.diagnose import LEVEL
from hpa_features.learn.explain.field import Explainer
from hpa_features.learn.explain.separate import Separation
from hpa_features.learn.explain.stored import diagnostics_of
from hpa_features.learn.explain.walks import Reader, Walks
from hpa_features.learn.folds import renumber
from hpa_features.learn.importance import blocks_of
from hpa_features.learn.stage import Stage
from hpa_features.learn.train import train
from hpa_features.report.block_words import block_title

PACKAGES = ("hpa-feat", "lightgbm", "numpy")
TABLES, NOISE, TELLING, COLUMNS = 20, 10, 4, 4
GROUPS, ROWS_A_GROUP = 60, 3
PERMUTATIONS = 1000
ROWS, ORDERS, HALF = 25, 8, 32
EXPLAINED, TENTH = 6, 0.1
Floats = NDArray[np.float64]


def planted(seed: int) -> TrainingData:
    """Return a table whose first four blocks tell two labels; the other ten are noise.

    Columns of a block, and rows of a group, are alike, as those of features are.
    """
    rng = np.random.default_rng((20_261_201, seed))
    groups = np.repeat(np.arange(GROUPS), ROWS_A_GROUP)
    truth = rng.random((GROUPS, 2)) < (0.3, 0.5)
    shape = (TELLING + NOISE, len(groups))
    common = rng.normal(size=(TELLING + NOISE, GROUPS))[:, groups] + rng.normal(size=shape)
    for block in range(TELLING):
        common[block] += 1.2 * truth[groups, block % 2]
    values = common[:, None] + rng.normal(size=(TELLING + NOISE, COLUMNS, len(groups)))
    names = [f"{'told' if b < TELLING else 'noise'}{b:02d}" for b in range(TELLING + NOISE)]
    return TrainingData(
        ids=tuple(f"row{row}" for row in range(len(groups))),
        columns=tuple(Column(f"{name}_{at}", name) for name in names for at in range(COLUMNS)),
        values=values.reshape(-1, len(groups)).T.astype(np.float32),
        labels=("first", "second"),
        truth=truth[groups],
        groups=groups,
        group_names=tuple(f"g{group}" for group in range(GROUPS)),
        group_column="Group",
    )


def found_in(seed: int) -> Diagnostics:
    """Return the diagnostics of a model of one planted table."""
    settings = TrainSettings(diagnostics=True, nested_rows=0, bootstrap=20, seed=seed)
    with tempfile.TemporaryDirectory() as folder:
        trained = train(planted(seed), settings, Stage(folder), in_turn, SILENT)
    if trained.diagnostics is None:
        raise SystemExit(f"Table {seed} taught the model nothing.")
    return trained.diagnostics


def nulls(*, write: bool) -> None:
    """Count blocks of noise, and blocks that tell the label, above their chance level."""
    above, told = [], []
    for seed in range(TABLES):
        for at, label in enumerate(found_in(seed).labels):
            noise = [name.startswith("noise") for name in label.blocks]
            own = [name.startswith("told") and int(name[4:]) % 2 == at for name in label.blocks]
            above.append(int(label.above_chance[noise].sum()))
            told.append(int(label.above_chance[own].sum()))
    counts = np.array(above)
    lines = [
        f"{TABLES} tables of {GROUPS} groups of {ROWS_A_GROUP} rows, {COLUMNS} columns a block.",
        "",
        "| label | noise blocks above chance | stated | telling blocks above chance |",
        "|---|--:|--:|--:|",
    ]
    for at, name in enumerate(("first", "second")):
        of_label = counts[at::2]
        lines.append(
            f"| {name} | {of_label.sum()} of {NOISE * TABLES} | "
            f"{LEVEL * NOISE * TABLES:.0f} | {sum(told[at::2])} of {2 * TABLES} |"
        )
    publish(
        "reasons_nulls", "Blocks of noise above their chance level", lines, *PACKAGES, write=write
    )


def biology(case: Case, *, write: bool) -> None:
    """Count the locations whose top block is one that biology names."""
    expected, blocks = read_table(), tuple(blocks_of(case.model.seen))
    values = case.held_out()
    tops = {}
    for at, label in enumerate(case.model.members[0].fitted_labels):
        found = Separation.of(values[:, :, at], case.truth[:, label], renumber(case.groups))
        order = np.argsort(-found.value)
        tops[case.model.labels[label]] = [blocks[block] for block in order[:3].tolist()]
    named = {label: top[0] in expected[label] for label, top in tops.items()}
    lines = [
        f"{len(case.values):,} simulated fields of four new cell lines; {len(blocks)} blocks.",
        "",
        "| locations for which biology names | found | permuted: mean | 95 % |",
        "|---|--:|--:|--:|",
    ]
    for what, fits in (
        ("the top block", lambda top, names: top[0] in names),
        ("one of the top three", lambda top, names: bool({*top} & {*names})),
        (
            "the landmark of the top block",
            lambda top, names: _landmark(top[0]) in map(_landmark, names),
        ),
    ):
        chance = _by_chance(tops, expected, fits)
        found_ones = sum(fits(top, expected[label]) for label, top in tops.items())
        lines.append(
            f"| {what} | {found_ones} of {len(tops)} | {np.mean(chance):.1f} "
            f"| {np.quantile(chance, 0.95):.0f} |"
        )
    lines += ["", "| location | top block | named | second | third |", "|---|---|---|---|---|"]
    for label, top in tops.items():
        mark = "yes" if named[label] else "no"
        lines.append(f"| {label} | {top[0]} | {mark} | {top[1]} | {top[2]} |")
    publish("reasons_biology", "Top blocks of 28 locations", lines, *PACKAGES, write=write)


def _by_chance(
    tops: Mapping[str, list[str]],
    expected: Mapping[str, tuple[str, ...]],
    fits: Callable[[list[str], tuple[str, ...]], bool],
) -> list[int]:
    """Return how many locations fit when they take one another's names."""
    names, rng = list(tops), np.random.default_rng(0)
    return [
        sum(fits(tops[name], expected[other]) for name, other in zip(names, rng.permutation(names)))
        for _ in range(PERMUTATIONS)
    ]


def _landmark(block: str) -> str:
    return block.partition(" × ")[0]


def faithful(case: Case, name: str, *, write: bool) -> None:
    """Replace the blocks of rows one by one, and time explanations of the whole model."""
    rng = np.random.default_rng(1)
    rows = np.sort(rng.permutation(len(case.values))[:ROWS])
    areas = np.array([area for row in rows.tolist() for area in _areas(case, row, rng)])
    draws = [rng.choice(areas, len(areas)).mean() for _ in range(2000)]
    low, high = np.quantile(draws, (0.025, 0.975))
    seconds, ratios = _explained(case, rng)
    lines = [
        f"{name}: {len(areas)} held-out rows; {len(blocks_of(case.model.seen))} blocks.",
        "",
        "| measure | value |",
        "|---|--:|",
        f"| area between random order and most-speaking blocks first | {areas.mean():.3f} |",
        f"| its 95 % interval over rows | {low:.3f} to {high:.3f} |",
        f"| rows with an area above 0 | {np.mean(areas > 0):.0%} |",
        f"| SE of a label's largest block / its value, median | {np.median(ratios):.3f} |",
        f"| 90 % at most | {np.quantile(ratios, 0.9):.3f} |",
        f"| labels with at most 10 % | {np.mean(ratios <= TENTH):.0%} |",
        f"| seconds of processor time a field, after loading | {np.median(seconds):.2f} |",
    ]
    publish(f"reasons_{name}", f"Faithfulness: {name}", lines, *PACKAGES, write=write)


def _areas(case: Case, row: int, rng: np.random.Generator) -> list[float]:
    """Return the area of a row; nothing where it has no log-odds to lose."""
    fold = int(case.folds[row])
    member, background = case.model.members[fold], case.model.background.rows[fold]
    known, tried = background[:HALF], background[HALF:]
    blocks = len(blocks_of(case.model.seen))
    reader = Reader.of(member, known, case.model.seen)
    walks = Walks.drawn(np.arange(len(known)), blocks, (row,))
    scores = _log_odds(case, reader, row, walks)
    label = int(scores[0, -1].argmax())
    order = np.argsort(walks.values(scores)[:, :, label].mean(axis=0))
    other = Reader.of(member, tried, case.model.seen)
    last = np.arange(blocks)[np.argsort(order)]  # the block that speaks most comes last
    curves = []
    for turns in (last, *(rng.permutation(blocks) for _ in range(ORDERS))):
        every = np.arange(len(tried), dtype=np.int32)
        way = Walks(every, np.tile(turns, (len(tried), 1)).astype(np.int32))
        curves.append(_log_odds(case, other, row, way)[:, :, label].mean(axis=0))
    best, others = curves[0], np.mean(curves[1:], axis=0)
    whole = best[-1] - best[0]
    return [float(np.mean(others - best) / whole)] if whole > 1 else []


def _log_odds(case: Case, reader: Reader, row: int, walks: Walks) -> Floats:
    raw = reader.scores(case.values[row], walks)
    for at, label in enumerate(reader.member.fitted_labels):
        raw[:, :, at] = logit(case.model.choices[label].probabilities(raw[:, :, at]))
    return raw


def _explained(case: Case, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return seconds of explanations, and errors of largest blocks as parts of their values."""
    explainer = Explainer.of(case.model)
    seconds, ratios = [], []
    for row in rng.permutation(len(case.values))[:EXPLAINED].tolist():
        probabilities = case.model.predict(case.values[[row]]).probabilities[0]
        begun = time.process_time()
        found = explainer.field("", [case.values[row]] * case.model.folds, probabilities)
        seconds.append(time.process_time() - begun)
        for label in found.labels:
            largest = int(np.abs(label.values).argmax())
            if label.values[largest]:
                ratios.append(label.error[largest] / abs(label.values[largest]))
    return np.array(seconds[1:]), np.array(ratios)  # the first one prepares the walks


def reliance(case: Case, name: str, *, write: bool) -> None:
    """Print which blocks each label of a model leans on, by the diagnostics in its bundle."""
    found = diagnostics_of(case.bundle)
    if found is None:
        raise SystemExit("The model was trained without --diagnostics.")
    lines = [
        "| label | AP | block | separation ± SE | chance | SD over folds | AP lost | AP alone |",
        "|---|--:|---|--:|--:|--:|--:|--:|",
    ]
    for label in found.labels:
        for rank, block in enumerate(label.order[:4].tolist()):
            lines.append(
                f"| {label.label if not rank else ''} | {f'{label.whole:.3f}' if not rank else ''} "
                f"| {label.blocks[block]}: {block_title(label.blocks[block])} "
                f"| {label.separation[block]:.2f} ± {label.error[block]:.2f} "
                f"| {label.chance[block]:.2f} | {label.spread[block]:.2f} "
                f"| {label.loss[block]:.3f} | {label.alone[block]:.3f} |"
            )
    lines += ["", "| label | groups | AP | SD over folds |", "|---|--:|--:|--:|"]
    for curve in found.curves:
        for at, groups in enumerate(curve.groups):
            lines.append(
                f"| {curve.label} | {groups:.0f} | {curve.precision[at]:.3f} "
                f"| {curve.spread[at]:.3f} |"
            )
    title = f"What each label depends on: {name}"
    publish(f"reliance_{name}", title, lines, *PACKAGES, write=write)


def main() -> None:
    """Run the part that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=("nulls", "biology", "faithful", "reliance"))
    parser.add_argument("model", type=Path, nargs="?")
    parser.add_argument("features", nargs="?")
    parser.add_argument("--name", default="simulated")
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    with threadpool_limits(1):
        if asked.part == "nulls":
            nulls(write=asked.write)
            return
        if asked.model is None or asked.features is None:
            parser.error("MODEL and FEATURES are needed.")
        case = Case.read(asked.model, asked.features)
        if asked.part == "biology":
            biology(case, write=asked.write)
        elif asked.part == "faithful":
            faithful(case, asked.name, write=asked.write)
        else:
            reliance(case, asked.name, write=asked.write)


if __name__ == "__main__":
    main()
