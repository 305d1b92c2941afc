"""Named randomness: every stream is derived by hashing what it is for.

A stream depends on its own names alone, so switching one component off moves no other
stream's bits (Bouthillier et al. 2021 vary one source at a time on this ground).
"""

import hashlib

import numpy as np


def derive(*names: str | int) -> int:
    """Return a 128-bit key for a named stream: sha256 over the names, first 16 bytes."""
    text = "\x1f".join(f"{type(name).__name__}:{name}" for name in names)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "little")


def generator(*names: str | int) -> np.random.Generator:
    """Return the generator of a named stream (Philox, counter-based, keyed by `derive`)."""
    return np.random.Generator(np.random.Philox(key=derive(*names)))
