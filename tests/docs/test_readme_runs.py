"""The commands of the README and of the Kaggle page run one after another in an empty folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SMALL = "--size 256 --group-size 2 --most-locations 1 --locations Nucleoli,Mitochondria"
INSTALLS = re.compile(r"(python3 -m venv|\.venv/bin/pip|make (demo|test)\b)")


def script_of(page):
    """Return the commands of a page, without those that install the program."""
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)
    lines = [line for kind, block in blocks if not kind for line in block.splitlines()]
    return "\n".join(line for line in lines if not INSTALLS.match(line))


def run_script(script, folder):
    """Run a script with this Python's hpa-feat; the first command that fails ends it."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euxo", "pipefail", "-c", script],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def test_the_readme_runs_on_small_fields(tmp_path):
    script, made = re.subn(r"--fields (\d+)", f"--fields 16 {SMALL}", script_of("README.md"))
    assert made == 2
    run_script(script, tmp_path)
    made = {path.name for path in tmp_path.iterdir()}
    assert made >= {"masks", "pictures", "features", "report.html", "predictions.csv", "audit"}
    assert len((tmp_path / "piped.csv").read_text().splitlines()) == 17


@pytest.mark.long
def test_the_readme_runs_as_it_stands(tmp_path):
    run_script(script_of("README.md"), tmp_path)


@pytest.mark.long
def test_the_kaggle_page_runs_on_a_small_copy_of_the_folders(tmp_path):
    run_script(
        f"""hpa-feat simulate -o train --fields 16 {SMALL}
        hpa-feat simulate -o test --fields 4 {SMALL} --seed 1
        mv train/labels.csv train.csv
        printf 'Id,Predicted\\n' > sample_submission.csv
        tail -n +2 test/labels.csv >> sample_submission.csv
        rm -r train/masks test/masks train/*.csv test/*.csv train/run.json test/run.json""",
        tmp_path,
    )
    run_script(script_of("docs/kaggle2018.md"), tmp_path)
    assert (tmp_path / "submission.csv").read_text().startswith("Id,Predicted\n")


def test_install_lines_name_the_checkout():
    """Nobody owns the name hpa-feat on an index yet, so a page must not install it from there."""
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    for page in pages:
        for line in page.read_text(encoding="utf-8").splitlines():
            assert not re.search(r"pip install '?hpa[-_]feat", line), (page.name, line)


def test_make_has_the_targets_that_the_readme_names():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make ([a-z-]+)", (ROOT / "README.md").read_text(), re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
