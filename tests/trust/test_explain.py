"""Why a decision is so: the same answer as the policy gives, sentences that stand in the files, changes that help."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noren.messages import catalogue
from noren.terms import DataClass
from noren.trust import PURPOSES, Basis, Definition, Ground, Policy, Principal, policy_texts
from noren.trust.explain import Question, explain, in_force, sentences, unsaid
from noren.trust.policy import SCHEMA, Action
from tests.trust.test_policy import KINDS, definitions, grounds, oracle, principals

PAGE = Path(__file__).parents[2] / "docs" / "curtain.md"
ACTIONS = get_args(Action)
PURPOSES_ASKED = ("participation", "education", "city-operation", "emergency-care", "statistics")
PURPOSES_ASKED += ("traffic-management", "flood-warning")


@pytest.fixture(scope="module")
def policy() -> Policy:
    return Policy(organisation="city")


@settings(max_examples=30, deadline=None)
@given(principals, st.sampled_from(sorted(PURPOSES)), st.sampled_from(ACTIONS), definitions, grounds)
def test_an_explanation_says_what_the_oracle_says(policy, who, purpose, action, what, ground) -> None:
    told = explain(policy, Question(who, purpose, action, what, ground))
    assert told.allowed is oracle(who, purpose, action, what, ground)
    assert all(each.text and each.file in policy_texts() for each in told.because)
    assert not (told.allowed and (told.unless or not told.because))
    assert {each.effect for each in told.because} <= ({"permit"} if told.allowed else {"forbid"})
    for change, value in told.unless:
        other = changed(Question(who, purpose, action, what, ground), change, value)
        assert oracle(other.who, other.purpose, other.action, other.what, other.ground), (change, value)


def changed(asked: Question, change: str, value: str) -> Question:
    """The question as it would be after a change that an explanation proposes."""
    who, what, ground, purpose = asked.who, asked.what, asked.ground, asked.purpose
    replace = msgspec.structs.replace
    match change:
        case "purpose":
            who, purpose = replace(who, purposes=who.purposes | {value}), value
        case "role":
            who = replace(who, roles=who.roles | {value})
        case "organisation":
            who = replace(who, organisation_kind=value)
        case "ours":
            who = replace(who, organisation=value)
        case "collector":
            what = replace(what, collector_kind=value)
        case "basis":
            ground = replace(ground, basis=value)
        case "register":
            ground = replace(ground, basis=value, vetted=True)
        case "collected":
            ground = replace(ground, basis=value, collected=True)
        case _:
            raise AssertionError(change)
    return Question(who, purpose, asked.action, what, ground)


def questions() -> Any:
    """Questions of every sort, drawn the same way each time, about every type that some policy names."""
    draw = random.Random(1)
    named = [
        "WaterObserved",
        "Person",
        *sorted({name for text in policy_texts().values() for name in text.split('"')[1::2]}),
    ]
    for _ in range(60_000):
        purpose = draw.choice(PURPOSES_ASKED)
        who = Principal(
            id="urn:x",
            kind=draw.choice(KINDS),
            organisation=draw.choice(["city", "other"]),
            organisation_kind=draw.choice(["government", "company", "health"]),
            purposes=frozenset({"city-operation", draw.choice([purpose, purpose, "education"])}),
            default_purpose=purpose,
            roles=draw.choice([frozenset(), frozenset({"operator", "provider", "collector", "clinician"})]),
            reads=frozenset({"*", "Person"}),
            writes=frozenset({"*"}),
        )
        of = draw.choice([*DataClass, DataClass.PERSONAL, DataClass.PERSONAL])
        what = Definition(draw.choice(named), "", of, draw.choice(["company", "health"]))
        ground = Ground(draw.choice(get_args(Basis)), draw.random() < 0.5, draw.random() < 0.5)
        yield who, purpose, draw.choice(ACTIONS), what, ground


def test_every_sentence_decides_something(policy: Policy) -> None:
    left = set(sentences(policy_texts())) - {"own-tenant"}  # a view has one tenant: that rule is for whoever else asks
    bare = Policy(bare=True, organisation="city")
    for asked in questions():
        for rules in (policy, bare):
            left.difference_update(rules.decide(*asked).reasons)
        if not left:
            break
    assert not left, "no question of this test reaches these sentences"


def test_every_policy_has_a_name_and_a_sentence_in_both_languages() -> None:
    texts = policy_texts()
    assert unsaid(texts) == []
    english, japanese = catalogue("en"), catalogue("ja")
    for id, each in sentences(texts).items():
        assert len(each.text.split()) > 4 and each.text.endswith("."), each
        assert english.get(f"policy.says.{id}") == each.text, f"word for word in messages/en.json: policy.says.{id}"
        assert f"policy.says.{id}" in japanese, f"say it in Japanese, too: policy.says.{id}"
    ids = [id for text in texts.values() for id in text.split('@id("')[1:]]
    assert len(ids) == len(sentences(texts)), "each name once"


@pytest.mark.parametrize("file", sorted(policy_texts().keys() - {SCHEMA}))
def test_the_page_of_the_curtain_names_every_file(file: str) -> None:
    assert f"`{file}`" in PAGE.read_text("utf-8")


def test_what_the_city_changed_is_told(tmp_path: Path) -> None:
    own = policy_texts()["open-data.cedar"].replace("Open data may be read by anyone.", "Open data is for all.")
    (tmp_path / "open-data.cedar").write_text(own, "utf-8")
    (tmp_path / "more.cedar").write_text("// Nothing more.\n", "utf-8")
    found = {each.file: each for each in in_force(tmp_path)}
    assert (found["open-data.cedar"].origin, found["open-data.cedar"].changed) == ("replaced", 2)
    assert found["more.cedar"].origin == "added" and found["consent.cedar"].origin == "packaged"


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ('@id("x")\npermit (principal, action, resource);', "x"),
        ("// It is said.\npermit (principal, action, resource);", "?"),
        ('// It is said.\n@id("x")\npermit (principal, action, resource);\nforbid (principal, action, resource);', "?"),
    ],
)
def test_a_policy_without_words_is_found(text: str, missing: str) -> None:
    assert unsaid({"own.cedar": text}) == [("own.cedar", missing)]
