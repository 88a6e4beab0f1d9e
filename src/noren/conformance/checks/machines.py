"""Chapters 9 and 10: what can be asked of actuators and eyes without moving anything."""

from __future__ import annotations

import re

from noren.conformance.finding import Verdict, broken, hidden, met
from noren.conformance.people import People
from noren.conformance.reach import MARK, City

_IDENTITY = re.compile(
    r"face(?!t)|biometr|gait|licen[cs]e_?plate|number_?plate|portrait|photograph|person_?id|vehicle_?plate|imei|mac_?addr",
    re.IGNORECASE,
)


async def commands(city: City, people: People) -> Verdict:
    """JM-9.1."""
    return await _closed(city, "commands", ("", "resident"), {"target": MARK, "value": 0, "reason": MARK})


async def search(city: City, people: People) -> Verdict:
    """JM-10.2."""
    return await _closed(city, "search", ("", "government"), {"what": "person"})


async def _closed(city: City, interface: str, roles: tuple[str, ...], body: dict[str, object]) -> Verdict:
    path = city.path(interface)
    if not path:
        return hidden("interface", interface=interface)
    asked = [role for role in roles if not role or city.has(role)]
    for role in asked:
        reply = await city.ask("POST", path, role, body=body)
        if not reply.refused:
            return broken("answered", what=f"{interface} {role}".strip(), status=reply.status, expected="401, 403")
    return met("refused", count=len(asked))


async def no_identities(city: City, people: People) -> Verdict:
    """JM-10.1."""
    if not city.declares:
        return hidden("interface", interface="declarations")
    for each in city.declarations.definitions:
        observing = each.type.endswith(("Observed", "Camera", "Measurement", "Detection"))
        if observing and _IDENTITY.search(each.attribute):
            return broken("identity", what=f"{each.type}.{each.attribute}")
    return met("counted", count=len(city.declarations.definitions))


CHECKS = {"JM-9.1": commands, "JM-10.1": no_identities, "JM-10.2": search}
