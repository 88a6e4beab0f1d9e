"""What public services cost per use, per user and per resident, place by place, with how sure that is.

Uses are counted, so a place with few has a wide interval: the exact Poisson interval of the count (F. Garwood,
Biometrika 28 (1936)) at 95 %. Places keep the order in which they came; no score and no rank is made of them, because
who lives there, how far people have to go and what was built long ago differ.

>>> (row,) = measure([Use("library", "North", cost=1_000_000, uses=400, residents=2_000)])
>>> row.per_use, row.per_resident
(2500.0, 500.0)
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import msgspec
import numpy as np

from noren.errors import BadInput
from noren.extras import optional
from noren.governance.money.words import Words, words

FEW = 20


class Use(msgspec.Struct, frozen=True):
    """One service in one place over one period: cost in yen, uses counted, people; `reach` in 0 to 1 weighs residents.

    `reach` is the share of residents who can get there, each weighted by distance (1: at the door, 0: out of reach).
    """

    service: str
    place: str
    cost: float
    uses: int
    users: int | None = None
    residents: int | None = None
    reach: float | None = None


class Performance(msgspec.Struct, frozen=True):
    """Yen per use with its 95 % interval, per user, per resident and per resident in reach; `says` what to mind.

    `differs` is whether the interval leaves out what a use of the service costs over all places together.
    """

    service: str
    place: str
    per_use: float | None
    low: float | None
    high: float | None
    per_user: float | None
    per_resident: float | None
    per_reached: float | None
    overall: float | None
    differs: bool
    says: list[Words]


def measure(table: Iterable[Use]) -> list[Performance]:
    """Measure every row of a table, in its order; raises `BadInput` for a row that cannot be."""
    rows = [checked(row, f"row {at}, {row.service}, {row.place}") for at, row in enumerate(table, 1)]
    return [_measured(row, _overall(rows, row.service)) for row in rows]


def poisson(count: int, sure: float = 0.95) -> tuple[float, float]:
    """The exact interval of the mean behind a count."""
    chi2, tail = optional("scipy.stats", "governance").chi2, (1 - sure) / 2
    low = float(chi2.ppf(tail, 2 * count)) / 2 if count else 0.0
    return low, float(chi2.ppf(1 - tail, 2 * count + 2)) / 2


def _measured(row: Use, overall: float | None) -> Performance:
    least, most = poisson(row.uses)
    low, high = row.cost / most, row.cost / least if least else None
    says = [words("money.use.few", uses=row.uses)] if row.uses < FEW else []
    says += [words("money.use.none")] if not row.uses else []
    reached = None if row.residents is None or row.reach is None else row.residents * row.reach
    differs = overall is not None and bool(overall < low or (high is not None and overall > high))
    return Performance(
        row.service,
        row.place,
        _per(row.cost, row.uses),
        low,
        high,
        _per(row.cost, row.users),
        _per(row.cost, row.residents),
        _per(row.cost, reached),
        overall,
        differs,
        says,
    )


def _overall(rows: list[Use], service: str) -> float | None:
    same = [row for row in rows if row.service == service]
    return _per(float(np.sum([row.cost for row in same])), sum(row.uses for row in same))


def _per(cost: float, count: float | None) -> float | None:
    return cost / count if count else None


def checked(row: Use, where: str) -> Use:
    """The row itself; raises `BadInput` for one that cannot be."""
    counts = [each for each in (row.uses, row.users, row.residents) if each is not None]
    if not math.isfinite(row.cost) or row.cost < 0 or any(each < 0 for each in counts):
        raise BadInput("Cost and counts are not less than zero.", where=where, hint="Correct the row.")
    if row.users is not None and row.users > row.uses:
        raise BadInput("There are more users than uses.", where=where, hint="A user has used it at least once.")
    if row.reach is not None and not 0 <= row.reach <= 1:
        raise BadInput("Reach is a share from 0 to 1.", where=where, hint="Correct the row.")
    return row
