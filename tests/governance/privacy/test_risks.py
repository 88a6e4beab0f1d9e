"""Risks follow from stated rules; the rules are monotonic, and evidence that is named exists."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.governance.privacy import checklist
from noren.governance.privacy.activities import Activity
from noren.governance.privacy.risks import Facts, Judged, judged, tables
from noren.web.routes import ROUTES

ROOT = Path(__file__).parents[3]
FILES = frozenset(each.holds.removeprefix("rule:") for each in tables()[1] if each.holds.startswith("rule:"))
ANSWERS = ("keys_apart", "restore_tested", "staff_trained")


def activity(**more: object) -> Activity:
    plain = {"id": "a", "kind": "service", "title": {}, "summary": {}, "purpose_words": {}, "dpv": ""}
    return Activity(**plain | {"purpose": "city-operation"} | more)  # type: ignore[arg-type]


def facts(**more: object) -> Facts:
    sound = {"unchanged": FILES, "changed": False, "has_quorum": True, "reaches": False, "answered": {}}
    return Facts(**sound | more)  # type: ignore[arg-type]


def by_id(found: list[Judged]) -> dict[str, Judged]:
    return {each.risk.id: each for each in found}


PEOPLE = activity(personal=("Person.name",), readers=("person",), worst="personal")
acts = st.builds(
    activity,
    personal=st.sampled_from([(), ("Person.name",)]),
    readers=st.sampled_from([(), ("person",), ("person", "staff"), ("hall", "recipient")]),
    worst=st.sampled_from(["open", "operational"]),
    writes=st.sampled_from([(), ("Issue",), ("Alert",)]),
    stage=st.sampled_from(["idea", "trial", "practice"]),
    purpose=st.sampled_from(["city-operation", "health-care"]),
    exit_test=st.sampled_from(["", "Each year"]),
)
worlds = st.builds(
    facts,
    unchanged=st.sampled_from([FILES, frozenset()]),
    changed=st.booleans(),
    has_quorum=st.booleans(),
    reaches=st.booleans(),
    answered=st.sampled_from([{}, dict.fromkeys(ANSWERS, "yes")]),
)


@given(acts, worlds, st.booleans())
def test_figures_stay_in_their_scale_and_measures_never_hurt(one: Activity, world: Facts, special: bool) -> None:
    for each in judged(one, world, special=special):
        assert 1 <= each.severity <= 4 and 1 <= each.after <= each.before <= 4
        product = each.severity * each.after
        assert each.level == ("high" if product >= 8 else "medium" if product >= 4 else "low")


@given(acts, worlds)
def test_what_is_worse_is_never_judged_better(one: Activity, world: Facts) -> None:
    def worse(change: Facts) -> bool:
        pairs = zip(judged(one, world), judged(one, change), strict=True)
        return all(b.severity * b.after >= a.severity * a.after for a, b in pairs)

    fields = {name: getattr(world, name) for name in world.__struct_fields__}
    for bad in (
        {"has_quorum": False},
        {"changed": True},
        {"reaches": True},
        {"unchanged": frozenset()},
        {"answered": {}},
    ):
        assert worse(Facts(**fields | bad)), bad


def test_people_without_witnesses_are_a_high_risk_of_unseen_change() -> None:
    sound, bare = by_id(judged(PEOPLE, facts())), by_id(judged(PEOPLE, facts(has_quorum=False)))
    assert (sound["change"].severity, sound["change"].before, sound["change"].after) == (3, 3, 1)
    assert (bare["change"].before, bare["change"].after, bare["change"].level) == (4, 3, "high")
    assert "noWitnesses" in bare["change"].why


def test_a_rule_that_lets_others_read_raises_the_risk() -> None:
    def access(*readers: str, unchanged: frozenset[str] = FILES) -> Judged:
        one = activity(personal=("Person.name",), readers=readers, worst="personal")
        return by_id(judged(one, facts(unchanged=unchanged, changed=unchanged != FILES)))["access"]

    assert access("person", "hall", "recipient", "person.company").level == "low", "on consent"
    assert access("person", "staff", unchanged=frozenset()).level == "high"


def test_warnings_weigh_more_than_lists() -> None:
    def effect(**more: object) -> Judged:
        return by_id(judged(activity(**more), facts()))["effect"]

    assert (effect(writes=("Alert",)).severity, effect(writes=("Issue",)).severity, effect().severity) == (4, 2, 1)
    assert effect(writes=("Alert",), stage="trial").before == effect(writes=("Alert",), stage="practice").before + 1


NAMED = {each.id: each.evidence for each in (*tables()[1], *checklist.REQUIREMENTS)}


@pytest.mark.parametrize("id", sorted(NAMED))
def test_evidence_exists(id: str) -> None:
    routes = {f"{route.method} {route.path}" for route in ROUTES}
    for each in NAMED[id]:
        assert each in routes if each.startswith("GET ") else (ROOT / each).exists(), each


def test_every_measure_and_requirement_can_be_judged() -> None:
    risks = {each.id for each in tables()[0]}
    for each in tables()[1]:
        assert set(each.risks) <= risks and each.en and each.ja
        kind, _, name = each.holds.partition(":")
        assert kind in ("always", "rule", "witnesses", "answer", "setting", "exit test")
        assert bool(each.risks) != bool(each.part), each.id
        assert kind != "rule" or (ROOT / "src/noren/trust/policies" / name).is_file()
    assert {each.policy for each in checklist.REQUIREMENTS} == {each.id for each in checklist.POLICIES}
    assert len(checklist.POLICIES) == 5
