"""How high the water will stand: the method is chosen by back-test on the gauge's own history, and it says so.

`fit` lets the methods of `methods.py` compete on forecasts made at moments they were not trained on (rolling origin),
keeps the winner and its errors; `Model.predict` takes under a millisecond or two, so it can run on every reading.
Uncertainty is those errors again: whole paths of what the forecast missed, scaled by how much the water moves.

>>> import numpy as np
>>> times = np.arange(0, 40 * 86400.0, 3600.0)
>>> level = 2 + np.sin(times / 86400.0)
>>> model = fit(Readings(times, level))
>>> forecast = model.predict(Readings(times, level))
>>> bool(forecast.low[5] <= forecast.median[5] <= forecast.high[5]), model.method != "persistence"
(True, True)
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from noren.services.disaster.methods import METHODS, Features, Method, Persistence, Plan, features, plan
from noren.services.disaster.series import HOUR, Floats, Limits, Readings, limits, on_grid, sums_on_grid, trusted

NOTHING = Readings(np.empty(0), np.empty(0))
LOW, HIGH = 0.1, 0.9
"""Edges of the 80 % interval."""
_LONGEST_GAP = 3 * HOUR
_LONGEST_GAP_NOW = 24 * HOUR
_LEAST_MOMENTS = 240
_MOST_MOMENTS = 12_000
_PATHS = 400
_FOLDS = (0.4, 0.55, 0.7, 0.85, 1.0)
_LEAST_RAIN = 0.8
"""Share of the moments that must have rain for it to be used."""


class Skill(NamedTuple):
    """Errors on moments not trained on, root mean square in metres by horizon: of the method and of persistence."""

    hours: Floats
    error: Floats
    persistence: Floats
    moments: int

    @property
    def gain(self) -> Floats:
        """Share of persistence's error that the method saves, by horizon."""
        return 1 - self.error / np.maximum(self.persistence, 1e-9)


class Forecast(NamedTuple):
    """Stage by hour ahead of `issued` (the reading it starts from); `paths` `(n, H)` are equally likely courses."""

    issued: float
    level: float
    hours: Floats
    median: Floats
    low: Floats
    high: Floats
    paths: Floats
    method: str
    regime: str

    def probability(self, stage: float) -> float:
        """Chance that the water reaches `stage` within the horizon, or stands there now."""
        if self.level >= stage:
            return 1.0
        return float(np.mean(self.paths.max(axis=1) >= stage))

    def crosses(self, stage: float) -> float | None:
        """When the middle course reaches `stage`, in seconds since 1970; None when it does not."""
        return self._first(self.median, stage)

    def earliest(self, stage: float) -> float | None:
        """When the upper edge of the 80 % interval reaches `stage`; None when it does not."""
        return self._first(self.high, stage)

    def _first(self, course: Floats, stage: float) -> float | None:
        hours, levels = np.concatenate([[0.0], self.hours]), np.concatenate([[self.level], course])
        above = np.flatnonzero(levels >= stage)
        if not len(above):
            return None
        i = int(above[0])
        if i == 0:
            return self.issued
        share = (stage - levels[i - 1]) / (levels[i] - levels[i - 1])
        return self.issued + HOUR * float(hours[i - 1] + share * (hours[i] - hours[i - 1]))


class Errors(NamedTuple):
    """What forecasts missed `(n, H)`, divided by how much the water moved then, and the regime of each moment."""

    paths: Floats
    regimes: npt.NDArray[np.str_]

    def of(self, regime: str) -> Floats:
        """The paths of a regime; all of them where it was rare."""
        chosen = self.paths[self.regimes == regime]
        return chosen if len(chosen) >= 60 else self.paths


