"""Chapters 4 to 6, as far as they can be seen from outside: data about a person, handed in for the test."""

from __future__ import annotations

from typing import Any

from noren.conformance.checks.consent import given
from noren.conformance.finding import Verdict, broken, hidden, met
from noren.conformance.people import People
from noren.conformance.reach import City, Reply


async def government(city: City, people: People) -> Verdict:
    """JM-4.1: shown only where the resident did consent to the government that asks."""
    verdict = await _unseen(city, people, "government")
    if verdict.state != "met":
        return verdict
    consents = await given(city)
    asking = city.organisation("government")
    if isinstance(consents, list) and any(each.holds and each.recipient == asking for each in consents):
        return verdict
    return hidden("untried")


async def own_rule(city: City, people: People) -> Verdict:
    """JM-4.2."""
    if not city.declares:
        return hidden("interface", interface="declarations")
    for rule in city.declarations.rules:
        text = rule.text.lower()
        if "forbid" in text and "government" in text and "company" in text:
            return met("rule", name=rule.name)
    return broken("noRule")


async def collector(city: City, people: People) -> Verdict:
    """JM-4.4."""
    return await _unseen(city, people, "company")


async def _unseen(city: City, people: People, role: str) -> Verdict:
    """That what the company handed in about the resident is not given to a role, by whatever question."""
    if why := await people.handed_in():
        return why
    if not city.has(role):
        return hidden("tokens", roles=role)
    kind = city.capabilities.personal["type"]
    for name, reply in (
        ("id", await city.entity("GET", people.id, role)),
        ("type", await city.entities(role, type=kind, limit=1000)),
        ("ids", await city.entities(role, type=kind, id=people.id)),
        ("history", await city.entities(role, past=True, type=kind, id=people.id)),
    ):
        if _tells(reply, people):
            return broken("told", role=role, how=name)
    return met("untold", role=role)


def _tells(reply: Reply, people: People) -> bool:
    """Whether an answer gives away that the test data is there, or what stands in it."""
    return people.value.encode() in reply.body or (reply.good and people.id.encode() in reply.body)


async def own(city: City, people: People) -> Verdict:
    """JM-6.1."""
    if why := await people.handed_in():
        return why
    reply = await city.entity("GET", people.id, "resident")
    if people.value.encode() not in reply.body:
        return broken("answered", what="GET", status=reply.status, expected=200)
    return met("read")


async def register(city: City, people: People) -> Verdict:
    """JM-6.4."""
    reply = await city.of("recipients")
    if reply is None:
        return hidden("interface", interface="recipients")
    listed: Any = reply.json.get("recipients") if isinstance(reply.json, dict) else None
    if not reply.good or not isinstance(listed, list):
        return broken("answered", what="recipients", status=reply.status, expected=200)
    bare = [each for each in listed if not isinstance(each, dict) or not {"state", "until"} <= each.keys()]
    if bare:
        return broken("without", what=f"recipients ({len(bare)})")
    return met("counted", count=len(listed)) if listed else hidden("empty", what="recipients")


CHECKS = {"JM-4.1": government, "JM-4.2": own_rule, "JM-4.4": collector, "JM-6.1": own, "JM-6.4": register}
