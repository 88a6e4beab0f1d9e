"""A city on a disk that fills up: `python -m tests.city.filling FOLDER` works until every part was refused something,
gets its space back, goes on, and prints what was acknowledged. The disk is full for a file that grows beyond a limit of
the process (`RLIMIT_FSIZE`), which needs no rights and no mount."""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from noren.city import City
from noren.errors import NorenError, Unavailable

STEPS = (-250_000, 1_000, 40_000, 123_457)
"""Bytes beyond the largest file that a file may grow to, in turn; fewer: every file is stopped."""


class Work:
    """What is done again and again, which of it was acknowledged, and what was said when it was refused."""

    def __init__(self, city: City) -> None:
        self.city, self.kept, self.said = city, dict[str, list[str]](), dict[str, set[str]]()

    async def each(self, number: int) -> None:
        """One of each kind; those that are refused must say so as `Unavailable`, with what to do."""
        works: dict[str, Callable[[str], Awaitable[None]]] = {
            "open": self._open,
            "person": self._person,
            "erased": self._erased,
            "recorded": self._recorded,
            "history": self._history,
        }
        for kind, work in works.items():
            name = f"{kind}{number}"
            try:
                await work(name)
                self.kept.setdefault(kind, []).append(name)
            except Unavailable as error:
                assert error.hint, error
                self.said.setdefault(kind, set()).add(error.what)

    async def _open(self, name: str) -> None:
        body = {"id": f"urn:ngsi-ld:Device:town:{name}", "type": "Device", "name": "x" * 500}
        await self._upsert(body)

    async def _person(self, name: str) -> None:
        await self._upsert({"id": f"urn:ngsi-ld:Person:town:{name}", "type": "Person", "givenName": name})

    async def _erased(self, name: str) -> None:
        id = f"urn:ngsi-ld:Person:town:{name}"
        await self._upsert({"id": id, "type": "Person", "givenName": name})
        for subject in self.city.vault.subjects(id):
            self.city.vault.erase(subject)

    async def _recorded(self, name: str) -> None:
        await self.city.ledger.record(name.encode() * 50)

    async def _history(self, name: str) -> None:
        await self.city.desk().store.compact()

    async def _upsert(self, body: dict[str, object]) -> None:
        (outcome,) = await self.city.view(self.city.staff).upsert([body])
        if outcome.error:
            raise outcome.error


def largest(folder: Path) -> int:
    return max(file.stat().st_size for file in folder.rglob("*") if file.is_file())


async def main(folder: Path) -> None:
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    async with City.open(folder) as city:
        work, number = Work(city), 0
        await work.each(number)
        assert not work.said, work.said
        for step in STEPS:
            limit = largest(folder) + step
            resource.setrlimit(resource.RLIMIT_FSIZE, (max(limit, 20_000), hard))
            for _ in range(50):
                number += 1
                await work.each(number)
            resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
            before = len(work.said)
            number += 1
            await work.each(number)
            for kind, kept in work.kept.items():
                assert kept[-1] == f"{kind}{number}", f"{kind} did not go on when there was space"
            assert len(work.said) == before
    print(json.dumps({"kept": work.kept, "refused": {kind: sorted(said) for kind, said in work.said.items()}}))


if __name__ == "__main__":
    try:
        asyncio.run(main(Path(sys.argv[1])))
    except NorenError as error:
        sys.exit(f"not Unavailable: {error!r}")
