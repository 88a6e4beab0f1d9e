"""Every decision of the Cedar files against an oracle of plain ifs, and what happens when a policy is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noren.errors import BadInput
from noren.terms import DataClass
from noren.trust import NONE, PURPOSES, Basis, Definition, Ground, Policy, Principal, anonymous, policy_texts
from noren.trust.policy import SCHEMA, Action

KINDS = ("resident", "staff", "organisation", "service", "device", "anonymous")
ORGANISATIONS = ("government", "company", "non-profit", "research", "health", "school", "none")
TYPES = ("WaterObserved", "Device", "Person", "*")
TRAFFIC, WATER, FACILITIES = ("signal", "sign", "barrier"), ("valve", "gate", "pump"), ("streetlight", "charger")
ONE_DOOR = ("Actuator", "Command", "Interlock", "EmergencyStop")
SAID = ("Report", "Claim", "Ballot")
ALL = (*TYPES[:3], *TRAFFIC, *WATER, *FACILITIES, *ONE_DOOR, *SAID, "Vehicle")

names = st.frozensets(st.sampled_from(sorted(PURPOSES)), max_size=3)
types = st.frozensets(st.sampled_from((*TYPES, "Command", "Claim")), max_size=2)
principals = st.builds(
    Principal,
    id=st.just("urn:someone"),
    kind=st.sampled_from(KINDS),
    organisation=st.sampled_from(("city", "bus company")),
    organisation_kind=st.sampled_from(ORGANISATIONS),
    tenant=st.sampled_from(("", "port")),
    purposes=names,
    roles=st.frozensets(st.sampled_from(("operator", "provider", "collector", "administrator", "clinician"))),
    reads=types,
    writes=types,
)
definitions = st.builds(
    Definition,
    st.sampled_from(TYPES[:3]) | st.sampled_from(ALL),
    st.sampled_from(("", "name", "waterLevel")),
    st.sampled_from(DataClass),
    st.sampled_from(ORGANISATIONS),
)


grounds = st.builds(
    Ground, st.sampled_from(get_args(Basis)), st.booleans(), st.booleans(), st.sampled_from(("", "court"))
)


def oracle(
    who: Principal, purpose: str, action: str, what: Definition, ground: Ground = NONE, bare: bool = False
) -> bool:
    """The rules of docs/curtain.md, once more."""
    basis, ours = ground.basis, who.organisation == "city"
    personal, operational = what.data_class == DataClass.PERSONAL, PURPOSES[purpose].operational
    if purpose not in who.purposes or action == "search":
        return False
    if action == "command":
        return commands(who, purpose, what)
    reading = action == "read"
    if not reading and what.entity_type in ONE_DOOR and not (who.kind == "service" and what.entity_type in who.writes):
        return False
    if not reading and what.entity_type in SAID and who.kind == "organisation" and purpose != "participation":
        return False
    if (
        reading
        and personal
        and who.organisation_kind == "government"
        and what.collector_kind == "company"
        and not (who.kind == "resident" and basis in ("own", "guardian", "helper"))
    ):
        return False
    if bare and not personal:
        return True
    if reading and what.data_class == DataClass.OPEN:
        return True
    if personal:
        if who.kind == "resident":
            return basis in ("own", "guardian") or (basis == "helper" and reading)
        if reading and basis == "consent" and ground.vetted:
            return who.kind in ("organisation", "staff") or (who.kind == "service" and what.entity_type in who.reads)
        if reading and basis == "consent" and ground.collected:
            collector = who.kind == "organisation" and "collector" in who.roles
            return collector or who.kind == "staff" or (who.kind == "service" and what.entity_type in who.reads)
        if reading and basis == "emergency" and who.kind == "staff" and purpose == "emergency-care":
            return who.organisation_kind == "health" and "clinician" in who.roles
        collects = who.kind in ("organisation", "staff") and "collector" in who.roles
        return not reading and (collects or (who.kind == "staff" and operational and ours))
    if who.kind == "staff":
        return operational and ours
    if who.kind == "organisation":
        return ("operator" in who.roles and operational) if reading else "provider" in who.roles
    if who.kind in ("service", "device"):
        declared = who.reads if reading else who.writes
        return what.entity_type in declared or "*" in declared
    return False


def commands(who: Principal, purpose: str, what: Definition) -> bool:
    """Who may set a class of devices, or stop one."""
    kind, ours = what.entity_type, who.organisation == "city"
    if who.kind == "staff" and ours and kind == "EmergencyStop":
        return PURPOSES[purpose].operational
    if "operator" not in who.roles or not (who.kind == "organisation" or (who.kind == "staff" and ours)):
        return False
    if purpose == "traffic-management":
        return kind in TRAFFIC
    water = purpose in ("utility-operation", "flood-warning") and kind in WATER
    return water or (purpose in ("city-operation", "utility-operation") and kind in FACILITIES)


@pytest.fixture(scope="module")
def policies() -> dict[bool, Policy]:
    return {bare: Policy(bare=bare, organisation="city") for bare in (False, True)}


@settings(max_examples=1000, deadline=None)
@given(
    who=principals,
    purpose=st.sampled_from(sorted(PURPOSES)),
    action=st.sampled_from(get_args(Action)),
    what=definitions,
    ground=grounds,
    bare=st.booleans(),
    data=st.data(),
)
def test_every_decision_is_the_oracle_s(policies, who, purpose, action, what, ground, bare, data) -> None:
    if who.purposes and data.draw(st.booleans()):
        purpose = min(who.purposes)
    expected = oracle(who, purpose, action, what, ground, bare)
    assert policies[bare].may(who, purpose, action, what, ground) is expected
    assert policies[bare].may(who, purpose, action, what, ground) is expected, "remembered otherwise"


def test_a_decision_names_the_sentence_that_decided(policies) -> None:
    decision = policies[False].decide(
        anonymous(), "public-information", "read", Definition("WaterObserved", "", DataClass.OPEN)
    )
    assert decision.allowed and decision.reasons == ("open-data",)


def test_an_unknown_purpose_is_denied(policies) -> None:
    who = Principal(id="x", kind="staff", purposes=frozenset({"curiosity"}), default_purpose="curiosity")
    assert not policies[False].may(who, "curiosity", "read", Definition("WaterObserved", "", DataClass.OPEN))


def test_every_policy_begins_with_a_sentence_and_has_a_name() -> None:
    for name, text in policy_texts().items():
        if name != SCHEMA:
            blocks = [block for block in text.strip().split("\n\n") if block]
            assert all(block.startswith("// ") and "@id(" in block for block in blocks), name


def test_a_city_s_own_file_takes_the_place_of_the_packaged_one(tmp_path: Path) -> None:
    (tmp_path / "open-data.cedar").write_text("// Nothing is open.\n", "utf-8")
    policy = Policy(tmp_path)
    level = Definition("WaterObserved", "waterLevel", DataClass.OPEN)
    assert not policy.may(anonymous(), "public-information", "read", level)


def test_a_changed_file_empties_the_memory(tmp_path: Path) -> None:
    policy, level = Policy(tmp_path), Definition("WaterObserved", "waterLevel", DataClass.OPEN)
    assert policy.may(anonymous(), "public-information", "read", level)
    before = policy.version
    policy.refresh()
    assert policy.version == before
    (tmp_path / "closed.cedar").write_text(
        '// Closed today.\nforbid (principal is Anonymous, action, resource) when { resource.entityType == "X" };'
    )
    policy.refresh()
    assert policy.version > before
    assert policy.may(anonymous(), "public-information", "read", level)
    assert not policy.may(anonymous(), "public-information", "read", Definition("X", "", DataClass.OPEN))
    (tmp_path / "closed.cedar").unlink()
    policy.refresh()
    assert policy.may(anonymous(), "public-information", "read", Definition("X", "", DataClass.OPEN))


@pytest.mark.parametrize(
    "text",
    [
        "permit (principal, action",
        "permit (principal, action, resource) when { resource.colour == 1 };",
        'permit (principal is Martian, action == Action::"read", resource);',
        'permit (principal, action == Action::"read", resource) when { context.purpose == 3 };',
    ],
)
def test_a_policy_that_does_not_hold_stops_the_city(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.cedar").write_text(text)
    with pytest.raises(BadInput) as error:
        Policy(tmp_path)
    assert "bad.cedar" in error.value.where


def test_a_forbid_that_errors_denies(tmp_path: Path) -> None:
    (tmp_path / "overflow.cedar").write_text(
        "// Cedar skips a policy that errors; Noren must not.\n"
        "forbid (principal, action, resource) when { 9223372036854775807 + 1 == 0 };"
    )
    policy = Policy(tmp_path)
    assert not policy.may(anonymous(), "public-information", "read", Definition("WaterObserved", "", DataClass.OPEN))
