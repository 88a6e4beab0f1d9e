"""Every route of the table × everybody × every class of data: who is told what, by a table of its own.

The city holds texts that stand nowhere else ("canaries"): each in one attribute of one entity. Every route is called by
everybody, and no text may come back, in status, headers, body or stream, that the table below does not give them.
"""

from __future__ import annotations

import itertools
import json
import random
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest

from noren.city import City, create
from noren.trust import OWN, Grant, Principal, grant_id
from noren.web.routes import ROUTES, Route
from noren.web.session import COOKIE, READING
from tests.web.recipes import RECIPES, Recipe
from tests.web.site import Reply, Site

ME, CHILD, OTHER = (f"urn:ngsi-ld:Person:town:{name}" for name in ("me", "child", "other"))
GAUGE, DEVICE, REPORT, DATASET = (f"urn:ngsi-ld:{n}:town:1" for n in ("WaterObserved", "Device", "Report", "Dataset"))
PORT, PORT_DEVICE = "urn:ngsi-ld:WaterObserved:port:1", "urn:ngsi-ld:Device:port:1"
CANARY = re.compile(r"canary-[a-z]+(?:-[a-z]+)*")
PLACE = {"type": "Point", "coordinates": [134.05, 34.34]}
ENTITIES = (GAUGE, DEVICE, REPORT, DATASET, ME, CHILD, OTHER, PORT, PORT_DEVICE)
TYPES = ("WaterObserved", "Device", "Report", "Person", "Dataset")
ATTRIBUTES = ("name", "givenName", "familyName", "birthDate", "heldText", "reporterPhone")
HOLDING = {"Person": ATTRIBUTES[1:4], "Report": ATTRIBUTES[4:]}
"""The attributes of a type that hold something; of the other types it is the name."""

OPEN = {"canary-gauge", "canary-report", "canary-dataset", "canary-device-gauge"}
INSIDE = {"canary-device", "canary-held"}
SELF, WARD = (
    {"canary-me-given", "canary-me-family"},
    {"canary-child-given", "canary-child-family", "canary-child-birth"},
)


class Caller(NamedTuple):
    """Somebody who asks, for a purpose, and the canaries that they may see."""

    who: Principal | None
    sees: set[str]


def somebody(kind: str, organisation: str = "Town", how: str = "government", *purposes: str, **more: Any) -> Principal:
    given = purposes or ("public-information",)
    return Principal(
        id=more.pop("id", f"urn:noren:{kind}:{organisation.lower()}"),
        kind=kind,  # type: ignore[arg-type]
        organisation=organisation,
        organisation_kind=how,  # type: ignore[arg-type]
        purposes=frozenset(given),
        default_purpose=given[0],
        **{name: frozenset(value) if isinstance(value, tuple) else value for name, value in more.items()},
    )


WORK = ("city-operation", "data-management")
CALLERS = {
    "anonymous": Caller(None, OPEN),
    "resident": Caller(somebody("resident", "Town", "government", OWN, id=ME), OPEN | SELF),
    "neighbour": Caller(somebody("resident", "Town", "government", OWN, id="urn:noren:resident:neighbour"), OPEN),
    "guardian": Caller(somebody("resident", "", "none", OWN, id="urn:noren:resident:guardian"), OPEN | WARD),
    "staff": Caller(somebody("staff", "Town", "government", *WORK), OPEN | INSIDE),
    "staff of another tenant": Caller(
        somebody("staff", "Town", "government", *WORK, tenant="port"), {"canary-port", "canary-port-device"}
    ),
    "staff of another organisation": Caller(somebody("staff", "Ministry", "government", *WORK, "education"), OPEN),
    "operator": Caller(somebody("organisation", "Works", "company", *WORK, roles=("operator",)), OPEN | INSIDE),
    "recipient": Caller(somebody("organisation", "School", "school", "education"), OPEN | {"canary-child-given"}),
    "recipient for another purpose": Caller(somebody("organisation", "School", "school", "research"), OPEN),
    "company": Caller(somebody("organisation", "Insurer", "company", "education"), OPEN),
    "collector": Caller(somebody("organisation", "Hospital", "health", "health-care", roles=("collector",)), OPEN),
    "government": Caller(somebody("staff", "Hall", "government", "education"), OPEN),
    "clinician": Caller(
        somebody("staff", "Hospital", "health", "emergency-care", id="urn:noren:staff:dr", roles=("clinician",)),
        OPEN | {"canary-child-birth"},
    ),
    "colleague": Caller(somebody("staff", "Hospital", "health", "emergency-care", roles=("clinician",)), OPEN),
    "service": Caller(
        somebody("service", "Town", "government", "city-operation", reads=("Device",)), OPEN | {"canary-device"}
    ),
    "device": Caller(somebody("device", "Town", "government", "data-management", writes=("WaterObserved",)), OPEN),
}


