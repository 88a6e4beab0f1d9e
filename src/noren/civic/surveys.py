"""Surveys: the yearly one, the pulse that asks a few questions a visit, and those about a trial.

Answers carry no name and no time but the day. What they say of all residents is worked out in `waves`. Names to know:
`create`, `answer`, `next_questions`.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import numpy as np

from noren.civic import rights
from noren.civic.pulse import Question, questions
from noren.civic.references import reference, urn
from noren.errors import BadInput, Conflict
from noren.terms.record import listed
from noren.terms.records import Survey, SurveyAnswer

if TYPE_CHECKING:
    from noren.view import View

Kind = Literal["yearly", "pulse", "trial"]
DIMENSIONS = ("ageGroup", "sex", "district")
GROUPS: dict[str, tuple[str, ...]] = {
    "ageGroup": ("-29", "30-44", "45-64", "65-74", "75-"),
    "sex": ("female", "male"),
}
"""What is asked about people where the survey's margins say nothing else."""
A_VISIT, ALL = 3, "all"
Plain = dict[str, Any]


class Draft(msgspec.Struct, kw_only=True, rename="camel"):
    """A survey as staff write it: `margins` are residents by dimension and group, `about` is the id of a trial."""

    kind: Kind
    name: str
    about: str = ""
    questions: tuple[str, ...] = ()
    margins: dict[str, dict[str, float]] = {}
    by_invitation: bool = False
    opens_at: datetime | None = None
    closes_at: datetime | None = None


class Answers(msgspec.Struct, kw_only=True, rename="camel"):
    """What one person answers, by factor; who they are only as far as they say."""

    answers: dict[str, int]
    code: str = ""
    age_group: str = ""
    sex: str = ""
    district: str = ""


async def create(view: View, draft: Draft) -> Survey:
    """Keep a survey; raises `BadInput` that names the field."""
    asked = draft.questions or _usual(draft.kind)
    if unknown := set(asked) - questions().keys():
        raise BadInput(f"There is no question {', '.join(sorted(unknown))[:80]}.", where="questions")
    opens = draft.opens_at or view.now()
    if any(each is not None and each.tzinfo is None for each in (opens, draft.closes_at)):
        raise BadInput("The time has no zone.", where="opensAt, closesAt", hint="Write 2026-04-01T00:00:00Z.")
    if draft.closes_at is None and draft.kind != "pulse":
        raise BadInput("It is not said until when it is open.", where="closesAt", hint="Only a pulse goes on.")
    if draft.closes_at is not None and draft.closes_at <= opens:
        raise BadInput("It would close before it opens.", where="closesAt")
    if not draft.name.strip() or (draft.kind == "trial") != bool(draft.about):
        raise BadInput("A survey has a name, and one about a trial, and no other, says which.", where="name, about")
    _check_margins(draft.margins)
    survey = Survey(
        id=urn("Survey", view.home.slug, reference().lower()),
        name=draft.name.strip(),
        survey_kind=draft.kind,
        about=draft.about or None,
        questions=list(asked),
        population_margins=draft.margins or None,
        by_invitation=draft.by_invitation,
        code_salt=rights.salt(),
        opens_at=opens,
        closes_at=draft.closes_at,
    )
    await view.keep([survey])
    return survey


def _usual(kind: Kind) -> tuple[str, ...]:
    known = questions().values()
    groups = {"trial": {"life", "trial"}}.get(kind, {each.group for each in known} - {"trial"})
    return tuple(each.factor for each in known if each.group in groups)


def _check_margins(margins: Mapping[str, Mapping[str, float]]) -> None:
    for dimension, groups in margins.items():
        where = f"margins.{dimension}"[:80]
        if dimension not in DIMENSIONS or len(groups) < 2:
            raise BadInput("This is no dimension with groups.", where=where, hint=", ".join(DIMENSIONS))
        if not all(np.isfinite(n) and n > 0 for n in groups.values()):
            raise BadInput("A group of the population is not a positive number.", where=where)


def groups(survey: Survey) -> dict[str, list[str]]:
    """What is asked about people, by dimension."""
    margins: Mapping[str, Mapping[str, float]] = survey.population_margins or {}
    return {each: list(margins.get(each) or GROUPS[each]) for each in DIMENSIONS if each in margins or each in GROUPS}


def asked(survey: Survey) -> list[Question]:
    """The questions of a survey."""
    return [questions()[each] for each in listed(survey.questions) if each in questions()]


