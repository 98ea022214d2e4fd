"""weights: which weights of networks are on this machine, and published ones fetched on purpose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hpa_features.core.errors import DataError, UsageError
from hpa_features.core.nearest import did_you_mean
from hpa_features.core.progress import SILENT, Progress
from hpa_features.segmentation.cellpose.weights import (
    PUBLISHED,
    Found,
    Published,
    known_weights,
    looks_like_weights,
    model_folders,
    published,
    sha256_of,
)


@dataclass(frozen=True, slots=True)
class WeightsRow:
    """Weights, and where they are.

    Attributes
    ----------
    name
        What users call them.
    cellpose
        ``3`` or ``4``, the line of the package that runs them; empty: weights of the user.
    path, size, sha256
        The file, its bytes and its digest; empty and 0 where it is not on this machine. The digest
        is also empty where the file cannot be read.
    """

    name: str
    cellpose: str
    path: str
    size: int
    sha256: str


def list_weights() -> list[WeightsRow]:
    """Return the published weights and the user's own in the folders of weights."""
    return [_row(each) for each in known_weights()]


def _row(weights: Found) -> WeightsRow:
    line, path = str(weights.line or ""), weights.path
    if path is None:
        return WeightsRow(weights.name, line, "", 0, "")
    try:
        digest = sha256_of(path)
    except DataError:  # one file that cannot be read does not hide the others
        digest = ""
    return WeightsRow(weights.name, line, str(path), path.stat().st_size, digest)


def download_weights(
    names: Sequence[str], progress: Progress = SILENT, *, overwrite: bool = False
) -> list[WeightsRow]:
    """Fetch published weights; those that are on this machine are kept.

    Parameters
    ----------
    names
        Published names.
    progress
        Receives progress.
    overwrite
        Fetch also those that are on this machine.

    Returns
    -------
    rows
        One for each name.

    Raises
    ------
    UsageError
        There is no name, or one is not published.
    DataError
        A file cannot be fetched.
    """
    from hpa_features.segmentation.cellpose.download import download

    wanted = [_published(name) for name in dict.fromkeys(names)]
    if not wanted:
        raise UsageError(
            "--download needs names of weights.",
            hint="For Cellpose 3: hpa-feat weights --download nuclei cyto3",
        )
    there = {each.name: each.path for each in known_weights() if each.path}
    for each in wanted:
        path = there.get(each.name)
        if path is not None and not overwrite:
            if looks_like_weights(path):
                progress.note(f"{each.name} is at {path} already.")
            else:
                progress.warn(f"{path} is not a file of PyTorch: use --overwrite to replace it.")
            continue
        found = download(each, model_folders()[0], progress)
        how = "the sha256 and the size" if found.checked else "the size, not the sha256,"
        progress.note(
            f"{each.name}: {found.size:,} bytes at {found.path}, sha256 {found.sha256}; {how} "
            "could be compared with the server's."
        )
    fetched = {each.name for each in wanted}
    return [_row(each) for each in known_weights() if each.name in fetched]


def _published(name: str) -> Published:
    found = published(name)
    if found is None:
        known = [each.name for each in PUBLISHED]
        raise UsageError(
            f"no weights {name!r} are published for Cellpose.",
            hint=did_you_mean(name, known) or f"Choose from {', '.join(known)}.",
        )
    return found
