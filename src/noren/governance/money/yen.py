"""Whole yen: shares are rounded so that not one yen is lost or made."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def whole(shares: Floats, total: int) -> list[int]:
    """Whole yen that add up to `total`, by the largest remainder; of equal remainders the earlier party pays first.

    Remainders closer than a millionth of a yen count as equal, so that no rounding of the machine decides.
    """
    floors = np.floor(shares + 1e-6)
    rest = np.round(shares - floors, 6)
    left = total - int(floors.sum())
    order = np.argsort(-rest, kind="stable")
    added = np.full(len(shares), left // len(shares))
    added[order[: left % len(shares)]] += 1
    return [int(each) for each in floors + added]
