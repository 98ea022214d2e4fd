"""What `--embedding` costs next to the network alone.

    python benchmarks/bench_embedding_cost.py MODEL.onnx [FOLDER …] [--write]

MODEL.onnx has a description next to it (docs/embeddings.md). Each FOLDER has images of fields;
without any, real fields of `../shared/data` are used. Cells are found by the watershed first, which
is not timed. Then the squares of all cells go through the network twice: as `extract` does it, from
fields and masks, and as a bare loop over onnxruntime, which is given the same squares ready-made in
the same batches. Seconds are processor seconds of one thread, the least of the repeats, in turns.
`--write` keeps the result in benchmarks/results/embedding_cost.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from bench_helpers import least_seconds, publish
from numpy.typing import NDArray
from timed_fields import sources_in

from hpa_features.core.settings import Device, InputSettings
from hpa_features.core.types import Field, Masks
from hpa_features.embedding.model_file import read_model
from hpa_features.embedding.network import Network, described_network
from hpa_features.embedding.session import open_session
from hpa_features.embedding.squares import places_of, write_input
from hpa_features.embedding.vectors import embed
from hpa_features.io.images import read_field
from hpa_features.segmentation.watershed import segment_watershed

REAL = Path(__file__).parents[2] / "shared" / "data" / "hpa_fields"
FOLDERS = ("derived512", "native")
REPEATS = 8
Pair = tuple[Field, Masks]


def fields_of(folder: Path, most: int) -> list[Pair]:
    """Return fields of a folder with the cells that the watershed finds."""
    fields = [read_field(source, InputSettings()) for source in sources_in(folder)[:most]]
    return [(field, segment_watershed(field)) for field in fields]


def all_squares(pairs: Sequence[Pair], network: Network) -> NDArray[np.float32]:
    """Return the input of every cell."""
    todo = [(pair, place) for pair in pairs for place in places_of(*pair, network.settings)]
    squares = np.empty((len(todo), *network.square_shape), np.float32)
    for square, (pair, place) in zip(squares, todo):
        write_input(*pair, place, network.settings, square)
    return squares


def compared(pairs: Sequence[Pair], network: Network, session: Any) -> list[str]:
    """Return a row of the table: milliseconds a cell both ways, and the difference."""
    names, cells, bare, ours = network.settings, 0, 0.0, 0.0
    for pair in pairs:  # a few cells at a time: a busy machine disturbs short runs less often
        squares = all_squares([pair], network)
        cells += len(squares)
        way = partial(bare_loop, session, network, squares)
        np.testing.assert_allclose(embed([pair], network)[0].values, way(), rtol=1e-4, atol=1e-4)
        times = [
            (least_seconds(way, 1), least_seconds(partial(embed, [pair], network), 1))
            for _ in range(REPEATS)
        ]
        bare += min(each for each, _ in times)
        ours += min(each for _, each in times)
    rows, columns = pairs[0][0].shape
    return [
        f"{len(pairs)} of {rows} × {columns}",
        str(cells),
        "0" if names.masked else "as they are",
        f"{bare / cells * 1000:.1f}",
        f"{ours / cells * 1000:.1f}",
        f"{ours / bare - 1:+.1%}",
    ]


def bare_loop(session: Any, network: Network, squares: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the vectors of squares that are ready."""
    names = network.settings
    found = [
        session.run([names.output], {names.input: squares[at : at + network.batch]})[0]
        for at in range(0, len(squares), network.batch)
    ]
    return np.concatenate(found).reshape(len(squares), -1)


def main() -> None:
    """Compare both ways on each folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("folders", type=Path, nargs="*")
    parser.add_argument("--fields", type=int, default=4, help="Fields of each folder.")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    network = described_network(str(options.model), Device.CPU)
    session = open_session(read_model(options.model), str(options.model), Device.CPU)
    settings = network.settings
    what = (
        f"`{options.model.name}` (sha256 {settings.sha256[:12]}…): {settings.dimensions:,} numbers "
        f"from {settings.input_px} × {settings.input_px} pixels of {settings.pixel_size_um:g} µm, "
        f"batches of {network.batch}. Processor time per cell, one thread, least of {REPEATS}."
    )
    lines = [
        what,
        "",
        "| fields | cells | pixels outside the cell | bare loop, ms | extract's way, ms | more |",
    ]
    lines.append("|---|--:|---|--:|--:|--:|")
    for folder in options.folders or [REAL / name for name in FOLDERS]:
        pairs = fields_of(folder, options.fields)
        for masked in (False, True):
            described = Network(session, replace(settings, masked=masked))
            lines.append(f"| {' | '.join(compared(pairs, described, session))} |")
    packages = ("numpy", "onnxruntime")
    publish(
        "embedding_cost",
        "What an embedding costs next to its network alone",
        lines,
        *packages,
        write=options.write,
    )


if __name__ == "__main__":
    main()