@pytest.fixture
async def city(tmp_path: Path) -> AsyncIterator[City]:
    create(tmp_path / "town", "Town")
    file = tmp_path / "town" / "noren.toml"
    text = file.read_text("utf-8").replace('country = ""', 'country = ""\ntenants = ["port"]\norganisation = "Town"')
    file.write_text(text.replace("hourly = 60", "hourly = 0"), "utf-8")
    async with City.open(tmp_path / "town") as opened:
        opened.vetted = lambda name: name in ("School", "Hall")  # type: ignore[method-assign]
        for tenant in opened.tenants():
            opened.desk(tenant).vetted = opened.vetted
        await fill(opened)
        yield opened


async def fill(city: City) -> None:
    """Everything that the table above speaks of."""
    in_dataset = {"type": "Relationship", "object": DATASET}
    await keep(
        city,
        city.staff,
        {"id": GAUGE, "type": "WaterObserved", "name": "canary-gauge", "waterLevel": 1, "location": PLACE},
        {"id": DATASET, "type": "Dataset", "title": "canary-dataset", "entityTypes": ["Device", "WaterObserved"]},
        {"id": DEVICE, "type": "Device", "name": "canary-device", "location": PLACE, "inDataset": in_dataset},
        {"id": GAUGE, "type": "WaterObserved", "description": "canary-device-gauge", "inDataset": in_dataset},
    )
    held = {"heldText": "canary-held", "reporterPhone": "canary-phone", "originalText": "canary-original"}
    report = {"reference": "T-1", "moderation": "published", "description": "canary-report", "location": PLACE}
    await keep(city, city.counter, {"id": REPORT, "type": "Report", "dataSubject": subject(OTHER)} | report | held)
    given = {"givenName": "canary-me-given", "familyName": "canary-me-family"}
    await keep(city, CALLERS["resident"].who, {"id": ME, "type": "Person"} | given)
    child = {"givenName": "canary-child-given", "familyName": "canary-child-family", "birthDate": "canary-child-birth"}
    other = {"givenName": "canary-other-given", "familyName": "canary-other-family"}
    await keep(city, CALLERS["collector"].who, {"id": CHILD, "type": "Person"} | child)
    await keep(city, CALLERS["collector"].who, {"id": OTHER, "type": "Person"} | other)
    port = city.employee("urn:port", tenant="port")
    await keep(city, port, {"id": PORT, "type": "WaterObserved", "name": "canary-port", "location": PLACE})
    await keep(city, port, {"id": PORT_DEVICE, "type": "Device", "name": "canary-port-device"})
    allow(city, "School", "education", "Person.givenName")
    allow(city, "Insurer", "education", "Person.*")
    allow(city, "Hall", "health-care", "Person.*")
    allow(city, "urn:noren:resident:guardian", OWN, "*", basis="guardian")
    allow(city, "urn:noren:staff:dr", "emergency-care", "Person.birthDate", basis="emergency")


def subject(id: str) -> dict[str, str]:
    return {"type": "Relationship", "object": id}


async def keep(city: City, who: Principal | None, *entities: dict[str, Any]) -> None:
    assert who is not None
    for outcome in await city.view(who).upsert(list(entities)):
        assert outcome.error is None, outcome


def allow(city: City, to: str, purpose: str, *attributes: str, basis: Any = "consent") -> None:
    city.grants.give(
        Grant(
            id=grant_id(),
            basis=basis,
            subject=city.vault.subject(CHILD, "Hospital", "health"),
            holder="Hospital",
            grantee=to,
            purpose=purpose,
            attributes=frozenset(attributes),
            since=0.0,
            until=4e9,
        )
    )


def name_of(route: Route) -> str:
    return f"{route.method} {route.path}"


