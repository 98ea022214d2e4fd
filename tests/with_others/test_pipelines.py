"""The Snakefile of docs/pipelines.md runs; the job script of docs/scaling.md starts workers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from image_files import png, write
from made_fields import drawn_field

DOCS = Path(__file__).resolve().parents[2] / "docs"
QUICK = "--features Intensity --pixel-size-um 0.32 --field-timeout 0"


def python_of(page: str) -> str:
    text = (DOCS / page).read_text(encoding="utf-8")
    [code] = re.findall(r"^```python\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
    return code


def test_snakemake_runs_the_rules(tmp_path):
    (tmp_path / "images").mkdir()
    for seed in range(3):
        for channel, plane in drawn_field(seed)[0].planes.items():
            # Links, as managers stage them.
            write(tmp_path / f"raw/f{seed}_{channel.colour}.png", png(plane))
            name = f"f{seed}_{channel.colour}.png"
            (tmp_path / f"images/{name}").symlink_to(f"../raw/{name}")
    broken = tmp_path / "raw/f2_green.png"
    broken.write_bytes(broken.read_bytes()[:200])
    before = sorted(path.name for path in (tmp_path / "images").iterdir())
    rules = python_of("pipelines.md").replace("-o features --shard", f"-o features {QUICK} --shard")
    (tmp_path / "Snakefile").write_text(rules)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "1"],
        cwd=tmp_path,
        env={**os.environ, "PATH": path, "HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    import anndata

    cells = anndata.read_h5ad(tmp_path / "cells.h5ad")
    assert set(cells.obs["Metadata_Id"]) == {"f0", "f1"}
    failures = "".join(each.read_text() for each in (tmp_path / "features").glob("failures*.csv"))
    assert "f2" in failures
    assert sorted(path.name for path in (tmp_path / "images").iterdir()) == before


@pytest.mark.filterwarnings("ignore")  # of dask-jobqueue
def test_a_job_of_slurm_starts_workers_of_one_thread():
    code = python_of("scaling.md")
    assert "cluster.scale(jobs=8)" in code
    names: dict = {}
    exec(code.replace("cluster.scale(jobs=8)", ""), names)  # noqa: S102
    cluster = names["cluster"]
    try:
        script = cluster.job_script()
    finally:
        cluster.close()
    assert "#SBATCH --cpus-per-task=4\n#SBATCH --mem=8G\n" in script
    assert "--nthreads 1" in script
    assert "--nworkers 4" in script
    assert cluster.scheduler_address in script
