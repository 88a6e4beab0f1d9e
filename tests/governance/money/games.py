"""Published games, and strategies for games at random."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from noren.governance.money.games import Game

# Young, Okada and Hashimoto, Water Resources Research 18 (1982): water supply in Skåne, million Swedish crowns.
SKANE = {
    "A": 21.95, "H": 17.08, "K": 10.91, "L": 15.88, "M": 20.81, "T": 21.98,
    "AH": 34.69, "AK": 32.86, "AL": 37.83, "AM": 42.76, "AT": 43.93, "HK": 22.96, "HL": 25.00, "HM": 37.89,
    "HT": 39.06, "KL": 26.79, "KM": 31.45, "KT": 32.89, "LM": 31.10, "LT": 37.86, "MT": 39.41,
    "AHK": 40.74, "AHL": 43.22, "AHM": 55.50, "AHT": 56.67, "AKL": 48.74, "AKM": 53.40, "AKT": 54.84, "ALM": 53.05,
    "ALT": 59.81, "AMT": 61.36, "HKL": 27.26, "HKM": 42.55, "HKT": 44.94, "HLM": 45.81, "HLT": 46.98, "HMT": 56.49,
    "KLM": 42.01, "KLT": 48.77, "KMT": 50.32, "LMT": 51.46,
    "AHKL": 48.95, "AHKM": 60.25, "AHKT": 62.72, "AHLM": 64.03, "AHLT": 65.20, "AHMT": 74.10, "AKLM": 63.96,
    "AKLT": 70.72, "AKMT": 72.27, "ALMT": 73.41, "HKLM": 48.07, "HKLT": 49.24, "HKMT": 59.35, "HLMT": 64.41,
    "KLMT": 56.61, "AHKLM": 69.76, "AHKLT": 70.93, "AHKMT": 77.42, "AHLMT": 83.00, "AKLMT": 73.97, "HKLMT": 66.46,
    "AHKLMT": 83.82,
}  # fmt: skip
# J. Lemaire, ASTIN Bulletin 14 (1984): the interest that three treasurers earn on their deposits.
TREASURERS = {"A": 46125, "B": 17437.5, "C": 5812.5, "AB": 69187.5, "AC": 53812.5, "BC": 30750, "ABC": 90000}
SKANE_SHAPLEY = [20.01, 10.71, 6.61, 10.37, 16.94, 19.18]
SKANE_NUCLEOLUS = [20.35, 12.06, 5.00, 8.61, 18.32, 19.49]


def named(worths: dict[str, float], *, cost: bool) -> Game:
    """A game whose parties have one letter each."""
    parties = tuple(dict.fromkeys("".join(worths)))
    worth = np.zeros(1 << len(parties))
    for group, amount in worths.items():
        worth[sum(1 << parties.index(letter) for letter in group)] = amount
    return Game(parties, worth, cost)


@st.composite
def at_random(draw: st.DrawFn, most: int = 6, least: int = 2) -> Game:
    """Any game, most of them with ties, many with an empty core."""
    n = draw(st.integers(least, most))
    size = (1 << n) - 1
    worth = draw(st.lists(st.integers(0, draw(st.sampled_from([1, 5, 100]))), min_size=size, max_size=size))
    table = np.array([0.0, *worth])
    table[-1] += draw(st.sampled_from([0, 0, 50, 500]))
    return Game(tuple(f"P{i}" for i in range(n)), table, draw(st.booleans()))


def claims(most: int = 7) -> st.SearchStrategy[tuple[list[float], float]]:
    """Claims and an estate that does not reach for all."""
    return st.lists(st.integers(0, 1000), min_size=1, max_size=most).flatmap(
        lambda wanted: st.tuples(
            st.just([float(each) for each in wanted]), st.floats(0, 1).map(lambda share: share * sum(wanted))
        )
    )
