"""The conditions of 6.3: media types, lengths, contexts, methods, tenants, tokens."""

from __future__ import annotations

import pytest

from noren.city import City
from noren.errors import BadInput
from noren.web.ngsi_ld.call import LARGEST_BODY
from noren.web.ngsi_ld.headers import accepted, context_url
from noren.web.ngsi_ld.problems import Bare

from .conftest import Client

ENTITY = {"id": "urn:x:1", "type": "Lamp", "power": 40}
ENTITY_KINDS = ("application/json", "application/ld+json", "application/geo+json")
CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld"


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("application/ld+json", "application/ld+json"),
        ("application/ld+json, application/json", "application/json"),
        ("application/ld+json;q=0.9, application/json;q=0.5", "application/ld+json"),
        ("application/geo+json;q=1.0, */*;q=0.1", "application/geo+json"),
        ("text/html, application/*;q=0.2", "application/json"),
        ("application/json;q=0, */*", "application/ld+json"),
        ("application/json;q=x", "application/json"),
    ],
)
def test_the_media_type_that_is_liked_best(accept: str, chosen: str) -> None:
    assert accepted(accept, ENTITY_KINDS) == chosen


def test_nothing_acceptable() -> None:
    with pytest.raises(Bare) as caught:
        accepted("text/html", ENTITY_KINDS)
    assert caught.value.answer.status == 406
    assert b"application/geo+json" in caught.value.answer.body


def test_the_context_of_a_link() -> None:
    relation = 'rel="http://www.w3.org/ns/json-ld#context"'
    assert context_url(f'<http://a.example/c>; {relation}; type="application/ld+json"') == "http://a.example/c"
    assert context_url(f'<http://b.example/>; rel="next", <http://a.example/c>; {relation}') == "http://a.example/c"
    assert context_url('<http://b.example/>; rel="next"') is None
    assert context_url("garbage") is None
    with pytest.raises(BadInput):
        context_url(f"<http://a.example/c>; {relation}, <http://b.example/c>; {relation}")


async def test_statuses_without_a_body(client: Client) -> None:
    assert (await client.post("entities", ENTITY, content_type="text/plain")).status == 415
    assert (await client.send("POST", "entities", ENTITY, transfer_encoding="chunked")).status == 411
    wrong = await client.put("entities", ENTITY)
    assert (wrong.status, wrong.headers["allow"]) == (405, "DELETE, GET, POST")
    assert (await client.get("types", accept="application/geo+json")).status == 406
    assert (await client.get("nothing/here")).status == 404
    assert (await client.get("entities?type=" + "x" * 20_000)).status == 414


async def test_a_body_that_is_too_large_is_refused_by_its_length(client: Client) -> None:
    reply = await client.post("entities", b"{}", content_length=str(2 << 30))
    assert reply.status == 413
    assert f"{LARGEST_BODY:,}" in reply.data["title"]


async def test_a_context_comes_by_one_way_only(client: Client) -> None:
    link = f'<{CORE}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
    inside = {**ENTITY, "@context": CORE}
    assert (await client.post("entities", inside)).status == 400
    assert (await client.post("entities", ENTITY, content_type="application/ld+json")).status == 400
    assert (await client.post("entities", inside, content_type="application/ld+json", link=link)).status == 400
    assert (await client.post("entities", inside, content_type="application/ld+json")).status == 201


async def test_an_unknown_context_is_refused_and_mended(client: Client, city: City) -> None:
    url = "https://example.org/lamps.jsonld"
    link = f'<{url}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
    reply = await client.post("entities", ENTITY, link=link)
    assert reply.data["type"].endswith("LdContextNotAvailable")
    assert "noren context add" in reply.data["hint"]
    city.contexts.add(url, {"@context": {"power": "https://example.org/lamps#power"}})
    assert (await client.post("entities", ENTITY, link=link)).status == 201
    assert (await client.get("entities/urn:x:1", link=link)).data["power"]["value"] == 40
    assert "https://example.org/lamps#power" in (await client.get("entities/urn:x:1")).data


async def test_an_inline_context_is_named_by_a_link_and_understood_again(client: Client) -> None:
    context = [{"power": "https://example.org/lamps#power"}, CORE]
    body = {"type": "Query", "entities": [{"type": "Lamp"}], "@context": context}
    await client.post("entities", {**ENTITY, "@context": context}, content_type="application/ld+json")
    reply = await client.post("entityOperations/query", body, content_type="application/ld+json")
    assert reply.data[0]["power"]["value"] == 40
    url = reply.headers["link"][1:].partition(">")[0]
    served = await client.get(url.removeprefix("http://city.example"))
    assert served.data == {"@context": context}
    link = f'<{url}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
    assert (await client.get("entities/urn:x:1", link=link)).data["power"]["value"] == 40


async def test_a_token_that_does_not_hold_is_refused(client: Client) -> None:
    reply = await client.get("types", authorization="Bearer nonsense")
    assert (reply.status, reply.headers["www-authenticate"]) == (401, "Bearer")


async def test_a_purpose_that_was_not_given_is_refused(client: Client) -> None:
    assert (await client.get("types", noren_purpose="flood-warning")).status == 403


async def test_a_query_string_that_cannot_be_read(client: Client) -> None:
    assert (await client.get("entities?type=%ff")).status == 400
    assert (await client.get("entities?type=A&type=B")).status == 400
