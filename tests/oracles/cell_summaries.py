"""What an image's cells say, cell by cell."""

from __future__ import annotations

import math


def summaries(scores, cut):
    """Return (mean, mean of the ⌈n/20⌉ highest, share above the cut) of one image's scores."""
    if not scores:
        return math.nan, math.nan, math.nan
    highest = sorted(scores, reverse=True)[: math.ceil(len(scores) / 20)]
    above = sum(1 for score in scores if score > cut) / len(scores)
    return sum(scores) / len(scores), sum(highest) / len(highest), above
