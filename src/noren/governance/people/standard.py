"""Deaths and births of Japan in a few rounded figures, for a city that knows no rates of its own.

Fitted to the United Nations' World Population Prospects 2019 for Japan, 2015-2020 (CC BY 3.0 IGO): life expectancy
within 0.2 years, death rates by age within about 10 %. Where a city has the full tables, they are better.
"""

from __future__ import annotations

import numpy as np

from noren.governance.people.lifetable import life_table, survivorship
from noren.governance.people.records import SEXES, Floats

YEAR = 2018
"""Middle of the years that the figures are from."""
BOYS = 1.056
CHILDREN = 1.37
"""Children per woman."""
_AGES = np.array([2, 10, 22, 40, 55, 70, 85, 100])
_INFANTS = {"male": 1.8e-3, "female": 1.7e-3}
_DEATHS = {
    "male": np.array([2.1e-4, 6.2e-5, 4.9e-4, 8.7e-4, 4.2e-3, 1.4e-2, 8.2e-2, 0.43]),
    "female": np.array([2.0e-4, 4.6e-5, 2.1e-4, 5.4e-4, 2.1e-3, 5.7e-3, 4.4e-2, 0.34]),
}
_FALL = {"male": 0.013, "female": 0.016}
"""Yearly fall of death rates up to 75, as the UN expect it to 2050; a third of it at 95 and over."""
_OLDEST = 110
_MOTHERS = (31.3, 5.0)
"""Mean age at birth and its spread (normal curve)."""


def rates(sex: str, year: float) -> Floats:
    """Death rates by single age 0 … 110+ in `year`."""
    age = np.arange(_OLDEST + 1) + 0.5
    level = np.log(_DEATHS[sex])
    beyond = np.maximum(age - _AGES[-1], 0) * 0.6 * (level[-1] - level[-2]) / (_AGES[-1] - _AGES[-2])
    now = np.exp(np.interp(age, _AGES, level) + beyond)
    now[0] = _INFANTS[sex]
    fall = _FALL[sex] * np.interp(age, [75, 95], [1, 1 / 3])
    return np.asarray(now * np.exp(-fall * (year - YEAR)))


def survival(year: float, width: int, classes: int, shift: int = 1) -> Floats:
    """Shares that survive a step of `shift` classes from `year` on (shape as `Rates.survival`)."""
    single = tuple(range(_OLDEST + 1))
    tables = [life_table(rates(sex, year + width * shift / 2), sex, single) for sex in SEXES]
    return np.stack([survivorship(table, width, classes, shift) for table in tables])


def births(width: int, classes: int) -> Floats:
    """Shares of births by class of the mother's age; adds up to 1."""
    age = np.arange(width * classes) + 0.5
    mean, spread = _MOTHERS
    share = np.where((age >= 15) & (age < 50), np.exp(-(((age - mean) / spread) ** 2) / 2), 0.0)
    return np.asarray(share.reshape(classes, width).sum(1) / share.sum())