@pytest.mark.parametrize("route", ROUTES, ids=name_of)
def test_every_route_has_a_recipe_that_is_its_own(route: Route) -> None:
    assert name_of(route) in RECIPES, "a new route: say in tests/web/recipes.py how it is called"
    pattern = re.sub(r"\\\{[^}]*?path\\\}", ".+", re.escape(route.path).replace("\\:", ":"))
    pattern = re.sub(r"\\\{.*?\\\}", "[^/]+", pattern)
    for address, _ in RECIPES[name_of(route)]:
        assert re.fullmatch(pattern, address.partition("?")[0]), address


def test_no_recipe_is_left_behind() -> None:
    assert RECIPES.keys() <= {name_of(route) for route in ROUTES}


def meant(city: City, caller: Caller) -> list[str]:
    """The ids under which somebody may try entities: stored ones, their own and other people's disguises."""
    own = caller.who.organisation if caller.who else ""
    names = city.desk().pseudonyms
    return [*ENTITIES, *(names.given(id, to) for id in (ME, CHILD, OTHER) for to in dict.fromkeys((own, "School")))]


def calls(recipe: Recipe, entities: list[str]) -> list[tuple[str, Any]]:
    """The recipe with each choice of what it leaves open."""
    address, body = recipe
    whole = address + (body.decode() if isinstance(body, bytes) else json.dumps(body))
    open_ = {
        "<entity>": entities,
        "<type>": TYPES,
        "<attribute>": ATTRIBUTES,
        "<gone>": ["urn:ngsi-ld:Building:town:gone"],
    }
    names = [name for name in open_ if name in whole]
    chosen = (dict(zip(names, each, strict=True)) for each in itertools.product(*(open_[n] for n in names)))
    return [filled(recipe, each) for each in chosen if worth(each)]


def worth(chosen: dict[str, str]) -> bool:
    """Whether a choice may tell more than others do: with each entity its own type and one other, with each type the
    attributes that hold something there and the name."""
    entity, type, attribute = (chosen.get(name, "") for name in ("<entity>", "<type>", "<attribute>"))
    own = entity.split(":")[2] if entity else type
    if type not in ("", own, TYPES[0]):
        return False
    return not attribute or not own or attribute in (ATTRIBUTES[0], *HOLDING.get(own, ()))


def filled(recipe: Recipe, chosen: dict[str, str]) -> tuple[str, Any]:
    address, body = recipe
    text = None if body is None or isinstance(body, bytes) else json.dumps(body)
    for name, value in chosen.items():
        address = address.replace(name, quote(value, safe=":~"))
        text = text and text.replace(name, value)
    return address, body if text is None else json.loads(text)


def headers(city: City, caller: Caller) -> dict[str, str]:
    if caller.who is None:
        return {}
    tenant = {"ngsild-tenant": caller.who.tenant} if caller.who.tenant else {}
    return {"authorization": f"Bearer {city.identity.issue(caller.who, seconds=3600)}"} | tenant


WHOLE = {"anonymous", "resident", "staff", "recipient"}


@pytest.mark.parametrize("name", CALLERS)
async def test_nobody_is_told_more_than_the_table_says(city: City, name: str) -> None:
    """Reads first, then everything else, on a city of one's own; what may be seen is seen by some route. Those who are
    not in `WHOLE` make a quarter of the calls, always the same."""
    caller, site, found = CALLERS[name], Site(city), set[str]()
    draw, share = random.Random(name), 1 if name in WHOLE else 1 / 4
    said, entities = headers(city, caller), meant(city, caller)
    resume = {"last-event-id": "0"}
    for route in sorted(ROUTES, key=lambda route: route.method != "GET"):
        for recipe in RECIPES[name_of(route)]:
            for address, body in calls(recipe, entities):
                if draw.random() > share:
                    continue
                reply = await site.ask(route.method, address, body, said | resume)
                told = told_in(reply, address, body)
                public = OPEN if route.room == "tiles" else set()  # tiles are the main tenant's, made for everybody
                assert told <= caller.sees | public, f"{route.method} {address} {body} told {name}: {reply.text[:600]}"
                assert reply.status < 500 or reply.status == 503, f"{route.method} {address}: {reply.text[:600]}"
                assert "noren:sealed" not in reply.text
                found |= told & caller.sees if route.method == "GET" else set()
    assert found == caller.sees, "what may be seen is seen"
    await site.close()


