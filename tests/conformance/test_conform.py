"""A sound city is found sound, each fault is found, and what cannot be judged is not passed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from noren.city import City
from noren.conformance import REQUIREMENTS
from noren.conformance.checks import CHECKS
from noren.conformance.reach import MARK
from noren.errors import BadInput, Unavailable
from noren.trust.ledger import Checkpoint, Note
from noren.web import app
from tests.conformance.bank import family
from tests.conformance.conftest import PLACES, Before, Heard, Spoil, Town, states

UNTRIED = {"JM-1.7", "JM-7.4"}
"""What needs something that one look at one city does not have: a second tenant, an earlier look."""


async def test_a_sound_city_is_found_sound(town: Town) -> None:
    report = await town.judged()
    found = states(report)
    assert {id for id in CHECKS if found[id] != "met"} == UNTRIED, [
        each for each in report.findings if each.requirement in CHECKS and each.state != "met"
    ]
    assert all(found[id] == "not shown" for id in REQUIREMENTS if id not in CHECKS)
    assert report.left == [] and report.status == 2
    assert "conformance" not in json.dumps([doc async for doc in town.city.view(town.city.staff).find("WaterObserved")])


async def test_nothing_is_written_unless_it_was_said(town: Town) -> None:
    asked: list[tuple[str, str]] = []
    town.spoil = lambda heard: asked.append((heard.method, heard.path))
    report = await town.judged(write=False)
    changing = [(method, path) for method, path in asked if method != "GET"]
    assert {path for _, path in changing} <= {PLACES["commands"], PLACES["search"]}, "both refuse, and move nothing"
    assert all(states(report)[id] == "not shown" for id, one in REQUIREMENTS.items() if one.how == "write")


async def test_without_tokens_nobodys_data_is_judged(town: Town) -> None:
    report = await town.judged(tokens={})
    for id in ("JM-4.1", "JM-4.4", "JM-5.1", "JM-5.4", "JM-6.1", "JM-7.1", "JM-7.6", "JM-11.2"):
        assert states(report)[id] == "not shown", id


def at(path: str, change: Callable[[Heard], None], **query: str) -> Spoil:
    """Changes answers at paths that begin so, and whose query holds all of these."""

    def spoil(heard: Heard) -> None:
        if heard.path.startswith(path) and all(f"{name}={value}" in heard.query for name, value in query.items()):
            change(heard)

    return spoil


def says(status: int, body: Any = None, **headers: str) -> Callable[[Heard], None]:
    def change(heard: Heard) -> None:
        heard.status, heard.body = status, json.dumps([] if body is None else body).encode()
        heard.answer |= {name.replace("_", "-").lower(): value for name, value in headers.items()}

    return change


def edit(change: Callable[[Any], Any]) -> Callable[[Heard], None]:
    return lambda heard: heard.json(change) if heard.status == 200 else None


def without(name: str) -> Before:
    """Questions arrive without a header: the city does not look at it."""
    return lambda headers: headers.pop(name, None)  # type: ignore[return-value]


def repeated(heard: Heard) -> None:
    """Refusals say what was asked for, entity and all."""
    if heard.status == 403:
        heard.body += heard.query.encode()


def told(heard: Heard) -> None:
    """What exists is told apart from what does not, when somebody tries to delete it."""
    if heard.method == "DELETE" and heard.status == 404 and not heard.path.endswith("zzzz"):
        heard.status = 403


def forked(heard: Heard) -> None:
    """A signed checkpoint, and tiles of another tree."""
    if heard.path == "/ledger/tile/0/000":
        heard.body = bytes(32) + heard.body[32:]


def gossip(heard: Heard, person: str) -> None:
    """An entry names the person whom it is about."""
    if heard.path.startswith("/ledger/tile/entries/"):
        entry = f"{person} was seen".encode()
        heard.body = len(entry).to_bytes(2, "big") + entry


def stale(heard: Heard) -> None:
    """The ledger never grows."""
    if heard.path == "/ledger/checkpoint":
        first = stale.__dict__.setdefault("first", heard.body)
        heard.body = first


def same_ids(heard: Heard) -> None:
    """Recipients are told people's own ids."""
    if heard.path.endswith("/entities") and heard.status == 200 and "type=EmergencyCard" in heard.query:
        heard.json(lambda found: [each | {"id": "urn:ngsi-ld:EmergencyCard:town:child"} for each in found])


def more(heard: Heard) -> None:
    """Recipients get an attribute that nobody allowed."""
    if heard.path.endswith("/entities") and heard.status == 200 and "type=EmergencyCard" in heard.query:
        heard.json(lambda found: [each | {"birthDate": "2015-02-03"} for each in found])


def leaking(value: str) -> Spoil:
    def spoil(heard: Heard) -> None:
        """What the company handed in is given to everybody who asks by id."""
        if heard.method == "GET" and MARK in heard.path and heard.status in (403, 404):
            heard.status, heard.body = 200, json.dumps({"id": heard.path.rpartition("/")[2], "type": value}).encode()

    return spoil


def declared(change: Callable[[Any], Any]) -> Spoil:
    return at("/api/privacy/declarations", edit(change))


