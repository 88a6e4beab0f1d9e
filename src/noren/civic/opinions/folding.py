"""Near-duplicates folded and counted: a flood of the same post is one text, said so many times, never so many votes.

Texts are compared without spaces, punctuation, case and width. Equal ones fold at once; others when they share four
fifths of their three-letter pieces (MinHash with bands finds the candidates, Broder 1997; the share is then counted)
and all their digits: "3-chome" is not "4-chome". Names to know: `fold`, `Folded`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from noren.civic.opinions.words import plain

Hashes = NDArray[np.uint64]
SIMILAR = 0.8
_SIZE = 3
_SHORTEST = 10
_BANDS, _ROWS = 12, 5
_CHUNK = 4096
_DOUBT = 0.15
_REMEMBERED = 20_000
_NOT_LETTERS = re.compile(r"[\W_]+")
_DIGITS = re.compile(r"\d+")
_MIX = np.uint64(0x9E3779B97F4A7C15)
_NONE = np.uint64(0xFFFFFFFFFFFFFFFF)


@dataclass(frozen=True)
class Folded:
    """`head` is for each text the place of the first one like it; `heads` are those places, `counts` how often."""

    head: NDArray[np.int64]
    heads: NDArray[np.int64]
    counts: NDArray[np.int64]


def fold(texts: Sequence[str], similar: float = SIMILAR, told: Callable[[float], None] = lambda share: None) -> Folded:
    """Fold texts; every text lies within `similar` (Jaccard) of its head, so that likeness does not wander off."""
    keys = [bare(text) for text in texts]
    first: dict[str, int] = {}
    head = np.array([first.setdefault(key, place) for place, key in enumerate(keys)], dtype=np.int64)
    different = np.array(list(first.values()), dtype=np.int64)
    long = different[[len(keys[place]) >= _SHORTEST for place in different]]
    near = _near([keys[place] for place in long], similar, told)
    moved = np.arange(len(texts))
    moved[long] = long[near]
    head = moved[head] if len(head) else head
    heads, counts = np.unique(head, return_counts=True)
    return Folded(head, heads, counts)


def bare(text: str) -> str:
    """What is compared: letters and digits only, in one case and width."""
    return _NOT_LETTERS.sub("", plain(text).casefold())


def _near(keys: list[str], similar: float, told: Callable[[float], None]) -> NDArray[np.int64]:
    """For each key the place of its head among the keys: pairs come by the later text, so earlier heads stand."""
    signatures = _signatures(keys, told)
    head = np.arange(len(keys))

    @lru_cache(_REMEMBERED)
    def pieces(place: int) -> frozenset[str]:
        return frozenset(keys[place][i : i + _SIZE] for i in range(len(keys[place]) - _SIZE + 1))

    for later, earlier in _candidates(signatures, _numbers(keys), similar - _DOUBT):
        first = int(head[earlier])
        if head[later] == later and jaccard(pieces(first), pieces(later)) >= similar:
            head[later] = first
    return head


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    """Shared pieces over all pieces of two sets."""
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared)


def _numbers(keys: list[str]) -> Hashes:
    """The numbers in each key as one figure: only texts with the same ones can be alike."""
    known: dict[tuple[str, ...], int] = {}
    found = (known.setdefault(tuple(sorted(_DIGITS.findall(key))), len(known)) for key in keys)
    return np.fromiter(found, dtype=np.uint64, count=len(keys))


def _candidates(signatures: Hashes, numbers: Hashes, similar: float) -> list[tuple[int, int]]:
    """Pairs (later, earlier) that agree in a band, in their numbers, and in the share `similar` of all signatures.

    Each text is paired with the first and with the one before it in its bucket.
    """
    pairs = [_band(signatures[:, start : start + _ROWS], numbers) for start in range(0, _BANDS * _ROWS, _ROWS)]
    both = np.unique(np.concatenate(pairs), axis=0)
    alike = [
        (signatures[part[:, 0]] == signatures[part[:, 1]]).mean(axis=1) >= similar
        for part in np.array_split(both, len(both) // _CHUNK + 1)
    ]
    return [(later, earlier) for later, earlier in both[np.concatenate(alike)].tolist()]


def _band(part: Hashes, numbers: Hashes) -> NDArray[np.int64]:
    key = numbers.copy()
    for column in part.T:
        key = (key * _MIX) ^ column
    order = np.argsort(key, kind="stable")
    change = np.concatenate([[True], key[order][1:] != key[order][:-1]])
    starts, same = np.flatnonzero(change), np.flatnonzero(~change)
    first = order[starts[np.searchsorted(starts, same, side="right") - 1]]
    later = order[same]
    return np.concatenate([np.column_stack([later, first]), np.column_stack([later, order[same - 1]])])


def _signatures(keys: list[str], told: Callable[[float], None]) -> Hashes:
    """MinHash of each key (keys × bands·rows); keys have at least `_SIZE` letters."""
    random = np.random.default_rng(0)
    count = _BANDS * _ROWS
    times = random.integers(1, 2**63, count, dtype=np.uint64) | np.uint64(1)
    plus = random.integers(0, 2**63, count, dtype=np.uint64)
    found = np.full((len(keys), count), _NONE)
    for start in range(0, len(keys), _CHUNK):
        part = keys[start : start + _CHUNK]
        hashes, starts = _hashed(part)
        for column in range(count):
            mixed = hashes * times[column] + plus[column]
            found[start : start + len(part), column] = np.minimum.reduceat(mixed >> np.uint64(16), starts)
        told(min(start + _CHUNK, len(keys)) / len(keys))
    return found


def _hashed(keys: list[str]) -> tuple[Hashes, NDArray[np.int64]]:
    """Hashes of all pieces of all keys one after another, and where each key's begin."""
    letters = np.frombuffer("".join(keys).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    lengths = np.array([len(key) for key in keys])
    ends = np.cumsum(lengths)
    windows = letters[:-2] * np.uint64(0x1000003) * _MIX + letters[1:-1] * _MIX + letters[2:] * np.uint64(0x85EBCA6B)
    windows ^= windows >> np.uint64(29)
    windows *= _MIX
    windows ^= windows >> np.uint64(32)
    inside = np.ones(len(windows), dtype=bool)
    inside[np.concatenate([ends[:-1] - 2, ends[:-1] - 1])] = False
    sizes = lengths - _SIZE + 1
    return windows[inside], np.concatenate([[0], np.cumsum(sizes)[:-1]])
