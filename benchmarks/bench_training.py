"""Our learner against scikit-learn's, on the same rows, columns, folds and groups.

    python benchmarks/bench_training.py --tables DIR … --keep DIR [--peers TABLE=FILE] [--write]

Tables are as `training_tables` says, baselines as `baselines` says. Five grouped, stratified outer
folds; every learner makes all its choices inside each training part. macro F1 is of pooled
out-of-fold decisions, mAP of pooled out-of-fold scores. The best baseline of a table is the one of
greatest macro F1 on training rows; test rows choose nothing. Intervals: bootstrap over groups.

Answers are kept in `--keep`, so a killed run goes on where it was. `--learners ours --fresh`
makes ours anew where the code that gave the kept ones has changed.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from baselines import answer, baselines
from bench_helpers import publish
from training_history import Scored, append, commit_of_code, scored
from training_result import OURS, Beside, Result, lines_of
from training_tables import Answer, Case, Kept, NotRun, read_case

from hpa_features.core.train_settings import TrainSettings
from hpa_features.io.bundle import read_bundle
from hpa_features.learn.metrics import macro_f1
from hpa_features.learn.packing import unpack
from hpa_features.pipeline.train import train


def ours(case: Case, commit: str) -> Answer:
    """Train as `hpa-feat train` does, and let the model answer for the test rows."""
    began = sum(os.times()[:4])
    groups = case.folder / "groups.csv"
    settings = TrainSettings(
        group="none",
        groups_file=str(groups) if groups.exists() else "",
        seed=case.seed,
        bootstrap=10,
    )
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model"
        train(str(case.features), str(case.folder / "labels.csv"), str(model), settings)
        bundle = read_bundle(model)
    oof = bundle.oof
    if oof.ids != case.data.ids or not np.array_equal(oof.folds, case.folds):
        sys.exit(f"{case.name}: train split these rows otherwise than the baselines' folds.")
    test = np.zeros(case.test_truth.shape), np.zeros(case.test_truth.shape, dtype=bool)
    if case.tested:
        learned = unpack(bundle)
        place = {column.name: at for at, column in enumerate(case.data.columns)}
        columns = [place[column.name] for column in learned.columns]
        said = learned.predict(np.ascontiguousarray(case.test_values[:, columns]))
        test = said.probabilities, said.decisions
    seconds = sum(os.times()[:4]) - began
    return Answer(oof.ranking, oof.decision, *test, seconds, commit)


def keep(kept: Kept, case: Case, learner: str, found: Answer | NotRun) -> None:
    """Keep what a learner says, and tell that it is there."""
    kept.write(case, learner, found)
    if isinstance(found, Answer):
        score = macro_f1(case.data.truth, found.decision)
        said = f"macro F1 {score:.3f}, {found.seconds:.0f} CPU s"
    else:
        said = f"not run: {found.minutes:.0f} min"
    print(f"{case.name}: {learner}: {said}", flush=True)


def run_baselines(case: Case, kept: Kept, minutes: float) -> None:
    """Run what is not kept yet, or was too long for a shorter limit."""
    for name, fit in baselines(case).items():
        found = kept.read(case, name)
        if found is None or (isinstance(found, NotRun) and found.minutes < minutes):
            keep(kept, case, name, answer(fit, case, minutes, commit_of_code()))


def run_ours(case: Case, kept: Kept, *, fresh: bool) -> None:
    """Run our learner where nothing is kept; with `fresh` also where other code gave it."""
    found, commit = kept.read(case, OURS), commit_of_code()
    if not isinstance(found, Answer) or (fresh and found.commit != commit):
        keep(kept, case, OURS, ours(case, commit))


def result_of(case: Case, peers: Case | None, kept: Kept) -> Result | None:
    """Return all kept answers; None, said, where ours or all baselines are missing."""
    found = {name: kept.read(case, name) for name in (OURS, *baselines(case))}
    if missing := [name for name, each in found.items() if each is None]:
        print(f"{case.name}: nothing is kept of {', '.join(missing)}.")
    mine = found.pop(OURS)
    others = {name: each or NotRun(np.nan) for name, each in found.items()}
    if not isinstance(mine, Answer) or not any(isinstance(o, Answer) for o in others.values()):
        return None
    return Result(case, mine, others, beside(case, peers, kept) if peers else None)


def beside(case: Case, peers: Case, kept: Kept) -> Beside | None:
    """Return our learner's answer from the peers' columns, rows in the order of `case`."""
    found = kept.read(peers, OURS)
    if not isinstance(found, Answer):
        return None
    place = {each: at for at, each in enumerate(peers.data.ids)}
    rows = [place[each] for each in case.data.ids]
    if not np.array_equal(peers.folds[rows], case.folds):
        sys.exit(f"{peers.features}: its rows are in other folds than those of {case.name}.")
    ordered = replace(found, scores=found.scores[rows], decision=found.decision[rows])
    return Beside(len(peers.data.columns), ordered)


def options() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", nargs="+", type=Path, required=True, metavar="DIR")
    parser.add_argument("--keep", type=Path, required=True, metavar="DIR", help="of answers")
    parser.add_argument(
        "--learners",
        nargs="*",
        choices=("baselines", "ours"),
        default=("baselines", "ours"),
        help="who runs; without a name nobody, and what is kept is printed",
    )
    parser.add_argument("--fresh", action="store_true", help="ours anew where its code changed")
    parser.add_argument("--seed", type=int, default=0, help="of folds and learners")
    parser.add_argument("--minutes", type=float, default=15, help="most a baseline may take")
    parser.add_argument(
        "--peers", metavar="TABLE=FILE", default="=", help="another tool's columns of its rows"
    )
    parser.add_argument("--write", action="store_true", help="keep as results/training.md")
    parser.add_argument("--history", action="store_true", help="append to results/history.csv")
    parser.add_argument("--dirty", action="store_true", help="history of code in no commit, too")
    return parser.parse_args()


def main() -> None:
    """Run the learners, then print one table of all that is kept."""
    said = options()
    warnings.filterwarnings("ignore", category=UserWarning)
    kept = Kept(said.keep)
    peers_of, _, peers_file = said.peers.partition("=")
    results = []
    for folder in said.tables:
        case = read_case(folder, said.seed)
        peers = None
        if case.name == peers_of:
            peers = read_case(folder, said.seed, Path(peers_file))
        if "baselines" in said.learners:
            run_baselines(case, kept, said.minutes)
        if "ours" in said.learners:
            for each in filter(None, (case, peers)):
                run_ours(each, kept, fresh=said.fresh)
        if result := result_of(case, peers, kept):
            results.append(result)
    if not results:
        sys.exit("No table has an answer of ours and of a baseline yet.")
    if said.history:
        append(history_rows(results), OURS, dirty=said.dirty)
    title = "Our learner against scikit-learn's"
    packages = ("hpa-feat", "scikit-learn", "lightgbm", "numpy")
    publish("training", title, lines_of(results), *packages, write=said.write)


def history_rows(results: Sequence[Result]) -> list[Scored]:
    """Return the history's rows of all tables with test rows."""
    return [
        scored(result.case, name, answer)
        for result in results
        for name, answer in ((OURS, result.ours), *result.baselines.items())
        if result.case.tested and isinstance(answer, Answer)
    ]


if __name__ == "__main__":
    main()
