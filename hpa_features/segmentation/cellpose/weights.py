"""Files of Cellpose's weights: where they are looked for, and what identifies them.

The package itself downloads its default weights for a path that does not exist; here every path is
checked before the package gets it, and nothing is downloaded.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from hpa_features.core.errors import DataError, UsageError
from hpa_features.core.nearest import did_you_mean
from hpa_features.segmentation.cellpose.packages import Line

FOLDER_VARIABLE = "CELLPOSE_LOCAL_MODELS_PATH"
_ADDRESSES = {
    Line.CP3: "https://www.cellpose.org/models/",
    Line.CP4: "https://huggingface.co/mouseland/cellpose-sam/resolve/main/",
}


@dataclass(frozen=True, slots=True)
class Published:
    """Weights that Cellpose's authors publish.

    Attributes
    ----------
    name
        What users call them.
    file
        Name of the file, there and in the folder of weights.
    line
        Line of the package that runs them.
    """

    name: str
    file: str
    line: Line

    @property
    def address(self) -> str:
        """Where the authors publish the file, as the package's `models.cache_model_path` has it."""
        return _ADDRESSES[self.line] + self.file


PUBLISHED = (
    Published("nuclei", "nucleitorch_0", Line.CP3),
    Published("cyto3", "cyto3", Line.CP3),
    Published("cyto2", "cyto2torch_0", Line.CP3),
    Published("cyto", "cytotorch_0", Line.CP3),
    Published("cyto2_cp3", "cyto2_cp3", Line.CP3),
    Published("tissuenet_cp3", "tissuenet_cp3", Line.CP3),
    Published("livecell_cp3", "livecell_cp3", Line.CP3),
    Published("cpsam_v2", "cpsam_v2", Line.CP4),
    Published("cpsam", "cpsam", Line.CP4),
)
_FILES = {each.name: each.file for each in PUBLISHED}
# Of PyTorch's two forms of files: an archive, and pickled tensors.
_FIRST_BYTES = (b"PK\x03\x04", b"\x80")


@dataclass(frozen=True, slots=True)
class Found:
    """Whether weights are on this machine.

    Attributes
    ----------
    name
        What users call them.
    line
        Line of the package that runs them; None for weights of the user, where it
        follows from their content.
    path
        The file; None where there is none.
    """

    name: str
    line: Line | None
    path: Path | None


def model_folders() -> tuple[Path, ...]:
    """Return the folders where named weights are looked for, the first first.

    Raises
    ------
    UsageError
        The user has no home folder, and no folder is named.
    """
    named = os.environ.get(FOLDER_VARIABLE, "")
    folders = [Path(named).expanduser()] if named else []
    try:
        folders.append(Path.home() / ".cellpose" / "models")
    except RuntimeError as error:  # a user of a container who is not in its list of users
        if not folders:
            raise UsageError(
                "the folder of Cellpose's weights is unknown, as this user has no home folder.",
                hint=f"Set it: export {FOLDER_VARIABLE}=FOLDER",
            ) from error
    return tuple(folders)


def published(name: str) -> Published | None:
    """Return the published weights of a name, None where there are none."""
    return next((each for each in PUBLISHED if each.name == name), None)


def name_of(path: Path) -> str:
    """Return what users call the weights in a file: the published name, else the file's name."""
    return next((each.name for each in PUBLISHED if each.file == path.name), path.name)


def find_weights(model: str, option: str) -> Path:
    """Return the file that `model`, a name or a path, means.

    A text with a separator of folders is a path; any other text is a file in one of
    `model_folders`, else a file in the current folder.

    Parameters
    ----------
    model
        Name or path.
    option
        Option that would name another file, for the error.

    Raises
    ------
    DataError
        There is no such file.
    """
    is_path = os.sep in model or (os.altsep is not None and os.altsep in model)
    file = _FILES.get(model, model)
    places = [Path(model).expanduser()] if is_path else [each / file for each in model_folders()]
    if not is_path:
        places.append(Path(model))
    for place in places:
        if _is_file(place):
            return place
    if is_path:
        wrong = "is a folder" if places[0].is_dir() else "does not exist"
        raise DataError(
            f"the weights {model} cannot be read: the file {wrong}.", hint=_hint(option)
        )
    looked = " and ".join(str(each) for each in places[:-1])
    known = did_you_mean(model, [each.name for each in PUBLISHED]) if model not in _FILES else ""
    raise DataError(
        f"the weights {model} are not on this machine: there is no {looked}.",
        hint=known or _hint(option, model),
    )


def _hint(option: str, model: str = "") -> str:
    """Return both ways to weights: download them on purpose, or name a file."""
    name_file = f"name a file: {option} PATH"
    if model in _FILES:
        return f"Download them: hpa-feat weights --download {model}, or {name_file}"
    return f"Put the file in {model_folders()[0]}, or {name_file}"


def known_weights() -> list[Found]:
    """Return the published weights and the other files in `model_folders`, found or not."""
    found = [Found(each.name, each.line, _in_folders(each.file)) for each in PUBLISHED]
    own = {each.file for each in PUBLISHED}
    others: dict[str, Path] = {}
    for folder in model_folders():
        for path in _files_in(folder):
            if path.name not in own and not _is_no_network(path):
                others.setdefault(path.name, path)
    return [*found, *(Found(name, None, path) for name, path in others.items())]


def _in_folders(file: str) -> Path | None:
    places = (each / file for each in model_folders())
    return next((each for each in places if _is_file(each)), None)


def _files_in(folder: Path) -> list[Path]:
    """Return the files of a folder; none of one that is missing or cannot be read."""
    try:
        return sorted(each for each in folder.iterdir() if each.is_file())
    except OSError:
        return []


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # of a folder that cannot be read, or a name that no file can have
        return False


def _is_no_network(path: Path) -> bool:
    """Whether it is another file of the package: its list of models, a model of sizes."""
    return path.suffix in {".npy", ".txt"} or path.name.startswith(".")


def looks_like_weights(path: Path) -> bool:
    """Whether a file begins as those of PyTorch do; False where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(4).startswith(_FIRST_BYTES)
    except OSError:
        return False


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file; of a file that has not changed it is computed once a process.

    Raises
    ------
    DataError
        It cannot be read.
    """
    try:
        stat = path.stat()
        return _sha256(path, stat.st_size, stat.st_mtime_ns)
    except OSError as error:
        raise DataError(f"the weights {path} cannot be read: {error.strerror}.") from error


@lru_cache(maxsize=32)
def _sha256(path: Path, size: int, changed: int) -> str:
    del size, changed  # parts of the key: another content is another file
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