def nobody_responsible(found: Any) -> None:
    for each in found["@graph"]:
        each.pop("dpv:hasDataController", None)


OPEN = {"type": "Person", "count": "true"}
SPOILED: dict[str, Spoil] = {
    "JM-1.3": same_ids,
    "JM-1.5": at(PLACES["openid"], edit(lambda found: found | {"id_token_signing_alg_values_supported": ["none"]})),
    "JM-2.1": declared(lambda found: found["purposes"][3].update(iri="")),
    "JM-2.2": at("/ngsi-ld/v1/entities", says(200), limit="5"),
    "JM-2.3": at("/ngsi-ld/v1/entities", says(200), limit="5"),
    "JM-2.4": lambda heard: says(200)(heard) if "noren-purpose" in heard.headers else None,
    "JM-2.5": at("/api/curtain/", edit(lambda found: found.update(usedBy=[]))),
    "JM-3.1": declared(lambda found: found["definitions"][5].update({"class": "secret"})),
    "JM-3.3": at("/ngsi-ld/v1/entities", says(403), limit="5"),
    "JM-3.4": lambda heard: says(200)(heard) if heard.headers.get("noren-purpose") == "research" else None,
    "JM-3.5": at("/ngsi-ld/v1/entities", says(200), type="Device"),
    "JM-3.7": lambda heard: says(201)(heard) if heard.method == "POST" and heard.status in (401, 403) else None,
    "JM-4.1": leaking("Person"),
    "JM-4.2": declared(lambda found: found.update(rules=found["rules"][:1])),
    "JM-4.4": leaking("Person"),
    "JM-5.1": at(PLACES["consents"], edit(lambda found: found["consents"][0].update(attributes=["Person.*"]))),
    "JM-5.4": more,
    "JM-6.1": lambda heard: says(404)(heard) if heard.method == "GET" and MARK in heard.path else None,
    "JM-6.4": at(PLACES["recipients"], says(200, {"recipients": [{"organisation": "School"}]})),
    "JM-7.1": stale,
    "JM-7.2": at("/ledger/policy", says(404)),
    "JM-7.3": forked,
    "JM-7.5": lambda heard: None,
    "JM-7.6": lambda heard: None,
    "JM-9.1": at(PLACES["commands"], says(202)),
    "JM-10.1": declared(lambda found: found["definitions"].append(FACE)),
    "JM-10.2": at(PLACES["search"], says(200)),
    "JM-11.1": repeated,
    "JM-11.2": told,
    "JM-11.3": at("/ngsi-ld/v1/entities", says(200, NGSILD_Results_Count="1"), **OPEN),
    "JM-11.4": at("/ngsi-ld/v1/entities", says(200, NGSILD_Results_Count="1"), **OPEN),
    "JM-11.5": at("/ngsi-ld/v1/temporal/entities", says(200), type="Person"),
    "JM-11.7": lambda heard: says(404)(heard) if "type=Person" in heard.query and "&id=" in heard.query else None,
    "JM-12.1": at("/ngsi-ld/v1/types", says(404)),
    "JM-12.2": at("/.well-known/japanese-model.json", says(404, {})),
    "JM-12.3": declared(lambda found: found["rules"][0].update(text="")),
    "JM-12.4": at("/ngsi-ld/v1/entities", says(200, [{"id": "urn:x", "type": "Dataset"}]), type="Dataset"),
    "JM-12.5": at("/api/privacy/record.jsonld", edit(nobody_responsible)),
}
FACE = {"type": "TrafficFlowObserved", "attribute": "faceImage", "class": "open", "meaning": {"en": "Face"}}
ELSEWHERE = {"JM-1.2", "JM-1.7", "JM-5.3", "JM-7.4"}
"""Checks that are seen to fail in tests of their own."""


def test_every_check_is_seen_to_fail() -> None:
    assert set(SPOILED) | ELSEWHERE == set(CHECKS)


@pytest.mark.parametrize("id", sorted(SPOILED))
async def test_each_fault_is_found(town: Town, id: str) -> None:
    stale.__dict__.clear()
    town.spoil = SPOILED[id]
    if id == "JM-7.5":
        town.spoil = at("/ledger/policy", lambda heard: _policy(town.city, heard))
    if id == "JM-7.6":
        town.spoil = lambda heard: gossip(heard, family(town.city)[1])
    report = await town.judged(only=[id])
    assert states(report)[id] == "broken", next(each for each in report.findings if each.requirement == id)
    assert report.status == (1 if REQUIREMENTS[id].level == "MUST" else 0)


def _policy(city: City, heard: Heard) -> None:
    heard.body = f"log {city.ledger_key.verifier}\nquorum none\n".encode()


@pytest.mark.parametrize("header", ["authorization", "noren-purpose"])
async def test_a_city_that_does_not_look_at_tokens_or_purposes(town: Town, header: str) -> None:
    town.before = without(header)
    wrong = {"authorization": {"JM-1.2"}, "noren-purpose": {"JM-2.2", "JM-2.3"}}[header]
    report = await town.judged(only=wrong)
    assert {id for id in wrong if states(report)[id] == "broken"} == wrong


