"""The methods that compete for a gauge: each learns how far the water moves from here, by step ahead.

A method is fitted on `Features` of n moments and the changes that followed, `(n, H)` metres, and predicts such
changes. Names to know: `features`, `METHODS`, `Method`.
"""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from noren.extras import optional
from noren.services.disaster.series import HOUR, Floats


class Plan(NamedTuple):
    """Grid of a gauge: its step in seconds; lags, horizons and the edges of rain windows in steps."""

    step: float
    lags: tuple[int, ...]
    horizons: tuple[int, ...]
    rain: tuple[int, ...]

    @property
    def reach(self) -> int:
        """How many steps back a forecast looks."""
        return max(self.lags[-1], self.rain[-1])

    @property
    def hours(self) -> Floats:
        """The horizons in hours."""
        return np.asarray(self.horizons) * self.step / HOUR

    @property
    def stride(self) -> int:
        """Steps between two moments at which a forecast is made and judged: as far as the first horizon."""
        return self.horizons[0]

    @property
    def lags_of_horizons(self) -> tuple[int, ...]:
        """The horizons in strides."""
        return tuple(each // self.stride for each in self.horizons)

    @property
    def window(self) -> int:
        """How many forecasts that came true lately are listened to: twelve hours' worth, three at least."""
        return max(round(12 * HOUR / (self.stride * self.step)), 3)

    @property
    def echo(self) -> int:
        """How many strides back the oldest of those was made."""
        return self.lags_of_horizons[-1] + self.window


_LAG_HOURS = (0.25, 0.5, 1, 2, 3, 6, 12, 24, 48)
_RAIN_HOURS = (0, 3, 6, 12, 24, 48, 72)


def plan(interval: float) -> Plan:
    """The plan for readings every `interval` seconds: 1 to 24 hours ahead, or three steps where steps are longer.

    A step is the interval itself, at least ten minutes and a divisor of the hour.
    """
    if interval > 2 * HOUR:
        return Plan(interval, (1, 2, 3, 5, 8), (1, 2, 3), (0, 1, 2, 3, 5, 8))
    step = next((s for s in (600.0, 900.0, 1200.0, 1800.0) if interval <= s), HOUR)
    an_hour = int(HOUR / step)
    lags = sorted({max(round(h * an_hour), 1) for h in _LAG_HOURS})
    return Plan(step, tuple(lags), tuple(an_hour * h for h in range(1, 25)), tuple(an_hour * h for h in _RAIN_HOURS))


class Features(NamedTuple):
    """What is known at n moments, metres and millimetres.

    `changes` since each lag `(n, L)`; `drifts` from the mean level of each window between lags `(n, L - 1)`, which a
    gust that rocks the water for an hour moves little; `level` over normal `(n,)`; `rain` by window `(n, R)`.
    """

    changes: Floats
    drifts: Floats
    level: Floats
    rain: Floats

    def rows(self, chosen: Any) -> Features:
        """The moments that `chosen`, an index or mask, picks."""
        return Features(*(each[chosen] for each in self))

    @property
    def complete(self) -> npt.NDArray[np.bool_]:
        """Where no level is missing `(n,)`."""
        return np.asarray(np.isfinite(self.changes).all(1) & np.isfinite(self.drifts).all(1))


def features(level: Floats, rain: Floats, at: Any, plan: Plan, normal: float) -> Features:
    """Features at the grid positions `at` of a level series and the rain of each step (both of length n, with NaN)."""
    at = np.asarray(at)
    lags, edges = np.asarray((0, *plan.lags)), np.asarray(plan.rain)
    here = level[at]
    changes = here[:, None] - level[at[:, None] - lags[1:]]
    drifts = here[:, None] - _windows(level, at, lags) / np.diff(lags)
    return Features(changes, drifts[:, 1:], here - normal, _windows(rain, at, edges))


def _windows(series: Floats, at: Any, edges: Any) -> Floats:
    """Sums of `series` between the `edges`, counted in steps back from each position; NaN where one is missing."""
    total = np.concatenate([[0.0], np.cumsum(np.nan_to_num(series))])
    lost = np.concatenate([[0], np.cumsum(np.isnan(series))])
    place = at[:, None] + 1 - edges
    sums = total[place[:, :-1]] - total[place[:, 1:]]
    sums[lost[place[:, :-1]] > lost[place[:, 1:]]] = np.nan
    return np.asarray(sums)


class Method(Protocol):
    """One way to forecast; `rain` says whether it needs rain."""

    name: ClassVar[str]
    rain: ClassVar[bool]

    def __init__(self, plan: Plan) -> None: ...

    def fit(self, known: Features, moved: Floats) -> None:
        """Learn from n moments and the changes that followed, `(n, H)`."""

    def predict(self, known: Features) -> Floats:
        """Changes expected, `(n, H)` metres."""


class Persistence:
    """The water stays where it is: what every other method must beat."""

    name: ClassVar[str] = "persistence"
    rain: ClassVar[bool] = False

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    def fit(self, known: Features, moved: Floats) -> None:
        """Nothing to learn."""

    def predict(self, known: Features) -> Floats:
        """No change."""
        return np.zeros((len(known.level), len(self.plan.horizons)))


class DampedTrend:
    """The trend of the last hours goes on and dies away; length of the look back and damping are learnt."""

    name: ClassVar[str] = "damped trend"
    rain: ClassVar[bool] = False
    _DAMPING = np.array([0.0, 0.6, 0.8, 0.9, 0.94, 0.97, 0.985, 1.0])

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.lag, self.curve = 0, np.zeros(len(plan.horizons))

    def fit(self, known: Features, moved: Floats) -> None:
        """Try every lag with every damping, keep the pair with the smallest squared error."""
        best = np.inf
        for lag in range(len(self.plan.lags)):
            slope = self._slope(known, lag)
            for damping in self._DAMPING:
                curve = self._sum(damping)
                error = float(np.mean((moved - slope[:, None] * curve) ** 2))
                if error < best:
                    best, self.lag, self.curve = error, lag, curve

    def _slope(self, known: Features, lag: int) -> Floats:
        return known.changes[:, lag] * (self.plan.horizons[0] / self.plan.lags[lag])

    def _sum(self, damping: float) -> Floats:
        return np.cumsum(damping ** np.arange(1, len(self.plan.horizons) + 1.0))

    def predict(self, known: Features) -> Floats:
        """The damped trend."""
        return self._slope(known, self.lag)[:, None] * self.curve


class Regression:
    """Ridge regression of the change on recent changes (rises apart from falls) and on the level."""

    name: ClassVar[str] = "regression"
    rain: ClassVar[bool] = False
    _PENALTY = 3e-3

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    def _matrix(self, known: Features) -> Floats:
        rises = np.maximum(known.changes, 0.0)
        level = known.level[:, None]
        return np.hstack([known.changes, rises, level, np.maximum(level, 0.0)])

    def fit(self, known: Features, moved: Floats) -> None:
        """Solve for all horizons at once; no intercept, so that still water stays still."""
        matrix = self._matrix(known)
        self.scale = np.sqrt(np.mean(matrix**2, axis=0)) + 1e-9
        matrix = matrix / self.scale
        gram = matrix.T @ matrix + self._PENALTY * len(matrix) * np.eye(matrix.shape[1])
        linalg = optional("scipy.linalg", "disaster")
        self.weights: Floats = linalg.cho_solve(linalg.cho_factor(gram), matrix.T @ moved) / self.scale[:, None]

    def predict(self, known: Features) -> Floats:
        """One product of matrices."""
        return np.asarray(self._matrix(known) @ self.weights, np.float64)


class RainRegression(Regression):
    """The regression, with the rain of the last three days in windows, and that rain on high water."""

    name: ClassVar[str] = "regression with rain"
    rain: ClassVar[bool] = True

    def _matrix(self, known: Features) -> Floats:
        wet = known.rain.sum(axis=1, keepdims=True)
        return np.hstack([super()._matrix(known), known.rain, known.rain[:, :3] * wet / 50.0])


class Analogs:
    """What the water did after the most similar moments of its past."""

    name: ClassVar[str] = "analogs"
    rain: ClassVar[bool] = False
    _NEIGHBOURS = 60

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.scale = np.ones(1)

    def _place(self, known: Features) -> Floats:
        short = [i for i, lag in enumerate(self.plan.lags) if lag * self.plan.step >= HOUR / 2][:4:2]
        return np.hstack([known.changes[:, short], known.drifts, known.level[:, None]]) / self.scale

    def fit(self, known: Features, moved: Floats) -> None:
        """Keep the past in a k-d tree; each direction is scaled by its spread."""
        self.scale = np.ones(1)
        self.scale = self._place(known).std(axis=0) + 1e-3
        self.tree = optional("scipy.spatial", "disaster").cKDTree(self._place(known))
        self.moved = moved

    def predict(self, known: Features) -> Floats:
        """Mean of what followed, the nearer the heavier."""
        many = min(self._NEIGHBOURS, len(self.moved))
        far, which = self.tree.query(self._place(known), k=np.arange(1, many + 1))
        weight = 1.0 / (far + 0.1)
        weight /= weight.sum(axis=1, keepdims=True)
        return np.asarray(np.einsum("nk,nkh->nh", weight, self.moved[which]), np.float64)


class Blend:
    """The mean of regression and analogs: neither errs alone."""

    name: ClassVar[str] = "regression and analogs"
    rain: ClassVar[bool] = False

    def __init__(self, plan: Plan) -> None:
        self.parts = (Regression(plan), Analogs(plan))

    def fit(self, known: Features, moved: Floats) -> None:
        """Fit both."""
        for part in self.parts:
            part.fit(known, moved)

    def predict(self, known: Features) -> Floats:
        """Their mean."""
        return (self.parts[0].predict(known) + self.parts[1].predict(known)) / 2


METHODS: tuple[type[Method], ...] = (Persistence, DampedTrend, Regression, RainRegression, Analogs, Blend)
