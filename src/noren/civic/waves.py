"""What surveys found: waves of answers, weighted, with intervals, and the change since the first wave.

A wave is worked out once, when it is over (of a pulse: a month), so that no two figures differ by one person. Names to
know: `evaluate`, `results`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from noren.civic.pulse import FEWEST, Question, change, hidden, mean, questions, rake, share
from noren.civic.pulse.weights import Floats
from noren.civic.references import urn
from noren.civic.surveys import asked, groups, told
from noren.errors import Conflict
from noren.terms.records import Survey, SurveyAnswer, SurveyResult

if TYPE_CHECKING:
    from noren.view import View

ALL = "all"
Plain = dict[str, Any]


async def evaluate(view: View, id: str) -> int:
    """Work out the waves that are over and have no result yet, and keep what they say; returns how many.

    Raises `Conflict` when none is over, or when fewer than ten people answered.
    """
    survey = await view.need(Survey, id)
    done = {r.measured_at async for r in view.find(SurveyResult, q=f'inSurvey=="{id}"') if r.measured_at}
    answers = [each async for each in view.find(SurveyAnswer, q=f'inSurvey=="{id}"')]
    waves = {end: own for end, own in _waves(view, survey, answers).items() if end <= view.now() and end not in done}
    if not waves:
        raise Conflict("No wave of this survey is over that has no result yet.", where=id)
    enough = {end: own for end, own in waves.items() if len(own) >= FEWEST}
    if not enough:
        most = max(len(own) for own in waves.values())
        raise Conflict(
            f"Only {most} people answered, which is too few to speak of all.",
            where=id,
            hint=f"It needs {FEWEST} at least: with fewer, chance decides and single people can be recognised.",
        )
    for end, own in enough.items():
        await view.keep(await asyncio.to_thread(found_in, view.home.slug, survey, own, end))
    return len(enough)


def _waves(view: View, survey: Survey, answers: Iterable[SurveyAnswer]) -> dict[datetime, list[SurveyAnswer]]:
    """Answers by the end of their wave."""
    found: dict[datetime, list[SurveyAnswer]] = {}
    for each in answers:
        if each.answered_at is not None:
            end = survey.closes_at or view.now()
            if survey.survey_kind == "pulse":
                day = each.answered_at.astimezone(view.home.zone)
                end = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
            found.setdefault(end, []).append(each)
    if not found and survey.closes_at is not None:
        found[survey.closes_at] = []
    return found


def found_in(slug: str, survey: Survey, answers: Sequence[SurveyAnswer], at: datetime) -> list[SurveyResult]:
    """What the answers of a wave say: per question of all, and of each group that is not too small."""
    results = []
    for question in asked(survey):
        own = [each for each in answers if question.takes((each.marks or {}).get(question.factor))]
        if len(own) < FEWEST:
            results.append(_result(slug, survey, question, ALL, at, None, np.ones(len(own))))
        else:
            results += _of_question(slug, survey, question, own, at)
    return results


def _of_question(
    slug: str, survey: Survey, question: Question, answers: Sequence[SurveyAnswer], at: datetime
) -> list[SurveyResult]:
    values = np.array([each.marks[question.factor] for each in answers], float)
    weights, remarks = weighted(survey, answers)
    made = [_result(slug, survey, question, ALL, at, values, weights)]
    for dimension, names in groups(survey).items():
        own = np.array([told(each)[dimension] for each in answers])
        counts = [int((own == name).sum()) for name in names]
        held = hidden(counts, len(own) - sum(counts))
        for name, out in zip(names, held, strict=True):
            inside = own == name
            shown = None if out else values[inside]
            made.append(_result(slug, survey, question, f"{dimension}:{name}", at, shown, weights[inside]))
    for each in made:
        each.remarks = remarks or None
    return made


def weighted(survey: Survey, answers: Sequence[SurveyAnswer]) -> tuple[Floats, Plain]:
    """Weights to the survey's margins, and what must be said of them: by what, from which groups nobody answered."""
    margins: Mapping[str, Mapping[str, float]] = survey.population_margins or {}
    codes, shares, absent = [], [], []
    for dimension, population in margins.items():
        own = [told(each)[dimension] for each in answers]
        place = {name: at for at, name in enumerate(name for name in population if name in own)}
        absent += [f"{dimension}:{name}" for name in population if name not in place]
        if len(place) > 1:
            codes.append(np.array([place.get(each, -1) for each in own]))
            shares.append(np.array([population[name] for name in place], float))
    remarks: Plain = {"absent": " ".join(absent)} if absent else {}
    if not codes:
        return np.ones(len(answers)), remarks
    found = rake(codes, shares)
    return found.weights, remarks | {"weightedBy": " ".join(margins), "missed": round(found.missed, 4)}


