"""Results of tasks ↔ bytes: numbers, texts, arrays, and the frozen dataclasses that learning uses.

Instead of pickle, which executes code from the file. The arrays of a result are safetensors, among
them the JSON of everything else, in which each array is a number.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import safetensors
from numpy.typing import NDArray
from safetensors.numpy import load, save

_TREE = "tree"
_FORGED = (
    safetensors.SafetensorError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
_OURS = re.compile(r"hpa_features\.learn(\.[a-z_]+)+")


def pack(result: Any) -> bytes:
    """Return a result as bytes.

    Raises
    ------
    TypeError
        It contains a type other than those of this file's first line.
    """
    arrays: list[NDArray[Any]] = []
    tree = json.dumps(_tree(result, arrays)).encode()
    named = {str(number): array for number, array in enumerate(arrays)}
    return bytes(save({**named, _TREE: np.frombuffer(tree, dtype=np.uint8)}))


def unpack(content: bytes) -> Any:
    """Return what `pack` was given.

    Nothing runs but constructors of dataclasses of modules that are loaded already.

    Raises
    ------
    ValueError
        These bytes are not from `pack`.
    """
    try:
        arrays = load(content)
        return _result(json.loads(arrays[_TREE].tobytes()), arrays)
    except _FORGED as error:
        raise ValueError(f"no packed result: {error}") from error


def _tree(result: Any, arrays: list[NDArray[Any]]) -> Any:
    """Return a result for JSON; its arrays are added to `arrays`."""
    if result is None or isinstance(result, bool | int | float | str):
        return result
    if isinstance(result, np.generic):
        return result.item()
    if isinstance(result, np.ndarray) and result.dtype.kind in "biuf":
        # Products of matrices may differ in their last bit with the order of axes.
        turned = result.flags.f_contiguous and not result.flags.c_contiguous
        arrays.append(np.array(result.T if turned else result, order="C"))
        return {"array": str(len(arrays) - 1), "turned": turned}
    if isinstance(result, tuple | list):
        kind = "tuple" if isinstance(result, tuple) else "list"
        return {kind: [_tree(each, arrays) for each in result]}
    if isinstance(result, Mapping):
        return {"dict": [[_tree(part, arrays) for part in pair] for pair in result.items()]}
    kept = type(result)
    name = f"{kept.__module__}:{kept.__qualname__}"
    if _dataclass(name) is not kept:
        raise TypeError(f"a task's result holds a {name}, which cannot be kept")
    content = {each.name: _tree(getattr(result, each.name), arrays) for each in fields(result)}
    return {"class": name, "fields": content}


def _result(tree: Any, arrays: Mapping[str, NDArray[Any]]) -> Any:
    if not isinstance(tree, dict):
        return tree
    if "array" in tree:
        array = np.array(arrays[tree["array"]])
        return array.T if tree["turned"] else array
    if "tuple" in tree:
        return tuple(_result(each, arrays) for each in tree["tuple"])
    if "list" in tree:
        return [_result(each, arrays) for each in tree["list"]]
    if "dict" in tree:
        return {_result(key, arrays): _result(value, arrays) for key, value in tree["dict"]}
    found = _dataclass(tree["class"])
    if found is None:
        raise ValueError(f"{tree['class']} is not a frozen dataclass of learning")
    return found(**{name: _result(each, arrays) for name, each in tree["fields"].items()})


def _dataclass(name: str) -> type | None:
    """Return the frozen dataclass of learning that a name stands for."""
    module, _, short = name.partition(":")
    found = getattr(sys.modules.get(module), short, None) if _OURS.fullmatch(module) else None
    if not isinstance(found, type) or not is_dataclass(found) or found.__module__ != module:
        return None
    return found if vars(found)["__dataclass_params__"].frozen else None
