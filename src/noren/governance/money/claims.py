"""Rules for a sum that does not reach for all claims: what each of n parties is awarded, `(n,)`.

Every rule here awards nobody more than the claim, nobody less than nothing, and hands out exactly the estate. Read as
costs, the claims are what each party would pay alone and the estate is what they pay together. Sources: W. Thomson,
*How to Divide When There Isn't Enough* (2019); R. Aumann and M. Maschler, J. Econ. Theory 36 (1985), 195-213.

>>> talmud([100, 200, 300], 200).tolist()
[50.0, 75.0, 75.0]
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from noren.errors import BadInput
from noren.governance.money.yen import Floats


def proportional(claims: npt.ArrayLike, estate: float) -> Floats:
    """Shares in proportion to the claims; equal ones when nobody claims anything."""
    wanted = _checked(claims, estate)
    whole = wanted.sum()
    return wanted * (estate / whole) if whole else np.zeros_like(wanted)


def equal_awards(claims: npt.ArrayLike, estate: float) -> Floats:
    """Constrained equal awards: the same for all, but nobody more than the claim."""
    wanted = _checked(claims, estate)
    return np.minimum(wanted, _level(wanted, estate))


def equal_losses(claims: npt.ArrayLike, estate: float) -> Floats:
    """Constrained equal losses: everybody goes without the same amount, but nobody gets less than nothing."""
    wanted = _checked(claims, estate)
    return wanted - equal_awards(wanted, float(wanted.sum()) - estate)


def talmud(claims: npt.ArrayLike, estate: float) -> Floats:
    """The Talmud's rule: equal awards up to half of each claim; beyond, equal losses down to half of each claim.

    It is the only rule under which any two parties share what they hold together as the contested garment is shared:
    each concedes what it does not claim, and the contested rest is halved (Aumann and Maschler 1985).
    """
    wanted = _checked(claims, estate)
    half = wanted / 2
    if estate <= half.sum():
        return equal_awards(half, estate)
    return wanted - equal_awards(half, float(wanted.sum()) - estate)


def _level(wanted: Floats, estate: float) -> float:
    """Where all awards are cut off so that they add up to the estate."""
    left = estate
    order = np.sort(wanted)
    for place, claim in enumerate(order):
        level = left / (len(order) - place)
        if level <= claim:
            return float(level)
        left -= claim
    return float(order[-1])


def _checked(claims: npt.ArrayLike, estate: float) -> Floats:
    wanted = np.asarray(claims, dtype=np.float64)
    if not wanted.size or not np.isfinite(wanted).all() or (wanted < 0).any() or not np.isfinite(estate) or estate < 0:
        raise BadInput("Claims and the estate are money, not less than zero.", where="claims", hint="Correct them.")
    if estate > wanted.sum() * (1 + 1e-12):
        raise BadInput(
            f"The estate of {estate:,.0f} is larger than all claims together, {wanted.sum():,.0f}.",
            where="estate",
            hint="Then everybody gets the claim, and the rest is another question.",
        )
    return wanted
