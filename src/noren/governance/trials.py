"""What a trial showed, what it has cost, how those touched by it feel, and which decisions are due."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from noren.contract import Declaration, Stage
from noren.errors import BadInput, NorenError
from noren.governance import initiatives
from noren.governance.comparison import Effect, Unit, effect, halves
from noren.governance.initiatives import Verdict
from noren.governance.life import Result, results
from noren.governance.vision import Wrong
from noren.terms import ATTRIBUTES, TYPES
from noren.terms.records import BudgetLine, Decision, Initiative, Survey, Trial

if TYPE_CHECKING:
    from noren.view import View

Plain = dict[str, Any]
Phase = Literal["open", "planned", "running", "due", "decided"]
MOST_UNITS = 1000


class Comparison(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """What is measured: an attribute of a type, at the entities `treated` by the trial and at others `elsewhere`.

    Readings of the `before_days` before the start are set against those from the start on.
    """

    type: str
    attribute: str
    treated: tuple[str, ...]
    elsewhere: tuple[str, ...] = ()
    before_days: float = 28.0
    title: dict[str, str] = {}


class Shown(msgspec.Struct, rename="camel"):
    """One comparison and its effect, or what is wrong with it."""

    type: str = ""
    attribute: str = ""
    title: dict[str, str] = {}
    unit: str = ""
    before_days: float | None = None
    treated: int = 0
    elsewhere: int = 0
    effect: Effect | None = None
    wrong: Wrong | None = None


def phase(trial: Trial, now: datetime) -> Phase:
    """Where a trial stands: "open" when it has no dates, planned, running, due for a decision, or decided."""
    if trial.status == "decided":
        return "decided"
    if initiatives.due([trial], now):
        return "due"
    if trial.starts_on is None or trial.ends_on is None:
        return "open"
    return "planned" if trial.starts_on > now else "running"


def comparisons(trial: Trial) -> list[Comparison]:
    """What a trial compares; raises `BadInput` that names the field that does not fit."""
    found = initiatives.each_of(trial, "comparison", Comparison)
    for number, each in enumerate(found):
        _check(each, f"comparison[{number}]" if len(found) > 1 else "comparison")
    return found


def _check(asked: Comparison, where: str) -> None:
    if asked.type not in TYPES:
        raise BadInput(f"“{asked.type[:60]}” is no type.", where=f"{where}.type", hint="Take one from /api/terms.")
    if asked.attribute not in ATTRIBUTES:
        raise BadInput(f"“{asked.attribute[:60]}” is no attribute.", where=f"{where}.attribute")
    if not asked.treated:
        raise BadInput(
            "Nothing is named where it is tried.", where=f"{where}.treated", hint="Name the measuring points."
        )
    if both := set(asked.treated) & set(asked.elsewhere):
        raise BadInput(f"{min(both)} is compared with itself.", where=f"{where}.elsewhere", hint="Name others.")
    if len(asked.treated) + len(asked.elsewhere) > MOST_UNITS:
        raise BadInput(f"More than {MOST_UNITS} are compared.", where=f"{where}.treated", hint="Name fewer.")
    if not 0 < asked.before_days <= 3660:
        raise BadInput("The time before is up to ten years.", where=f"{where}.beforeDays", hint="28 days are usual.")


async def shown(view: View, trial: Trial) -> list[Shown]:
    """What a trial shows up to now, measure by measure; what cannot be compared says why."""
    try:
        asked = comparisons(trial)
    except BadInput as error:
        return [Shown(wrong=_wrong(error))]
    return [await _shown(view, trial, each) for each in asked]


async def _shown(view: View, trial: Trial, asked: Comparison) -> Shown:
    attribute = ATTRIBUTES[asked.attribute]
    found = Shown(asked.type, asked.attribute, asked.title or attribute.meaning, attribute.unit, asked.before_days)
    found.treated, found.elsewhere = len(asked.treated), len(asked.elsewhere)
    try:
        found.effect = await measured(view, trial, asked)
    except NorenError as error:
        found.wrong = _wrong(error)
    return found


def _wrong(error: NorenError) -> Wrong:
    return Wrong(error.what, error.where, error.hint)


async def measured(view: View, trial: Trial, asked: Comparison) -> Effect:
    """The effect up to now; raises `BadInput` before the trial began, or when nothing was measured at it."""
    now = view.now()
    if trial.starts_on is None or trial.starts_on > now:
        raise BadInput("It has not begun.", where="startsOn", hint="What it shows can be seen from its start on.")
    span = timedelta(days=asked.before_days)
    begin, end = trial.starts_on, min(trial.ends_on or now, now)
    table = await view.series(
        asked.type, asked.attribute, ids=[*asked.treated, *asked.elsewhere], start=begin - span, end=end
    )
    around = (begin.timestamp(), end.timestamp(), span.total_seconds())
    return effect(_units(table, asked.treated, around), _units(table, asked.elsewhere, around))


def _units(table: pa.Table, ids: Iterable[str], around: tuple[float, float, float]) -> dict[str, Unit]:
    """Each entity's mean before and after; those that were not measured on both sides are left out."""
    known = table.filter(pc.is_valid(table.column("number")))
    times = known.column("observed").cast(pa.int64()).to_numpy() / 1e6
    values, names = known.column("number").to_numpy(), known.column("entity").to_numpy()
    found = {}
    for id in ids:
        unit = halves(times[names == id], values[names == id], *around)
        if unit is not None:
            found[id] = unit
    return found


