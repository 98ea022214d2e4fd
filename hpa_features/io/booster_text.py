"""Check LightGBM's text of one model before LightGBM's parser, which trusts it, sees it.

Format: LightGBM 4 ``Booster.model_to_string``: a header, then per tree its arrays. A node's
children have larger numbers than the node (nodes are numbered as they were split), negative
numbers are leaves; so every walk ends.
"""

from __future__ import annotations

from hpa_features.core.errors import BundleError

_LEAVES_LIMIT = 100_000
_HEADER = {
    "version": "v4",
    "num_class": "1",
    "num_tree_per_iteration": "1",
    "objective": "binary sigmoid:1",
}


def check_booster(text: str, features: int, name: str) -> None:
    """Check that `text` is a whole binary model over `features` columns.

    Raises
    ------
    BundleError
        A header line differs, the text is cut off, or a tree points outside its arrays.
    """
    head, *trees = text.split("\nTree=")
    if not head.startswith("tree\n") or "\nend of trees" not in text:
        raise BundleError(f"{name} is no whole LightGBM model.")
    header = _lines(head)
    for key, wanted in (_HEADER | {"max_feature_idx": str(features - 1)}).items():
        if header.get(key) != wanted:
            raise BundleError(f"{name}: {key} must be {wanted}, got {header.get(key)!r}.")
    if len(header.get("tree_sizes", "").split()) != len(trees):
        raise BundleError(f"{name} names other trees than it holds.")
    for number, tree in enumerate(trees):
        _check_tree(_lines(tree.split("\nend of trees")[0]), features, f"{name}, tree {number}")


def _lines(text: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in text.splitlines())
    return {key: value for key, _, value in pairs}


def _check_tree(tree: dict[str, str], features: int, name: str) -> None:
    leaves = _whole(tree, "num_leaves", 1, name)[0]
    if not 1 <= leaves <= _LEAVES_LIMIT or tree.get("num_cat") != "0":
        raise BundleError(f"{name}: unexpected num_leaves or num_cat.")
    if len(tree.get("leaf_value", "").split()) != leaves:
        raise BundleError(f"{name} needs {leaves} leaf values.")
    if leaves == 1:
        return
    nodes = leaves - 1
    columns = _whole(tree, "split_feature", nodes, name)
    decisions = _whole(tree, "decision_type", nodes, name)
    children = [_whole(tree, key, nodes, name) for key in ("left_child", "right_child")]
    inside = all(0 <= column < features for column in columns)
    numeric = all(kind >= 0 and not kind & 1 for kind in decisions)
    forward = all(
        node < child < nodes or -leaves <= child < 0
        for side in children
        for node, child in enumerate(side)
    )
    if not (inside and numeric and forward):
        raise BundleError(f"{name} points outside its arrays.")
    if len(tree.get("threshold", "").split()) != nodes:
        raise BundleError(f"{name} needs {nodes} thresholds.")


def _whole(tree: dict[str, str], key: str, count: int, name: str) -> list[int]:
    try:
        numbers = [int(word) for word in tree.get(key, "").split()]
    except ValueError as error:
        raise BundleError(f"{name}: {key} must be whole numbers.") from error
    if len(numbers) != count:
        raise BundleError(f"{name}: {key} must have {count} numbers, got {len(numbers)}.")
    return numbers
