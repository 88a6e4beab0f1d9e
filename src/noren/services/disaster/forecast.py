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
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from noren.services.disaster.feedback import INSURANCE, SHARE, UNUSUAL, Echo, echo
from noren.services.disaster.methods import METHODS, Features, Method, Persistence, Plan, features, plan
from noren.services.disaster.series import HOUR, Floats, Limits, Readings, limits, on_grid, sums_on_grid, trusted

NOTHING = Readings(np.empty(0), np.empty(0))
LOW, HIGH = 0.1, 0.9
"""Edges of the 80 % interval."""
_LONGEST_GAP = 3 * HOUR
_LONGEST_GAP_NOW = 24 * HOUR
_RAIN_LATE = 6 * HOUR
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


class Setting(NamedTuple):
    """How a gauge is looked at: its grid, how fast its water moves, its normal level and usual movement."""

    plan: Plan
    bounds: Limits
    normal: float
    still: float = 1.0
    unusual: float = np.inf


class Model:
    """What was learnt of one gauge."""

    def __init__(self, setting: Setting, winner: Method, errors: Errors, skill: Skill) -> None:
        self.plan, self.bounds, self.normal, self.setting = setting.plan, setting.bounds, setting.normal, setting
        self.winner, self.errors, self.skill = winner, errors, skill
        self.share, self.usual = 0.0, np.ones(len(self.plan.horizons))
        self.scores: dict[str, float] = {}
        self.levels = np.empty(0)
        self._said: dict[float, Floats] = {}

    @property
    def low_water(self) -> float:
        """Stage that is exceeded three quarters of the time: the state in which terrain models show a river."""
        return float(np.quantile(self.levels, 0.25)) if len(self.levels) else self.normal

    @property
    def method(self) -> str:
        """Name of the method chosen."""
        return self.winner.name

    @property
    def span(self) -> float:
        """Seconds of readings that `predict` wants to see."""
        return (self.plan.reach + self.plan.echo * self.plan.stride + 2) * self.plan.step

    def predict(self, readings: Readings, rain: Readings = NOTHING) -> Forecast:
        """Forecast from the last trusted reading; persistence steps in, and is named, where recent readings lack.

        Raises `ValueError` without any reading.
        """
        if not len(readings.times):
            raise ValueError("A forecast needs at least one reading.")
        recent = readings.since(readings.times[-1] - self.span - _LONGEST_GAP_NOW)
        good = trusted(recent, self.bounds)
        recent = Readings(recent.times[good], recent.values[good])
        known, level = self._look(recent, rain)
        usable = known.complete & ~(self.winner.rain & np.isnan(known.rain).any(axis=1))
        method: Method = self.winner if usable[-1] else Persistence(self.plan)
        known = Features(*(np.nan_to_num(each) for each in known))
        moves = self._moves(known, float(recent.times[-1])) if usable[-1] else method.predict(known)
        return self._forecast(recent, known.rows(slice(-1, None)), moves[-1], self._echo(moves, level, usable), method)

    def _look(self, recent: Readings, rain: Readings) -> tuple[Features, Floats]:
        """What is known now and at the moments before now whose forecasts have come true lately.

        Rain reports later than the river; what it has not told for a few hours counts as none.
        """
        plan, end = self.plan, float(recent.times[-1])
        count = plan.reach + plan.echo * plan.stride + 1
        level = on_grid(recent, end, plan.step, count, _LONGEST_GAP_NOW)
        fallen = sums_on_grid(rain, end, plan.step, count, _LONGEST_GAP_NOW)
        if len(rain.times) and end - rain.times[-1] <= _RAIN_LATE:
            fallen[end - plan.step * np.arange(count - 1, -1, -1) > rain.times[-1]] = 0.0
        at = np.arange(plan.reach, count, plan.stride)
        return features(level, fallen, at, plan, self.normal), level[plan.reach :: plan.stride]

    def _moves(self, known: Features, now: float) -> Floats:
        """What the winner says at each moment; what it said of earlier moments is remembered, not said again."""
        times = [now - i * self.plan.stride * self.plan.step for i in range(len(known.level) - 1, -1, -1)]
        new = [i for i, each in enumerate(times) if each not in self._said or each == now]
        said = dict(zip((times[i] for i in new), self.winner.predict(known.rows(new)), strict=True))
        self._said = {each: moves for each, moves in (self._said | said).items() if times[0] <= each <= now}
        return np.array([self._said[each] for each in times])

    def _echo(self, moves: Floats, level: Floats, usable: npt.NDArray[np.bool_]) -> Echo:
        """What the forecasts of the last hours missed, as far as it is known now: the last row counts."""
        lags = self.plan.lags_of_horizons
        later = np.full((len(level), len(lags)), np.nan)
        for column, lag in enumerate(lags):
            later[:-lag, column] = level[lag:] - level[:-lag]
        missed = np.where(usable[:, None], later - moves, np.nan)
        whole = echo(missed, lags, self.plan.window)
        return Echo(whole.bias[-1:], whole.size[-1:])

    def _forecast(self, recent: Readings, now: Features, moves: Floats, lately: Echo, method: Method) -> Forecast:
        level, movement = float(recent.values[-1]), _movement(now, self.setting)
        middle = level + moves + _correction(lately, movement, self.setting, self.share)[0]
        regime = str(_regimes(now, self.setting)[0])
        paths = middle + self.errors.of(regime) * (movement * lately.widening(self.usual))
        low, high = np.quantile(paths, [LOW, HIGH], axis=0)
        low, high = np.minimum(low, middle), np.maximum(high, middle)
        at = float(recent.times[-1])
        return Forecast(at, level, self.plan.hours, middle, low, high, paths, method.name, regime)