def told_in(reply: Reply, address: str, body: Any) -> set[str]:
    """The canaries that came back; not those of the question itself."""
    return set(CANARY.findall(reply.text)) - set(CANARY.findall(address + json.dumps(body, default=str)))


async def test_no_route_does_anything_for_the_page_of_another_site(city: City) -> None:
    """With the session of whoever looks at that page; the city's own pages are let through to what answers there."""
    site, token = Site(city), city.identity.issue(city.staff, seconds=3600)
    refused = "This came from the page of another site."
    for route in ROUTES:
        if route.method in READING:
            continue
        address, body = calls(RECIPES[name_of(route)][0], list(ENTITIES))[0]
        cookie = {"cookie": f"{COOKIE}={city.identity.enter_with(token)}"}
        for origin in ("https://elsewhere.example", "null", "http://city.example:8080"):
            reply = await site.ask(route.method, address, body, cookie | {"origin": origin})
            assert reply.status == 403 and refused in reply.text, (route.method, address, origin)
        for own in ({"origin": "http://city.example"}, {"sec-fetch-site": "same-origin"}):
            assert refused not in (await site.ask(route.method, address, body, cookie | own)).text, address
    await site.close()


HIDDEN = {
    "anonymous": (DEVICE, ME, CHILD, OTHER, PORT),
    "neighbour": (DEVICE, ME, CHILD, PORT),
    "resident": (DEVICE, CHILD, OTHER, PORT),
    "staff of another tenant": (GAUGE, DEVICE, CHILD),
    "staff of another organisation": (DEVICE, CHILD),
    "recipient": (DEVICE, ME, CHILD, OTHER),
    "company": (DEVICE, ME, CHILD),
    "colleague": (CHILD, DEVICE),
}


MAKING = {
    f"POST /ngsi-ld/v1/{end}" for end in ("entityOperations/create", "entityOperations/upsert", "temporal/entities")
}
"""Whoever may make an entity of a type learns whether an id is taken: there is no other way to keep ids unique."""


@pytest.mark.parametrize(("name", "id"), [(name, id) for name, ids in HIDDEN.items() for id in ids])
async def test_what_is_hidden_is_as_what_is_absent(city: City, name: str, id: str) -> None:
    """Byte by byte, whatever is done with its id; only the id itself differs."""
    caller, site = CALLERS[name], Site(city)
    said, numbers, absent = headers(city, caller), itertools.count(), f"{id[:-1]}{'z' if id[-1] != 'z' else 'y'}"
    for route in ROUTES:
        for recipe in RECIPES[name_of(route)]:
            if name in ("resident", "neighbour") and ":Person:" in id and name_of(route) in MAKING:
                continue
            if "<entity>" not in recipe[0] + json.dumps(recipe[1], default=str) or route.path == "/api/events":
                continue
            choice = {"<type>": id.split(":")[2], "<attribute>": "name", "<gone>": "urn:ngsi-ld:Building:town:gone"}
            told = []
            for each in (id, absent):
                choice["<gone>"] = f"urn:ngsi-ld:Building:town:gone-{next(numbers):06}"
                reply = await site.ask(route.method, *filled(recipe, {"<entity>": each} | choice), said)
                told.append(masked(reply.text, each))
            assert told[0] == told[1], f"{route.method} {recipe} tells {name} that {id} is there"
    await site.close()


def masked(text: str, id: str) -> str:
    """What was told with this id, and numbers that differ each time, taken out."""
    text = text.replace(id, "ID").replace(quote(id, safe=""), "ID").replace(quote(id, safe=":"), "ID")
    text = re.sub(r"urn:ngsi-ld:Instance:\w+:\w+", "INSTANCE", text)
    text = re.sub(r"gone-\d+", "GONE", text)
    text = re.sub(r'number \d+|"number":\d+', "NUMBER", text)
    text = re.sub(r'"id":"[\w-]{16}"', '"id":"RANDOM"', text)
    text = re.sub(r"\b\d{10}\.\d+", "SECONDS", text)
    text = re.sub(r'"content-length": "\d+"', "LENGTH", text)  # as long as what is compared here
    text = re.sub(r"urn:ngsi-ld:Subscription:[0-9a-f-]+", "SUBSCRIPTION", text)
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", text)
