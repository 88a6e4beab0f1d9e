"""Chapter 11: what a refusal gives away, and what is answered for what may not be seen."""

from __future__ import annotations

from collections.abc import AsyncIterator

from noren.conformance.checks import open as opened
from noren.conformance.finding import Verdict, broken, hidden, met
from noren.conformance.people import NAME, People
from noren.conformance.reach import MARK, City, Reply, ids

_PAGE, _MOST, _TRIES = 200, 4000, 3
_TOTAL = "NGSILD-Results-Count"


def _names(city: City) -> list[tuple[str, str]]:
    """Personal types, each with an attribute, and personal attributes of other types."""
    whole = [(name, NAME) for name in city.declarations.types("personal")]
    return [*whole, *(pair for pair in city.declarations.personal() if pair not in whole)]


async def speaks_of_declarations(city: City, people: People) -> Verdict:
    """JM-11.1."""
    refusals = 0
    async for reply in _provoked(city, f"urn:ngsi-ld:Person:{MARK}:asked-for"):
        refusals += reply.refused
        if reply.refused and MARK.encode() in reply.body:
            return broken("named")
    return met("refused", count=refusals) if refusals else hidden("noRefusal")


async def _provoked(city: City, id: str) -> AsyncIterator[Reply]:
    """Questions that ought to be refused and that name something."""
    for role in ("", *(each for each in ("government", "company") if city.has(each))):
        for name, attribute in _names(city)[:5]:
            yield await city.entities(role, type=name, id=id)
            yield await city.entities(role, type=name, q=f'{attribute}=="{MARK}"')
            yield await city.entities(role, past=True, type=name, id=id)
        if people_type := city.capabilities.personal.get("type"):
            yield await city.entities(role, type=people_type, idPattern=f"{MARK}.*")


async def absent_alike(city: City, people: People) -> Verdict:
    """JM-11.2."""
    if why := await people.handed_in():
        return why
    invented = f"{people.id[:-4]}zzzz"
    body = {NAME: {"type": "Property", "value": MARK}}
    for role in ("", *(each for each in ("government", "other") if city.has(each))):
        for method in ("GET", "PATCH", "DELETE"):
            given = body if method == "PATCH" else None
            real = await city.entity(method, people.id, role, given)
            made_up = await city.entity(method, invented, role, given)
            if _gist(real, people.id) != _gist(made_up, invented):
                return broken("told", role=role or "–", how=method)
    return met("alike")


def _gist(reply: Reply, id: str) -> tuple[int, bytes]:
    return reply.status, reply.body.replace(id.encode(), b"")


async def conditions(city: City, people: People) -> Verdict:
    """JM-11.3."""
    names = _names(city)
    if not names:
        return hidden("declared", data_class="personal")
    asked = 0
    for name, attribute in names:
        for how, reply in (
            ("q", await city.entities(type=name, q=f'{attribute}=="a"')),
            ("count", await city.entities(type=name, q=attribute, count="true", limit=0)),
            ("orderBy", await city.entities(type=name, orderBy=attribute, local="true")),
            ("aggregate", await _aggregate(city, name, attribute)),
        ):
            asked += 1
            if not reply.refused:
                return broken("answered", what=f"{name}.{attribute} {how}", status=reply.status, expected=403)
    return met("refused", count=asked)


async def _aggregate(city: City, name: str, attribute: str) -> Reply:
    how = {"options": "aggregatedValues", "aggrMethods": "totalCount", "q": attribute}
    return await city.entities(past=True, type=name, **how)


async def totals(city: City, people: People) -> Verdict:
    """JM-11.4."""
    for name in city.declarations.types("personal"):
        reply = await city.entities(type=name, count="true", limit=0)
        if reply.headers.get(_TOTAL) is not None:
            return broken("total", type=name, total=reply.headers[_TOTAL])
    name = await opened.a_type(city)
    for _ in range(_TRIES):  # a living city may change between two pages
        total, seen = await _paged(city, name)
        if total is None:
            return hidden("noTotal")
        if total > _MOST:
            return hidden("tooMany", type=name, total=total)
        if total == seen:
            return met("counted", count=seen)
    return broken("total", type=name, total=f"{total} ≠ {seen}")


async def _paged(city: City, name: str) -> tuple[int | None, int]:
    """The total that a city tells, and how many come."""
    seen, total = set[str](), None
    for offset in range(0, _MOST, _PAGE):
        reply = await city.entities(type=name, limit=_PAGE, offset=offset, count="true")
        text = reply.headers.get(_TOTAL, "")
        total = int(text) if reply.good and text.isdigit() else None
        seen |= set(found := ids(reply))
        if total is None or len(found) < _PAGE or total > _MOST:
            break
    return total, len(seen)


async def past(city: City, people: People) -> Verdict:
    """JM-11.5."""
    types = city.declarations.types("personal")
    if not types:
        return hidden("declared", data_class="personal")
    for name in types:
        reply = await city.entities(past=True, type=name)
        if not reply.refused:
            return broken("answered", what=f"{name} (history)", status=reply.status, expected=403)
    return met("refused", count=len(types))


async def on_declarations(city: City, people: People) -> Verdict:
    """JM-11.7."""
    types = city.declarations.types("personal")
    if not types:
        return hidden("declared", data_class="personal")
    for name in types:
        first = f"urn:ngsi-ld:{name}:{MARK}:1"
        one, other = await city.entities(type=name), await city.entities(type=name, id=people.id or first)
        if (one.status, one.body) != (other.status, other.body):
            return broken("different", one=one.status, other=other.status)
    return met("alike")


CHECKS = {
    "JM-11.1": speaks_of_declarations,
    "JM-11.2": absent_alike,
    "JM-11.3": conditions,
    "JM-11.4": totals,
    "JM-11.5": past,
    "JM-11.7": on_declarations,
}
