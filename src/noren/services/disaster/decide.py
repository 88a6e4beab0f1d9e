"""What a forecast means for people: which situation a gauge is in, and when it has changed enough to say so.

A warning goes out when the *forecast* crosses a stage, not when the water does. It is taken back later than it was
given (hysteresis), and never while the gauge is silent. Names to know: `Situation`, `decide`, `Course`.

>>> Situation("flood", "expected").severity
'high'
"""

from __future__ import annotations

from typing import NamedTuple

from noren.services.disaster.forecast import Forecast
from noren.services.disaster.series import HOUR
from noren.services.disaster.thresholds import Thresholds


class Situation(NamedTuple):
    """The stage concerned (alert, flood, severe) and whether it is possible, expected or reached."""

    name: str
    phase: str

    @property
    def severity(self) -> str:
        """In the words of Smart Data Models: informational, low, medium, high or critical."""
        return _SEVERITY[self]

    @property
    def rank(self) -> int:
        """Place in the order of seriousness, 0 for the worst."""
        return _ORDER.index(self)

    @property
    def certainty(self) -> str:
        """In the words of CAP 1.2."""
        return {"reached": "observed", "expected": "likely"}.get(self.phase, "possible")

    @property
    def code(self) -> str:
        """How an alert carries it: "flood-expected"."""
        return f"{self.name}-{self.phase}"


_SEVERITY = {
    Situation("severe", "reached"): "critical",
    Situation("severe", "expected"): "critical",
    Situation("flood", "reached"): "high",
    Situation("flood", "expected"): "high",
    Situation("flood", "possible"): "medium",
    Situation("alert", "reached"): "low",
    Situation("alert", "expected"): "informational",
}
_ORDER = list(_SEVERITY)


def situation(code: str | None) -> Situation | None:
    """The situation that `code` names; None when it names none."""
    name, _, phase = (code or "").partition("-")
    return Situation(name, phase) if Situation(name, phase) in _SEVERITY else None


class _Limits(NamedTuple):
    expected: float
    possible: float
    margin: float


_RAISE = _Limits(expected=0.5, possible=0.2, margin=0.0)
_KEEP = _Limits(expected=0.3, possible=0.1, margin=0.05)


def decide(
    forecast: Forecast, thresholds: Thresholds, before: Situation | None = None, *, silent: bool = False
) -> Situation | None:
    """The situation of a gauge, or None when there is nothing to warn of.

    A stage is *expected* when the middle course reaches it or its chance within the horizon is one half, *possible*
    (the flood stage only) from one fifth on. Once said it holds until the chance falls below three and one tenths,
    and *reached* until the water stands 5 cm under the stage. While the gauge is `silent` nothing is taken back.
    """
    now = _worst(forecast, thresholds, _RAISE)
    if before is None or (now is not None and now.rank <= before.rank):
        return now
    if silent:
        return before
    kept = _worst(forecast, thresholds, _KEEP)
    return before if kept is not None and kept.rank <= before.rank else kept


def _worst(forecast: Forecast, thresholds: Thresholds, limits: _Limits) -> Situation | None:
    stages = dict(thresholds.known())
    for each in _ORDER:
        if each.name in stages and _holds(forecast, stages[each.name], each.phase, limits):
            return each
    return None


def _holds(forecast: Forecast, stage: float, phase: str, limits: _Limits) -> bool:
    if phase == "reached":
        return forecast.level >= stage - limits.margin
    chance = forecast.probability(stage)
    if phase == "possible":
        return chance >= limits.possible
    return chance >= limits.expected or forecast.crosses(stage) is not None


class Course(NamedTuple):
    """When a warning holds, in seconds since 1970, and how soon to act, in the words of CAP 1.2."""

    begins: float
    ends: float
    urgency: str


def course(forecast: Forecast, stage: float, phase: str) -> Course:
    """From when to when the water stands at `stage` or may: as the forecast sees it, never beyond its horizon."""
    end = forecast.issued + HOUR * float(forecast.hours[-1])
    begins = forecast.crosses(stage) or forecast.earliest(stage) or forecast.issued
    dry = forecast.hours[(forecast.high < stage) & (forecast.issued + forecast.hours * HOUR > begins)]
    still_wet = forecast.high[-1] >= stage or not len(dry)
    ends = end if still_wet else forecast.issued + HOUR * float(dry[0])
    if phase == "reached":
        return Course(forecast.issued, ends, "immediate")
    return Course(begins, max(ends, begins), "expected" if begins - forecast.issued <= HOUR else "future")
