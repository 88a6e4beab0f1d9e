"""Example payloads of the Smart Data Models, posted with their contexts and read back alike."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from noren.city import City

from .conftest import Client

EXAMPLES = "city/ngsi-ld-examples"
BROKEN = 17
"""One of them, a `Camera` with a snapshot and a stream of pictures, is whole and does not come in all the same."""
"""Published payloads that break NGSI-LD themselves (tests/broker/test_forms.py lists them): an id that is no URI, a
Relationship without an object, a ring that is open."""


def contexts_into(city: City, folder: Path) -> None:
    for url, name in json.loads((folder / "INDEX.json").read_text()).items():
        city.contexts.add(url, json.loads((folder / name).read_text()))


async def test_every_example_is_kept_and_read_back_alike(
    client: Client, city: City, shared: Callable[[str], Path]
) -> None:
    folder = shared(EXAMPLES)
    contexts_into(city, shared("contexts"))
    refused = 0
    for entry in json.loads((folder / "INDEX.json").read_text()):
        body = {"@context": [], **json.loads((folder / entry["file"]).read_text())}
        reply = await client.post("entities", body, content_type="application/ld+json")
        if reply.status != 201:
            refused += 1
            assert (reply.status, bool(reply.data.get("where"))) == (400, True), (entry["file"], reply)
            continue
        await read_back(client, entry["file"], body)
    assert refused == BROKEN


async def read_back(client: Client, name: str, body: dict[str, Any]) -> None:
    """The entity says the same by its own context, and putting back what was read changes nothing."""
    path = f"entities/{quote(body['id'], safe=':')}"
    query = {"type": "Query", "entities": [{"type": "*", "id": body["id"]}], "@context": body["@context"]}
    style = "?options=keyValues" if "keyvalues" in name else ""
    linked = {"content_type": "application/ld+json", "accept": "application/ld+json"}
    shown = (await client.post(f"entityOperations/query{style}", query, **linked)).data[0]
    for member in body.keys() - {"@context", "modifiedAt", "createdAt"}:
        if body[member] is not None:
            assert plain(shown[member]) == plain(body[member]), (name, member)
    before = (await client.get(f"{path}?options=sysAttrs")).data
    whole = (await client.post("entityOperations/query", query, **linked)).data[0]
    assert (await client.put(path, whole, content_type="application/ld+json")).status == 204
    assert (await client.get(f"{path}?options=sysAttrs")).data == before, name
    assert (await client.delete(path)).status == 204


def plain(value: Any) -> Any:
    """What an attribute says, whichever form it is written in; times in the spelling of UTC."""
    if isinstance(value, dict):
        value = next((value[m] for m in ("value", "object", "languageMap", "json") if m in value), value)
        if isinstance(value, dict) and value.get("@type") == "DateTime":
            return datetime.fromisoformat(value["@value"].replace("Z", "+00:00"))
    return value
