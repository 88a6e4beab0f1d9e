"""Districts made to add up to their city."""

from __future__ import annotations

import numpy as np

from noren.governance.people.records import Floats


def rake(districts: Floats, city: Floats) -> Floats:
    """Districts (D, 2, A) scaled so that every sex and age adds up to the city's (2, A).

    Where no district has anybody of a sex and age that the city has, they are shared out by the districts' size, and
    evenly when all are empty.
    """
    have = districts.sum(0)
    size = districts.sum((1, 2))
    share = size / size.sum() if size.sum() > 0 else np.full(len(size), 1 / len(size))
    scaled = districts * np.divide(city, have, out=np.zeros_like(city), where=have > 0)
    return np.asarray(np.where(have > 0, scaled, share[:, None, None] * city))