class Model:
    """What was learnt of one gauge."""

    def __init__(
        self, plan: Plan, bounds: Limits, normal: float, still: float, winner: Method, errors: Errors, skill: Skill
    ) -> None:
        self.plan, self.bounds, self.normal, self.still = plan, bounds, normal, still
        self.winner, self.errors, self.skill = winner, errors, skill
        self.scores: dict[str, float] = {}
        self.levels = np.empty(0)

    @property
    def method(self) -> str:
        """Name of the method chosen."""
        return self.winner.name

    @property
    def span(self) -> float:
        """Seconds of readings that `predict` wants to see."""
        return (self.plan.reach + 2) * self.plan.step

    def predict(self, readings: Readings, rain: Readings = NOTHING) -> Forecast:
        """Forecast from the last trusted reading; persistence steps in, and is named, where recent readings lack.

        Raises `ValueError` without any reading.
        """
        if not len(readings.times):
            raise ValueError("A forecast needs at least one reading.")
        recent = readings.since(readings.times[-1] - self.span - _LONGEST_GAP_NOW)
        good = trusted(recent, self.bounds)
        recent = Readings(recent.times[good], recent.values[good])
        known = _look(recent, rain, self.plan, self.normal)
        usable = bool(known.complete[0]) and not (self.winner.rain and np.isnan(known.rain).any())
        method: Method = self.winner if usable else Persistence(self.plan)
        known = Features(*(np.nan_to_num(each) for each in known))
        return self._forecast(recent, known, method)

    def _forecast(self, recent: Readings, known: Features, method: Method) -> Forecast:
        level = float(recent.values[-1])
        middle = level + method.predict(known)[0]
        regime = str(_regimes(known, self.still)[0])
        paths = middle + self.errors.of(regime) * _movement(known, self.still)[0]
        low, high = np.quantile(paths, [LOW, HIGH], axis=0)
        low, high = np.minimum(low, middle), np.maximum(high, middle)
        at = float(recent.times[-1])
        return Forecast(at, level, self.plan.hours, middle, low, high, paths, method.name, regime)


def _look(recent: Readings, rain: Readings, plan: Plan, normal: float) -> Features:
    end, count = float(recent.times[-1]), plan.reach + 1
    level = on_grid(recent, end, plan.step, count, _LONGEST_GAP_NOW)
    fallen = sums_on_grid(rain, end, plan.step, count, _LONGEST_GAP_NOW)
    return features(level, fallen, np.array([count - 1]), plan, normal)


def _movement(known: Features, still: float) -> Floats:
    """How much the water moved lately, metres `(n, 1)`; never less than `still`."""
    return np.asarray(still + np.sqrt(np.mean(known.drifts**2, axis=1, keepdims=True)))


def _regimes(known: Features, still: float) -> npt.NDArray[np.str_]:
    trend = known.drifts.mean(axis=1)
    return np.where(trend > still, "rising", np.where(trend < -still, "falling", "steady"))


class _Past(NamedTuple):
    known: Features
    moved: Floats

    def rows(self, chosen: npt.NDArray[np.bool_] | slice) -> _Past:
        return _Past(self.known.rows(chosen), self.moved[chosen])


def fit(readings: Readings, rain: Readings = NOTHING, *, candidates: tuple[type[Method], ...] = METHODS) -> Model:
    """Choose and train a method for the gauge with these readings (and, where there is any, rain in mm).

    With fewer than ten days of use there is nothing to choose by: persistence, with the changes seen so far, or the
    speed limits of any river, as its uncertainty.
    """
    how, bounds = plan(readings.interval), limits(readings)
    good = trusted(readings, bounds)
    readings = Readings(readings.times[good], readings.values[good])
    past, normal = _past(readings, rain, how)
    if len(past.moved) < _LEAST_MOMENTS:
        model = _untrained(how, bounds, normal, past)
        model.levels = readings.values
        return model
    still = float(np.median(np.sqrt(np.mean(past.known.drifts**2, axis=1)))) + 0.005
    model = _contest(how, bounds, normal, still, past, candidates)
    model.levels = readings.values
    return model


