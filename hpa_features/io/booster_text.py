"""LightGBM's text of one model, read strictly and written again for LightGBM's own parser.

Format: LightGBM 4 ``Booster.model_to_string``: a header, then per tree its arrays. LightGBM trusts
its text: offsets, child numbers and counts are used unchecked. So it is given nothing but what is
written here from parsed values, in LightGBM's number formats: the trees of a genuine text are
written byte for byte as they were.

Nodes are numbered as they were split: a node's children have larger numbers than the node, and
negative numbers are leaves.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from hpa_features.core.errors import BundleError
from hpa_features.io.limits import COMPARED, LARGEST

_LEAVES_LIMIT = 100_000
_COUNT_LIMIT = 2**31 - 1
_NUMERIC_SPLITS = (0, 2, 4, 6, 8, 10)  # decision_type: default side, and what counts as missing
_END = "\n\nend of trees\n"
_FIXED = {
    "version": "v4",
    "num_class": "1",
    "num_tree_per_iteration": "1",
    "label_index": "0",
    "objective": "binary sigmoid:1",
}
_A_COLUMN = ("feature_names", "feature_infos")
_HEADER = {*_FIXED, *_A_COLUMN, "max_feature_idx", "tree_sizes"}
_WHOLE, _SHORT, _EXACT = "%d", "%g", "%.17g"
# int and float would also take underscores, spaces and digits of other scripts.
_CHARACTERS = {_WHOLE: re.compile("[0-9 -]*"), _EXACT: re.compile("[0-9.einf+ -]*")}
_CHARACTERS[_SHORT] = _CHARACTERS[_EXACT]


class _Line(NamedTuple):
    """Format, count and range of a line's numbers."""

    form: str
    size: int
    lowest: float
    highest: float


def canonical_booster(text: str, features: int, name: str) -> str:
    """Return a binary model over `features` columns as LightGBM may be given it.

    Parameters
    ----------
    text
        What ``Booster.model_to_string`` returned. What follows its trees is neither read nor
        returned.
    features
        Number of columns.
    name
        The file, for messages.

    Raises
    ------
    BundleError
        A line is missing, repeated or unknown, a number is not finite or out of range, or the
        nodes of a tree do not form one.
    """
    body, end, _ = text.partition(_END)
    if not end:
        raise BundleError(f"{name} is not a whole LightGBM model: it has no end of trees.")
    head, *blocks = body.split("\n\nTree=")
    header, average = _check_header(head, features, name)
    trees = [
        _canonical_tree(block, number, features, f"{name}, tree {number}")
        for number, block in enumerate(blocks)
    ]
    sizes = " ".join(str(len(f"Tree={block}\n\n")) for block in blocks)
    if not trees or header["tree_sizes"] != sizes:
        raise BundleError(f"{name}: tree_sizes must be the sizes of its {len(trees):,} trees.")
    lines = ["tree", *(f"{key}={value}" for key, value in _FIXED.items()), *average]
    lines.append(f"max_feature_idx={features - 1}")
    lines.append("feature_names=" + " ".join(f"Column_{column}" for column in range(features)))
    lines.append("feature_infos=" + " ".join(["none"] * features))
    lines.append("tree_sizes=" + " ".join(str(len(tree)) for tree in trees))
    return "\n".join(lines) + "\n\n" + "".join(trees) + "end of trees\n"


def _check_header(head: str, features: int, name: str) -> tuple[dict[str, str], list[str]]:
    """Check and return the header's lines, and the line that only a random forest has."""
    first, *lines = head.split("\n")
    if first != "tree":
        raise BundleError(f"{name} is not a LightGBM model: its first line must be 'tree'.")
    average = [line for line in lines if line == "average_output"]
    header = _pairs([line for line in lines if line not in average], _HEADER, name)
    for key, wanted in (_FIXED | {"max_feature_idx": str(features - 1)}).items():
        if header[key] != wanted:
            raise BundleError(f"{name}: {key} must be {wanted}, got {header[key][:40]!r}.")
    for key in _A_COLUMN:
        if header[key].count(" ") != features - 1:
            raise BundleError(f"{name}: {key} must have {features} words.")
    if len(average) > 1:
        raise BundleError(f"{name} has the line average_output twice.")
    return header, average


def _pairs(lines: Sequence[str], known: set[str], name: str) -> dict[str, str]:
    """Return the value of each known key; each must be there once, and nothing else."""
    pairs: dict[str, str] = {}
    for line in lines:
        key, equals, value = line.partition("=")
        if key in pairs:
            raise BundleError(f"{name} has the line {key} twice.")
        if not equals or key not in known:
            raise BundleError(f"{name} has an unknown line: {line[:40]!r}.")
        pairs[key] = value
    if len(pairs) < len(known):
        raise BundleError(f"{name} lacks {', '.join(sorted(known - pairs.keys()))}.")
    return pairs


