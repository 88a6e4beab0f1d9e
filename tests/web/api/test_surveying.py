"""Surveys over HTTP: a pulse of a few questions, a yearly one with its result, invitations, nine people."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import aiohttp

from noren.terms.records import Survey, SurveyAnswer
from tests.web.api.conftest import Served
from tests.web.api.test_deliberation import browsers
from tests.web.api.test_voice import get, post

MARGINS = {"ageGroup": {"-29": 400, "30-44": 300, "45-64": 200, "65-74": 50, "75-": 50}}
YEARLY = {"kind": "yearly", "name": "2026", "margins": MARGINS, "questions": ["happiness", "trust"]}


def later(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


async def survey(served: Served, **how: Any) -> str:
    made = await post(served, "/api/voice/surveys", YEARLY | {"closesAt": later(5)} | how, staff=True)
    return f"/api/voice/surveys/{quote(made['id'])}"


async def answer(http: aiohttp.ClientSession, path: str, status: int = 201, **given: Any) -> Any:
    async with http.post(path + "/answers", json=given) as reply:
        assert reply.status == status, await reply.text()
        return await reply.json()


async def fill(served: Served, path: str, ages: list[str]) -> None:
    people = await browsers(served, len(ages))
    for at, (person, age) in enumerate(zip(people, ages, strict=True)):
        await answer(person, path, answers={"happiness": at % 11, "trust": 5}, ageGroup=age)
        await person.close()


async def over(served: Served, path: str) -> None:
    """Let the survey be over."""
    now = datetime.now(UTC)
    id = (await get(served, path))["id"]
    change = Survey(id=id, opens_at=now - timedelta(days=9), closes_at=now - timedelta(hours=1))
    await served.city.view(served.city.staff).change([change])


async def test_a_yearly_survey_from_answers_to_its_result(served: Served) -> None:
    path = await survey(served)
    await fill(served, path, ["-29"] * 15 + ["30-44"] * 12 + ["45-64"] * 4 + ["65-74"] * 11)
    await post(served, path + "/results", {}, staff=True, status=422)
    await over(served, path)
    await answer(served.http, path, 422, answers={"trust": 5})
    await post(served, path + "/results", {}, status=403)
    assert await post(served, path + "/results", {}, staff=True, status=200) == {"waves": 1}
    await post(served, path + "/results", {}, staff=True, status=422)
    found = {(r["question"]["factor"], r["group"]): r["waves"][0] for r in (await get(served, path))["results"]}
    happy = found["happiness", "all"]
    assert happy["low"] < happy["estimate"] < happy["high"]
    assert (happy["respondents"], found["trust", "all"]["estimate"]) == (42, 5)
    assert happy["effective"] < 42
    assert happy["remarks"]["absent"] == "ageGroup:75-"
    told = {group for (factor, group), wave in found.items() if factor == "trust" and not wave["isSuppressed"]}
    # The four of 45-64 are held back, with the next smallest group, or the total would give them away.
    assert told == {"all", "ageGroup:-29", "ageGroup:30-44"}
    held = found["trust", "ageGroup:45-64"]
    assert {key for key, value in held.items() if value is not None} == {"measuredAt", "isSuppressed", "remarks"}


async def test_nine_people_are_refused_in_words(served: Served) -> None:
    path = await survey(served)
    await fill(served, path, ["-29"] * 9)
    await over(served, path)
    refused = await post(served, path + "/results", {}, staff=True, status=422)
    assert "9 people" in refused["title"]


async def test_an_invitation_answers_once(served: Served) -> None:
    path = await survey(served, byInvitation=True)
    async with served.http.post(path + "/invitations", json={"count": 2}, headers=served.staff()) as reply:
        first, second = (await reply.text()).split()[1:]
    await answer(served.http, path, 404, answers={"trust": 5}, code="0000-0000-0000")
    await answer(served.http, path, 400, answers={"trust": 5})
    await answer(served.http, path, answers={"trust": 5}, code=first)
    await answer(served.http, path, 422, answers={"trust": 6}, code=first)
    await answer(served.http, path, answers={"trust": 6}, code=second)
    view = served.city.view(served.city.staff)
    assert sorted([each.marks["trust"] async for each in view.find(SurveyAnswer)]) == [5, 6]
    open_to_all = await survey(served)
    await post(served, open_to_all + "/invitations", {"count": 2}, staff=True, status=422)


async def test_a_pulse_asks_a_few_questions_and_never_twice_a_month(served: Served) -> None:
    path = await survey(served, kind="pulse", questions=[], closesAt=None)
    (person,) = await browsers(served, 1)
    seen: list[str] = []
    for _ in range(3):
        async with person.get(path + "/questions") as reply:
            asked = [each["factor"] for each in (await reply.json())["questions"]]
        assert len(asked) == 3
        seen += asked
        await answer(person, path, answers=dict.fromkeys(asked, 3))
    await person.close()
    assert len(set(seen)) == 9
    view = served.city.view(served.city.staff)
    (kept,) = [each async for each in view.find(SurveyAnswer)]
    assert kept.marks == dict.fromkeys(seen, 3)
    assert kept.answered_at is not None
    assert (kept.answered_at.minute, kept.answered_at.second) == (0, 0)
    await post(served, path + "/results", {}, staff=True, status=422)


async def test_what_is_no_answer_is_told_by_field(served: Served) -> None:
    path = await survey(served)
    for given, where in (
        ({"answers": {}}, "answers"),
        ({"answers": {"happiness": 11}}, "answers.happiness"),
        ({"answers": {"schools": 3}}, "answers.schools"),
        ({"answers": {"trust": 3}, "ageGroup": "old"}, "ageGroup"),
    ):
        assert (await answer(served.http, path, 400, **given))["where"] == where
    for bad, where in (
        ({"questions": ["nonsense"]}, "questions"),
        ({"closesAt": None}, "closesAt"),
        ({"kind": "trial"}, "name, about"),
        ({"margins": {"sex": {"female": 0, "male": 3}}}, "margins.sex"),
        ({"margins": {"shoes": {"a": 1, "b": 3}}}, "margins.shoes"),
    ):
        body = YEARLY | {"closesAt": later(5)} | bad
        assert (await post(served, "/api/voice/surveys", body, staff=True, status=400))["where"] == where
    await post(served, "/api/voice/surveys", YEARLY, status=403)


async def test_one_persons_answers_are_nobodys_to_read(served: Served) -> None:
    path = await survey(served)
    await fill(served, path, ["-29"] * 3)
    async with served.http.get("/ngsi-ld/v1/entities?type=SurveyAnswer") as reply:
        assert reply.status == 403
    assert "codeSalt" not in json.dumps(await get(served, path))