def _movement(known: Features, setting: Setting) -> Floats:
    """How much the water moved lately, metres `(n, 1)`; never less than its usual movement."""
    return np.asarray(setting.still + np.sqrt(np.mean(known.drifts**2, axis=1, keepdims=True)))


def _correction(lately: Echo, movement: Floats, setting: Setting, share: float) -> Floats:
    """What recent misses add to a forecast `(n, H)`: a share of them while the movement is unusual."""
    return np.asarray(np.where(movement > setting.unusual, share * lately.bias, 0.0))


def _regimes(known: Features, setting: Setting) -> npt.NDArray[np.str_]:
    trend, still = known.drifts.mean(axis=1), setting.still
    return np.where(trend > still, "rising", np.where(trend < -still, "falling", "steady"))


class _Past(NamedTuple):
    """Moments of the history in order of time, evenly spaced: what was known and how the water moved; NaN: unknown."""

    known: Features
    moved: Floats

    def rows(self, chosen: Any) -> _Past:
        return _Past(self.known.rows(chosen), self.moved[chosen])

    def usable(self, with_rain: bool) -> npt.NDArray[np.bool_]:
        """Moments from which a forecast can be made and judged."""
        good = self.known.complete & np.isfinite(self.moved).all(axis=1)
        return np.asarray(good & np.isfinite(self.known.rain).all(axis=1) if with_rain else good)


def fit(readings: Readings, rain: Readings = NOTHING, *, candidates: tuple[type[Method], ...] = METHODS) -> Model:
    """Choose and train a method for the gauge with these readings (and, where there is any, rain in mm).

    With fewer than ten days of use there is nothing to choose by: persistence, with the changes seen so far, or the
    speed limits of any river, as its uncertainty.
    """
    how, bounds = plan(readings.interval), limits(readings)
    good = trusted(readings, bounds)
    readings = Readings(readings.times[good], readings.values[good])
    past, normal = _past(readings, rain, how)
    if past.usable(False).sum() < _LEAST_MOMENTS:
        model = _untrained(Setting(how, bounds, normal), past)
    else:
        drift = np.sqrt(np.mean(past.known.drifts[past.known.complete] ** 2, axis=1))
        usual, unusual = np.quantile(drift, [0.5, UNUSUAL])
        still = float(usual) + 0.005
        model = _contest(Setting(how, bounds, normal, still, still + float(unusual)), past, candidates)
    model.levels = readings.values
    return model


def _past(readings: Readings, rain: Readings, how: Plan) -> tuple[_Past, float]:
    """Every moment of the history from which a forecast could have been made, and the normal level."""
    empty = np.empty((0, len(how.horizons)))
    if len(readings.times) < 2:
        normal = float(readings.values[0]) if len(readings.values) else 0.0
        return _Past(Features(empty, empty, empty[:, 0], empty), empty), normal
    end = float(readings.times[-1])
    readings = readings.since(end - _MOST_MOMENTS * how.stride * how.step)
    count = int((end - readings.times[0]) / how.step) + 1
    level = on_grid(readings, end, how.step, count, max(_LONGEST_GAP, 2 * how.step))
    fallen = sums_on_grid(rain, end, how.step, count, max(_LONGEST_GAP, 2 * how.step, 2 * rain.interval))
    normal = float(np.nanmedian(level))
    at = np.arange(how.reach, count - how.horizons[-1], how.stride)
    known = features(level, fallen, at, how, normal)
    return _Past(known, level[at[:, None] + np.asarray(how.horizons)] - level[at, None]), normal


def _untrained(setting: Setting, past: _Past) -> Model:
    hours, bounds = setting.plan.hours, setting.bounds
    moved = past.moved[np.isfinite(past.moved).all(axis=1)]
    share = np.linspace(-1.0, 1.0, 41)[:, None]
    paths = np.where(share < 0, share * bounds.fall, share * bounds.rise) * np.sqrt(hours)
    paths = moved if len(moved) >= 24 else paths
    error = np.sqrt(np.mean(paths**2, axis=0))
    errors = Errors(paths, np.full(len(paths), "steady"))
    return Model(setting, Persistence(setting.plan), errors, Skill(hours, error, error, 0))


