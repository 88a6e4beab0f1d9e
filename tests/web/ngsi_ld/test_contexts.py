from __future__ import annotations

from noren.city import City
from noren.trust import Principal

from .conftest import Client

CONTEXT = {"@context": {"power": "https://example.org/power"}}


async def test_a_context_is_added_served_used_and_removed(client: Client) -> None:
    reply = await client.post("jsonldContexts", CONTEXT, content_type="application/ld+json")
    assert reply.status == 201
    path = reply.headers["location"]
    assert (await client.get(path)).data == CONTEXT
    urls = (await client.get("jsonldContexts")).data
    assert urls == [f"http://city.example{path}"]
    link = f'<{urls[0]}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
    await client.post("entities", {"id": "urn:x:1", "type": "Lamp", "power": 1}, link=link)
    assert "https://example.org/power" in (await client.get("entities/urn:x:1")).data
    details = (await client.get("jsonldContexts?details=true&kind=Hosted")).data
    assert (details[0]["kind"], details[0]["URL"]) == ("Hosted", urls[0])
    assert (await client.get(f"{path}?details=true")).data == details[0]
    assert (await client.delete(path)).status == 204
    assert (await client.get(path)).status == 404
    assert (await client.get("jsonldContexts")).data == []


async def test_what_is_no_context(client: Client) -> None:
    assert (await client.post("jsonldContexts", {"power": "x"})).status == 400
    assert (await client.post("jsonldContexts", {"@context": 7})).status == 400
    assert (await client.get("jsonldContexts?kind=Odd")).status == 400
    assert (await client.get("jsonldContexts/none")).status == 404


async def test_only_staff_changes_contexts(client: Client, city: City) -> None:
    city.is_bare = False
    other = Principal(id="urn:noren:organisation:other", kind="organisation", organisation="other")
    for headers in ({}, {"authorization": f"Bearer {city.tokens.issue(other, seconds=60)}"}):
        assert (await client.send("POST", "jsonldContexts", CONTEXT, **headers)).status == 403
    staff = {"authorization": f"Bearer {city.tokens.issue(city.staff, seconds=60)}"}
    assert (await client.send("POST", "jsonldContexts", CONTEXT, **staff)).status == 201
