"""Reports and their issues in an open city: what is folded, what is held and taken away, and what two do at once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from noren.city import City, create
from noren.civic import claims, following, issues, reports
from noren.civic.categories import categories
from noren.civic.claims import Said
from noren.civic.drafts import Draft, Reporter
from noren.civic.issues import Answer
from noren.errors import BadInput, Conflict, NotAllowed
from noren.terms.records import Claim, Issue, Report

KNOWN = categories()
METRE = 1 / 111_320
SAID = "The street light in front of the house with the green door has been dark since Monday night"


@pytest.fixture
async def city(tmp_path: Path) -> AsyncIterator[City]:
    create(tmp_path / "town", "Town", languages=("ja", "en"))
    async with City.open(tmp_path / "town") as city:
        yield city


async def hand_in(city: City, text: str, north_m: float | None = 0.0, **more: Any) -> reports.Receipt:
    place = None if north_m is None else (139.0, 35.0 + north_m * METRE)
    return await reports.submit(city.view(city.counter), Draft(description=text, place=place, **more), KNOWN)


async def issue_of(city: City, receipt: reports.Receipt) -> Issue:
    return await city.view(city.anonymous).need(Issue, receipt.issue)


async def public(city: City, id: str) -> str:
    """All that anybody may read of an entity, today and in the past."""
    view = city.view(city.anonymous)
    changes = [each.entity for each in await view.changes(0) if each.entity["id"] == id][-1:]
    return json.dumps([await view.get_normalized(id), changes], default=str, ensure_ascii=False)


async def decide(city: City, receipt: reports.Receipt, *, publish: bool, text: str = "") -> Report:
    reason = {} if publish else {"en": "Advertising"}
    view = city.view(city.staff)
    return await reports.moderate(view, receipt.reference, KNOWN, publish=publish, reason=reason, text=text)


@pytest.mark.parametrize(
    ("text", "north_m", "category", "together"),
    [
        ("暗いです", 12, "street-light", True),
        ("The street light is out", 50, "street-light", False),
        (SAID, 50, "street-light", True),
        (SAID, 90, "street-light", False),
        (SAID, None, "street-light", True),
        ("Something else entirely here", 5, "other", False),
    ],
)
async def test_what_is_one_thing(city: City, text: str, north_m: float | None, category: str, together: bool) -> None:
    first = await hand_in(city, SAID, category=category)
    second = await hand_in(city, text, north_m, category=category)
    assert (second.issue == first.issue) is together


async def test_an_old_issue_that_is_open_takes_up_what_says_the_same(city: City) -> None:
    first = await hand_in(city, SAID, category="street-light")
    city.clock.jump(city.clock.now() + timedelta(days=46))
    assert (await hand_in(city, SAID, category="street-light")).issue == first.issue
    assert (await hand_in(city, "暗い", category="street-light")).issue != first.issue


async def test_an_issue_comes_alive_when_its_first_report_is_published(city: City) -> None:
    held = await hand_in(city, "Whoever planned this bench is an idiot", category="parks")
    assert (await issue_of(city, held)).name == KNOWN["parks"].meaning["ja"]
    await decide(city, held, publish=True, text="This bench is badly planned")
    issue = await issue_of(city, held)
    assert (issue.name, issue.description) == ("This bench is badly planned", "This bench is badly planned")
    assert "idiot" not in await public(city, issue.id)


async def test_what_is_taken_away_is_gone_from_the_issue_and_from_the_past(city: City) -> None:
    first = await hand_in(city, "Buy cheap watches now", category="parks", address="at watches.example")
    second = await hand_in(city, "A bench is broken", 3, category="parks")
    assert second.issue == first.issue
    await decide(city, first, publish=False)
    issue = await issue_of(city, first)
    assert (issue.name, issue.address, issue.report_count) == ("A bench is broken", None, 2)
    await decide(city, second, publish=False)
    assert (await issue_of(city, first)).name == KNOWN["parks"].meaning["ja"]
    past = [each async for each in city.view(city.anonymous).find("Report")]
    assert "watches" not in json.dumps(past, default=str)
    again = await decide(city, first, publish=True)
    assert again.description == "Buy cheap watches now\nat watches.example"
    assert (await issue_of(city, first)).name == "Buy cheap watches now"


async def test_deciding_twice_changes_nothing(city: City) -> None:
    held = await hand_in(city, "You are an idiot", category="parks")
    for _ in range(2):
        assert (await decide(city, held, publish=True)).description == "You are an idiot"
    for _ in range(2):
        removed = await decide(city, held, publish=False)
        assert (removed.description, removed.held_text) == (None, "You are an idiot")


async def test_pictures_that_are_kept_back_stay_and_need_a_reason(city: City) -> None:
    receipt = await hand_in(city, "A bench is broken", media=("a.jpg", "b.jpg"))
    view = city.view(city.staff)
    with pytest.raises(BadInput, match="why"):
        await reports.moderate(view, receipt.reference, KNOWN, publish=True, reason={}, pictures=False)
    reason = {"en": "A face shows"}
    report = await reports.moderate(view, receipt.reference, KNOWN, publish=True, reason=reason, pictures=False)
    assert (report.media, report.held_media) == (None, ["a.jpg", "b.jpg"])
    assert (await following.waiting(view))["reports"] == []


async def test_whatever_is_shown_is_looked_at(city: City) -> None:
    masked = await hand_in(city, "A lamp is out", address="call 090-1111-2222", answers={"colour": "a@example.org"})
    assert set(masked.masked) == {"phone", "email"}
    held = await hand_in(city, "A bench", 500, address="beside the idiot", answers={"colour": "green"})
    assert held.moderation == "held"
    for receipt in (masked, held):
        shown = await public(city, f"urn:ngsi-ld:Report:town:{receipt.reference.lower()}")
        assert not any(secret in shown for secret in ("2222", "example.org", "idiot"))
        assert "idiot" not in await public(city, receipt.issue)


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"description": "urn:ngsi-ld:null"}, "description"),
        ({"description": " \u200b\u202e "}, "description"),
        ({"description": "x", "address": "a" * 501}, "address"),
        ({"description": "x", "reporter": Reporter(email="a" * 501)}, "email"),
        ({"description": "x", "answers": {str(n): "" for n in range(21)}}, "answers"),
        ({"description": "x", "media": ("a",) * 6}, "media"),
    ],
)
async def test_what_cannot_be_kept_names_the_field_and_leaves_nothing(
    city: City, more: dict[str, Any], where: str
) -> None:
    with pytest.raises(BadInput) as refused:
        await reports.submit(city.view(city.counter), Draft(**more), KNOWN)
    assert refused.value.where == where
    assert await city.view(city.staff).count(Issue) == 0


async def test_answers_given_at_once_all_stand(city: City) -> None:
    receipt = await hand_in(city, "A bench is broken")
    views = [city.view(city.staff) for _ in range(8)]
    said = [Answer("seen", {"en": f"Answer {n}"}) for n in range(8)]
    await asyncio.gather(*(issues.say(view, receipt.issue, one) for view, one in zip(views, said, strict=True)))
    answers = (await issue_of(city, receipt)).answers
    assert {each["text"]["en"] for each in answers} == {f"Answer {n}" for n in range(8)}


async def test_what_is_folded_points_to_what_stands(city: City) -> None:
    one, two, three = [await hand_in(city, f"A bench is broken {n}", n * 500.0) for n in range(3)]
    view = city.view(city.staff)
    claim = await claims.add(city.view(city.counter), one.issue, Said(text="The wood is old"))
    await issues.merge(view, one.issue, two.issue)
    await issues.merge(view, two.issue, three.issue)
    assert [(await issue_of(city, each)).merged_into for each in (one, two)] == [three.issue] * 2
    assert (await issue_of(city, three)).report_count == 3
    assert (await view.need(Claim, claim.id)).about == three.issue
    for refused in (
        issues.say(view, one.issue, Answer("seen", {"en": "x"})),
        issues.place(view, one.issue, KNOWN["parks"]),
        issues.merge(view, three.issue, one.issue),
    ):
        with pytest.raises(Conflict):
            await refused


async def test_a_follow_up_to_what_is_closed_is_answered_too(city: City) -> None:
    first = await hand_in(city, "A bench is broken", category="parks")
    await issues.say(city.view(city.staff), first.issue, Answer("solved", {"en": "Mended."}))
    later = await hand_in(city, "It broke again", None, follows=first.reference)
    assert later.issue != first.issue
    issue = await issue_of(city, later)
    assert (issue.status, issue.category) == ("received", "parks")
    assert issue.location == (await issue_of(city, first)).location


async def test_a_promise_that_was_kept_stays_kept_when_the_issue_is_placed_anew(city: City) -> None:
    receipt = await hand_in(city, "It is dark", category="jobs")
    view, before = city.view(city.staff), await issue_of(city, receipt)
    placed = await issues.place(view, receipt.issue, KNOWN["snow-ice"])
    assert placed.due_at == before.opened_at + timedelta(days=1)  # type: ignore[operator]
    await issues.say(view, receipt.issue, Answer("seen", {"en": "Seen."}))
    assert (await issues.place(view, receipt.issue, KNOWN["jobs"])).due_at == placed.due_at


async def test_a_claim_that_was_held_is_looked_at(city: City) -> None:
    receipt = await hand_in(city, "A bench is broken")
    claim = await claims.add(city.view(city.counter), receipt.issue, Said(text="Because the mayor is an idiot"))
    view = city.view(city.staff)
    (waiting,) = (await following.waiting(view))["claims"]
    assert (waiting["id"], waiting["heldText"]) == (claim.id, "Because the mayor is an idiot")
    await claims.moderate(view, claim.id, publish=True, reason={}, text="Because it is old")
    assert [each.description for each in await claims.of(view, receipt.issue)] == ["Because it is old"]
    await claims.moderate(view, claim.id, publish=False, reason={"en": "Not about this"})
    assert await claims.of(view, receipt.issue) == []


@pytest.mark.parametrize("kind", ["Report", "Issue", "Claim"])
async def test_no_organisation_writes_past_the_counter(city: City, kind: str) -> None:
    company = city.principal(
        "acme", "organisation", organisation="acme", organisation_kind="company", roles=["provider"]
    )
    (outcome,) = await city.view(company).upsert([{"id": f"urn:ngsi-ld:{kind}:town:x", "type": kind}])
    assert isinstance(outcome.error, NotAllowed)
