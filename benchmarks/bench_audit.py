"""How well `audit` finds copies, and what it takes.

    python benchmarks/bench_audit.py SHARED_DATA [--million] [--write]

Copies: real fields and mosaics of real cells, saved once more in the ways that occur (JPEG, other
sizes, moved by a part of the view, stretched, noisy). Other cells: fields against fields, mosaics
against mosaics, nine windows of each field, and the mosaics' single cells, which are hardest:
one cell on black, in the middle. Cells that two mosaics share are left out (column `group` of
tiles.csv).
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from bench_helpers import publish
from numpy.typing import NDArray
from PIL import Image

from hpa_features.core.settings import InputSettings
from hpa_features.core.types import CHANNELS
from hpa_features.io.images import read_field
from hpa_features.io.manifest import find_fields
from hpa_features.kernels.cpu.fingerprint import perceptual_hash
from hpa_features.kernels.cpu.image_likeness import fine_detail, likeness
from hpa_features.pipeline.audit_copies import SAME

Planes = list[NDArray[Any]]
DISTANCES = (8, 12, 16)
FOLDERS = ("hpa_fields/native", "hpa_fields/kaggle512", "hpa_fields/web_jpeg")
MOSAICS = 12  # of 49 that are copied


class View(NamedTuple):
    """Four planes, and what may not be compared with them: views of one `group`."""

    planes: Planes
    group: str


def views(data: Path, folder: str, groups: dict[str, str] | None = None) -> Iterator[View]:
    """Yield the fields of a folder; each is its own group unless `groups` knows better."""
    settings = InputSettings(pixel_size_um=0.32)
    for source in find_fields(str(data / folder), settings).sources:
        field = read_field(_sized(source), settings)
        planes = [field.planes[channel] for channel in CHANNELS]
        yield View(planes, (groups or {}).get(source.id, source.id))


def _sized(source: Any) -> Any:
    return replace(source, pixel_size_um=0.32)


def cut(view: View, *, apart: bool) -> Iterator[View]:
    """Yield nine windows of a view; `apart`: different windows may be compared."""
    step = [length // 3 for length in view.planes[0].shape]
    for r in range(3):
        for c in range(3):
            rows = slice(r * step[0], (r + 1) * step[0])
            columns = slice(c * step[1], (c + 1) * step[1])
            planes = [plane[rows, columns] for plane in view.planes]
            if max(int(plane.max()) for plane in planes) > 0:
                yield View(planes, f"{view.group}/{r}{c}" if apart else view.group)


def jpeg(quality: int) -> Callable[[NDArray[Any]], NDArray[Any]]:
    """Return what saves a plane as JPEG and reads it again."""

    def save(plane: NDArray[Any]) -> NDArray[Any]:
        file = io.BytesIO()
        Image.fromarray(plane).save(file, "JPEG", quality=quality)
        return np.asarray(Image.open(file))

    return save


def smaller(how: Image.Resampling) -> Callable[[NDArray[Any]], NDArray[Any]]:
    """Return what shrinks a plane to a quarter."""
    return lambda plane: np.asarray(
        Image.fromarray(plane).resize((plane.shape[1] // 4, plane.shape[0] // 4), how)
    )


def moved(share: float) -> Callable[[NDArray[Any]], NDArray[Any]]:
    """Return what cuts a share of the rows and columns off at the upper left."""
    return lambda plane: plane[round(share * plane.shape[0]) :, round(share * plane.shape[1]) :]


def stretched(plane: NDArray[Any]) -> NDArray[Any]:
    """Return the plane with its 99.9th percentile at full scale."""
    return np.clip(plane * (255.0 / max(np.percentile(plane, 99.9), 1)), 0, 255).astype(np.uint8)


def noisy(plane: NDArray[Any]) -> NDArray[Any]:
    """Return the plane with noise of 5 gray values."""
    noise = np.random.default_rng(0).normal(0, 5, plane.shape)
    return np.clip(plane + noise, 0, 255).astype(np.uint8)


WAYS: dict[str, Callable[[NDArray[Any]], NDArray[Any]]] = {
    "JPEG, quality 75": jpeg(75),
    "JPEG, quality 30": jpeg(30),
    "a quarter of the size, area mean": smaller(Image.Resampling.BOX),
    "a quarter of the size, Lanczos": smaller(Image.Resampling.LANCZOS),
    "stretched to full scale": stretched,
    "gamma 0.6": lambda plane: (255 * (plane / 255) ** 0.6).astype(np.uint8),
    "noise of 5 gray values": noisy,
    **{f"moved by {share:.1%}": moved(share) for share in (0.005, 0.01, 0.02, 0.03, 0.05)},
}


def words(planes: Planes) -> NDArray[np.uint64]:
    """Return the hash of each channel."""
    return np.array([perceptual_hash(plane) for plane in planes], np.uint64)


def details(planes: Planes) -> NDArray[np.float32]:
    """Return the fine detail of each channel."""
    return np.array([fine_detail(plane) for plane in planes])


def copies_found(name: str, originals: list[View]) -> list[str]:
    """Return a line for each way of copying: shares found, and the least likeness."""
    lines = []
    known = [(words(view.planes), details(view.planes)) for view in originals]
    for way, change in WAYS.items():
        bits, alike = [], []
        for view, (hashes, fine) in zip(originals, known):
            changed = [change(plane) for plane in view.planes]
            bits.append(int(np.bitwise_count(hashes ^ words(changed)).max()))
            alike.append(likeness(fine, details(changed)))
        same = np.array(alike) >= SAME
        shares = [f"{np.mean((np.array(bits) <= most) & same):.0%}" for most in DISTANCES]
        lines.append(
            f"| {name} | {way} | {np.median(bits):.0f} | {max(bits)} | {' | '.join(shares)} "
            f"| {min(alike):.2f} |"
        )
    return lines


def others_found(name: str, every: list[View]) -> str:
    """Return a line: pairs of different cells, how close they come, and how many are taken."""
    hashes = np.array([words(view.planes) for view in every]).T
    fine: dict[int, NDArray[np.float32]] = {}
    pairs, close, taken, alike = 0, Counter[int](), Counter[int](), [0.0]
    least = 64
    for i in range(len(every)):
        apart = np.bitwise_count(hashes[:, i, None] ^ hashes[:, :i]).max(axis=0)
        for j in range(i):
            if every[i].group == every[j].group:
                continue
            pairs += 1
            least = min(least, int(apart[j]))
            if apart[j] > max(DISTANCES):
                continue
            for row in (i, j):
                fine.setdefault(row, details(every[row].planes))
            alike.append(likeness(fine[i], fine[j]))
            for most in DISTANCES:
                close[most] += int(apart[j] <= most)
                taken[most] += int(apart[j] <= most and alike[-1] >= SAME)
    counts = " | ".join(f"{close[most]} → {taken[most]}" for most in DISTANCES)
    return f"| {name} | {len(every)} | {pairs:,} | {least} | {counts} | {max(alike):.2f} |"


def found_and_false(data: Path) -> list[str]:
    """Return the tables of copies and of other cells."""
    with (data / "hpa_mosaics/tiles.csv").open() as file:
        tiles = list(csv.DictReader(file))
    groups = {row["mosaic_id"]: row["group"] for row in tiles}
    fields = [view for folder in FOLDERS for view in views(data, folder)]
    derived = [v for v in views(data, "hpa_fields/derived512") if v.group.startswith("f0ac7116")]
    mosaics = [v for kind in ("pure", "mixed") for v in views(data, f"hpa_mosaics/{kind}", groups)]
    windows = [part for view in [*fields, *derived] for part in cut(view, apart=True)]
    cells = [part for view in mosaics for part in cut(view, apart=False)]
    most = " | ".join(f"≤ {each} bits" for each in DISTANCES)
    return [
        "## Copies found (hash within so many bits in every channel, then pixels)",
        "",
        f"| what | copy | bits, median | bits, most | {most} | least likeness |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
        *copies_found("fields", fields),
        *copies_found("mosaics", mosaics[:MOSAICS]),
        "",
        "## Other cells taken for copies (pairs of close hashes → left after the look at pixels)",
        "",
        f"| what | views | pairs | fewest bits | {most} | most likeness of the close |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
        others_found("fields", [*fields, *derived]),
        others_found("windows of fields", windows),
        others_found("mosaics", mosaics),
        others_found("single cells", cells),
    ]


_SEARCH = """
import json, resource, sys, time
import numpy as np
from hpa_features.kernels.cpu.fingerprint import close_pairs
count = int(sys.argv[1])
close_pairs(np.zeros((4, 2), np.uint64), 16, 20, 0, 2)
rng = np.random.default_rng(0)
words = rng.integers(0, 2**64, (4, count), dtype=np.uint64)
again = rng.choice(count // 2, count // 100, replace=False)
words[:, count // 2 + again] = words[:, again] ^ np.uint64(0b1011)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
begun = time.process_time()
found = len(close_pairs(words, 16, 20, 0, count))
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([time.process_time() - begun, (after - before) / 1024, found, len(again)]))
"""


def search(counts: list[int]) -> list[str]:
    """Return what the search takes for each number of made hashes, 1 % of which are copies."""
    lines = [
        "## The search, one process, made hashes with 1 % copies",
        "",
        "| fields | seconds (CPU) | memory above the hashes, MB | copies | found |",
        "|--:|--:|--:|--:|--:|",
    ]
    for count in counts:
        command = [sys.executable, "-c", _SEARCH, str(count)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        seconds, memory, found, made = json.loads(done.stdout)
        lines.append(f"| {count:,} | {seconds:.2f} | {memory:.0f} | {made:,} | {found:,} |")
    return lines


def reading(data: Path) -> list[str]:
    """Return what hashing a field takes once it is read."""
    lines = []
    for folder in ("hpa_fields/native", "hpa_fields/kaggle512"):
        view = next(views(data, folder))
        begun = time.process_time()
        for _ in range(5):
            words(view.planes)
        each = (time.process_time() - begun) / 5
        size = "×".join(map(str, view.planes[0].shape))
        lines.append(f"- Hashes of a field of {size}: {1000 * each:.0f} ms.")
    return lines


def main() -> None:
    """Print, and with --write keep, all of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--million", action="store_true", help="also search a million hashes")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    counts = [31_072, 100_000, *([1_000_000] if options.million else [])]
    lines = [*found_and_false(options.data), "", *search(counts), "", *reading(options.data)]
    packages = ("numpy", "scipy", "numba", "pillow")
    publish("audit", "Copies found by audit", lines, *packages, write=options.write)


if __name__ == "__main__":
    main()
