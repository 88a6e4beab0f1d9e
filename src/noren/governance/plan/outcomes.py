"""An outcome as the plan shows it: targets on the way, the gap, what must start when; and what cannot be read of it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from noren.errors import BadInput
from noren.governance.backcast import Outlook, Step, interim, latest_starts, outlook
from noren.terms.record import listed
from noren.terms.records import Outcome

Readings = Sequence[tuple[float, float]]
YEARS = (1900, 2200)
"""Years for which a city can plan."""
READINGS_FOR_A_TREND = 3


class Start(msgspec.Struct):
    """A step with the year in which it must start at the latest."""

    step: Step
    year: float


class Aim(msgspec.Struct):
    """An outcome worked out.

    `is_drawn`: nobody set targets on the way, they lie on a straight line. `is_measured`: the outlook follows from
    the measure's own years. `wrong`: what cannot be read, in words.
    """

    outcome: Outcome
    targets: dict[int, float] = {}
    is_drawn: bool = False
    ahead: list[Outlook] = []
    is_measured: bool = False
    starts: list[Start] = []
    wrong: list[str] = []


def aim(outcome: Outcome, readings: Readings, year: int) -> Aim:
    """An outcome worked out from what it states and what its measure was, `year` by year."""
    found = Aim(outcome)
    for work in (_targets, _ahead, _starts):
        try:
            work(found, readings, year)
        except BadInput as error:
            found.wrong.append(error.what)
        except msgspec.ValidationError as error:
            found.wrong.append(f"{error}.")
    return found


def _targets(aim: Aim, _readings: Readings, _year: int) -> None:
    one = aim.outcome
    stated = msgspec.convert(one.interim_targets or {}, dict[int, float], strict=False)
    aim.targets = {_planned(year): value for year, value in sorted(stated.items())}
    if one.target_year is None or one.target_value is None:
        return
    last = _planned(one.target_year)
    aim.is_drawn = not aim.targets and one.base_year is not None and one.base_value is not None
    if aim.is_drawn:
        aim.targets = interim(_planned(one.base_year or 0), one.base_value or 0.0, last, one.target_value)
    aim.targets = dict(sorted({**aim.targets, last: one.target_value}.items()))


def _planned(year: float) -> int:
    if not YEARS[0] <= year <= YEARS[1]:
        raise BadInput(f"{year:g} is no year to plan for.", where="year")
    return int(year)


def _ahead(aim: Aim, readings: Readings, year: int) -> None:
    one = aim.outcome
    aim.ahead = sorted(msgspec.convert(listed(one.outlook), list[Outlook]), key=lambda each: each.year)
    if aim.ahead or not aim.targets or one.base_year is None or one.base_value is None:
        return
    if len(readings) >= READINGS_FOR_A_TREND:
        aim.ahead = outlook(readings, _planned(one.base_year), one.base_value, aim.targets, year)
        aim.is_measured = bool(aim.ahead)


def _starts(aim: Aim, _readings: Readings, _year: int) -> None:
    steps = msgspec.convert(listed(aim.outcome.steps), list[Step])
    for step in steps:
        _planned(step.by)
        _planned(step.by - step.takes_years)
    years = latest_starts(steps)
    aim.starts = sorted((Start(step, years[step.name]) for step in steps), key=lambda s: (s.year, s.step.name))