async def listing(view: View) -> list[Plain]:
    """All trials, those first that wait for a decision."""
    trials = [each async for each in view.find(Trial, order="endsOn")]
    names = {each.id: each.name or each.id async for each in view.find(Initiative)}
    rows = [row(each, names, view.now()) for each in trials]
    return sorted(rows, key=lambda each: ("due", "running", "planned", "open", "decided").index(each["phase"]))


def row(trial: Trial, names: dict[str, str], now: datetime) -> Plain:
    """A trial as a list shows it."""
    of = trial.of_initiative
    return {
        "id": trial.id,
        "name": trial.name or trial.id,
        "description": trial.description,
        "phase": phase(trial, now),
        "startsOn": trial.starts_on,
        "endsOn": trial.ends_on,
        "exitTest": trial.exit_test,
        "service": trial.service,
        "initiative": {"id": of, "type": "Initiative", "name": names.get(of, of)} if of else None,
    }


async def story(view: View, id: str) -> Plain:
    """One trial with what it cost and meant to those touched, and the decisions; raises `NotFound`.

    What it shows takes longer and comes by itself: `shown`.
    """
    trial = await view.need(Trial, id)
    initiative = await view.get(Initiative, trial.of_initiative) if trial.of_initiative else None
    names = {initiative.id: initiative.name or initiative.id} if initiative else {}
    about = [each for each in (trial.id, trial.of_initiative) if each]
    decisions = [each for one in about async for each in view.find(Decision, q=f'about=="{one}"')]
    return row(trial, names, view.now()) | {
        "cost": await cost(view, trial),
        "satisfaction": await touched(view, about),
        "rules": trial.touched_rules or [],
        "issues": (initiative.answers_issues or []) if initiative else [],
        "decisions": [told(each) for each in sorted(decisions, key=lambda d: str(d.decided_at))],
    }


def told(decision: Decision) -> Plain:
    """A decision as everybody may read it."""
    return {
        "id": decision.id,
        "about": decision.about,
        "verdict": decision.verdict,
        "grounds": decision.grounds,
        "decidedAt": decision.decided_at,
        "by": decision.decided_by,
    }


async def cost(view: View, trial: Trial) -> Plain | None:
    """What it has cost: the actual costs of its initiative's budget, else what the trial states; None for not known."""
    of = trial.of_initiative
    lines = [each async for each in view.find(BudgetLine, q=f'ofInitiative=="{of}"')] if of else []
    spent = [each for each in lines if each.actual is not None and each.line_kind in (None, "cost")]
    if spent:
        years = sorted(int(each.year) for each in spent if each.year is not None)
        ends = sorted({years[0], years[-1]}) if years else []
        return {"amount": sum(each.actual or 0.0 for each in spent), "from": "budget", "years": ends}
    return None if trial.cost_to_date is None else {"amount": trial.cost_to_date, "from": "trial", "years": []}


async def touched(view: View, about: Sequence[str]) -> list[Result]:
    """What those touched said, in surveys about the trial or its initiative."""
    surveys = [each.id for one in about async for each in view.find(Survey, q=f'about=="{one}"')]
    return await results(view, surveys) if surveys else []


async def decide(view: View, id: str, verdict: Verdict, grounds: dict[str, str], by: str = "") -> Decision:
    """Decide about a trial and keep with it what it had shown by then; raises as `initiatives.decide`."""
    decision = await initiatives.decide(view, id, verdict, grounds, by)
    trial = await view.get(Trial, id)
    if trial is not None:
        findings = [_finding(each) for each in await shown(view, trial) if each.effect]
        if findings:
            await view.keep([Trial(id=id, findings=findings)])
    return decision


def _finding(each: Shown) -> Plain:
    kept = {"type": each.type, "attribute": each.attribute, "title": each.title, "unit": each.unit}
    stated: Plain = msgspec.to_builtins(each.effect)
    return kept | stated


async def waiting(view: View, declarations: Iterable[Declaration]) -> Plain:
    """What runs on unexplained unless somebody decides: trials past their end, and services in trial past theirs that
    no trial names."""
    trials = [each async for each in view.find(Trial, order="endsOn")]
    named, now = {each.service for each in trials}, view.now()
    today = now.astimezone(view.home.zone).date()
    over = [d for d in declarations if d.stage is Stage.TRIAL and d.ends and d.ends <= today and d.name not in named]
    return {
        "trials": [row(each, {}, now) for each in initiatives.due(trials, now)],
        "services": [{"name": d.name, "title": d.title, "exitTest": d.exit_test, "endsOn": d.ends} for d in over],
    }