def _past(readings: Readings, rain: Readings, how: Plan) -> tuple[_Past, float]:
    """Every moment of the history from which a forecast could have been made and judged, in order of time."""
    empty = np.empty((0, len(how.horizons)))
    if len(readings.times) < 2:
        return _Past(Features(empty, empty, empty[:, 0], empty), empty), float(np.median(readings.values or [0.0]))
    end = float(readings.times[-1])
    count = int((end - readings.times[0]) / how.step) + 1
    level = on_grid(readings, end, how.step, count, max(_LONGEST_GAP, 2 * how.step))
    fallen = sums_on_grid(rain, end, how.step, count, max(_LONGEST_GAP, 2 * how.step, 2 * rain.interval))
    normal = float(np.nanmedian(level))
    stride = max(how.horizons[0], -(-count // _MOST_MOMENTS))
    at = np.arange(how.reach, count - how.horizons[-1], stride)
    known = features(level, fallen, at, how, normal)
    moved = level[at[:, None] + np.asarray(how.horizons)] - level[at, None]
    return _Past(known, moved).rows(np.asarray(known.complete & np.isfinite(moved).all(axis=1))), normal


def _untrained(how: Plan, bounds: Limits, normal: float, past: _Past) -> Model:
    hours = how.hours
    if len(past.moved) >= 24:
        paths, still = past.moved, 1.0
    else:
        share = np.linspace(-1.0, 1.0, 41)[:, None]
        paths, still = np.where(share < 0, share * bounds.fall, share * bounds.rise) * np.sqrt(hours), 1.0
    error = np.sqrt(np.mean(paths**2, axis=0))
    errors = Errors(paths, np.full(len(paths), "steady"))
    return Model(how, bounds, normal, still, Persistence(how), errors, Skill(hours, error, error, 0))


def _contest(
    how: Plan, bounds: Limits, normal: float, still: float, past: _Past, candidates: tuple[type[Method], ...]
) -> Model:
    """Back-test every candidate on the same moments, keep the one with the smallest error, train it on everything."""
    rainy = np.isfinite(past.known.rain).all(axis=1)
    with_rain = bool(rainy.mean() >= _LEAST_RAIN)
    if with_rain:
        past = past.rows(np.asarray(rainy))
    missed = {kind: _backtest(kind, how, past) for kind in candidates if with_rain or not kind.rain}
    tested = past.rows(slice(len(past.moved) - len(missed[Persistence]), None))
    scores = {kind: _score(miss, missed[Persistence], tested.known, still) for kind, miss in missed.items()}
    kind = min(scores, key=lambda each: scores[each])
    winner = kind(how)
    winner.fit(*past)
    errors = _errors(missed[kind], tested.known, still)
    skill = Skill(how.hours, _rms(missed[kind]), _rms(missed[Persistence]), len(tested.moved))
    model = Model(how, bounds, normal, still, winner, errors, skill)
    model.scores = {each.name: score for each, score in scores.items()}
    return model


def _backtest(kind: type[Method], how: Plan, past: _Past) -> Floats:
    """What `kind` missed on each later part of the past, trained on what lay before it (and had come true by then)."""
    many, missed = len(past.moved), []
    unripe = how.horizons[-1] // how.horizons[0]
    for start, end in pairwise(_FOLDS):
        first, last = int(start * many), int(end * many)
        method = kind(how)
        method.fit(*past.rows(slice(0, max(first - unripe, 1))))
        test = past.rows(slice(first, last))
        missed.append(test.moved - method.predict(test.known))
    return np.vstack(missed)


def _rms(missed: Floats) -> Floats:
    return np.asarray(np.sqrt(np.mean(missed**2, axis=0)))


def _score(missed: Floats, by_persistence: Floats, known: Features, still: float) -> float:
    """Error as a share of persistence's, over all horizons: half for all moments, half for those that rise."""
    rising = _regimes(known, still) == "rising"
    chosen = [slice(None), rising] if rising.sum() >= 30 else [slice(None)]
    return float(np.mean([_rms(missed[c]) / np.maximum(_rms(by_persistence[c]), 1e-6) for c in chosen]))


def _errors(missed: Floats, known: Features, still: float) -> Errors:
    """The missed paths by movement and regime, thinned evenly to a few hundred a regime."""
    paths, regimes = missed / _movement(known, still), _regimes(known, still)
    kept: list[int] = []
    for regime in np.unique(regimes):
        where = np.flatnonzero(regimes == regime)
        kept += where[np.unique(np.linspace(0, len(where) - 1, _PATHS).astype(int))].tolist()
    return Errors(paths[kept], regimes[kept])
