"""Seeded forgeries of a bundle, signed again so that they reach the parsers, and their prediction.

A forgery may be a legal model of other numbers. What it may not do is end the process, hang, raise
anything but an `HpaFeatError`, or give a prediction that is not a finite number.
"""

from __future__ import annotations

import copy
import hashlib
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from safetensors.numpy import load, save

FACTS, NUMBERS, OOF = "model.json", "numbers.safetensors", "oof.parquet"
# Vertical tab, form feed, separators, next line, line and paragraph separator: all of them end a
# line for str.splitlines, none for LightGBM.
ODD = [*"\v\f\x1c\x1d\x1e\x85\u2028\u2029\r\t\0 =", "\r\n", "\n\n", "\n", "\ufeff", "\u0663", "_"]
NUMBERS_OF_TEXT = [
    *("nan", "inf", "-inf", "1e308", "-1e308", "1e309", "1e300", "1e30", "-1e30", "1e31", "5e-324"),
    *("0", "-0", "-1", "1", "2", "127", "255", "65536", "2147483647", "-2147483648", "4294967296"),
    *("9223372036854775807", "18446744073709551615", "1" * 400, "0x7f", "1e", "-", "+", "", "x"),
]
NUMBERS_OF_ARRAYS = [np.nan, np.inf, -np.inf, 1e308, -1e308, 1e300, 1e38, 1e30, -1e30, 1e-45, 0.0]
LINES = [
    *("", "=", "is_linear=1", "num_leaves=1", "num_leaves=99999", "num_cat=1", "leaf_features=0"),
    *("num_features=9 9 9", "leaf_coeff=1", "leaf_const=1 1 1", "cat_boundaries=0 99999999"),
    *("cat_threshold=1", "average_output", "Tree=0", "Tree=1", "end of trees", "parameters:"),
    *("left_child=0 0 0", "tree_sizes=1", "pandas_categorical:[[1]]", "max_feature_idx=9999999"),
    *("split_feature=99999999", "leaf_value=", "leaf_value=nan", "tree", "a" * 100_000),
]
ANYTHING = [None, True, -1, 0, 1, 2**63, 10**400, 0.5, -0.5, 1e308, -1e308, 1e30, 5e-324]
ANYTHING += ["", "x", "nan", "../x", "\0", "\ud800", [], [1], ["x"], [[]], {}, {"x": 1}]

Array = np.ndarray[Any, Any]
Files = dict[str, bytes]


def read_files(folder: Path) -> Files:
    """Return the content of a bundle's files by name."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def with_isotonic(files: Files) -> Files:
    """Return the bundle with an isotonic curve for its first label."""
    facts, arrays = json.loads(files[FACTS]), load(files[NUMBERS])
    facts["labels"][0]["calibration"] = {"kind": "isotonic", "margin": 0.01}
    arrays["isotonic_000_x"], arrays["isotonic_000_y"] = np.linspace(-4, 4, 9), np.linspace(0, 1, 9)
    return signed(files, facts, {NUMBERS: save(arrays)})


def signed(files: Files, facts: Any, changed: Files) -> Files:
    """Return the bundle with changed facts and files, and checksums that fit."""
    files = {**files, **changed}
    if isinstance(facts, dict) and isinstance(facts.get("files"), dict):
        for name in facts["files"]:
            if name in files:
                facts["files"][name] = hashlib.sha256(files[name]).hexdigest()
    return {**files, FACTS: json.dumps(facts).encode()}


def write_files(files: Files, folder: Path) -> Path:
    """Write a bundle."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def forged(files: Files, seed: int) -> Files:
    """Return the forgery of this seed."""
    return KINDS[seed % len(KINDS)](files, np.random.default_rng(seed))


def _pick(rng: np.random.Generator, options: Any) -> Any:
    return options[int(rng.integers(len(options)))]


# Text of boosters ------------------------------------------------------------------------------


def _forge_text(files: Files, rng: np.random.Generator) -> Files:
    name = _pick(rng, sorted(each for each in files if each.startswith("boosters/")))
    text = files[name].decode()
    text = text[: text.index("end of trees") + 13]
    for _ in range(_pick(rng, [1, 1, 1, 2, 4])):
        text = _pick(rng, TEXT_CHANGES)(text, rng)
    if rng.random() < 0.6:
        text = _with_sizes(text)
    return signed(files, json.loads(files[FACTS]), {name: text.encode()})


def _with_sizes(text: str) -> str:
    """Return the text with tree_sizes that are right, so that LightGBM finds its trees."""
    starts = [each.start() + 1 for each in re.finditer("\nTree=", text)]
    end = text.find("\nend of trees") + 1 or len(text)
    sizes = [b - a for a, b in zip(starts, [*starts[1:], end])]
    line = "tree_sizes=" + " ".join(map(str, sizes))
    return re.sub(r"^tree_sizes=.*$", line, text, count=1, flags=re.MULTILINE)


