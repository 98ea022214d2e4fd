"""results/history.csv: what each commit's learner scored on test rows, each table once a commit."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

from bench_helpers import RESULTS
from training_tables import Answer, Case

import hpa_features
from hpa_features.learn.metrics import macro_f1, mean_average_precision

HISTORY = RESULTS / "history.csv"
CHANGED = "+"
_CODE = ("hpa_features", "pyproject.toml")


@dataclass(frozen=True)
class Scored:
    """One row of the file; a baseline's commit is the one beside which it ran first."""

    commit: str
    date: str
    table: str
    learner: str
    macro_f1: str
    map: str


def commit_of_code() -> str:
    """Return the commit of the library in use, ``+`` behind it where its files differ."""
    root = Path(hpa_features.__file__).parent.parent
    commit = _git(root, "rev-parse", "--short=10", "HEAD").strip()
    return commit + CHANGED * bool(_git(root, "status", "--porcelain", "--", *_CODE))


def scored(case: Case, learner: str, answer: Answer) -> Scored:
    """Return what an answer scores on the test rows."""
    return Scored(
        commit=answer.commit,
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        table=case.name,
        learner=learner,
        macro_f1=f"{macro_f1(case.test_truth, answer.test_decision):.4f}",
        map=f"{mean_average_precision(case.test_truth, answer.test_scores):.4f}",
    )


def append(rows: Sequence[Scored], ours: str, path: Path = HISTORY, *, dirty: bool = False) -> None:
    """Add rows, each baseline's once, ours once a commit; none where one must be refused.

    Parameters
    ----------
    rows
        Of all tables with test rows.
    ours
        The learner that changes with the commit.
    path
        The file; made where missing.
    dirty
        Also take rows of code that is in no commit.
    """
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    lines = list(csv.DictReader(text.splitlines()))
    known = {(line["table"], line["learner"]) for line in lines}
    at_commit = {(line["commit"], line["table"]) for line in lines if line["learner"] == ours}
    new = [row for row in rows if row.learner == ours or (row.table, row.learner) not in known]
    for row in new:
        if row.learner == ours and row.commit.endswith(CHANGED) and not dirty:
            sys.exit(
                f"{path.name}: {ours} on {row.table} was trained by files that are in no commit "
                f"({row.commit}). Commit them and run it --fresh, or say --dirty."
            )
        if row.learner == ours and (row.commit, row.table) in at_commit:
            sys.exit(
                f"{path.name} has {ours} on {row.table} at commit {row.commit}: "
                "test rows are scored once a commit."
            )
    with path.open("a", encoding="utf-8", newline="") as file:
        names = [field.name for field in fields(Scored)]
        writer = csv.DictWriter(file, names, lineterminator="\n")
        if not lines:
            writer.writeheader()
        writer.writerows(asdict(row) for row in new)


def _git(root: Path, *words: str) -> str:
    return subprocess.run(
        ["git", "-C", str(root), *words], check=True, capture_output=True, text=True
    ).stdout
