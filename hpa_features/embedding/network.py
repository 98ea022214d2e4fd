"""A network that is checked before a run and gives one vector a square."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.embedding_settings import EmbeddingSettings, Pooling
from hpa_features.core.errors import DataError
from hpa_features.core.settings import Device
from hpa_features.embedding.description import PAGE, describe
from hpa_features.embedding.model_file import read_model, sha256_of
from hpa_features.embedding.session import CPU, open_session, runs_on

_FLOAT = "tensor(float)"
_ALIKE = 1e-3  # of the largest value: rounding in batches of another size is far below
_MOST_CPU, _MOST_GPU = 16, 128  # squares at once
_BATCH_BYTES = 2**25  # of squares at once; what a network makes of them is many times as large


class Network:
    """A network, loaded.

    Attributes
    ----------
    settings
        What it is given.
    """

    def __init__(self, session: Any, settings: EmbeddingSettings) -> None:
        self._session = session
        self.settings = settings

    @property
    def on_gpu(self) -> bool:
        """Whether it runs on a GPU."""
        return runs_on(self._session) != CPU

    @property
    def square_shape(self) -> tuple[int, int, int]:
        """(channels, rows, columns) of a square."""
        return len(self.settings.channels), self.settings.input_px, self.settings.input_px

    @property
    def batch(self) -> int:
        """How many squares it is best given at once."""
        most = _MOST_GPU if self.on_gpu else _MOST_CPU
        return int(min(most, max(1, _BATCH_BYTES // (4 * int(np.prod(self.square_shape))))))

    def run(self, squares: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (n, dimensions) vectors of (n, channels, rows, columns) squares."""
        names = self.settings
        [found] = self._session.run([names.output], {names.input: squares})
        return _pooled(found, names.pooling)


def _pooled(found: NDArray[np.float32], pooling: Pooling) -> NDArray[np.float32]:
    """Return one vector a square of an output that `_refuse_output` accepted."""
    if pooling is Pooling.MEAN:
        axes = (2, 3) if found.ndim == 4 else (1,)
        return np.asarray(found.mean(axis=axes, dtype=np.float64), np.float32)
    if pooling is Pooling.FIRST:
        return np.ascontiguousarray(found[:, 0])
    return found.reshape(len(found), -1)


@lru_cache(maxsize=1)
def loaded_network(settings: EmbeddingSettings, device: Device) -> Network:
    """Return the network of resolved settings, loaded once in this process.

    Raises
    ------
    DataError
        Its file is another one than when the settings were resolved.
    """
    content = read_model(Path(settings.path))
    refuse_other_file(settings, settings.path, sha256_of(content))
    return Network(open_session(content, settings.path, device), settings)


def refuse_other_file(settings: EmbeddingSettings, path: str, sha256: str) -> None:
    """Refuse a file that is not the network of `settings`.

    Raises
    ------
    DataError
        It is another one.
    """
    if sha256 != settings.sha256:
        raise DataError(
            f"{path} is another network than the embedding {settings.name}: its sha256 is "
            f"{sha256[:12]}…, wanted {settings.sha256[:12]}….",
            hint="Give the file that was used with extract --embedding.",
        )


def described_network(path: str, device: Device) -> Network:
    """Return the network in a file, by its own description, checked and tried.

    Raises
    ------
    MissingExtra
        onnxruntime is not installed.
    DataError
        The file is not ONNX or not described, or its network cannot be used as it is described.
    """
    content = read_model(Path(path))
    session = open_session(content, path, device)
    settings = describe(Path(path), session.get_modelmeta().custom_metadata_map)
    settings = replace(
        settings,
        sha256=sha256_of(content),
        input=_input(session, settings),
        output=_output(session, settings),
        path=str(Path(path).absolute()),
    )
    return _tried(Network(session, settings))


def trained_network(path: str, settings: EmbeddingSettings, device: Device) -> Network:
    """Return the network in a file, which must be that of `settings`, checked and tried.

    Raises
    ------
    MissingExtra, DataError
        As `described_network`, or it is another one.
    """
    content = read_model(Path(path))
    refuse_other_file(settings, path, sha256_of(content))
    settings = replace(settings, path=str(Path(path).absolute()))
    return _tried(Network(open_session(content, path, device), settings))


def _wrong(settings: EmbeddingSettings, problem: str, hint: str = "") -> DataError:
    return DataError(f"the network {settings.path}: {problem}", hint=hint or f"See {PAGE}.")


