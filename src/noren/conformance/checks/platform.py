"""Chapter 12: what is shared, and what is said of it."""

from __future__ import annotations

from typing import Any

from noren.conformance.finding import Verdict, broken, hidden, met
from noren.conformance.people import People
from noren.conformance.reach import City, ids

_ORIGINS = {"packaged", "changed", "added"}


async def standards(city: City, people: People) -> Verdict:
    """JM-12.1."""
    types = await city.ask("GET", f"{city.broker}/types")
    found = types.json
    if not types.good or not isinstance(found, dict) or not isinstance(found.get("typeList"), list):
        return broken("answered", what="types", status=types.status, expected=200)
    return met("counted", count=len(found["typeList"]))


async def capabilities(city: City, people: People) -> Verdict:
    """JM-12.2."""
    if not city.capabilities.version:
        return broken("capabilities")
    lost = [name for name, path in city.capabilities.interfaces.items() if not path.startswith(("/", "http"))]
    if lost:
        return broken("without", what=", ".join(lost))
    return met("counted", count=len(city.capabilities.interfaces))


async def rules(city: City, people: People) -> Verdict:
    """JM-12.3."""
    if not city.declares:
        return hidden("interface", interface="declarations")
    found = city.declarations.rules
    bare = [each.name for each in found if not each.text.strip() or each.origin not in _ORIGINS]
    if bare or not found:
        return broken("without", what=", ".join(bare[:5]) or "–")
    return met("counted", count=len(found))


async def catalogue(city: City, people: People) -> Verdict:
    """JM-12.4."""
    reply = await city.entities(type="Dataset", limit=1000, options="keyValues")
    if not reply.good or not ids(reply):
        return hidden("empty", what="Dataset")
    bare = [each["id"] for each in reply.json if not (each.get("publisher") and each.get("license"))]
    return broken("without", what=", ".join(bare[:3])) if bare else met("counted", count=len(reply.json))


async def record(city: City, people: People) -> Verdict:
    """JM-12.5."""
    reply = await city.of("record")
    if reply is None:
        return hidden("interface", interface="record")
    found = reply.json
    graph: Any = found.get("@graph") if isinstance(found, dict) else None
    acts = [each for each in graph or () if isinstance(each, dict) and "dpv:hasPurpose" in each]
    if not reply.good or not acts:
        return broken("answered", what="record", status=reply.status, expected=200)
    bare = [str(each.get("@id")) for each in acts if "dpv:hasDataController" not in each]
    return broken("without", what=", ".join(bare[:3])) if bare else met("counted", count=len(acts))


CHECKS = {
    "JM-12.1": standards,
    "JM-12.2": capabilities,
    "JM-12.3": rules,
    "JM-12.4": catalogue,
    "JM-12.5": record,
}
