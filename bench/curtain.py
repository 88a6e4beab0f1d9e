"""What the curtain costs on open data, and what opening personal data takes: `python -m bench.curtain` (half a minute).

Both ways go by the same broker and store: through a view, and past it. Printed are the best of several rounds, because
a busy machine only ever makes things slower.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from noren.broker import forms
from noren.broker.requests import EntityQuery, Operation
from noren.city import City, create
from noren.terms import iri
from noren.trust import Grant, Principal, grant_id

BATCH, PEOPLE, ROUNDS = 100, 100, 60
QUERY = EntityQuery(types=((iri("WaterObserved"),),), limit=20)


def gauge(number: int) -> dict[str, Any]:
    """Five attributes of which two are indexed."""
    level = {"type": "Property", "value": number / 10, "unitCode": "MTR", "observedAt": "2024-05-01T11:00:00Z"}
    place = {"type": "Point", "coordinates": [134 + number / 100, 34]}
    words = {"name": f"Gauge {number}", "waterBody": "River", "flow": 3.0}
    return {
        "id": f"urn:ngsi-ld:WaterObserved:t:{number}",
        "type": "WaterObserved",
        "waterLevel": level,
        "location": place,
    } | words


async def best(*works: Callable[[], Awaitable[Any]], times: int = 1) -> list[float]:
    """Seconds of the quickest round of each work, per run; the works take turns, so that noise meets all of them."""
    quickest = [float("inf")] * len(works)
    for _ in range(ROUNDS):
        for place, work in enumerate(works):
            start = time.perf_counter()
            for _ in range(times):
                await work()
            quickest[place] = min(quickest[place], (time.perf_counter() - start) / times)
    return quickest


def told(what: str, seconds: list[float], parts: int = 1) -> None:
    """One line: microseconds past the view, through it, and the difference in per cent."""
    past, through = (each / parts * 1e6 for each in seconds)
    print(f"{what:<24} {past:>9.1f} µs {through:>9.1f} µs {100 * (through / past - 1):>6.1f} %")


async def open_data(city: City) -> None:
    """Writing a batch, reading one, listing twenty; for writes, decoding is part of both ways."""
    context, desk = city.contexts.get(), city.desk()
    staff, visitor = city.view(city.staff), city.view(city.anonymous)
    bodies = [gauge(number) for number in range(BATCH)]

    def operations() -> list[Operation]:
        docs = [forms.parse_entity(body, context) for body in bodies]
        return [Operation(kind="upsert", id=doc["id"], fragment=doc) for doc in docs]

    ids = [bodies[5]["id"]]

    async def shown(found: Any) -> None:
        for doc in found.docs:
            forms.render(doc, context)

    async def seen(asked: Awaitable[Any]) -> None:
        await shown(await asked)

    async def listed(asked: Callable[[EntityQuery], Awaitable[Any]]) -> None:
        await shown(await asked(QUERY))

    writing = await best(lambda: desk.broker.apply(operations()), lambda: staff.apply(operations()))
    told("upsert one of 100", writing, BATCH)
    one = await best(lambda: shown(desk.broker.retrieve(ids)), lambda: seen(visitor.retrieve(ids)), times=200)
    told("read one", one)
    told("list 20", await best(lambda: listed(desk.broker.query), lambda: listed(visitor.query), times=20))


async def personal_data(city: City) -> None:
    """People who read what is held about them: five attributes each."""
    attributes = {name: f"secret {name}" for name in ("givenName", "familyName", "birthDate", "telephone", "name")}
    ids = [f"urn:ngsi-ld:Person:t:{number}" for number in range(PEOPLE)]
    await city.view(city.staff).upsert([{"id": id, "type": "Person"} | attributes for id in ids])
    views = [
        city.view(
            Principal(
                id=id,
                kind="resident",
                organisation=city.organisation,
                purposes=frozenset({"own-data"}),
                default_purpose="own-data",
            )
        )
        for id in ids
    ]

    async def each() -> None:
        for id, view in zip(ids, views, strict=True):
            assert len((await view.retrieve([id])).docs[0]["attrs"]) == len(attributes)

    await consented(city, ids)
    print(f"{'own data opened':<24} {PEOPLE / (await best(each))[0]:>9.0f} subjects/s")


async def consented(city: City, ids: list[str]) -> None:
    """A school reads a hundred people at a time, five attributes each: a grant looked up, a line in the book."""
    city.desk().vetted = lambda name: True
    for id in ids:
        subject = city.vault.subject(id, city.organisation)
        city.grants.give(
            Grant(
                id=grant_id(),
                basis="consent",
                subject=subject,
                holder=city.organisation,
                grantee="School",
                purpose="education",
                attributes=frozenset({"Person.*"}),
                since=0,
                until=4e9,
            )
        )
    school = Principal(
        id="urn:noren:organisation:school",
        kind="organisation",
        organisation="School",
        organisation_kind="school",
        purposes=frozenset({"education"}),
        default_purpose="education",
    )
    people = EntityQuery(types=((iri("Person"),),), limit=BATCH)

    async def batches() -> None:
        for start in range(0, PEOPLE, BATCH):
            found = await city.view(school).query(msgspec.structs.replace(people, offset=start))
            assert len(found.docs) == BATCH and all(len(doc["attrs"]) == 5 for doc in found.docs)

    print(f"{'consented, by hundreds':<24} {PEOPLE / (await best(batches))[0]:>9.0f} subjects/s")


async def main() -> None:
    """Measure in a city of its own."""
    with tempfile.TemporaryDirectory(prefix="noren-bench-") as folder:
        create(folder, "Bench")
        async with City.open(folder) as city:
            print(f"{'':<24} {'past it':>12} {'through it':>12} {'cost':>8}")
            await open_data(city)
            await personal_data(city)


if __name__ == "__main__":
    asyncio.run(main())
