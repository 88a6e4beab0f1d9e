"""Test data about a person: handed in by the company, about the resident, and removed again."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any, Self

from noren.conformance.finding import Verdict, hidden
from noren.conformance.reach import MARK, City
from noren.errors import NorenError

NAME = "name"
"""The attribute that test data about a person has; every type has a name."""


class People:
    """What was created in a city for the tests; gone when the block ends. `left` are ids that could not be removed."""

    def __init__(self, city: City) -> None:
        self.city, self.left = city, list[str]()
        self.id, self.value = "", f"{MARK} {secrets.token_hex(8)}"
        self._why: Verdict | None = None
        self._made = asyncio.Lock()

    async def handed_in(self) -> Verdict | None:
        """Let the company hand in an entity about the resident, the first time; why it cannot be done, else None. Its
        id is `id`, and `value` stands in it."""
        async with self._made:
            if not self.id and self._why is None:
                self._why = await self._hand_in()
        return self._why

    async def _hand_in(self) -> Verdict | None:
        if not self.city.has("company", "resident"):
            return hidden("tokens", roles="company, resident")
        personal, person = self.city.capabilities.personal, self.city.person("resident")
        if not personal.get("type") or not personal.get("subject"):
            return hidden("personal")
        if not person:
            return hidden("subject")
        id = f"urn:ngsi-ld:{personal['type']}:{MARK}:{secrets.token_hex(8)}"
        body: dict[str, Any] = {
            "id": id,
            "type": personal["type"],
            NAME: {"type": "Property", "value": self.value},
            personal["subject"]: {"type": "Relationship", "object": person},
        }
        reply = await self.city.ask("POST", f"{self.city.broker}/entities", "company", body=body)
        if not reply.good:
            return hidden("handIn", status=reply.status)
        self.id = id
        return None

    async def forget(self, id: str, *roles: str) -> None:
        """Remove what was created, as the first of these roles that may."""
        for role in roles:
            try:
                reply = await self.city.entity("DELETE", id, role)
            except NorenError:
                continue
            if reply.good:
                return
        self.left.append(id)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: Any) -> None:
        if self.id:
            await self.forget(self.id, "company", "resident", "government")
