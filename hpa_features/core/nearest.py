"""What someone probably meant: the names nearest to a word."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_MOST = 3
_LIKE = 0.7


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """Return a question with the `names` nearest to `word` in any case; empty if none is near."""
    by_word = {each.casefold(): each for each in names if each}
    near = get_close_matches(word.casefold(), by_word, n=_MOST, cutoff=_LIKE)
    return f"Did you mean {' or '.join(by_word[each] for each in near)}?" if near else ""