def _canonical_tree(block: str, number: int, features: int, name: str) -> str:
    first, *lines = block.removesuffix("\n").split("\n")
    if first != str(number) or not block.endswith("\n"):
        raise BundleError(f"{name} must begin with its number and end with an empty line.")
    tree = _pairs(lines, _KEYS, name)
    at_least_one = _Line(_WHOLE, 1, 1, _LEAVES_LIMIT)
    leaves = int(_numbers(tree, "num_leaves", at_least_one, name)[0])
    wanted, found, written = _lines(leaves, features), {}, [f"Tree={number}"]
    for key, line in wanted.items():
        found[key] = _numbers(tree, key, line, name)
        numbers = " ".join([line.form] * len(found[key])) % tuple(found[key])
        written.append(f"{key}={numbers}")
    _check_nodes(found, leaves, name)
    return "\n".join(written) + "\n\n\n"


def _lines(leaves: int, features: int) -> dict[str, _Line]:
    """Return the lines of a tree in LightGBM's order."""
    nodes = leaves - 1
    return {
        "num_leaves": _Line(_WHOLE, 1, leaves, leaves),
        "num_cat": _Line(_WHOLE, 1, 0, 0),
        "split_feature": _Line(_WHOLE, nodes, 0, features - 1),
        "split_gain": _Line(_SHORT, nodes, -LARGEST, LARGEST),
        # Infinite where a split tells missing values from all others.
        "threshold": _Line(_EXACT, nodes, -COMPARED, math.inf),
        "decision_type": _Line(_WHOLE, nodes, 0, max(_NUMERIC_SPLITS)),
        "left_child": _Line(_WHOLE, nodes, -leaves, nodes - 1),
        "right_child": _Line(_WHOLE, nodes, -leaves, nodes - 1),
        "leaf_value": _Line(_EXACT, leaves, -LARGEST, LARGEST),
        "leaf_weight": _Line(_EXACT, leaves, -LARGEST, LARGEST),
        "leaf_count": _Line(_WHOLE, leaves, 0, _COUNT_LIMIT),
        "internal_value": _Line(_SHORT, nodes, -LARGEST, LARGEST),
        "internal_weight": _Line(_SHORT, nodes, -LARGEST, LARGEST),
        "internal_count": _Line(_WHOLE, nodes, 0, _COUNT_LIMIT),
        "is_linear": _Line(_WHOLE, 1, 0, 0),
        "shrinkage": _Line(_SHORT, 1, -LARGEST, LARGEST),
    }


_KEYS = {*_lines(1, 1)}


def _numbers(tree: Mapping[str, str], key: str, line: _Line, name: str) -> list[float]:
    """Return the numbers of a line; a tree of one leaf may lack the leaf's weight and count."""
    text = tree[key]
    words = text.split(" ") if text else []
    optional = line.size == 1 and key in ("leaf_weight", "leaf_count")
    if len(words) != line.size and (words or not optional):
        raise BundleError(f"{name}: {key} must have {line.size:,} numbers, got {len(words):,}.")
    try:
        right = _CHARACTERS[line.form].fullmatch(text)
        numbers = [*map(int if line.form == _WHOLE else float, words)] if right else [math.nan]
    except ValueError:
        numbers = [math.nan]
    if words and not (line.lowest <= min(numbers) and max(numbers) <= line.highest):
        numbers_from = f"numbers from {line.lowest:g} to {line.highest:g}"
        wanted = numbers_from if line.lowest < line.highest else f"{line.lowest:g}"
        raise BundleError(f"{name}: {key} must be {wanted}, got {text[:40]!r}.")
    return numbers


def _check_nodes(tree: Mapping[str, Sequence[float]], leaves: int, name: str) -> None:
    """Check that splits are at numbers and that a walk ends, wherever it goes."""
    if not {*tree["decision_type"]} <= {*_NUMERIC_SPLITS}:
        raise BundleError(f"{name}: decision_type must be one of {_NUMERIC_SPLITS}.")
    sides = tree["left_child"], tree["right_child"]
    forward = all(child < 0 or child > node for side in sides for node, child in enumerate(side))
    reached = sorted([*sides[0], *sides[1]])
    others = [*range(-leaves, 0), *range(1, leaves - 1)]
    if leaves > 1 and not (forward and reached == others):
        raise BundleError(
            f"{name}: left_child and right_child must reach each later node and each leaf once."
        )
