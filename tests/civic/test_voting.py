"""Votes in a town: the box loses nothing, and what is published gives the result again, whatever was cast."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from noren.city import City
from noren.civic import polls, rights, voting
from noren.civic.ballots import pb, report
from noren.civic.polls import Choice, Draft, Limits, Opening
from noren.civic.voting import Decision, Vote
from noren.errors import BadInput, Conflict, NotFound
from noren.terms.records import Ballot, Poll, UsedRight

FORMS = ("choose-one", "approval", "cumulative", "ranked", "budget")


async def opened(city: City, form: str, slips: int) -> tuple[str, list[str]]:
    view = city.view(city.staff)
    choices = tuple(Choice({"en": f"Plan {id}"}, id, cost) for id, cost in (("a", 5.0), ("b", 3.0), ("c", 4.5)))
    draft = Draft(
        question={"en": "What now?"},
        form=form,  # type: ignore[arg-type]
        choices=choices,
        budget=8.0 if form == "budget" else None,
        limits=Limits(max_length=2) if form == "approval" else Limits(),
    )
    poll = await polls.create(view, draft)
    codes = await polls.roll(view, poll.id, slips)
    await polls.open(view, poll.id, Opening(view.now() + timedelta(days=1)))
    return poll.id, codes


async def end(city: City, id: str) -> None:
    now = city.clock.now()
    change = Poll(id=id, opens_at=now - timedelta(days=2), closes_at=now - timedelta(hours=1))
    await city.view(city.staff).change([change])


marks = st.lists(st.sampled_from(["a", "b", "c", "x"]), max_size=4)
votes = st.lists(st.tuples(marks, st.lists(st.integers(-1, 11), max_size=4)), min_size=1, max_size=8)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(form=st.sampled_from(FORMS), cast=votes)
async def test_whatever_is_cast_the_publication_gives_the_result_again(
    city: City, form: str, cast: list[tuple[list[str], list[int]]]
) -> None:
    id, codes = await opened(city, form, len(cast))
    counter, kept = city.view(city.counter), []
    for code, (choices, points) in zip(codes, cast, strict=True):
        vote = Vote(code=code, choices=tuple(choices), points=tuple(points) if form == "cumulative" else ())
        try:
            kept.append((await voting.cast(counter, id, vote)).receipt)
        except BadInput:
            # What the web refuses can be mended with the same code; paper is kept and does not count.
            paper = await voting.cast(
                counter, id, Vote(code=code, choices=vote.choices, points=vote.points, via="paper")
            )
            assert paper.refused
    await end(city, id)
    poll = await voting.close(city.view(city.staff), id)
    shown = await voting.published(counter, id)
    assert sorted(each["receipt"] for each in shown["ballots"]) == sorted(kept)
    assert len(shown["ballots"]) + len(shown["refused"]) == len(cast)
    found = report(pb.parse(await voting.file(counter, id)))
    assert (found.count.counted, found.count.marks, found.count.differences) == (len(kept), [], [])
    assert {o.rule: list(o.winners) for o in found.outcomes} == {
        o["rule"]: o["winners"] for o in poll.result["outcomes"]
    }


async def test_closing_goes_on_after_it_was_cut_off(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    id, codes = await opened(city, "approval", 4)
    counter, staff = city.view(city.counter), city.view(city.staff)
    receipts = {(await voting.cast(counter, id, Vote(code=code, choices=("a",)))).receipt for code in codes}
    await end(city, id)

    async def cut(ids: object) -> None:
        raise OSError("the power went")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="power"):
        patch.setattr(staff, "delete", cut)
        await voting.close(staff, id)
    poll = await voting.close(staff, id)
    assert (poll.ballots_cast, poll.result["votes"]["a"]) == (4, 4)
    assert {each.receipt async for each in staff.find(Ballot)} == receipts
    assert len([each async for each in staff.find(Ballot)]) == 4


async def test_a_ballot_that_could_not_be_kept_leaves_its_right(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    id, (code,) = await opened(city, "approval", 1)
    counter = city.view(city.counter)

    async def full(entities: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="full"):
        patch.setattr(counter, "keep", full)
        await voting.cast(counter, id, Vote(code=code, choices=("a",)))
    assert [each async for each in city.view(city.staff).find(UsedRight)] == []
    assert (await voting.cast(counter, id, Vote(code=code, choices=("a",)))).receipt


async def test_paper_is_kept_whatever_is_wrong_with_it(city: City) -> None:
    id, (first, second, third) = await opened(city, "choose-one", 3)
    counter, staff = city.view(city.counter), city.view(city.staff)
    await voting.cast(counter, id, Vote(code=first, choices=("a",)))

    async def enter(code: str, *choices: str, hours: float = 0) -> str:
        when = staff.now() - timedelta(hours=hours)
        return (await voting.cast(counter, id, Vote(code=code, choices=choices, via="paper", received=when))).refused

    assert await enter(first, "b") == "double-voter"
    assert await enter("0000-0000-0000", "b") == "unknown-code"
    assert await enter("gone", "b") == "unknown-code"
    assert await enter(second, "a", "b") == "too-long"
    await end(city, id)
    assert await enter(third, "b") == "late"
    assert await enter(third, "b", hours=3) == ""
    with pytest.raises(BadInput, match="cannot have come"):
        await enter(third, "b", hours=-3)
    poll = await voting.close(staff, id)
    assert poll.result["refused"] == Counter(["double-voter", "unknown-code", "unknown-code", "too-long", "late"])
    assert poll.result["votes"] == {"a": 1, "b": 1, "c": 0}
    assert await enter(third, "b", hours=3) == "after-count"
    (told,) = poll.result["words"]["en"]
    assert "Plan a" in told and "Plan b" in told
    assert "Plan a" in poll.result["words"]["ja"][0]
    decided = await voting.decide(staff, id, Decision({"en": "Lots were drawn."}, ("b",)))
    assert decided.result["decided"] == ["b"]
    with pytest.raises(Conflict):
        await voting.decide(staff, id, Decision({"en": "Again."}))


async def test_codes_are_random_and_only_their_hash_is_kept(city: City) -> None:
    id, codes = await opened(city, "approval", 600)
    assert len({*codes}) == 600
    view = city.view(city.staff)
    poll = await view.need(Poll, id)
    assert poll.electors == 600
    hashes = {rights.hashed(code, id, poll.code_salt or "") for code in codes}
    assert len(hashes) == 600
    assert {rights.hashed(code, id, rights.salt()) for code in codes}.isdisjoint(hashes)
    with pytest.raises(NotFound):
        await rights.check(view, id, rights.salt(), codes[0])
    assert not any(code.encode() in path.read_bytes() for path in city.folder.rglob("*.db*") for code in codes[:20])


async def test_the_count_waits_for_ballots_sent_at_the_last_moment(city: City) -> None:
    id, _ = await opened(city, "approval", 1)
    staff = city.view(city.staff)
    await staff.change([Poll(id=id, closes_at=city.clock.now() - timedelta(seconds=1))])
    with pytest.raises(Conflict, match="last moment"):
        await voting.close(staff, id)