def _result(
    slug: str, survey: Survey, question: Question, group: str, at: datetime, values: Floats | None, weights: Floats
) -> SurveyResult:
    local = sha256(f"{survey.id}|{at.isoformat()}|{question.factor}|{group}".encode()).hexdigest()[:24]
    made = SurveyResult(
        id=urn("SurveyResult", slug, local),
        in_survey=survey.id,
        factor=question.factor,
        group_of=group,
        measured_at=at,
        is_suppressed=values is None,
    )
    if values is None:
        return made
    level, agreeing = mean(values, weights), share(values >= question.agrees_from, weights)
    made.estimate, made.estimate_low, made.estimate_high = _rounded(level.estimate, level.low, level.high)
    made.agreeing, made.agreeing_low, made.agreeing_high = _rounded(agreeing.estimate, agreeing.low, agreeing.high)
    made.respondents, made.effective_size = float(level.answers), round(level.effective, 1)
    return made


def _rounded(*values: float) -> list[float]:
    return [round(value, 4) for value in values]


async def results(view: View, id: str) -> list[Plain]:
    """What a survey found, by question and group: each wave with its interval, and the change since the first.

    Earlier surveys of the same kind about the same thing are its earlier waves.
    """
    survey = await view.need(Survey, id)
    found: dict[tuple[str, str], list[SurveyResult]] = {}
    for one in await _line(view, survey):
        async for each in view.find(SurveyResult, q=f'inSurvey=="{one}"'):
            found.setdefault((each.factor or "", each.group_of or ""), []).append(each)
    order = {question.factor: at for at, question in enumerate(asked(survey))}
    keys = sorted(found, key=lambda key: (order.get(key[0], len(order)), key[1] != ALL, key[1]))
    return [
        _series(questions()[factor], group, found[factor, group]) for factor, group in keys if factor in questions()
    ]


async def _line(view: View, survey: Survey) -> list[str]:
    """The survey and the earlier ones that it goes on from."""
    same = [each async for each in view.find(Survey, q=f'surveyKind=="{survey.survey_kind}"')]
    return [each.id for each in same if each.about == survey.about and str(each.opens_at) <= str(survey.opens_at)]


def _series(question: Question, group: str, waves: list[SurveyResult]) -> Plain:
    waves.sort(key=lambda each: str(each.measured_at))
    shown = [each for each in waves if not each.is_suppressed]
    moved = change(_interval(shown[0]), _interval(shown[-1])) if len(shown) > 1 else None
    return {
        "question": question,
        "group": group,
        "waves": [_wave_row(each) for each in waves],
        "change": moved and msgspec.to_builtins(moved) | {"isClear": moved.is_clear},
    }


def _interval(result: SurveyResult) -> tuple[float, float, float]:
    return result.estimate or 0.0, result.estimate_low or 0.0, result.estimate_high or 0.0


def _wave_row(result: SurveyResult) -> Plain:
    return {
        "measuredAt": result.measured_at,
        "isSuppressed": bool(result.is_suppressed),
        "estimate": result.estimate,
        "low": result.estimate_low,
        "high": result.estimate_high,
        "agreeing": result.agreeing,
        "agreeingLow": result.agreeing_low,
        "agreeingHigh": result.agreeing_high,
        "respondents": result.respondents,
        "effective": result.effective_size,
        "remarks": result.remarks,
    }
