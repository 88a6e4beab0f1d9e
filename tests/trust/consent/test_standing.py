"""Guardians and helpers: who may act, until when, with what; and who may not."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.errors import BadInput, Conflict, NotAllowed, NotFound
from noren.trust.consent.standing import EVERYTHING, Standings, covered

CHILD, MOTHER, CLERK, AUNT = "urn:p:child", "urn:p:mother", "urn:staff:clerk", "urn:p:aunt"
OTHER_CLERK = "urn:staff:other-clerk"
PAPER = "ab" * 32
YEAR = 365 * 86_400.0


def registered(standings, of_age: float):
    """A guardian whom two members of staff registered."""
    standings.register(CHILD, MOTHER, of_age, evidence=PAPER, by=CLERK)
    return standings.register(CHILD, MOTHER, of_age, evidence=PAPER, by=OTHER_CLERK)


@pytest.fixture
def standings(tmp_path: Path, vault, wall):
    opened = Standings(tmp_path / "trust.db", vault, "town", clock=wall)
    yield opened
    opened.close()


def test_a_guardian_acts_until_the_child_is_of_age_and_nobody_need_do_anything(standings, wall) -> None:
    registered(standings, wall() + YEAR)
    assert standings.acting(MOTHER, CHILD, "allow", "Person.birthDate").role == "guardian"
    wall.now += YEAR
    with pytest.raises(NotFound):
        standings.acting(MOTHER, CHILD, "see")


def test_a_guardian_is_registered_with_evidence_by_somebody_else(standings, wall) -> None:
    for child, guardian, of_age, evidence, by in [
        (CHILD, CHILD, wall() + YEAR, PAPER, CLERK),
        (CHILD, MOTHER, wall() + YEAR, PAPER, MOTHER),
        (CHILD, MOTHER, wall() + YEAR, "", CLERK),
        (CHILD, MOTHER, wall() + YEAR, "z" * 64, CLERK),
        ("", MOTHER, wall() + YEAR, PAPER, CLERK),
        (CHILD, "urn:p:\x00", wall() + YEAR, PAPER, CLERK),
        (CHILD, MOTHER, wall() - 1, PAPER, CLERK),
        (CHILD, MOTHER, wall() + 30 * YEAR, PAPER, CLERK),
        (CHILD, MOTHER, float("inf"), PAPER, CLERK),
    ]:
        with pytest.raises(BadInput):
            standings.register(child, guardian, of_age, evidence=evidence, by=by)
    assert standings.by(MOTHER) == []


def test_one_member_of_staff_alone_makes_nobody_a_guardian(standings, wall) -> None:
    first = standings.register(CHILD, MOTHER, wall() + YEAR, evidence=PAPER, by=CLERK)
    with pytest.raises(Conflict):
        standings.register(CHILD, MOTHER, wall() + YEAR, evidence=PAPER, by=CLERK)
    standings.register(CHILD, MOTHER, wall() + YEAR, evidence="cd" * 32, by=OTHER_CLERK)
    with pytest.raises(NotFound):
        standings.acting(MOTHER, CHILD, "see")
    made = standings.register(CHILD, MOTHER, wall() + 2 * YEAR, evidence=PAPER, by=OTHER_CLERK)
    assert (made.id, made.until, made.by, made.second) == (first.id, first.until, CLERK, OTHER_CLERK)
    assert standings.acting(MOTHER, CHILD, "see").id == first.id


def test_only_staff_strike_a_guardian_off(standings, wall) -> None:
    made = registered(standings, wall() + YEAR)
    with pytest.raises(NotAllowed):
        standings.end(made.id, CHILD)
    with pytest.raises(NotFound):
        standings.end(made.id, AUNT)
    standings.end(made.id, CLERK, staff=True)
    with pytest.raises(NotFound):
        standings.acting(MOTHER, CHILD, "see")


def test_a_helper_does_what_was_asked_with_what_was_named_once_they_agree(standings) -> None:
    made = standings.appoint(MOTHER, AUNT, attributes=frozenset({"Person.*"}), does=frozenset({"see"}), days=30)
    with pytest.raises(NotFound):
        standings.acting(AUNT, MOTHER, "see", "Person.birthDate")
    with pytest.raises(NotFound):
        standings.agree(made.id, CHILD)
    standings.agree(made.id, AUNT)
    assert standings.acting(AUNT, MOTHER, "see", "Person.birthDate").role == "helper"
    for does, attribute in [("allow", "Person.birthDate"), ("see", "Report.reporterName")]:
        with pytest.raises(NotFound):
            standings.acting(AUNT, MOTHER, does, attribute)
    with pytest.raises(Conflict):
        standings.agree(made.id, AUNT)


@pytest.mark.parametrize("attributes", [[], ["Person"], ["**"], ["person.name"], ["Person.birthDate", "x"]])
def test_help_names_attributes(standings, attributes) -> None:
    with pytest.raises(BadInput):
        standings.appoint(MOTHER, AUNT, attributes=frozenset(attributes), does=EVERYTHING, days=30)


@pytest.mark.parametrize("who", [MOTHER, AUNT])
def test_help_is_ended_by_either(standings, who) -> None:
    made = standings.appoint(MOTHER, AUNT, attributes=frozenset({"*"}), does=EVERYTHING, days=30)
    standings.agree(made.id, AUNT)
    standings.end(made.id, who)
    with pytest.raises(NotFound):
        standings.acting(AUNT, MOTHER, "see")


def test_help_ends_by_itself(standings, wall) -> None:
    made = standings.appoint(MOTHER, AUNT, attributes=frozenset({"*"}), does=EVERYTHING, days=1)
    standings.agree(made.id, AUNT)
    wall.now += 86_400
    with pytest.raises(NotFound):
        standings.acting(AUNT, MOTHER, "see")


def test_whoever_was_erased_is_acted_for_by_nobody(standings, vault, wall) -> None:
    registered(standings, wall() + YEAR)
    vault.erase(vault.subject(CHILD, "town"))
    assert standings.by(MOTHER) == [] and standings.of(CHILD) == []


def test_the_file_names_nobody(standings, tmp_path: Path, wall) -> None:
    registered(standings, wall() + YEAR)
    standings.close()
    raw = b"".join(path.read_bytes() for path in tmp_path.glob("trust.db*"))
    assert not [who for who in (CHILD, MOTHER, CLERK, PAPER) if who.encode() in raw]


@given(
    st.sets(st.sampled_from(["A.a", "A.b", "B.a", "A.*", "B.*", "*"])), st.sampled_from(["A.a", "A.b", "B.a", "B.b"])
)
def test_what_is_covered_is_what_the_words_say(given, attribute) -> None:
    kind, name = attribute.split(".")
    plain = any(
        each == "*" or (each.split(".")[0] == kind and each.split(".")[1] in ("*", name)) for each in given if each
    )
    assert covered(attribute, frozenset(given)) == plain
