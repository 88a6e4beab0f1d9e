"""Chapter 2: for what."""

from __future__ import annotations

from noren.conformance.checks import open as opened
from noren.conformance.finding import Verdict, broken, hidden, met
from noren.conformance.people import People
from noren.conformance.reach import MARK, City, Reply, ids

_TRIES = 4


async def listed(city: City, people: People) -> Verdict:
    """JM-2.1."""
    if not city.declares:
        return hidden("interface", interface="declarations")
    bare = [each.name for each in city.declarations.purposes if not any(each.meaning.values()) or "://" not in each.iri]
    if bare or not city.declarations.purposes:
        return broken("without", what=", ".join(bare[:5]) or "–")
    return met("counted", count=len(city.declarations.purposes))


async def not_given(city: City, people: People) -> Verdict:
    """JM-2.2."""
    purposes = [each.name for each in city.declarations.purposes if each.name != city.capabilities.public_purpose]
    if not purposes or not city.capabilities.purpose_header:
        return hidden("purposes")
    let = [name for name in purposes if not (await opened.answer(city, purpose=name)).refused]
    return broken("let", what=", ".join(let[:5])) if let else met("refused", count=len(purposes))


async def unknown(city: City, people: People) -> Verdict:
    """JM-2.3."""
    if not city.capabilities.purpose_header:
        return hidden("purposes")
    reply = await opened.answer(city, purpose=MARK)
    if reply.status not in (400, 401, 403):
        return broken("answered", what=MARK, status=reply.status, expected="400, 403")
    return met("refused", count=1)


async def default(city: City, people: People) -> Verdict:
    """JM-2.4."""
    if not city.capabilities.purpose_header or not city.capabilities.public_purpose:
        return hidden("purposes")
    for _ in range(_TRIES):  # a living city may change between two questions
        one = await opened.answer(city)
        other = await opened.answer(city, purpose=city.capabilities.public_purpose)
        if _gist(one) == _gist(other):
            return met("alike") if one.good else broken("answered", what="–", status=one.status, expected=200)
    return broken("different", one=one.status, other=other.status)


def _gist(reply: Reply) -> tuple[int, list[str]]:
    return reply.status, sorted(ids(reply))


async def accounted(city: City, people: People) -> Verdict:
    """JM-2.5."""
    name = await opened.a_type(city)
    await opened.answer(city)
    reply = await city.of("uses", type=name)
    if reply is None:
        return hidden("interface", interface="uses")
    uses = reply.json.get("usedBy") if isinstance(reply.json, dict) else None
    if not reply.good or not isinstance(uses, list) or not uses:
        return broken("unaccounted", type=name)
    fields = all(isinstance(each, dict) and {"organisation", "purpose"} <= each.keys() for each in uses)
    return met("counted", count=len(uses)) if fields else broken("unaccounted", type=name)


CHECKS = {"JM-2.1": listed, "JM-2.2": not_given, "JM-2.3": unknown, "JM-2.4": default, "JM-2.5": accounted}
