"""Chapter 3: how well each kind of data is kept."""

from __future__ import annotations

import secrets

from noren.conformance.checks import open as opened
from noren.conformance.finding import Verdict, broken, hidden, met
from noren.conformance.people import People
from noren.conformance.reach import MARK, City

_CLASSES = {"open", "operational", "personal"}


async def stated(city: City, people: People) -> Verdict:
    """JM-3.1."""
    if not city.declares:
        return hidden("interface", interface="declarations")
    seen: dict[tuple[str, str], str] = {}
    for each in city.declarations.definitions:
        key = (each.type, each.attribute)
        if key in seen or each.data_class not in _CLASSES or not any(each.meaning.values()):
            return broken("without", what=" ".join(key))
        seen[key] = each.data_class
    return met("counted", count=len(seen)) if seen else broken("without", what="–")


async def open_to_all(city: City, people: People) -> Verdict:
    """JM-3.3."""
    reply = await opened.answer(city)
    return met("read") if reply.good else broken("answered", what="–", status=reply.status, expected=200)


async def closed_to_nobody(city: City, people: People) -> Verdict:
    """JM-3.4."""
    types = city.declarations.types("personal")
    if not types:
        return hidden("declared", data_class="personal")
    purposes = ["", *(each.name for each in city.declarations.purposes if city.capabilities.purpose_header)]
    for name in types:
        for purpose in purposes:
            reply = await city.entities(purpose=purpose, type=name)
            if not reply.refused:
                return broken("answered", what=f"{name} {purpose}", status=reply.status, expected=403)
    for name, attribute in city.declarations.personal():
        reply = await city.entities(type=name, attrs=attribute, limit=50)
        shown = reply.json if reply.good else []
        if any(attribute in each for each in shown if isinstance(each, dict)):
            return broken("answered", what=f"{name}.{attribute}", status=reply.status, expected=403)
    return met("refused", count=len(types) * len(purposes))


async def operational(city: City, people: People) -> Verdict:
    """JM-3.5."""
    types = city.declarations.types("operational")
    if not types:
        return hidden("declared", data_class="operational")
    for role in ("", *(each for each in ("resident", "other") if city.has(each))):
        for name in types:
            reply = await city.entities(role, type=name, limit=1)
            if not reply.refused:
                return broken("answered", what=f"{name} {role}", status=reply.status, expected=403)
    return met("refused", count=len(types))


async def nobody_writes(city: City, people: People) -> Verdict:
    """JM-3.7."""
    name = await opened.a_type(city)
    id = f"urn:ngsi-ld:{name}:{MARK}:{secrets.token_hex(8)}"
    body = {"id": id, "type": name, "name": {"type": "Property", "value": MARK}}
    reply = await city.ask("POST", f"{city.broker}/entities", body=body)
    if reply.good:
        await people.forget(id, "", "government")
    if not reply.refused:
        return broken("answered", what="POST", status=reply.status, expected="401, 403")
    return met("refused", count=1)


CHECKS = {
    "JM-3.1": stated,
    "JM-3.3": open_to_all,
    "JM-3.4": closed_to_nobody,
    "JM-3.5": operational,
    "JM-3.7": nobody_writes,
}
