"""From a proposal to a decision over HTTP: said, discussed, voted on slips, recounted from what was published."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import aiohttp

from noren.civic.ballots import pb, report
from noren.terms.records import Poll
from tests.web.api.conftest import Served
from tests.web.api.test_voice import get, hand_in, post

QUESTION = {"en": "What shall we build?", "ja": "何をつくりますか"}
COSTS = {"swings": 50, "trees": 30, "bench": 20, "well": 45}


async def propose(served: Served, name: str, *, status: int = 201, staff: bool = False, **more: Any) -> Any:
    return await post(served, "/api/voice/proposals", {"name": name} | more, status=status, staff=staff)


async def test_a_proposal_is_amended_discussed_and_answered(served: Served) -> None:
    issue = (await hand_in(served, "The street light is out"))["issue"]
    made = await propose(served, "Lamps that save power", description="All over town.", kind="firm", issues=[issue])
    assert (made["isFirst"], made["moderation"]) == (True, "published")
    again = await propose(served, "LAMPS that save power!", description="All over town")
    assert (again["id"], again["isFirst"]) == (made["id"], False)
    change = await propose(served, "Only in the old town", kind="university", amends=made["id"])
    path = f"/api/voice/proposals/{quote(made['id'])}"
    answer = {"state": "to-vote", "text": {"en": "Let us vote on it."}}
    await post(served, path + "/answers", answer, status=403)
    await post(served, path + "/answers", answer | {"text": {}}, staff=True, status=400)
    await post(served, path + "/answers", answer, staff=True, status=200)
    story = await get(served, path)
    assert [each["id"] for each in story["amendments"]] == [change["id"]]
    assert (story["status"], story["answer"]) == ("to-vote", {"en": "Let us vote on it."})
    assert [each["id"] for each in story["answersIssues"]] == [issue]
    followed = await get(served, f"/api/voice/issues/{quote(issue)}")
    assert [each["id"] for each in followed["proposals"]] == [made["id"]]
    listed = await get(served, f"/api/voice/proposals?issue={quote(issue)}")
    assert [each["id"] for each in listed["proposals"]] == [made["id"]]


async def test_a_proposal_that_does_not_hold_is_refused_by_field(served: Served) -> None:
    one = await propose(served, "One")
    two = await propose(served, "Two", amends=one["id"])
    for name, more, where in (
        (" ", {}, "name"),
        ("x" * 121, {}, "name"),
        ("x", {"cost": -1}, "cost"),
        ("x", {"issues": ["urn:ngsi-ld:Issue:t:none"]}, "issues"),
        ("x", {"amends": "urn:ngsi-ld:Proposal:t:none"}, "amends"),
        ("x", {"amends": two["id"]}, "amends"),
    ):
        assert (await propose(served, name, status=400, **more))["where"] == where
    await propose(served, "x", kind="staff", status=403)
    await propose(served, "x", kind="staff", staff=True)


async def stand(http: aiohttp.ClientSession, path: str, comment: str, agreement: int) -> None:
    async with http.post(path + "/stances", json={"comment": comment, "agreement": agreement}) as reply:
        assert reply.status == 200, await reply.text()


async def browsers(served: Served, count: int) -> list[aiohttp.ClientSession]:
    base = served.http._base_url
    return [aiohttp.ClientSession(base, cookie_jar=aiohttp.CookieJar(unsafe=True)) for _ in range(count)]


async def test_comments_fold_and_opinions_become_groups(served: Served) -> None:
    made = await propose(served, "A car-free square")
    path = f"/api/voice/discussions/{quote(made['id'])}"
    texts = [f"Reason number {n}" for n in range(8)]
    ids = [(await post(served, path + "/comments", {"text": each, "position": "for"}))["id"] for each in texts]
    for _ in range(3):
        again = await post(served, path + "/comments", {"text": "reason NUMBER 0!", "position": "for"})
        assert (again["id"], again["isFirst"]) == (ids[0], False)
    people = await browsers(served, 12)
    try:
        for at, person in enumerate(people):
            for n, comment in enumerate(ids):
                await stand(person, path, comment, 1 if n >= 5 or at < 6 else -1)
        await stand(people[0], path, ids[7], -1)
        async with people[0].get(path) as reply:
            mine = (await reply.json())["mine"]
    finally:
        for person in people:
            await person.close()
    assert mine == dict.fromkeys(ids[:7], 1) | {ids[7]: -1}
    found = await get(served, path)
    assert found["comments"][0]["timesSaid"] == 4
    assert found["stances"][ids[7]] == {"agree": 11, "disagree": 1, "pass": 0}
    opinions = found["opinions"]
    assert [(g["name"], g["voters"]) for g in opinions["groups"]] == [("A", 6), ("B", 6)]
    assert {each["comment"] for each in opinions["common"]} <= set(ids[5:])
    assert sum(dot["voters"] for dot in opinions["dots"]) == 12
    assert found["mine"] == {}
    for staff in (False, True):
        headers = served.staff() if staff else {}
        async with served.http.get("/ngsi-ld/v1/entities?type=Stance", headers=headers) as reply:
            assert reply.status == (200 if staff else 403)


async def test_few_stances_are_not_told(served: Served) -> None:
    made = await propose(served, "A fountain")
    path = f"/api/voice/discussions/{quote(made['id'])}"
    comment = (await post(served, path + "/comments", {"text": "Water is life"}))["id"]
    people = await browsers(served, 4)
    for person in people:
        await stand(person, path, comment, 1)
        await person.close()
    found = await get(served, path)
    assert found["stances"] == {}
    assert found["opinions"] == {"voters": 4, "fewest": 10, "tooFew": True}
    await post(served, path + "/stances", {"comment": "urn:ngsi-ld:Comment:t:x", "agreement": 1}, status=404)
    await post(served, path + "/stances", {"comment": comment, "agreement": 5}, status=400)


async def test_what_is_taken_away_says_why(served: Served) -> None:
    made = await propose(served, "Buy my watches", description="Cheap.")
    path = f"/api/voice/texts/{quote(made['id'])}/moderation"
    await post(served, path, {"publish": False}, staff=True, status=400)
    async with served.http.post(
        path, json={"publish": False, "reason": {"en": "Advertising"}}, headers=served.staff()
    ) as reply:
        assert reply.status == 204
    gone = await get(served, f"/api/voice/proposals/{quote(made['id'])}")
    assert (gone["name"], gone["description"], gone["moderationReason"]) == (None, None, {"en": "Advertising"})
    assert (await get(served, "/api/voice/proposals"))["proposals"] == []
    await post(served, f"/api/voice/discussions/{quote(made['id'])}/comments", {"text": "why"}, status=422)
    async with served.http.post(path, json={"publish": True}, headers=served.staff()) as reply:
        assert reply.status == 204
    back = await get(served, f"/api/voice/proposals/{quote(made['id'])}")
    assert (back["name"], back["description"]) == ("Buy my watches", "Cheap.")


async def poll(served: Served, *, slips: int = 6, **more: Any) -> tuple[str, list[str]]:
    """An open poll about the budget, and the codes of its slips."""
    choices = [{"id": id, "name": {"en": id}, "cost": cost} for id, cost in COSTS.items()]
    draft = {"question": QUESTION, "form": "budget", "budget": 100, "choices": choices} | more
    made = await post(served, "/api/voice/polls", draft, staff=True)
    path = f"/api/voice/polls/{quote(made['id'])}"
    async with served.http.post(path + "/rights", json={"count": slips}, headers=served.staff()) as reply:
        assert reply.status == 201
        codes = (await reply.text()).split()[1:]
    closes = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    await post(served, path + "/opening", {"closesAt": closes}, staff=True, status=200)
    return path, codes


async def end(served: Served, path: str) -> datetime:
    """Let the time of a poll be over."""
    closes = datetime.now(UTC) - timedelta(hours=1)
    id = (await get(served, path))["id"]
    await served.city.view(served.city.staff).change(
        [Poll(id=id, opens_at=closes - timedelta(days=1), closes_at=closes)]
    )
    return closes


async def test_a_vote_from_slips_to_the_published_recount(served: Served) -> None:
    path, codes = await poll(served)
    ballots = [("swings", "trees", "bench"), ("swings", "trees"), ("bench", "well"), ("trees",)]
    receipts = []
    for code, choices in zip(codes, ballots, strict=False):
        typed = code.lower().replace("-", " ")
        receipts.append((await post(served, path + "/ballots", {"code": typed, "choices": choices}))["receipt"])
    twice = await post(served, path + "/ballots", {"code": codes[0], "choices": ["well"]}, status=422)
    assert twice["where"] == "code.used"
    over = await post(served, path + "/ballots", {"code": codes[4], "choices": ["swings", "trees", "well"]}, status=400)
    assert "dearer than allowed" in over["title"]
    unknown = await post(served, path + "/ballots", {"code": codes[4], "choices": ["castle"]}, status=400)
    assert "does not exist" in unknown["title"]
    await post(served, path + "/ballots", {"code": "0000-0000-0000", "choices": ["well"]}, status=404)
    await post(served, path + "/ballots", {"code": codes[4], "choices": ["well"], "via": "paper"}, status=403)
    await get(served, path + "/ballots", status=422)
    await post(served, path + "/closing", {}, staff=True, status=422)
    closes = await end(served, path)
    await post(served, path + "/ballots", {"code": codes[4], "choices": ["well"]}, status=422)
    paper = {"code": codes[4], "choices": ["bench"], "via": "paper"}
    early = await post(
        served, path + "/ballots", paper | {"received": (closes - timedelta(minutes=5)).isoformat()}, staff=True
    )
    late = await post(
        served,
        path + "/ballots",
        paper | {"code": codes[5], "received": (closes + timedelta(minutes=5)).isoformat()},
        staff=True,
    )
    assert (early["refused"], late["refused"]) == ("", "late")
    counted = await post(served, path + "/closing", {}, staff=True, status=200)
    assert (counted["ballotsCast"], counted["electors"]) == (5, 6)
    result = counted["result"]
    assert (result["rule"], result["counted"], result["refused"]) == ("equalshares/add1u", 5, {"late": 1})
    assert result["via"] == {"web": 4, "paper": 1}
    shown = await get(served, path + "/ballots")
    assert [each["receipt"] for each in shown["ballots"]] == sorted([*receipts, early["receipt"]])
    assert shown["refused"] == [{"receipt": late["receipt"], "reason": "late"}]
    found = await get(served, path + f"/ballots?receipt={receipts[2]}")
    assert found["ballots"] == [{"receipt": receipts[2], "choices": ["bench", "well"]}]
    async with served.http.get(path + "/ballots.pb") as reply:
        text = await reply.text()
    recount = report(pb.parse(text))
    assert (recount.count.counted, recount.count.differences, recount.remarks) == (5, [], [])
    assert recount.official is not None and recount.official.reproduced
    assert {o.rule: list(o.winners) for o in recount.outcomes} == {o["rule"]: o["winners"] for o in result["outcomes"]}
    await post(served, path + "/decision", {"text": {}}, staff=True, status=400)
    decided = await post(served, path + "/decision", {"text": {"en": "So be it."}}, staff=True, status=200)
    assert (decided["state"], decided["result"]["decided"]) == ("decided", result["winners"])


async def test_two_ballots_with_one_code_at_the_same_time_are_one_vote(served: Served) -> None:
    path, codes = await poll(served, slips=1)

    async def send(choice: str) -> int:
        async with served.http.post(path + "/ballots", json={"code": codes[0], "choices": [choice]}) as reply:
            return reply.status

    statuses = await asyncio.gather(*(send(choice) for choice in [*COSTS] * 5))
    assert sorted(statuses) == [201] + [422] * 19
    await end(served, path)
    assert (await post(served, path + "/closing", {}, staff=True, status=200))["ballotsCast"] == 1


async def test_nothing_stored_joins_a_ballot_to_a_code(served: Served) -> None:
    path, codes = await poll(served, slips=5)
    for code in codes:
        await post(served, path + "/ballots", {"code": code, "choices": ["trees"]})
    await end(served, path)
    await post(served, path + "/closing", {}, staff=True, status=200)
    stored = {}
    for kind in ("Ballot", "UsedRight", "VotingRight"):
        async with served.http.get(
            f"/ngsi-ld/v1/entities?type={kind}&options=sysAttrs,keyValues&limit=100", headers=served.staff()
        ) as reply:
            stored[kind] = await reply.json()
    assert [len(each) for each in stored.values()] == [5, 5, 5]
    assert len({each["createdAt"] for each in stored["Ballot"]}) == 1
    hashes = {each["id"].rpartition(":")[2] for each in stored["UsedRight"]}
    assert hashes == {each["id"].rpartition(":")[2] for each in stored["VotingRight"]}
    assert not any(hash in str(each) for each in stored["Ballot"] for hash in hashes)
    text = str(stored).upper().replace("-", "")
    assert not any(code.replace("-", "") in text for code in codes)
    async with served.http.get("/ngsi-ld/v1/entities?type=Ballot") as reply:
        assert reply.status == 403
    async with served.http.get("/ngsi-ld/v1/entities?type=Poll") as reply:
        assert "codeSalt" not in await reply.text()


async def test_every_form_of_ballot_is_counted(served: Served) -> None:
    forms = {
        "choose-one": ([{"choices": ["a"]}, {"choices": ["a"]}, {"choices": ["b"]}], {"choices": ["a", "b"]}),
        "approval": ([{"choices": ["a", "b"]}, {"choices": ["a"]}, {"choices": ["a", "c"]}], {"choices": ["a", "a"]}),
        "cumulative": (
            [
                {"choices": ["a", "b"], "points": [7, 3]},
                {"choices": ["b"], "points": [2]},
                {"choices": ["a"], "points": [1]},
            ],
            {"choices": ["a", "b"], "points": [7, 4]},
        ),
        "ranked": ([{"choices": ["a", "b"]}, {"choices": ["a"]}, {"choices": ["b", "c", "a"]}], {"choices": []}),
    }
    for form, (good, bad) in forms.items():
        choices = [{"id": id, "name": {"en": id.upper()}} for id in "abc"]
        path, codes = await poll(served, slips=3, form=form, choices=choices, budget=None)
        await post(served, path + "/ballots", {"code": codes[0]} | bad, status=400)
        for code, ballot in zip(codes, good, strict=True):
            await post(served, path + "/ballots", {"code": code} | ballot)
        await end(served, path)
        done = await post(served, path + "/closing", {}, staff=True, status=200)
        assert (done["result"]["winners"], done["result"]["counted"]) == (["a"], 3), form


async def test_a_published_file_becomes_a_poll(served: Served) -> None:
    path, codes = await poll(served, slips=2)
    for code in codes:
        await post(served, path + "/ballots", {"code": code, "choices": ["trees"]})
    await end(served, path)
    await post(served, path + "/closing", {}, staff=True, status=200)
    async with served.http.get(path + "/ballots.pb") as reply:
        text = await reply.text()
    async with served.http.post("/api/voice/polls/import", data=text.encode(), headers=served.staff()) as reply:
        assert reply.status == 201, await reply.text()
        made = await reply.json()
    first = await get(served, path)
    assert (made["state"], made["ballotsLeft"]) == ("draft", 2)
    for key in ("form", "budget", "limits", "rule"):
        assert made[key] == first[key], key
    assert [(each["id"], each["cost"]) for each in made["choices"]] == list(COSTS.items())
    assert made["id"] not in [each["id"] for each in (await get(served, "/api/voice/polls"))["polls"]]


async def test_a_poll_that_does_not_hold_is_refused_by_field(served: Served) -> None:
    names = [{"name": {"en": "a"}, "cost": 5}, {"name": {"en": "b"}, "cost": 9}]
    good = {"question": QUESTION, "form": "budget", "budget": 10, "choices": names}
    for change, where in (
        ({"question": {"en": ""}}, "question"),
        ({"choices": names[:1]}, "choices"),
        ({"choices": [names[0], {"name": {}}]}, "choices[1]"),
        ({"choices": [{"id": "a", "name": {"en": "a"}}, {"id": "a", "name": {"en": "b"}}]}, "choices[0]"),
        ({"choices": [{"id": "a,b", "name": {"en": "a"}}, names[1]]}, "choices[0]"),
        ({"budget": -5}, "budget"),
        ({"budget": 7}, "choices"),
        ({"rule": "borda"}, None),
        ({"rule": "nonsense"}, "rule"),
        ({"limits": {"minLength": 3, "maxLength": 2}}, "limits"),
    ):
        async with served.http.post("/api/voice/polls", json=good | change, headers=served.staff()) as reply:
            if where is not None:
                assert (reply.status, (await reply.json())["where"]) == (400, where), change
    made = await post(served, "/api/voice/polls", good, staff=True)
    path = f"/api/voice/polls/{quote(made['id'])}"
    await post(served, path + "/opening", {}, staff=True, status=400)
    closes = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    await post(served, path + "/opening", {"closesAt": closes}, staff=True, status=422)
    await post(served, path + "/ballots", {"code": "0000-0000-0000", "choices": ["1"]}, status=422)
