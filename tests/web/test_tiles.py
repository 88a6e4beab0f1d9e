"""The map's addresses, as a browser asks for them."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import mapbox_vector_tile as judge
import pytest
from starlette.requests import Request

from noren.city import City, create
from noren.errors import NotFound
from noren.web import tiles


@pytest.fixture
async def city(tmp_path: Path) -> AsyncIterator[City]:
    create(tmp_path / "town", "Town")
    async with City.open(tmp_path / "town") as city:
        place = {"type": "Point", "coordinates": [139.21, 36.10]}
        school = {"id": "urn:ngsi-ld:School:town:1", "type": "School", "name": "School", "location": place}
        await city.view(city.staff).upsert([school])
        yield city


@pytest.fixture
async def ask(city: City) -> AsyncIterator[Any]:
    app = SimpleNamespace(state=SimpleNamespace(city=city))

    def request(headers: dict[str, str] | None = None, **numbers: str) -> Request:
        held = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
        scope = {"type": "http", "method": "GET", "path": "/", "headers": held, "query_string": b""}
        return Request({**scope, "path_params": numbers, "app": app})

    yield request
    if hasattr(app.state, "shelf"):
        await app.state.shelf.close()


async def test_a_tile_comes_gzipped_and_is_asked_for_once(ask: Any) -> None:
    numbers = {"z": "13", "x": "7263", "y": "3214"}
    first = await tiles.vector(ask(**numbers))
    assert first.headers["content-encoding"] == "gzip"
    assert first.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert judge.decode(gzip.decompress(first.body))["School"]["features"][0]["properties"]["name"] == "School"
    again = await tiles.vector(ask({"if-none-match": first.headers["etag"]}, **numbers))
    assert (again.status_code, again.body) == (304, b"")


async def test_layers_are_listed(ask: Any) -> None:
    listed = await tiles.layers(ask())
    assert b'"type":"School"' in listed.body


@pytest.mark.parametrize(
    "numbers", [("a", "0", "0"), ("-1", "0", "0"), ("99", "0", "0"), ("1", "2", "0"), ("٣", "0", "0")]
)
async def test_addresses_that_name_no_tile_are_not_found(ask: Any, numbers: tuple[str, str, str]) -> None:
    z, x, y = numbers
    with pytest.raises(NotFound):
        await tiles.vector(ask(z=z, x=x, y=y))


async def test_a_city_without_terrain_says_how_to_add_one(ask: Any) -> None:
    with pytest.raises(NotFound, match="noren add"):
        await tiles.heights(ask(z="13", x="7263", y="3214"))