def _input(session: Any, settings: EmbeddingSettings) -> str:
    """Return the name of the input, whose type and shape are those of the description."""
    inputs = session.get_inputs()
    names = ", ".join(each.name for each in inputs)
    if len(inputs) != 1:
        raise _wrong(settings, f"it has {len(inputs)} inputs ({names}); wanted one.")
    [wanted] = inputs
    if settings.input not in ("", wanted.name):
        raise _wrong(settings, f"it has no input {settings.input!r}; it has {names}.")
    if wanted.type != _FLOAT:
        raise _wrong(settings, f"its input is {wanted.type}; wanted {_FLOAT}, 32 bits.")
    shape = list(wanted.shape)
    if len(shape) != 4:
        raise _wrong(
            settings, f"its input has the shape {shape}; wanted 4 axes: N, channels, rows, columns."
        )
    count, channels, *edges = (each if isinstance(each, int) else None for each in shape)
    if channels not in (None, len(settings.channels)):
        last = edges[1] == len(settings.channels)
        raise _wrong(
            settings,
            f"its input has {channels} channels, of the shape {shape}; the description names "
            f"{len(settings.channels)}: {', '.join(settings.channels)}.",
            "Export it with the channels before rows and columns." if last else "",
        )
    if any(edge not in (None, settings.input_px) for edge in edges):
        raise _wrong(
            settings, f"its input has {edges} pixels; the description has {settings.input_px}."
        )
    if count is not None:
        raise _wrong(
            settings,
            f"it takes exactly {count} {'square' if count == 1 else 'squares'} at a time.",
            f"Export it with a variable first axis: dynamic_shapes in {PAGE}.",
        )
    return str(wanted.name)


def _output(session: Any, settings: EmbeddingSettings) -> str:
    """Return the name of the output that is used."""
    outputs = {each.name: each for each in session.get_outputs()}
    names = ", ".join(outputs)
    if settings.output and settings.output not in outputs:
        raise _wrong(settings, f"it has no output {settings.output!r}; it has {names}.")
    if not settings.output and len(outputs) > 1:
        raise _wrong(settings, f"it has several outputs: {names}.", 'State one: output = "…".')
    name = settings.output or next(iter(outputs))
    if outputs[name].type != _FLOAT:
        raise _wrong(settings, f"its output {name} is {outputs[name].type}; wanted {_FLOAT}.")
    return str(name)


def _tried(network: Network) -> Network:
    """Return the network with the length of its vectors, once two squares have been tried."""
    settings = network.settings
    squares = np.random.default_rng(0).random((2, *network.square_shape), np.float32)
    try:
        both, first = (
            network._session.run([settings.output], {settings.input: some})[0]  # noqa: SLF001
            for some in (squares, squares[:1])
        )
    except Exception as error:
        text = " ".join(str(error).split())
        raise _wrong(settings, f"it failed on a trial of two squares: {text[:300]}") from error
    _refuse_output(settings, both)
    together, alone = _pooled(both, settings.pooling), _pooled(first, settings.pooling)
    if not np.isfinite(together).all():
        raise _wrong(
            settings,
            "it gives values that are not finite (NaN or infinite) on a trial.",
            "Run it where it was trained; a model of 16 bits may overflow.",
        )
    if np.abs(together[0] - alone[0]).max() > _ALIKE * np.abs(together).max():
        raise _wrong(
            settings,
            "the vector of a square changes with the other squares of its batch.",
            "Call model.eval() before it is exported: it is in training mode.",
        )
    return Network(network._session, replace(settings, dimensions=together.shape[1]))  # noqa: SLF001


def _refuse_output(settings: EmbeddingSettings, found: NDArray[np.float32]) -> None:
    """Refuse an output of two squares that `pooling` does not turn into a vector each."""
    shape = list(found.shape)
    fits = {
        Pooling.NONE: found.ndim >= 2 and all(each == 1 for each in shape[2:]),
        Pooling.MEAN: found.ndim in (3, 4),
        Pooling.FIRST: found.ndim == 3,
    }
    if not fits[settings.pooling] or shape[0] != 2 or 0 in shape:
        raise _wrong(
            settings,
            f"its output {settings.output} of two squares has the shape {shape}, of which "
            f'pooling = "{settings.pooling}" makes no vectors.',
            'Name another output, or pooling: "mean" over positions, "first" of the tokens.',
        )
