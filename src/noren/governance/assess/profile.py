"""Where a city stands by area, where its people disagree, and which single step would free most others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import mean, median

import msgspec

from noren.contract import Function, Layer
from noren.governance.assess.answers import Answer
from noren.governance.assess.questions import HIGHEST, Question, Questionnaire

STRONG, WEAK = 3, 1


class Standing(msgspec.Struct, rename="camel"):
    """One question: the median of its answers, None without any, the lowest and the highest, and what was shown for
    them."""

    question: str
    level: float | None
    low: int | None = None
    high: int | None = None
    answers: int = 0
    evidence: list[str] = []


class AreaProfile(msgspec.Struct, rename="camel"):
    """One area: the median of its questions; by how many levels answers to one question lie apart, on average (None
    where nobody answered twice); the share of questions that nobody answered."""

    area: str
    median: float | None
    spread: float | None
    unanswered: float


class Step(msgspec.Struct, rename="camel"):
    """One level more on a question, and the questions that could then take their next level and cannot now."""

    question: str
    level: int
    frees: list[str]


class Profile(msgspec.Struct, rename="camel"):
    """A city; `cells` are the medians by layer and function, where anything was asked and answered.

    `strengths` and `gaps` are questions at 3 and more, and at 1 and less. `steps` stand with what frees most first;
    `step` is the one that lifts most, None when nothing can rise.
    """

    city: str
    respondents: int
    areas: list[AreaProfile]
    standings: list[Standing]
    cells: dict[str, dict[str, float]]
    strengths: list[str]
    gaps: list[str]
    unanswered: list[str]
    steps: list[Step]

    @property
    def step(self) -> Step | None:
        """The single step that lifts most."""
        return self.steps[0] if self.steps else None


def profiles(asked: Questionnaire, answers: Sequence[Answer]) -> list[Profile]:
    """The profile of every city that has an answer, by name."""
    cities = sorted({each.city for each in answers})
    return [profile(asked, city, [each for each in answers if each.city == city]) for city in cities]


def profile(asked: Questionnaire, city: str, answers: Sequence[Answer]) -> Profile:
    """The profile of one city from its answers."""
    standings = {each.id: _standing(each, answers) for each in asked.question}
    levels = {id: each.level for id, each in standings.items() if each.level is not None}
    areas = [_area(area.id, asked, standings) for area in asked.area]
    return Profile(
        city=city,
        respondents=len({each.by for each in answers if each.level is not None}),
        areas=areas,
        standings=list(standings.values()),
        cells=_cells(asked, levels),
        strengths=[id for id, level in levels.items() if level >= STRONG],
        gaps=[id for id, level in levels.items() if level <= WEAK],
        unanswered=[id for id in standings if id not in levels],
        steps=steps(asked, levels, {each.area: each.median for each in areas}),
    )


def _standing(question: Question, answers: Iterable[Answer]) -> Standing:
    own = [each for each in answers if each.question == question.id]
    levels = [each.level for each in own if each.level is not None]
    evidence = list(dict.fromkeys(each.evidence for each in own if each.evidence))
    if not levels:
        return Standing(question.id, None, evidence=evidence)
    return Standing(question.id, float(median(levels)), min(levels), max(levels), len(levels), evidence)


def _area(area: str, asked: Questionnaire, standings: dict[str, Standing]) -> AreaProfile:
    own = [standings[each.id] for each in asked.question if each.area == area]
    levels = [each.level for each in own if each.level is not None]
    apart = [
        each.high - each.low for each in own if each.answers > 1 and each.high is not None and each.low is not None
    ]
    return AreaProfile(
        area=area,
        median=float(median(levels)) if levels else None,
        spread=round(mean(apart), 2) if apart else None,
        unanswered=round(1 - len(levels) / len(own), 3) if own else 0.0,
    )


def _cells(asked: Questionnaire, levels: dict[str, float]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for function in Function:
        for layer in Layer:
            own = [
                levels[each.id]
                for each in asked.question
                if function in each.functions and layer in each.layers and each.id in levels
            ]
            if own:
                found.setdefault(function.value, {})[layer.value] = float(median(own))
    return found


def steps(asked: Questionnaire, levels: dict[str, float], medians: dict[str, float | None]) -> list[Step]:
    """Every step that can be taken now, what frees most others first, then the lowest level, then the lowest area.

    A question can rise when it is answered, stands below 4, and everything that it needs stands higher than it.
    """
    whole = {id: int(level) for id, level in levels.items()}
    now = _rising(asked, whole)
    found = []
    for order, question in enumerate(asked.question):
        if question.id in now:
            then = _rising(asked, whole | {question.id: whole[question.id] + 1})
            frees = [each.id for each in asked.question if each.id in then - now]
            step = Step(question.id, whole[question.id] + 1, frees)
            found.append(((-len(frees), whole[question.id], medians.get(question.area) or 0.0, order), step))
    return [step for _, step in sorted(found, key=lambda each: each[0])]


def _rising(asked: Questionnaire, levels: dict[str, int]) -> set[str]:
    return {
        each.id
        for each in asked.question
        if each.id in levels
        and levels[each.id] < HIGHEST
        and all(levels.get(need, -1) > levels[each.id] for need in each.needs)
    }
