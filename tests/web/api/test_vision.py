"""From an outcome to a decision, over HTTP, as a resident and as staff."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from noren.terms.records import (
    BudgetLine,
    District,
    Initiative,
    Issue,
    KeyPerformanceIndicator,
    Offer,
    Outcome,
    Proposal,
    Regulation,
    Survey,
    SurveyResult,
    Trial,
)
from tests.governance.test_ahead import by_age
from tests.web.api.conftest import Served

WHY = {"grounds": {"en": "The street is quieter."}}


def urn(type: str, name: str = "1") -> str:
    return f"urn:ngsi-ld:{type}:town:{name}"


ISSUE, INITIATIVE, TRIAL, PROPOSAL = (urn(each) for each in ("Issue", "Initiative", "Trial", "Proposal"))


async def post(served: Served, path: str, body: Any, status: int, *, staff: bool = True) -> Any:
    async with served.http.post(path, json=body, headers=served.staff() if staff else {}) as reply:
        assert reply.status == status, await reply.text()
        return await reply.json()


async def get(served: Served, path: str, status: int = 200, *, staff: bool = False) -> Any:
    async with served.http.get(path, headers=served.staff() if staff else {}) as reply:
        assert reply.status == status, await reply.text()
        return await reply.json()


async def keep(served: Served, *entities: Any) -> None:
    await served.city.view(served.city.staff).keep(entities)


def initiative(served: Served, **more: Any) -> Initiative:
    given: dict[str, Any] = {
        "name": "Slow streets",
        "answers_issues": [ISSUE],
        "functions": ["mobility"],
        "owner": ["roads"],
        "owner_after": "roads",
        "exit_test": {"en": "4 km/h less"},
        "ends_on": served.city.clock.now() + timedelta(days=90),
    }
    return Initiative(id=INITIATIVE, **given | more)


async def test_an_initiative_is_followed_from_its_issue_to_the_decision(served: Served) -> None:
    now = served.city.clock.now()
    trial = Trial(id=TRIAL, name="First", of_initiative=INITIATIVE, ends_on=now - timedelta(hours=1))
    await keep(served, Issue(id=ISSUE, name="Too fast", status="seen"), initiative(served), trial)
    path = f"/api/vision/initiatives/{quote(INITIATIVE)}"
    assert (await get(served, path))["stage"] == "idea"
    assert (await post(served, path + "/start", WHY, 200))["stage"] == "trial"
    assert [(each["id"], each["phase"]) for each in (await get(served, "/api/vision/trials"))["trials"]] == [
        (TRIAL, "due")
    ]
    todo = [each for each in (await get(served, "/api/today", staff=True))["items"] if each["kind"] == "trial"]
    assert [(each["entity"], each["severity"]) for each in todo] == [(TRIAL, "high")]
    assert "First" in todo[0]["title"]["ja"]
    decision = f"/api/vision/trials/{quote(TRIAL)}/decision"
    await post(served, decision, WHY | {"verdict": "keep", "by": "council"}, 201)
    story = await get(served, path)
    assert story["stage"] == "practice"
    assert [(each["about"], each["verdict"]) for each in story["decisions"]] == [(INITIATIVE, "adopt"), (TRIAL, "keep")]
    assert [each["id"] for each in story["issues"]] == [ISSUE]
    assert (await get(served, f"/api/vision/trials/{quote(TRIAL)}"))["phase"] == "decided"
    issue = await get(served, f"/api/voice/issues/{quote(ISSUE)}")
    assert [each["grounds"] for each in issue["decisions"] if each["about"] == TRIAL] == [WHY["grounds"]]
    items = (await get(served, "/api/today", staff=True))["items"]
    assert [each for each in items if each["kind"] == "trial"] == []


async def test_acts_are_the_staffs_and_say_why(served: Served) -> None:
    await keep(served, initiative(served), Trial(id=TRIAL), Proposal(id=PROPOSAL, name="Benches"))
    acts = [
        (f"/api/vision/initiatives/{quote(INITIATIVE)}/start", {}),
        (f"/api/vision/proposals/{quote(PROPOSAL)}/adopt", {}),
        (f"/api/vision/trials/{quote(TRIAL)}/decision", {"verdict": "stop"}),
    ]
    for path, body in acts:
        assert "staff" in (await post(served, path, body | WHY, 403, staff=False))["title"]
        for grounds in ({}, {"en": "  "}):
            problem = await post(served, path, body | {"grounds": grounds}, 400)
            assert problem["where"] == "grounds"
    await post(served, acts[2][0], WHY | {"verdict": "perhaps"}, 400)
    await post(served, acts[2][0], WHY | {"verdict": "adopt"}, 422)
    await post(served, acts[2][0], WHY, 400)
    assert (await get(served, f"/api/vision/trials/{quote(TRIAL)}"))["decisions"] == []


async def test_what_has_no_end_does_not_start(served: Served) -> None:
    await keep(served, initiative(served, owner_after=None))
    path = f"/api/vision/initiatives/{quote(INITIATIVE)}"
    problem = await post(served, path + "/start", WHY, 422)
    assert "ownerAfter" in problem["title"]
    story = await get(served, path)
    assert (story["stage"], story["lacks"], story["decisions"]) == ("idea", ["ownerAfter"], [])


async def test_a_proposal_is_adopted(served: Served) -> None:
    await keep(served, Issue(id=ISSUE, name="No bench", functions=["seniors"], layers=["vibrancy"]))
    await keep(served, Proposal(id=PROPOSAL, name="Benches", answers_issues=[ISSUE], status="open"))
    await keep(served, Proposal(id=PROPOSAL + "h", name="Held", moderation="held"))
    listed = await get(served, "/api/vision/initiatives", staff=True)
    assert [each["id"] for each in listed["proposals"]] == [PROPOSAL]
    assert "proposals" not in await get(served, "/api/vision/initiatives")
    path = f"/api/vision/proposals/{quote(PROPOSAL)}/adopt"
    made = await post(served, path, WHY | {"owner": "parks"}, 201)
    assert (made["name"], made["functions"], made["owner"], made["stage"]) == (
        "Benches",
        ["seniors"],
        ["parks"],
        "idea",
    )
    assert (await get(served, f"/api/vision/initiatives/{quote(made['id'])}"))["proposal"]["id"] == PROPOSAL
    await post(served, path, WHY, 422)
    assert (await get(served, "/api/vision/initiatives", staff=True))["proposals"] == []


async def test_an_initiative_says_what_it_needs_costs_and_is_worth(served: Served) -> None:
    pytest.importorskip("scipy")
    rule = Regulation(id=urn("Regulation"), title="Speed")
    one = initiative(
        served,
        costs=[{"year": 2026, "amount": 1000, "payer": "City"}],
        gains=[{"who": "Residents", "kind": "value", "amount": 2000, "first": 2027, "last": 2027}],
        risks={"text": {"en": "Traffic moves"}},
        data_needed=["Shelter", "Nursery"],
        rules_to_change=[rule.id],
        sharing={"coalitions": {"City": 900, "Region": 400, "City+Region": 1000}},
    )
    offer = Offer(id=urn("Offer"), name="Signs", capabilities={"function": "mobility"})
    line = BudgetLine(
        id=urn("BudgetLine"), of_initiative=INITIATIVE, year=2026, line_kind="cost", payer="City", actual=9
    )
    await keep(served, rule, one, offer, line)
    story = await get(served, f"/api/vision/initiatives/{quote(INITIATIVE)}")
    assert story["worth"]["found"]["npv"] == pytest.approx(-1000 + 2000 / 1.04)
    assert sum(each["yen"] for each in story["shares"]["shares"]) == 1000
    assert [(each["name"], each["gaps"]) for each in story["matches"]] == [("Signs", ["type:Shelter", "type:Nursery"])]
    assert [(each["type"], bool(each["datasets"])) for each in story["knowledge"]] == [
        ("Shelter", True),
        ("Nursery", False),
    ]
    assert [each["name"] for each in story["rules"]] == ["Speed"]
    assert [each["text"]["en"] for each in story["risks"]] == ["Traffic moves"]
    assert [(each["planned"], each["actual"]) for each in story["budget"]] == [(None, 9.0)]
    changed = initiative(served, costs=[{"year": 2026, "amount": "much", "payer": "City"}])
    await keep(served, changed)
    story = await get(served, f"/api/vision/initiatives/{quote(INITIATIVE)}")
    assert ([each["where"] for each in story["wrong"]], story["costs"]) == (["costs[0].amount"], [])
    assert story["worth"]["wrong"]["where"] == "costs[0].amount"


async def test_everything_is_read_without_an_account(served: Served) -> None:
    now = served.city.clock.now()
    await keep(
        served,
        KeyPerformanceIndicator(id=urn("KeyPerformanceIndicator"), name="Walks"),
        Outcome(id=urn("Outcome"), title="Walk", measured_by=[urn("KeyPerformanceIndicator")], steps="nonsense"),
        Regulation(id=urn("Regulation"), title="Speed"),
        Survey(id=urn("Survey"), survey_kind="yearly"),
        SurveyResult(id=urn("SurveyResult"), in_survey=urn("Survey"), factor="trust", estimate=5, measured_at=now),
        BudgetLine(id=urn("BudgetLine"), year=2026, planned=7),
    )
    (outcome,) = (await get(served, "/api/vision/outcomes"))["outcomes"]
    assert (outcome["lacks"], [each["where"] for each in outcome["wrong"]]) == (["target", "readings"], ["steps[0]"])
    assert [each["title"] for each in (await get(served, "/api/vision/rules"))["rules"]] == ["Speed"]
    assert [each["factor"] for each in (await get(served, "/api/vision/life"))["results"]] == ["trust"]
    money = await get(served, "/api/vision/money")
    assert [(part["id"], part["rows"][0]["planned"]) for part in money["parts"]] == [(None, 7.0)]
    for path in ("initiatives", "trials"):
        await get(served, f"/api/vision/{path}/urn:ngsi-ld:No:x", 404)


async def test_people_ahead_follow_the_districts(served: Served) -> None:
    assert "register" in (await get(served, "/api/vision/people", 400))["hint"]
    await keep(served, District(id=urn("District"), name="east", population_by_age=by_age(50)))
    first = await get(served, "/api/vision/people?to=2050")
    assert first["years"][0]["total"] == pytest.approx(50 * 36)
    assert await get(served, "/api/vision/people?to=2050") == first
    await keep(served, District(id=urn("District"), name="east", population_by_age=by_age(60)))
    assert (await get(served, "/api/vision/people?to=2050"))["years"][0]["total"] == pytest.approx(60 * 36)
    for query in ("to=soon", "to=1800", "to=1e99", "to=2000", "scenario=rosy", "place=nowhere"):
        await get(served, f"/api/vision/people?{query}", 400)
