"""Open data to ask for, when a requirement is about anything but the data."""

from __future__ import annotations

from noren.conformance.reach import City, Reply
from noren.errors import NotFound


async def a_type(city: City) -> str:
    """A type that the city declares open, best one of which it holds something; for a city that declares nothing, one
    that anybody can read. Raises `NotFound` when there is none."""
    reply = await city.ask("GET", f"{city.broker}/types")
    found = reply.json if reply.good else None
    held = [str(each) for each in found.get("typeList", [])] if isinstance(found, dict) else []
    declared = city.declarations.types("open")
    both = [each for each in declared if each in held]
    for name in (*both[:1], *declared[:1], *(held[:1] if not city.declares else [])):
        return name
    raise NotFound("No type of open data is known.")


async def answer(city: City, who: str = "", *, purpose: str = "", **headers: str) -> Reply:
    """Some entities of that type."""
    path = f"{city.broker}/entities?type={await a_type(city)}&limit=5"
    return await city.ask("GET", path, who, purpose=purpose, **headers)