def is_open(survey: Survey, now: datetime) -> bool:
    """Whether answers are taken."""
    return (survey.opens_at is None or survey.opens_at <= now) and (survey.closes_at is None or now < survey.closes_at)


async def roll(view: View, id: str, count: int) -> list[str]:
    """Codes of `count` invitations, told this once; raises `Conflict` where everybody may answer."""
    survey = await view.need(Survey, id)
    if not survey.by_invitation:
        raise Conflict("Everybody may answer this survey.", where=id, hint="Make one with byInvitation.")
    return await rights.issue(view, id, survey.code_salt or "", count)


async def next_questions(view: View, survey: Survey, browser: str) -> list[Question]:
    """What is asked now: everything, or of a pulse a few that this browser has not answered this month, by chance."""
    if survey.survey_kind != "pulse":
        return asked(survey)
    before = await view.get(SurveyAnswer, _answer_id(view, survey, browser)) if browser else None
    done = (before.marks or {}) if before else {}
    left = [each for each in asked(survey) if each.factor not in done]
    seed = _answer_id(view, survey, browser)
    return sorted(left, key=lambda each: sha256(f"{seed}|{each.factor}".encode()).digest())[:A_VISIT]


async def answer(view: View, id: str, given: Answers, browser: str) -> None:
    """Keep one person's answers, once: a browser's later answers take the place of its earlier ones of the same wave.

    Raises `Conflict` for a survey that is not open or a code that was used, `BadInput` for what is no answer.
    """
    survey = await view.need(Survey, id)
    if not is_open(survey, view.now()):
        raise Conflict("This survey is not open.", where="survey.closed")
    _check(survey, given)
    if not survey.by_invitation:
        return await _put(view, survey, given, _answer_id(view, survey, browser))
    mark = await rights.use(view, id, survey.code_salt or "", given.code)
    try:
        await _put(view, survey, given, urn("SurveyAnswer", view.home.slug, uuid.uuid4().hex))
    except BaseException:
        await view.delete([mark])
        raise


def _check(survey: Survey, given: Answers) -> None:
    known = {each.factor: each for each in asked(survey)}
    if not given.answers:
        raise BadInput("Nothing is answered.", where="answers")
    for factor, value in given.answers.items():
        if factor not in known or not known[factor].takes(value):
            raise BadInput("This is no answer to a question of this survey.", where=f"answers.{factor}"[:80])
    for dimension, own in told(given).items():
        if own and own not in groups(survey).get(dimension, ()):
            raise BadInput(f"“{own[:40]}” is no group of this survey.", where=dimension)


def told(given: Answers | SurveyAnswer) -> dict[str, str]:
    """What somebody says about themselves, by dimension; "" for what they do not."""
    return {"ageGroup": given.age_group or "", "sex": given.sex or "", "district": given.district or ""}


async def _put(view: View, survey: Survey, given: Answers, id: str) -> None:
    before = await view.get(SurveyAnswer, id)
    day = view.now().astimezone(view.home.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    await view.keep(
        [
            SurveyAnswer(
                id=id,
                in_survey=survey.id,
                marks=((before.marks or {}) if before else {}) | given.answers,
                age_group=given.age_group or None,
                sex=given.sex or None,
                district=given.district or None,
                answered_at=day,
            )
        ]
    )


def _answer_id(view: View, survey: Survey, browser: str) -> str:
    token = f"{browser}|{survey.id}|{_wave(survey, view.now().astimezone(view.home.zone))}"
    return urn("SurveyAnswer", view.home.slug, sha256(token.encode()).hexdigest()[:32])


def _wave(survey: Survey, at: datetime) -> str:
    return f"{at:%Y-%m}" if survey.survey_kind == "pulse" else ""


def row(survey: Survey, now: datetime) -> Plain:
    """A survey as everybody reads it."""
    return {
        "id": survey.id,
        "name": survey.name,
        "kind": survey.survey_kind,
        "about": survey.about,
        "isOpen": is_open(survey, now),
        "byInvitation": bool(survey.by_invitation),
        "opensAt": survey.opens_at,
        "closesAt": survey.closes_at,
        "groups": groups(survey),
        "isWeighted": bool(survey.population_margins),
    }


async def listing(view: View, about: str = "") -> list[Plain]:
    """Surveys, those that are open first."""
    found = [row(each, view.now()) async for each in view.find(Survey) if about in ("", each.about)]
    return sorted(found, key=lambda each: (not each["isOpen"], each["id"]))
