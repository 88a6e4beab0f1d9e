"""An outcome as the plan shows it: targets on the way, the gap, what must start when; and what cannot be read of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from noren.errors import BadInput
from noren.governance.backcast import Outlook, Step, interim, latest_starts, outlook
from noren.terms.record import listed
from noren.terms.records import Outcome

Readings = Sequence[tuple[float, float]]


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
    _targets(found)
    _ahead(found, readings, year)
    _starts(found)
    return found


def _targets(aim: Aim) -> None:
    one = aim.outcome
    aim.targets = _by_year(one.interim_targets)
    if one.target_year is None or one.target_value is None:
        return
    if one.base_year is None or one.base_value is None or aim.targets:
        aim.targets = dict(sorted({**aim.targets, int(one.target_year): one.target_value}.items()))
        return
    try:
        aim.targets = interim(int(one.base_year), one.base_value, int(one.target_year), one.target_value)
        aim.is_drawn = True
    except BadInput as error:
        aim.wrong.append(error.what)


def _by_year(kept: Any) -> dict[int, float]:
    try:
        return dict(sorted(msgspec.convert(kept or {}, dict[int, float], strict=False).items()))
    except msgspec.ValidationError:
        return {}


def _ahead(aim: Aim, readings: Readings, year: int) -> None:
    one = aim.outcome
    try:
        aim.ahead = msgspec.convert(listed(one.outlook), list[Outlook])
    except msgspec.ValidationError as error:
        aim.wrong.append(f"outlook: {error}")
    if aim.ahead or not aim.targets or one.base_year is None or one.base_value is None:
        return
    try:
        aim.ahead = outlook(readings, int(one.base_year), one.base_value, aim.targets, year)
        aim.is_measured = bool(aim.ahead)
    except BadInput:
        aim.ahead = []


def _starts(aim: Aim) -> None:
    try:
        steps = msgspec.convert(listed(aim.outcome.steps), list[Step])
        years: Mapping[str, float] = latest_starts(steps)
        aim.starts = sorted((Start(step, years[step.name]) for step in steps), key=lambda s: (s.year, s.step.name))
    except msgspec.ValidationError as error:
        aim.wrong.append(f"steps: {error}")
    except BadInput as error:
        aim.wrong.append(error.what)