def _change_lines(text: str, rng: np.random.Generator) -> str:
    lines = text.split("\n")
    at, other = (int(each) for each in rng.integers(len(lines), size=2))
    change = rng.integers(5)
    if change == 0:
        del lines[at]
    elif change == 1:
        lines.insert(other, lines[at])
    elif change == 2:
        lines[at], lines[other] = lines[other], lines[at]
    elif change == 3:
        lines.insert(at, _pick(rng, LINES))
    else:
        lines[at] = _pick(rng, ["{} ", " {}", "{}" + " " * 5000, "{}\r", "{} 0", "{}=1"]).format(
            lines[at]
        )
    return "\n".join(lines)


def _change_words(text: str, rng: np.random.Generator) -> str:
    """Change the numbers of one array or header line."""
    lines = text.split("\n")
    at = _pick(rng, [k for k, line in enumerate(lines) if "=" in line] or [0])
    key, _, value = lines[at].partition("=")
    words = value.split(" ")
    place = int(rng.integers(len(words)))
    change = rng.integers(5)
    if change == 0:
        words[place] = _pick(rng, NUMBERS_OF_TEXT)
    elif change == 1:
        words = [_pick(rng, NUMBERS_OF_TEXT)] * len(words)
    elif change == 2:
        words = words * 2 if rng.random() < 0.5 else words[place:]
    elif change == 3:
        words[place] = str(rng.integers(-len(words) - 2, len(words) + 2))
    else:
        rng.shuffle(words)
    lines[at] = f"{key}={' '.join(words)}"
    return "\n".join(lines)


def _insert_odd(text: str, rng: np.random.Generator) -> str:
    at = int(rng.integers(len(text)))
    return text[:at] + _pick(rng, ODD) * _pick(rng, [1, 1, 100]) + text[at:]


def _odd_line_ends(text: str, rng: np.random.Generator) -> str:
    lines = text.split("\n")
    at = int(rng.integers(len(lines) - 1))
    return "\n".join([*lines[:at], lines[at] + _pick(rng, ODD) + lines[at + 1], *lines[at + 2 :]])


def _loop(text: str, rng: np.random.Generator) -> str:
    """Let a tree's children lead back."""
    side = _pick(rng, ["left_child", "right_child"])
    return re.sub(
        rf"^{side}=-?\d+", f"{side}={_pick(rng, [0, 1, -1])}", text, count=1, flags=re.MULTILINE
    )


def _cut(text: str, rng: np.random.Generator) -> str:
    return text[: int(rng.integers(len(text)))] + _pick(rng, ["", "\nend of trees\n"])


def _repeat_block(text: str, rng: np.random.Generator) -> str:
    blocks = text.split("\n\nTree=")
    at = int(rng.integers(len(blocks)))
    return "\n\nTree=".join([*blocks[:at], blocks[at], *blocks[at:]])


TEXT_CHANGES = [
    *(_change_lines, _change_lines, _change_words, _change_words, _change_words),
    *(_insert_odd, _odd_line_ends, _loop, _cut, _repeat_block),
]


# Arrays ----------------------------------------------------------------------------------------


def _forge_arrays(files: Files, rng: np.random.Generator) -> Files:
    arrays = {name: array.copy() for name, array in load(files[NUMBERS]).items()}
    for _ in range(_pick(rng, [1, 1, 2, 5])):
        name = _pick(rng, sorted(arrays))
        with np.errstate(all="ignore"):
            arrays[name] = np.ascontiguousarray(_forged_array(arrays[name], rng))
        if rng.random() < 0.1:
            del arrays[name]
    return signed(files, json.loads(files[FACTS]), {NUMBERS: save(arrays)})


def _forged_array(old: Array, rng: np.random.Generator) -> Array:
    change = rng.integers(7)
    if change == 0 and old.size:
        new = old.astype(np.float64)
        new.flat[int(rng.integers(old.size))] = _pick(rng, NUMBERS_OF_ARRAYS)
        return new
    if change <= 1:
        return np.full(old.shape, _pick(rng, NUMBERS_OF_ARRAYS))
    if change == 2:
        return old * _pick(rng, [1e30, -1.0, 1e-30, 1e15])
    if change == 3:
        return _pick(rng, [old[:0], old[1:], old[None], old.T, old.ravel()])
    if change == 4:
        kinds = [np.float16, np.float32, np.int64, np.uint8, np.bool_]
        return np.nan_to_num(old).astype(_pick(rng, kinds))
    if change == 5:
        return old[::-1]
    # As large as numbers may be, of random sign: what is multiplied must stay finite.
    return rng.choice([-1e30, 1e30], size=old.shape)


