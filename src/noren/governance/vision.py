"""Where the city wants to be and how far it is: outcomes with their measures, targets on the way, steps and the gap.

What is stated of an outcome holds before what is worked out: targets on the way before a straight line, an outlook
before the trend. What cannot be read is named with its field and costs nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import msgspec

from noren.errors import BadInput
from noren.governance.backcast import Outlook, Step, contradictions, interim, latest_starts, outlook
from noren.governance.initiatives import regulations
from noren.terms.record import listed
from noren.terms.records import Initiative, KeyPerformanceIndicator, Outcome, Regulation, Vision

if TYPE_CHECKING:
    from noren.view import View

Plain = dict[str, Any]
YEARS = (1900, 2200)
MOST_STEPS, LONGEST_STEP = 300, 100.0
READINGS_FOR_A_TREND = 3


class Wrong(msgspec.Struct):
    """Something that cannot be read: what, in which field, and what to do."""

    what: str
    where: str = ""
    hint: str = ""


class Measure(msgspec.Struct):
    """A measure with the mean of each year's readings (by the city's calendar) and the last reading."""

    id: str
    name: str
    unit: str = ""
    years: dict[int, float] = {}
    last: tuple[datetime, float] | None = None


class Target(msgspec.Struct):
    """The target of a year; `own` when somebody stated it, else it lies on a straight line."""

    year: int
    value: float
    own: bool


class Start(msgspec.Struct, rename="camel"):
    """A step with the day on which it must start at the latest; `late` when that day is over and it has not begun."""

    step: Step
    latest: date
    late: bool


class Aim(msgspec.Struct, rename="camel"):
    """What follows from an outcome; `lacks` are keys of messages `portal.vision.lacks.…`."""

    targets: list[Target] = []
    ahead: list[Outlook] = []
    ahead_from: str = ""
    starts: list[Start] = []
    lacks: list[str] = []
    wrong: list[Wrong] = []


def aim(outcome: Outcome, measures: Sequence[Measure], now: datetime) -> Aim:
    """An outcome worked out from what it states and what its first measure was; `now` is the city's time."""
    found = Aim()
    for work in (_targets, _ahead, _starts):
        try:
            work(found, outcome, measures, now)
        except BadInput as error:
            found.wrong.append(Wrong(error.what, error.where, error.hint))
    return found


def _targets(found: Aim, outcome: Outcome, _measures: Sequence[Measure], _now: datetime) -> None:
    own = _own(outcome.interim_targets)
    if outcome.target_year is None or outcome.target_value is None:
        found.lacks.append("target")
        found.targets = [Target(year, value, True) for year, value in sorted(own.items())]
        return
    last = _year(outcome.target_year, "targetYear")
    drawn: dict[int, float] = {last: outcome.target_value}
    if outcome.base_year is None or outcome.base_value is None:
        found.lacks.append("base")
    elif not own:
        drawn = interim(_year(outcome.base_year, "baseYear"), outcome.base_value, last, outcome.target_value)
    stated = {*own, last}
    found.targets = [Target(year, value, year in stated) for year, value in sorted({**own, **drawn}.items())]


def _own(kept: Any) -> dict[int, float]:
    """Targets on the way that somebody stated, `{"2030": 50}`."""
    try:
        own = msgspec.convert(kept or {}, dict[int, float], strict=False)
    except msgspec.ValidationError as error:
        raise BadInput(f"{error}.", where="interimTargets", hint='Write a value by year: {"2030": 50}.') from None
    return {_year(year, "interimTargets"): value for year, value in own.items()}


def _year(year: float, where: str) -> int:
    if not YEARS[0] <= year <= YEARS[1]:
        raise BadInput(f"{year:g} is no year to plan for.", where=where, hint=f"It lies from {YEARS[0]} to {YEARS[1]}.")
    return int(year)


def _ahead(found: Aim, outcome: Outcome, measures: Sequence[Measure], now: datetime) -> None:
    if outcome.outlook is not None:
        found.ahead, found.ahead_from = _stated(outcome.outlook), "stated"
        return
    if not measures:
        found.lacks.append("measure")
        return
    readings = list(measures[0].years.items())
    if len(readings) < READINGS_FOR_A_TREND:
        found.lacks.append("readings")
    elif found.targets and "base" not in found.lacks:
        targets = {target.year: target.value for target in found.targets}
        base_year, base = _year(outcome.base_year or 0, "baseYear"), outcome.base_value or 0.0
        found.ahead, found.ahead_from = outlook(readings, base_year, base, targets, now.year), "trend"
        found.lacks += [] if found.ahead else ["over"]


def _stated(kept: Any) -> list[Outlook]:
    try:
        return sorted(msgspec.convert(listed(kept), list[Outlook]), key=lambda each: each.year)
    except msgspec.ValidationError as error:
        raise BadInput(
            f"{error}.", where="outlook", hint="Each year has year, expected, low, high, target and gap."
        ) from None


def _starts(found: Aim, outcome: Outcome, _measures: Sequence[Measure], now: datetime) -> None:
    steps = _steps(outcome.steps)
    starts = latest_starts(steps)
    for step in sorted(steps, key=lambda each: (starts[each.name], each.name)):
        latest = _day(starts[step.name], step)
        found.starts.append(Start(step, latest, not step.begun and latest < now.date()))


