"""Why a decision is so: the sentences that decided, in the file where they stand, and what alone would change it.

>>> from noren.terms import DataClass
>>> from noren.trust import Definition, Policy, anonymous
>>> asked = Question(anonymous(), "public-information", "read", Definition("Person", "birthDate", DataClass.PERSONAL))
>>> explain(Policy(), asked).allowed
False
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec

from noren.trust.grants import NONE, Basis, Ground
from noren.trust.policy import SCHEMA, Action, Definition, Policy, policy_texts
from noren.trust.principals import Principal
from noren.trust.purposes import PURPOSES

ROLES = ("operator", "provider", "collector", "clinician")
Change = Literal["purpose", "role", "basis", "register", "collected", "collector", "organisation", "ours"]
_SENTENCE = re.compile(r'((?://[^\n]*\n)+)\s*@id\("([^"]+)"\)\s*(permit|forbid)')


class Sentence(msgspec.Struct, frozen=True):
    """One policy: its name, its file, what it says in words, and whether it permits or forbids."""

    id: str
    file: str
    text: str
    effect: Literal["permit", "forbid"]


class Question(msgspec.Struct, frozen=True):
    """Who asks, for what, to do what to what, on what ground."""

    who: Principal
    purpose: str
    action: Action
    what: Definition
    ground: Ground = NONE


class Explanation(msgspec.Struct, frozen=True):
    """Whether it is allowed, the sentences that decided (none: nothing permits it), and which single changes would
    turn a refusal round."""

    allowed: bool
    because: tuple[Sentence, ...]
    unless: tuple[tuple[Change, str], ...] = ()


class InForce(msgspec.Struct, frozen=True):
    """A file of policies: whose it is, and how many lines differ from the packaged one that it replaces."""

    file: str
    origin: Literal["packaged", "replaced", "added"]
    changed: int = 0


def sentences(texts: Mapping[str, str]) -> dict[str, Sentence]:
    """What each policy says, by its @id; one without a sentence above it is left out."""
    found: dict[str, Sentence] = {}
    for file, text in texts.items():
        for comment, id, effect in _SENTENCE.findall(text):
            words = " ".join(line.lstrip("/ ").strip() for line in comment.splitlines())
            found[id] = Sentence(id, file, words, effect)
    return found


def explain(policy: Policy, asked: Question, folder: Path | None = None) -> Explanation:
    """Why `policy`, read from `folder`, allows or refuses what is asked."""
    decision = policy.decide(asked.who, asked.purpose, asked.action, asked.what, asked.ground)
    known = sentences(policy_texts(folder))
    because = tuple(known.get(id, Sentence(id, "", "", "permit")) for id in decision.reasons)
    return Explanation(decision.allowed, because, () if decision.allowed else tuple(_turning(policy, asked)))


def in_force(folder: Path | None) -> list[InForce]:
    """The files in force, by name: packaged, the city's in the place of a packaged one, or added by the city."""
    packaged, all_ = policy_texts(), policy_texts(folder)
    return [_compared(name, text, packaged.get(name)) for name, text in all_.items() if name != SCHEMA]


def unsaid(texts: Mapping[str, str]) -> list[tuple[str, str]]:
    """File and policy of those that no sentence explains, or that have no name."""
    said = sentences(texts)
    bare = []
    for file, text in texts.items():
        if file == SCHEMA:
            continue
        code = re.sub(r"//[^\n]*", "", text)
        ids = re.findall(r'@id\("([^"]+)"\)', code)
        bare += [(file, id) for id in ids if id not in said]
        bare += [(file, "?")] * (len(re.findall(r"\b(?:permit|forbid)\s*\(", code)) - len(ids))
    return bare


def _compared(name: str, text: str, packaged: str | None) -> InForce:
    if packaged is None:
        return InForce(name, "added")
    if packaged == text:
        return InForce(name, "packaged")
    lines = difflib.unified_diff(packaged.splitlines(), text.splitlines(), lineterm="", n=0)
    return InForce(name, "replaced", sum(line[:1] in "+-" and line[:3] not in ("+++", "---") for line in lines))


def _turning(policy: Policy, asked: Question) -> Iterator[tuple[Change, str]]:
    """Single changes by which the answer would be yes."""
    for change, value, other in _others(asked, policy.organisation):
        if policy.may(other.who, other.purpose, other.action, other.what, other.ground):
            yield change, value


def _others(asked: Question, city: str) -> Iterator[tuple[Change, str, Question]]:
    who, ground = asked.who, asked.ground
    for name in PURPOSES:
        if name != asked.purpose or name not in who.purposes:
            yield "purpose", name, _with(asked, who={"purposes": who.purposes | {name}}, purpose=name)
    for role in ROLES:
        if role not in who.roles:
            yield "role", role, _with(asked, who={"roles": who.roles | {role}})
    for basis in get_args(Basis):
        if basis and basis != ground.basis:
            yield "basis", basis, _with(asked, ground={"basis": basis})
    if not ground.vetted:
        basis = ground.basis or "consent"
        yield "register", basis, _with(asked, ground={"vetted": True, "basis": basis})
    if not ground.collected:
        basis = ground.basis or "consent"
        yield "collected", basis, _with(asked, ground={"collected": True, "basis": basis})
    if asked.what.collector_kind == "company":
        yield "collector", "government", _with(asked, what={"collector_kind": "government"})
    if who.organisation_kind == "government":
        yield "organisation", "non-profit", _with(asked, who={"organisation_kind": "non-profit"})
    if city and who.organisation != city:
        yield "ours", city, _with(asked, who={"organisation": city})


def _with(asked: Question, **changes: Any) -> Question:
    """The question with fields of its parts, or fields of its own, changed."""
    for name, value in changes.items():
        part = getattr(asked, name)
        new = msgspec.structs.replace(part, **value) if isinstance(value, dict) else value
        asked = msgspec.structs.replace(asked, **{name: new})
    return asked