async def test_a_consent_that_acts_on_after_its_withdrawal(town: Town) -> None:
    town.forgetful = True
    assert states(await town.judged(only=["JM-5.3"]))["JM-5.3"] == "broken"


async def test_a_second_tenant_that_is_told_apart(town: Town) -> None:
    def capable(found: Any) -> None:
        found["personal"]["tenant"] = "school"

    town.spoil = at("/.well-known/japanese-model.json", edit(capable))
    assert states(await town.judged(only=["JM-1.7"]))["JM-1.7"] == "met"
    plain = town.spoil

    def spoil(heard: Heard) -> None:
        plain(heard)
        if heard.headers.get("ngsild-tenant") == "school":
            heard.status = 403

    town.spoil = spoil
    assert states(await town.judged(only=["JM-1.7"]))["JM-1.7"] == "broken"


async def test_a_ledger_that_rolled_back_is_found_by_what_was_remembered(town: Town, tmp_path: Path) -> None:
    memory = tmp_path / "seen"
    assert states(await town.judged(only=["JM-7.4"], memory=memory))["JM-7.4"] == "not shown"
    await town.city.ledger.log.append_all([b"more"])
    assert states(await town.judged(only=["JM-7.4"], memory=memory))["JM-7.4"] == "met"
    key, before = town.city.ledger_key, Checkpoint(town.city.ledger_key.verifier.name, 7, bytes(32))
    town.spoil = at("/ledger/checkpoint", lambda heard: setattr(heard, "body", bytes(Note(before.text()).signed(key))))
    assert states(await town.judged(only=["JM-7.4"], memory=memory))["JM-7.4"] == "broken"


async def test_a_ledger_that_tells_a_mirror_otherwise(town: Town) -> None:
    mirror = f"{town.url}/ledger"
    assert states(await town.judged(only=["JM-7.4"], mirrors=[mirror]))["JM-7.4"] == "met"
    key, seen = town.city.ledger_key, {"count": 0}

    def spoil(heard: Heard) -> None:
        if heard.path == "/ledger/checkpoint":
            seen["count"] += 1
            if seen["count"] % 2:
                size = Checkpoint.parse(Note.parse(heard.body).text).size
                heard.body = bytes(Note(Checkpoint(key.verifier.name, size, bytes(32)).text()).signed(key))

    town.spoil = spoil
    assert states(await town.judged(only=["JM-7.4"], mirrors=[mirror]))["JM-7.4"] == "broken"


TOO_MUCH = '// Whoever asks may read everything.\n@id("all")\npermit (principal, action == Action::"read", resource);\n'
NO_CURTAIN = '// Nothing is forbidden.\n@id("nothing")\nforbid (principal, action, resource) when { false };\n'


async def test_a_rule_that_lets_everybody_read_everything(town: Town) -> None:
    (town.city.folder / "policies").mkdir(exist_ok=True)
    (town.city.folder / "policies" / "too-much.cedar").write_text(TOO_MUCH)
    town.city.refresh()
    wrong = ("JM-3.4", "JM-3.5", "JM-4.4", "JM-11.3", "JM-11.5")
    found = states(await town.judged(only=wrong))
    for id in wrong:
        assert found[id] == "broken", id


async def test_a_city_that_did_away_with_the_japanese_model(town: Town) -> None:
    (town.city.folder / "policies").mkdir(exist_ok=True)
    (town.city.folder / "policies" / "too-much.cedar").write_text(TOO_MUCH)
    (town.city.folder / "policies" / "government-and-company-data.cedar").write_text(NO_CURTAIN)
    town.city.refresh()
    found = states(await town.judged(only=["JM-4.1", "JM-4.2"]))
    assert (found["JM-4.1"], found["JM-4.2"]) == ("broken", "broken")


async def test_a_bare_broker_is_not_passed(served: Callable[[Any], Any]) -> None:
    from noren.conformance import City as Asked
    from noren.conformance import conform

    async with City.bare() as city, served(app.create(city)) as url:
        reply = {"id": "urn:ngsi-ld:Thing:1", "type": "Thing", "size": {"type": "Property", "value": 1}}
        await city.view(city.anonymous).upsert([reply])
        asked = Asked(url, write=True)
        report = await conform(asked)
        await asked.close()
    found = states(report)
    assert {id for id, state in found.items() if state == "met"} <= {"JM-1.2", "JM-3.3", "JM-11.4", "JM-12.1"}
    assert found["JM-12.2"] == "broken", "no capability document"
    assert found["JM-3.7"] == "broken", "anybody may write"
    assert report.status == 1 and report.left == []


async def test_nobody_there_and_nonsense() -> None:
    from noren.conformance import City as Asked
    from noren.conformance import conform

    asked = Asked("http://127.0.0.1:9")
    with pytest.raises(Unavailable):
        await conform(asked)
    await asked.close()
    with pytest.raises(BadInput, match="begins with"):
        Asked("ftp://town.example")
    with pytest.raises(BadInput, match="Nobody is known"):
        Asked("http://town.example", {"mayor": "x"})
