"""Emergency access: who, why, how long, what; and that somebody else looks at it."""

from __future__ import annotations

from pathlib import Path

import pytest

from noren.errors import BadInput, Conflict, NorenError, NotAllowed, NotFound
from noren.terms import TYPES, DataClass
from noren.trust import Principal
from noren.trust.consent.emergency import LONGEST_HOURS, SHOWN, Emergencies

PERSON = "urn:p:me"
WHY = "Unconscious after a fall, needs blood."
FINDING = "The record shows that nobody could be asked."


def somebody(id: str, *roles: str, organisation: str = "clinic", how: str = "health", kind: str = "staff") -> Principal:
    return Principal(id=id, kind=kind, organisation=organisation, organisation_kind=how, roles=frozenset(roles))  # type: ignore[arg-type]


DOCTOR = somebody("urn:x:doctor", "clinician")
REVIEWER = somebody("urn:x:reviewer", "reviewer", organisation="audit office", how="non-profit")


@pytest.fixture
def emergencies(tmp_path: Path, vault, wall):
    opened = Emergencies(tmp_path / "trust.db", vault, "town", clock=wall)
    yield opened
    opened.close()


def test_what_may_be_shown_is_personal_and_stands_in_the_tables() -> None:
    for name in SHOWN:
        kind, _, attribute = name.partition(".")
        assert attribute in TYPES[kind].attributes and TYPES[kind].data_class == DataClass.PERSONAL


def test_a_clinician_sees_what_was_named_for_hours(emergencies, wall) -> None:
    made = emergencies.begin(DOCTOR, PERSON, WHY, attributes=["Person.birthDate"], hours=2)
    assert (made.until - made.since, made.attributes) == (7200, ("Person.birthDate",))
    assert emergencies.of(PERSON) == [made]
    assert set(emergencies.begin(DOCTOR, PERSON, WHY).attributes) == set(SHOWN)


@pytest.mark.parametrize(
    ("who", "how", "error"),
    [
        (somebody("urn:x:1", "clinician", how="company"), {}, NotAllowed),
        (somebody("urn:x:1", "clinician", how="government"), {}, NotAllowed),
        (somebody("urn:x:1"), {}, NotAllowed),
        (somebody("urn:x:1", "clinician", kind="service"), {}, NotAllowed),
        (somebody("urn:x:1", "clinician", kind="device"), {}, NotAllowed),
        (somebody("urn:x:1", "clinician", kind="anonymous"), {}, NotAllowed),
        (somebody("urn:x:1", "clinician", kind="organisation"), {}, NotAllowed),
        (DOCTOR, {"reason": ""}, BadInput),
        (DOCTOR, {"reason": " " * 40}, BadInput),
        (DOCTOR, {"hours": LONGEST_HOURS + 0.1}, BadInput),
        (DOCTOR, {"hours": 0}, BadInput),
        (DOCTOR, {"hours": -1}, BadInput),
        (DOCTOR, {"hours": float("nan")}, BadInput),
        (DOCTOR, {"attributes": ["Report.reporterName"]}, BadInput),
        (DOCTOR, {"attributes": ["Person.*"]}, BadInput),
        (DOCTOR, {"attributes": ["*"]}, BadInput),
        (DOCTOR, {"attributes": []}, BadInput),
        (DOCTOR, {"person": DOCTOR.id}, BadInput),
    ],
)
def test_nobody_else_for_no_reason_or_for_longer_or_for_more(emergencies, who, how, error: type[NorenError]) -> None:
    asked = {"person": PERSON, "reason": WHY} | how
    with pytest.raises(error):
        emergencies.begin(who, **asked)
    assert emergencies.waiting() == []


def test_every_access_waits_for_a_review_that_all_can_see_and_that_tells_nothing_of_the_person(emergencies) -> None:
    made = emergencies.begin(DOCTOR, PERSON, WHY)
    [waiting] = emergencies.waiting()
    assert (waiting.id, waiting.organisation, waiting.due > waiting.since) == (made.id, "clinic", True)
    assert PERSON not in str(waiting) and WHY not in str(waiting)
    [whole] = emergencies.to_review(REVIEWER)
    assert whole.reason == WHY
    done = emergencies.review(made.id, REVIEWER, "not-justified", FINDING)
    assert emergencies.waiting() == [] and emergencies.of(PERSON) == [done]
    with pytest.raises(Conflict):
        emergencies.review(made.id, REVIEWER, "justified", FINDING)


@pytest.mark.parametrize(
    "who",
    [
        DOCTOR,
        somebody("urn:x:2", "reviewer"),
        somebody(DOCTOR.id, "reviewer", organisation="elsewhere"),
        somebody(PERSON, "reviewer", organisation="elsewhere"),
        somebody("urn:x:3", organisation="elsewhere"),
    ],
)
def test_nobody_who_was_there_reviews(emergencies, who) -> None:
    made = emergencies.begin(DOCTOR, PERSON, WHY)
    with pytest.raises(NotAllowed):
        emergencies.review(made.id, who, "justified", FINDING)


def test_a_review_says_what_was_found_of_something_that_was(emergencies) -> None:
    made = emergencies.begin(DOCTOR, PERSON, WHY)
    with pytest.raises(BadInput):
        emergencies.review(made.id, REVIEWER, "justified", "fine")
    with pytest.raises(NotFound):
        emergencies.review("elsewhere", REVIEWER, "justified", FINDING)


def test_what_was_erased_waits_for_nobody(emergencies, vault) -> None:
    emergencies.begin(DOCTOR, PERSON, WHY)
    other = emergencies.begin(DOCTOR, "urn:p:other", WHY)
    vault.erase(vault.subject(PERSON, "town"))
    assert [each.id for each in emergencies.waiting()] == [other.id]
    assert emergencies.to_review(REVIEWER) == [other]