def _contest(setting: Setting, past: _Past, candidates: tuple[type[Method], ...]) -> Model:
    """Back-test every candidate on the same moments, keep the one with the smallest error, train it on everything."""
    with_rain = bool(past.usable(True).sum() >= _LEAST_RAIN * past.usable(False).sum())
    usable = past.usable(with_rain)
    first = _folds(usable)[0]
    tested, judged = past.known.rows(slice(first, None)), usable[first:]
    trials = {
        kind: _Trial(setting, _backtest(kind, setting.plan, past, usable), tested, judged)
        for kind in candidates
        if with_rain or not kind.rain
    }
    still = trials[Persistence].missed
    scores = {kind: trial.choose(still) for kind, trial in trials.items()}
    kind = min(scores, key=lambda each: scores[each])
    winner, trial = kind(setting.plan), trials[kind]
    winner.fit(*past.rows(usable))
    skill = Skill(setting.plan.hours, _rms(trial.left), _rms(still), int(judged.sum()))
    model = Model(setting, winner, trial.errors(), skill)
    model.share, model.usual = trial.share, trial.usual
    model.scores = {each.name: score for each, score in scores.items()}
    return model


def _folds(usable: npt.NDArray[np.bool_]) -> list[int]:
    """Where the parts of the back-test begin, and the end: by share of the usable moments, whatever lies between."""
    shares = np.cumsum(usable) / usable.sum()
    return [int(np.searchsorted(shares, each)) for each in _FOLDS[:-1]] + [len(usable)]


def _backtest(kind: type[Method], how: Plan, past: _Past, usable: npt.NDArray[np.bool_]) -> Floats:
    """What `kind` missed on each later part of the past, trained on what lay before it and had come true by then.

    `(n, H)` for the moments from the first fold on, NaN where no forecast could be made or judged.
    """
    many, missed = len(usable), []
    for start, end in pairwise(_folds(usable)):
        before = usable & (np.arange(many) < start - how.lags_of_horizons[-1])
        here = usable[start:end]
        part = np.full((end - start, len(how.horizons)), np.nan)
        method = kind(how)
        method.fit(*past.rows(before))
        test = past.rows(np.flatnonzero(here) + start)
        if len(test.moved):
            part[here] = test.moved - method.predict(test.known)
        missed.append(part)
    return np.vstack(missed)


class _Trial:
    """A candidate's back-test: what it missed at each moment, and what is `left` after its recent misses are used."""

    def __init__(self, setting: Setting, missed: Floats, known: Features, judged: npt.NDArray[np.bool_]) -> None:
        self.missed, self.known, self.setting = missed[judged], known.rows(judged), setting
        self.echo = Echo(*(each[judged] for each in echo(missed, setting.plan.lags_of_horizons, setting.plan.window)))
        self.usual = np.asarray(np.mean(np.abs(self.missed), axis=0))
        self.share, self.left = 0.0, self.missed

    def choose(self, by_persistence: Floats) -> float:
        """Score of the trial, with its recent misses put to use where that costs no more than the insurance."""
        alone, left = self._score(self.missed, by_persistence), self._with_echo()
        insured = self._score(left, by_persistence)
        if insured > alone * INSURANCE:
            return alone
        self.share, self.left = SHARE, left
        return insured

    def _with_echo(self) -> Floats:
        return self.missed - _correction(self.echo, _movement(self.known, self.setting), self.setting, SHARE)

    def _score(self, missed: Floats, by_persistence: Floats) -> float:
        """Error as a share of persistence's, over all horizons: half for all moments, half for those that rise."""
        rising = _regimes(self.known, self.setting) == "rising"
        chosen = [slice(None), rising] if rising.sum() >= 30 else [slice(None)]
        return float(np.mean([_rms(missed[c]) / np.maximum(_rms(by_persistence[c]), 1e-6) for c in chosen]))

    def errors(self) -> Errors:
        """The missed paths by movement and regime, thinned evenly to a few hundred a regime."""
        scale = _movement(self.known, self.setting) * self.echo.widening(self.usual)
        paths, regimes = self.left / scale, _regimes(self.known, self.setting)
        kept: list[int] = []
        for regime in np.unique(regimes):
            where = np.flatnonzero(regimes == regime)
            kept += where[np.unique(np.linspace(0, len(where) - 1, _PATHS).astype(int))].tolist()
        return Errors(paths[kept], regimes[kept])


def _rms(missed: Floats) -> Floats:
    return np.asarray(np.sqrt(np.mean(missed**2, axis=0)))
