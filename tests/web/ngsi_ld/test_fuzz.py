"""Whatever is sent, the answer is never a 5xx, and an error always says what it is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from noren.city import City
from noren.web.ngsi_ld import ROUTES
from noren.web.ngsi_ld.application import Api
from noren.web.ngsi_ld.house import House

from .conftest import Client

WORDS = """id type value object languageMap json vocab valueList objectList datasetId observedAt unitCode scope location
@context Property Relationship GeoProperty LanguageProperty Point Polygon coordinates urn:x:1 urn:x:2 urn:ngsi-ld:null
Query Subscription entities watchedAttributes notification endpoint uri http://127.0.0.1:9/ q geoQ georel geometry
near;maxDistance==10 idPattern throttling timeInterval expiresAt isActive attributes format accept temporalQ timerel
timeAt between before 2024-05-01T12:00:00Z keyValues simplified concise sysAttrs count limit offset attrs options
true T level
level>1 a.b[c]==%22x%22 (A;B),C /a/b /a/# [0,0] lastN aggregatedValues aggrMethods max PT1H 0 1 -1 [ ( { " ' \\"""
words = st.sampled_from(WORDS.split()) | st.text(max_size=8)
numbers = st.integers(-5, 5) | st.floats() | st.just(10**400) | st.just(2**63)
values = st.recursive(
    st.none() | st.booleans() | numbers | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=5),
    max_leaves=20,
)
attributes = st.dictionaries(words, values, max_size=4)
entities = st.builds(lambda more: {"id": "urn:x:1", "type": "T"} | more, attributes)
subscriptions = st.builds(
    lambda more: (
        {
            "type": "Subscription",
            "entities": [{"type": "T"}],
            "notification": {"endpoint": {"uri": "http://127.0.0.1:9/"}},
        }
        | more
    ),
    attributes,
)
queries = st.builds(lambda more: {"type": "Query"} | more, attributes)
bodies = values | entities | st.lists(entities, max_size=3) | subscriptions | queries
parameters = st.dictionaries(words, words, max_size=4)
kinds = st.sampled_from(["application/json", "application/ld+json", "application/merge-patch+json", "x/y", ""])
accepts = st.sampled_from(["*/*", "application/json", "application/ld+json", "application/geo+json", "x/y", ",;q"])


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    yield made
    made.close()


def test_nothing_is_unforeseen(tmp_path: Path, loop: asyncio.AbstractEventLoop) -> None:
    async def opened() -> City:
        return City.bare(tmp_path)

    city = loop.run_until_complete(opened())
    client = Client(Api(House(city), ROUTES))

    @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(ROUTES), words, words, parameters, bodies, kinds, accepts)
    def send(
        route: tuple[str, str, Any], id: str, name: str, asked: dict[str, str], body: Any, kind: str, accept: str
    ) -> None:
        method, path, _ = route
        filled = path.replace("{id}", quoted(id)).replace("{name}", quoted(name)).replace("{type}", quoted(id))
        query = "&".join(f"{quoted(key)}={quoted(value)}" for key, value in asked.items())
        content = json.dumps(body).encode() if method in ("POST", "PUT", "PATCH") else None
        sent = client.send(method, f"{filled}?{query}", content, content_type=kind, accept=accept)
        reply = loop.run_until_complete(sent)
        assert reply.status < 500 or reply.data["type"].endswith("LdContextNotAvailable"), (reply, filled, query, body)
        if reply.status >= 400 and reply.body:
            assert reply.data.get("title") or reply.data.get("availableRepresentations")

    send()
    loop.run_until_complete(city.close())


def quoted(text: str) -> str:
    return quote(text, safe="", errors="replace") or "x"
