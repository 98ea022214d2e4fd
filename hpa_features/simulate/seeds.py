"""Random numbers by name: the same words give the same stream, whatever else was drawn before."""

from __future__ import annotations

import hashlib

import numpy as np


def stream(seed: int, *words: str | int) -> np.random.Generator:
    """Return the random generator that belongs to `seed` and `words`.

    Streams of different words are independent, so a field looks the same whatever the order,
    the number of fields or of processes.
    """
    text = "|".join([str(seed), *map(str, words)])
    digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
    return np.random.default_rng(int.from_bytes(digest, "little"))
