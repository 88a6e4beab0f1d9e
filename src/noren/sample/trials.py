"""What the town tries, and its true effect: where, from when to when, by how much readings there are other.

One trial has been decided, one has reached its end and waits for its decision, one still runs. The sensors' series are
multiplied by the effect, so that whoever compares finds it; faulty sensors take no part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from noren.sample.site import Floats, Site
from noren.sample.weather import Times

FAULTY = frozenset({"T004", "T006", "MW003"})
Kind = str


@dataclass(frozen=True)
class Tried:
    """A trial of the initiative `key`: sensors of `kind` at which `attribute` is multiplied by `effect` meanwhile."""

    key: str
    kind: Kind
    attribute: str
    treated: tuple[str, ...]
    elsewhere: tuple[str, ...]
    start: datetime
    end: datetime
    effect: float

    def change(self, ids: Sequence[str], times: Times) -> Floats:
        """What readings at local times are multiplied by: `[time, sensor]`."""
        start, end = (np.datetime64(each.replace(tzinfo=None), "s") for each in (self.start, self.end))
        during = (times >= start) & (times < end)
        here = np.isin(np.asarray(ids), self.treated)
        return np.where(during[:, None] & here, self.effect, 1.0)


_PARTS = {
    "slow-streets": ("TrafficFlowObserved", "averageVehicleSpeed", 0.3, 0.5, 0.05, 0.86),
    "station-stalls": ("TrafficFlowObserved", "intensity", 0.2, 0.3, None, 0.87),
    "night-pressure": ("MeterReading", "consumption", 0.4, 0.7, 0.3, 0.92),
}
"""Kind and attribute; share of the sensors on either side; shares of the history before its end at which it starts and
ends (None: it runs for two more months); effect."""


def tried(site: Site, kind: Kind, ids: Sequence[str]) -> list[Tried]:
    """The trials at sensors of a kind; each sensor belongs to one side of one trial at most."""
    draw = site.rng(f"trials {kind}")
    free = [ids[i] for i in draw.permutation(len(ids)) if ids[i] not in FAULTY]
    found = []
    for key, (own, attribute, share, begins, ends, effect) in _PARTS.items():
        if own != kind:
            continue
        size = max(1, int(share * (len(ids) - 2)))
        treated, elsewhere, free = free[:size], free[size : 2 * size], free[2 * size :]
        start = site.live_start - timedelta(hours=round(24 * begins * site.days))
        end = site.live_start + (timedelta(days=60) if ends is None else -timedelta(hours=round(24 * ends * site.days)))
        found.append(Tried(key, kind, attribute, tuple(sorted(treated)), tuple(sorted(elsewhere)), start, end, effect))
    return found


def changes(trials: Sequence[Tried], attribute: str, ids: Sequence[str], times: Times) -> Floats:
    """What all trials together make of an attribute's readings: `[time, sensor]`."""
    found = np.ones((len(times), len(ids)))
    for each in trials:
        if each.attribute == attribute:
            found *= each.change(ids, times)
    return found
