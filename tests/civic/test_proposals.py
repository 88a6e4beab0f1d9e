"""What is held waits and is put back whole; opinions never lead to one person."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noren.city import City
from noren.civic import discussion, moderating, proposals
from noren.civic.discussion import Said
from noren.civic.looking import Looked
from noren.errors import Conflict
from noren.terms.records import Comment, Proposal, Stance


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        moderating, "look", lambda text: Looked(text.strip(), "en", (), "abuse" if "fool" in text else "")
    )


@pytest.mark.usefixtures("held")
async def test_what_is_held_is_shown_to_nobody_and_put_back_whole(city: City) -> None:
    counter, staff, anybody = city.view(city.counter), city.view(city.staff), city.view(city.anonymous)
    receipt = await proposals.submit(counter, proposals.Draft(name="A bench", description="Any fool sees it."))
    assert receipt.moderation == "held"
    shown = await anybody.need(Proposal, receipt.id)
    assert (shown.name, shown.description, shown.held_text) == (None, None, None)
    assert shown.moderation_reason
    assert await proposals.listing(anybody) == []
    with pytest.raises(Conflict):
        await discussion.add(counter, receipt.id, Said("Yes"))
    (waiting,) = await moderating.held(staff)
    assert waiting["text"] == "A bench\n\nAny fool sees it."
    await moderating.moderate(staff, receipt.id, publish=True, reason={})
    shown = await anybody.need(Proposal, receipt.id)
    assert (shown.name, shown.description) == ("A bench", "Any fool sees it.")
    comment, _ = await discussion.add(counter, receipt.id, Said("You fool"))
    assert await discussion.comments(anybody, receipt.id) == []
    await moderating.moderate(staff, comment.id, publish=False, reason={"en": "Abuse"})
    again, first = await discussion.add(counter, receipt.id, Said("YOU, FOOL!"))
    assert (again.id, first) == (comment.id, False)
    kept = await anybody.need(Comment, comment.id)
    assert (kept.description, kept.moderation, kept.moderation_reason) == (None, "removed", {"en": "Abuse"})


def stances(table: dict[tuple[int, int], int]) -> list[Stance]:
    return [
        Stance(id=f"urn:s:{voter}-{n}", about=f"c{n}", voter=f"v{voter:02}", agreement=float(value))
        for (voter, n), value in table.items()
    ]


tables = st.dictionaries(st.tuples(st.integers(0, 30), st.integers(0, 9)), st.sampled_from([1, 0, -1]), max_size=250)


@settings(deadline=None)
@given(tables)
def test_no_figure_is_of_a_few(table: dict[tuple[int, int], int]) -> None:
    found: dict[str, Any] = discussion.opinions([f"c{n}" for n in range(10)], stances(table))
    assert found["voters"] == len({voter for voter, _ in table})
    if found["tooFew"]:
        assert found.keys() == {"voters", "fewest", "tooFew"}
        return
    assert found["voters"] >= 10
    assert all(each["voters"] >= discussion.TOLD for each in found["groups"])
    for stand in [*found["common"], *(s for group in found["groups"] for s in group["stands"])]:
        assert stand.get("votes", discussion.TOLD) >= discussion.TOLD
    assert sum(dot["voters"] for dot in found["dots"]) == found["placed"]
    assert all(0 <= dot[axis] <= 1 for dot in found["dots"] for axis in "xy")
    assert "v0" not in str(found)


def test_a_pseudonym_leads_to_no_other_discussion() -> None:
    names = {discussion.pseudonym("secret", f"d{n}") for n in range(50)} | {discussion.pseudonym("other", "d0")}
    assert len(names) == 51