def _steps(kept: Any) -> list[Step]:
    try:
        steps = msgspec.convert(listed(kept), list[Step])
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at ")
        where = "steps" + where.strip("`").removeprefix("$")
        raise BadInput(f"{what}.", where=where, hint="A step has name, takesYears and by.") from None
    if len(steps) > MOST_STEPS:
        raise BadInput(f"There are more than {MOST_STEPS} steps.", where="steps", hint="Put some of them together.")
    for step in steps:
        _year(step.by, f"steps, {step.name}, by")
        if not step.takes_years <= LONGEST_STEP:
            raise BadInput("A step takes a hundred years at most.", where=f"steps, {step.name}, takesYears")
    return steps


def _day(year: float, step: Step) -> date:
    if year < YEARS[0]:
        raise BadInput(f"It should have started before {YEARS[0]}.", where=f"steps, {step.name}", hint="Shorten it.")
    first = date(int(year), 1, 1)
    return first + timedelta(days=round((year - int(year)) * (date(int(year) + 1, 1, 1) - first).days))


def backwards(aim: Aim) -> bool:
    """Whether targets on the way go back and forth: up in one stretch, down in another."""
    moves = [after.value - before.value for before, after in pairwise(aim.targets)]
    return any(move > 0 for move in moves) and any(move < 0 for move in moves)


async def gather(view: View) -> Plain:
    """Visions and outcomes with everything that hangs on them, and outcomes that contradict each other."""
    outcomes = [each async for each in view.find(Outcome, order="targetYear")]
    measures = await measured(view, [id for each in outcomes for id in each.measured_by or ()])
    initiatives = [each async for each in view.find(Initiative)]
    rules = {each.id: each.title or each.name or each.id async for each in view.find(Regulation)}
    return {
        "visions": [_vision(each) async for each in view.find(Vision, order="targetYear")],
        "outcomes": [_outcome(each, measures, initiatives, rules, view.now()) for each in outcomes],
        "contradictions": [{"one": one, "other": other, "year": year} for one, other, year in contradictions(outcomes)],
    }


def _vision(vision: Vision) -> Plain:
    return {
        "id": vision.id,
        "name": vision.name,
        "statement": vision.statement,
        "targetYear": vision.target_year,
        "decidedAt": vision.decided_at,
    }


def _outcome(
    outcome: Outcome,
    measures: Mapping[str, Measure],
    initiatives: Sequence[Initiative],
    rules: Mapping[str, str],
    now: datetime,
) -> Plain:
    own = [measures[id] for id in outcome.measured_by or () if id in measures]
    found = aim(outcome, own, now)
    serving = [each for each in initiatives if outcome.id in (each.serves_outcomes or ())]
    return {
        "id": outcome.id,
        "title": outcome.title or outcome.name or outcome.id,
        "statement": outcome.statement,
        "vision": outcome.in_vision,
        "layers": outcome.layers or [],
        "functions": outcome.functions or [],
        "baseYear": outcome.base_year,
        "baseValue": outcome.base_value,
        "targetYear": outcome.target_year,
        "targetValue": outcome.target_value,
        "measures": own,
        "targets": found.targets,
        "backwards": backwards(found),
        "ahead": found.ahead,
        "aheadFrom": found.ahead_from,
        "starts": [_start(each, rules) for each in found.starts],
        "lacks": found.lacks,
        "wrong": found.wrong,
        "initiatives": [{"id": each.id, "type": "Initiative", "name": each.name or each.id} for each in serving],
    }


def _start(start: Start, rules: Mapping[str, str]) -> Plain:
    step = start.step
    rule = {"id": step.rule if step.rule in rules else None, "name": rules.get(step.rule, step.rule)}
    return {
        "name": step.name,
        "title": step.title,
        "takesYears": step.takes_years,
        "by": step.by,
        "begun": step.begun,
        "latest": start.latest,
        "late": start.late,
        "needs": step.needs,
        "rule": rule if step.rule else None,
    }


async def measured(view: View, ids: Sequence[str]) -> dict[str, Measure]:
    """Measures by id with what they were, year by year."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return {}
    found = {
        each.id: Measure(each.id, each.name or each.id, each.unit_text or "")
        async for each in view.find(KeyPerformanceIndicator, ids=wanted)
    }
    zone = view.home.zone
    values: dict[str, dict[int, list[float]]] = {}
    table = await view.series("KeyPerformanceIndicator", "kpiValue", ids=wanted)
    for id, observed, number in zip(
        *(table.column(c).to_pylist() for c in ("entity", "observed", "number")), strict=True
    ):
        if number is not None and id in found:
            values.setdefault(id, {}).setdefault(observed.astimezone(zone).year, []).append(number)
            found[id].last = (observed, number)
    for id, years in values.items():
        found[id].years = {year: sum(each) / len(each) for year, each in sorted(years.items())}
    return found


async def rules(view: View) -> list[Plain]:
    """Rules and guidelines: version, next review, what trials showed, and what they stand in the way of."""
    initiatives = [each async for each in view.find(Initiative)]
    outcomes = [each async for each in view.find(Outcome)]
    return [rule | _stands_in_the_way(rule["id"], initiatives, outcomes) for rule in await regulations(view)]


def _stands_in_the_way(id: str, initiatives: Sequence[Initiative], outcomes: Sequence[Outcome]) -> Plain:
    changing = [each for each in initiatives if id in (each.rules_to_change or ())]
    waiting = [each for each in outcomes if any(id == step.get("rule") for step in _dicts(each.steps))]
    return {
        "initiatives": [{"id": each.id, "type": "Initiative", "name": each.name or each.id} for each in changing],
        "outcomes": [{"id": each.id, "type": "Outcome", "name": each.title or each.id} for each in waiting],
    }


def _dicts(kept: Any) -> list[Plain]:
    return [each for each in listed(kept) if isinstance(each, dict)]
