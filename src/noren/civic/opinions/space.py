"""The opinion space: principal components of an incomplete vote matrix, and where each voter lies in them.

Follows Small, Bjorkegren, Erkkilä, Shaw and Megill (2021), "Polis: Scaling deliberation by mapping high dimensional
opinion spaces", Recerca 26(2), and the Polis server's choices: what is unseen counts as the statement's mean, two
components by power iteration, and voters who saw little are moved outwards. Names to know: `Space`, `space_of`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from noren.civic.opinions.votes import UNSEEN, Floats

_BLOCK = 4096
_ROUNDS = 20_000
_STILL = 1e-14


@dataclass(frozen=True)
class Space:
    """`centre` (statements), `components` (2 × statements, unit length), `extremity` of each statement."""

    centre: Floats
    components: Floats
    extremity: Floats

    def place(self, values: NDArray[np.int8]) -> Floats:
        """Coordinates (rows × 2): the components of what a voter saw, times the root of statements over votes."""
        seen = values != UNSEEN
        raw = np.where(seen, values - self.centre, 0.0) @ self.components.T
        return np.asarray(raw * np.sqrt(values.shape[1] / np.maximum(seen.sum(axis=1), 1))[:, None])


def space_of(values: NDArray[np.int8], components: int = 2) -> Space:
    """The space of int8 votes (voters × statements); a component that the votes cannot fill is all zero."""
    seen = (values != UNSEEN).sum(axis=0)
    centre = np.where(values == UNSEEN, 0, values).sum(axis=0) / np.maximum(seen, 1)
    found = _axes(_scatter(values, centre), components)
    reach = (1 - centre) * np.linalg.norm(found, axis=0) * np.sqrt(len(centre))
    return Space(centre, found, np.abs(reach))


def _scatter(values: NDArray[np.int8], centre: Floats) -> Floats:
    """XᵀX of the centred matrix, block by block: an unseen vote equals the mean, hence adds nothing."""
    total = np.zeros((len(centre), len(centre)))
    for start in range(0, len(values), _BLOCK):
        block = values[start : start + _BLOCK]
        part = np.where(block == UNSEEN, 0.0, block - centre)
        total += part.T @ part
    return total


def _axes(scatter: Floats, count: int) -> Floats:
    """Leading eigenvectors one after another: power iteration, then the direction found is taken out."""
    random, found = np.random.default_rng(0), []
    for _ in range(count):
        axis = _leading(scatter, random.random(len(scatter)))
        found.append(axis)
        rest = np.eye(len(axis)) - np.outer(axis, axis)
        scatter = rest @ scatter @ rest
    return np.array(found)


def _leading(scatter: Floats, start: Floats) -> Floats:
    floor = _STILL * max(float(np.trace(scatter)), 1.0)
    axis = start / (np.linalg.norm(start) or 1.0)
    for _ in range(_ROUNDS):
        moved = scatter @ axis
        length = float(np.linalg.norm(moved))
        if length <= floor:
            return np.zeros_like(axis)
        moved /= length
        if float(np.abs(moved - axis).max()) < _STILL:
            return moved
        axis = moved
    return axis
