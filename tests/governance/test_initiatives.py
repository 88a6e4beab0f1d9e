"""Nothing starts without its end, nothing ends without a decision; offers are matched without a score."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.city import City
from noren.errors import BadInput, Conflict, NotFound
from noren.governance.initiatives import AT_THE_END, adopt, decide, due, matches, missing, problems, regulations, start
from noren.terms.records import Decision, Initiative, Issue, Offer, Proposal, Regulation, Trial

ID = "urn:ngsi-ld:Initiative:town:1"
TRIAL = "urn:ngsi-ld:Trial:town:1"
PROPOSAL = "urn:ngsi-ld:Proposal:town:1"
WHY = {"en": "It is needed."}


def stated(city: City, **more: Any) -> Initiative:
    now = city.clock.now()
    given: dict[str, Any] = {
        "name": "Slow streets",
        "owner": ["roads"],
        "owner_after": "roads",
        "exit_test": {"en": "4 km/h less"},
        "ends_on": now + timedelta(days=90),
    }
    return Initiative(id=ID, **given | more)


async def decisions(city: City) -> list[Decision]:
    return [each async for each in city.view(city.staff).find(Decision)]


async def test_it_starts_when_its_end_is_stated_and_says_why(city: City) -> None:
    view = city.view(city.staff)
    await view.keep([stated(city)])
    begun = await start(view, ID, WHY)
    assert (begun.initiative_stage, begun.starts_on is not None) == ("trial", True)
    (decision,) = await decisions(city)
    assert (decision.about, decision.verdict, decision.grounds) == (ID, "adopt", WHY)
    with pytest.raises(Conflict, match="has begun"):
        await start(view, ID, WHY)


@pytest.mark.parametrize("left_out", ["owner", "owner_after", "exit_test", "ends_on"])
async def test_it_does_not_start_without_its_end(city: City, left_out: str) -> None:
    view = city.view(city.staff)
    initiative = stated(city, **{left_out: None})
    await view.keep([initiative])
    (name,) = missing(initiative)
    with pytest.raises(Conflict, match=name):
        await start(view, ID, WHY)
    assert await decisions(city) == []


async def test_it_does_not_start_without_words_or_against_itself(city: City) -> None:
    view = city.view(city.staff)
    await view.keep([stated(city, starts_on=city.clock.now() + timedelta(days=200))])
    with pytest.raises(BadInput, match="why"):
        await start(view, ID, {"en": "  "})
    with pytest.raises(Conflict, match="ends"):
        await start(view, ID, WHY)


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({"costs": [{"year": 2026, "amount": -5, "payer": "City"}]}, ["negative"]),
        ({"gains": [{"who": "All", "kind": "value", "amount": -5}]}, ["negative"]),
        ({"costs": [{"year": "soon", "amount": 5, "payer": "City"}]}, ["money"]),
        ({"costs": {"year": 2026, "amount": 5, "payer": "City"}}, []),
        ({}, []),
    ],
)
async def test_what_contradicts_itself_is_named(city: City, more: Any, found: list[str]) -> None:
    assert problems(stated(city, **more)) == found


async def test_a_proposal_becomes_an_initiative_once(city: City) -> None:
    view = city.view(city.staff)
    issue = Issue(id="urn:ngsi-ld:Issue:town:1", functions=["mobility"], layers=["safety"])
    await view.keep([issue, Proposal(id=PROPOSAL, name="Benches", answers_issues=[issue.id], status="open")])
    made = await adopt(view, PROPOSAL, Initiative(id=ID), WHY)
    assert (made.name, made.answers_issues, made.functions, made.layers, made.initiative_stage) == (
        "Benches",
        [issue.id],
        ["mobility"],
        ["safety"],
        "idea",
    )
    proposal = await view.need(Proposal, PROPOSAL)
    assert (proposal.status, proposal.answer) == ("adopted", WHY)
    with pytest.raises(Conflict, match="already"):
        await adopt(view, PROPOSAL, Initiative(id=ID), WHY)


async def test_what_nobody_looked_at_is_not_adopted(city: City) -> None:
    view = city.view(city.staff)
    await view.keep([Proposal(id=PROPOSAL, moderation="held")])
    with pytest.raises(Conflict, match="not published"):
        await adopt(view, PROPOSAL, Initiative(id=ID), WHY)
    with pytest.raises(NotFound):
        await adopt(view, PROPOSAL + "x", Initiative(id=ID), WHY)


@pytest.mark.parametrize(
    ("verdict", "stage"), [("keep", "practice"), ("widen", "practice"), ("change-rule", "trial"), ("stop", "retired")]
)
async def test_a_decision_ends_the_trial_and_moves_its_initiative(city: City, verdict: Any, stage: str) -> None:
    view, over = city.view(city.staff), city.clock.now() - timedelta(days=1)
    trial = Trial(id=TRIAL, of_initiative=ID, ends_on=over)
    await view.keep([stated(city), trial])
    assert due([trial], city.clock.now()) == [trial]
    await decide(view, TRIAL, verdict, WHY, "council")
    (decision,) = await decisions(city)
    assert (decision.about, decision.verdict, decision.decided_by) == (TRIAL, verdict, "council")
    assert (await view.need(Initiative, ID)).initiative_stage == stage
    assert due([await view.need(Trial, TRIAL)], city.clock.now()) == []
    with pytest.raises(Conflict, match="was decided"):
        await decide(view, TRIAL, verdict, WHY)


async def test_a_trial_ends_in_four_ways_only_and_never_without_words(city: City) -> None:
    view = city.view(city.staff)
    await view.keep([Trial(id=TRIAL)])
    for verdict in ("adopt", "decline"):
        with pytest.raises(Conflict, match="|".join(AT_THE_END)):
            await decide(view, TRIAL, verdict, WHY)  # type: ignore[arg-type]
    with pytest.raises(BadInput):
        await decide(view, TRIAL, "stop", {})
    with pytest.raises(NotFound):
        await decide(view, TRIAL + "x", "stop", WHY)
    assert await decisions(city) == []


async def test_decisions_about_things_of_one_name_are_two(city: City) -> None:
    view = city.view(city.staff)
    await view.keep([stated(city), Trial(id=TRIAL, of_initiative=ID)])
    await start(view, ID, WHY)
    await decide(view, TRIAL, "keep", WHY)
    assert {each.about for each in await decisions(city)} == {ID, TRIAL}


kinds = st.sampled_from(["function:mobility", "function:health", "category:road-safety", "type:School", "type:Nursery"])


@given(st.sets(kinds, min_size=1), st.lists(st.sets(kinds), max_size=4))
def test_offers_cover_some_needs_and_name_the_rest(needs: set[str], offered: list[set[str]]) -> None:
    def named(kind: str) -> list[str]:
        return [each.split(":")[1] for each in sorted(needs) if each.startswith(kind)]

    initiative = Initiative(id=ID, functions=named("function"), data_needed=named("type"))
    issues = [Issue(id=f"urn:i:{each}", category=each) for each in named("category")]
    offers = [
        Offer(id=f"urn:o:{i}", capabilities=[dict([each.split(":")]) for each in sorted(can)])
        for i, can in enumerate(offered)
    ]
    found = matches(initiative, issues, offers)
    assert {each.offer for each in found} == {f"urn:o:{i}" for i, can in enumerate(offered) if can & needs}
    for each in found:
        can = offered[int(each.offer.rsplit(":", 1)[1])]
        assert (set(each.covers), set(each.gaps)) == (can & needs, needs - can)
    assert [len(each.gaps) for each in found] == sorted(len(each.gaps) for each in found)


async def test_rules_say_which_trials_touched_them_and_when_they_are_late(city: City) -> None:
    view, now = city.view(city.staff), city.clock.now()
    rule = Regulation(id="urn:ngsi-ld:Regulation:town:1", title="Speed", review_on=now - timedelta(days=1))
    later = Regulation(id="urn:ngsi-ld:Regulation:town:2", title="Noise", review_on=now + timedelta(days=1))
    await view.keep([rule, later, Trial(id=TRIAL, name="First", touched_rules=[rule.id])])
    found = await regulations(view)
    assert [(each["title"], each["overdue"], [t["id"] for t in each["trials"]]) for each in found] == [
        ("Speed", True, [TRIAL]),
        ("Noise", False, []),
    ]
