"""Shapley values from the definition: every coalition, weighted (Shapley 1953)."""

from __future__ import annotations

from itertools import combinations
from math import factorial

import numpy as np


def shapley(value, players):
    """Return the value of each of `players`; `value` takes a set of them and returns an array."""
    count = len(players)
    found = []
    for player in players:
        others = [each for each in players if each != player]
        total = 0.0
        for size in range(count):
            weight = factorial(size) * factorial(count - size - 1) / factorial(count)
            for coalition in combinations(others, size):
                joined = value({*coalition, player}) - value(set(coalition))
                total = total + weight * np.asarray(joined)
        found.append(total)
    return np.array(found)