def _all_large(files: Files, rng: np.random.Generator) -> Files:
    """Make every factor as large as it may be, in arrays, facts and leaves, so that it is read."""
    arrays, facts = load(files[NUMBERS]), json.loads(files[FACTS])
    factors = ("blend_", "stack_", "kernel_", "linear_", "landmarks_", "column_weights_")
    for name, array in arrays.items():
        if name.startswith((*factors, "cell_cuts_")):
            arrays[name] = rng.choice([-1e30, 1e30], size=array.shape)
        if name.startswith("usual_") and name.endswith(("_centre", "_directions")):
            arrays[name] = rng.choice([-1e30, 1e30], size=array.shape)
        if name.startswith("usual_") and name.endswith(("_spread", "_scales")):
            arrays[name] = np.full(array.shape, 1e-50)
    for label in facts["labels"]:
        if label["calibration"]["kind"] == "platt":
            label["calibration"] |= {"slope": 1e30, "intercept": -1e30}
    changed = {
        name: _with_sizes(
            re.sub(
                "^leaf_value=(.*)$",
                lambda line: (
                    "leaf_value="
                    + " ".join(rng.choice(["1e+30", "-1e+30"], size=line[1].count(" ") + 1))
                ),
                content.decode(),
                flags=re.MULTILINE,
            )
        ).encode()
        for name, content in files.items()
        if name.startswith("boosters/")
    }
    return signed(files, facts, {**changed, NUMBERS: save(arrays)})


# Facts, the out-of-fold table, bytes --------------------------------------------------------------


def _forge_facts(files: Files, rng: np.random.Generator) -> Files:
    facts: Any = json.loads(files[FACTS])
    for _ in range(_pick(rng, [1, 1, 2])):
        parent, key = None, None
        node = facts
        while isinstance(node, dict | list) and len(node) and (node is facts or rng.random() < 0.8):
            parent = node
            key = _pick(rng, [*node]) if isinstance(node, dict) else int(rng.integers(len(node)))
            node = parent[key]
        change = rng.integers(5)
        if parent is None or change <= 1:
            if parent is not None:
                parent[key] = copy.deepcopy(_pick(rng, ANYTHING))
        elif change == 2:
            del parent[key]
        elif isinstance(parent, list):
            parent.insert(key, copy.deepcopy(node))
        elif isinstance(node, bool | int | float):
            parent[key] = _pick(rng, [-node, node + 1, node * 2, node / 2, node * 1e30])
        else:
            parent[f"{key}_"] = parent.pop(key)
    return signed(files, facts, {})


def _forge_oof(files: Files, rng: np.random.Generator) -> Files:
    table = pq.read_table(io.BytesIO(files[OOF]))
    at = int(rng.integers(table.num_columns))
    name, column = table.column_names[at], table.column(at)
    change = rng.integers(6)
    if change <= 1 and pa.types.is_floating(column.type):
        values = column.to_numpy().copy()
        values[rng.random(len(values)) < 0.2] = _pick(rng, NUMBERS_OF_ARRAYS)
        table = table.set_column(at, name, pa.array(values))
    elif change <= 2 and not pa.types.is_floating(column.type):
        values = pa.array([None] * len(column), column.type)
        if column.type == pa.int16():
            values = pa.array(rng.integers(-2, 9, len(column)), pa.int16())
        table = table.set_column(at, name, values)
    elif change == 3:
        table = table.remove_column(at)
    elif change == 4:
        table = table.slice(0, int(rng.integers(table.num_rows)))
    else:
        table = table.append_column(name, column)
    stream = io.BytesIO()
    pq.write_table(table, stream)
    return signed(files, json.loads(files[FACTS]), {OOF: stream.getvalue()})


def _forge_bytes(files: Files, rng: np.random.Generator) -> Files:
    name = _pick(rng, sorted(files))
    content = bytearray(files[name])
    at = int(rng.integers(max(1, _pick(rng, [8, 200, len(content)]))))
    change = rng.integers(3)
    noise = rng.bytes(_pick(rng, [1, 4, 64]))
    if change == 0:
        content[at : at + len(noise)] = noise
    elif change == 1:
        content[at:at] = noise
    else:
        del content[at:]
    if name == FACTS:
        return {**files, FACTS: bytes(content)}
    return signed(files, json.loads(files[FACTS]), {name: bytes(content)})


Forge = Callable[[Files, np.random.Generator], Files]
KINDS: list[Forge] = [
    *[_forge_text] * 6,
    *[_forge_arrays] * 2,
    *[_forge_facts] * 2,
    *(_forge_oof, _forge_bytes, _all_large),
]
