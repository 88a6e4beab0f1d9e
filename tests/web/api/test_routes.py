"""The portal's routes over a small city, as somebody unknown and as staff."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from noren.terms.records import WaterObserved
from noren.web import identity
from noren.web.api import ROUTES
from tests.web.api.conftest import ALERT, GAUGE, SHELTERS, Served

DOCUMENT = Path(__file__).parents[3] / "docs" / "api.md"


async def ask(served: Served, path: str, **how: Any) -> Any:
    async with served.http.get(path, **how) as reply:
        assert reply.status == 200, await reply.text()
        return await reply.json()


@pytest.mark.parametrize(("method", "path"), [(method, path) for method, path, _ in [*ROUTES, *identity.ROUTES]])
def test_every_route_is_documented(method: str, path: str) -> None:
    assert f"| `{method} {path}` |" in DOCUMENT.read_text()


async def test_now_says_what_threatens_and_what_moves(served: Served) -> None:
    now = await ask(served, "/api/now")
    assert [alert["id"] for alert in now["alerts"]] == [ALERT]
    (reading,) = [*now["changed"], *now["normal"]]
    assert (reading["id"], reading["value"], reading["unit"]) == (GAUGE, 1.5, "MTR")
    assert reading["change"] > 0
    far = await ask(served, "/api/now?lon=0&lat=0")
    assert (far["alerts"], far["changed"], far["normal"]) == ([], [], [])


async def test_one_thing_and_its_history(served: Served) -> None:
    thing = await ask(served, f"/api/entities/{quote(GAUGE)}")
    assert (thing["name"], thing["main"], thing["type"]) == ("大橋", "waterLevel", "WaterObserved")
    series = await ask(served, f"/api/series?id={quote(GAUGE)}&type=WaterObserved&attribute=waterLevel&span=2d")
    assert [value for _, value in series["points"]] == [1.0, 1.1, 1.2, 1.3, 1.4, 1.5]


async def test_datasets_with_sample_and_download(served: Served) -> None:
    assert [card["title"] for card in await ask(served, "/api/datasets")] == ["Shelters"]
    assert (await ask(served, f"/api/datasets/{quote(SHELTERS)}"))["sample"][0]["name"] == "一小"
    for form in ("csv", "geojson", "jsonl", "parquet"):
        async with served.http.get(f"/api/datasets/{quote(SHELTERS)}/download?format={form}") as reply:
            assert reply.status == 200
            body = await reply.read()
            assert body
            if form == "geojson":
                assert json.loads(body)["features"][0]["geometry"]["type"] == "Point"


async def test_one_search_finds_all_kinds(served: Served) -> None:
    found = (await ask(served, f"/api/search?q={quote('避難所')}"))["results"]
    assert {"type", "place"} <= {hit["kind"] for hit in found}
    assert (await ask(served, "/api/search?q=shelters"))["results"][0]["title"]
    assert (await ask(served, f"/api/search?q={quote('.*[(')}"))["results"] == []


async def test_the_curtain_tells_where_things_come_from(served: Served) -> None:
    facts = await ask(served, "/api/curtain/urn:ngsi-ld:Shelter:t:1")
    assert facts["from"][0]["license"] == "CC-BY-4.0"
    assert facts["class"] == 0


async def test_the_matrix_has_every_function(served: Served) -> None:
    table = await ask(served, "/api/matrix")
    assert (len(table["layers"]), len(table["functions"])) == (3, 11)
    assert {s["state"] for s in table["services"]} <= {"runs", "could run", "lacks", "not built"}


async def test_today_is_for_staff(served: Served) -> None:
    async with served.http.get("/api/today") as reply:
        assert reply.status == 403
    items = (await ask(served, "/api/today", headers=served.staff()))["items"]
    assert [item["kind"] for item in items] == ["alert"]
    async with served.http.post(f"/api/alerts/{quote(ALERT)}/confirm") as reply:
        assert reply.status == 403
    async with served.http.post(f"/api/alerts/{quote(ALERT)}/confirm", headers=served.staff()) as reply:
        assert reply.status == 204
    assert (await ask(served, "/api/today", headers=served.staff()))["items"] == []


async def test_the_cookie_is_kept_from_scripts_and_other_sites(served: Served) -> None:
    async with served.http.post("/api/session", json={"token": served.token}) as reply:
        cookie = reply.headers["Set-Cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    for body in ({"token": "forged"}, {}, []):
        async with served.http.post("/api/session", json=body) as reply:
            assert reply.status in (400, 401)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/entities/urn:ngsi-ld:No:x", 404),
        ("/api/datasets/urn:ngsi-ld:Dataset:t:no", 404),
        ("/api/series?id=x", 400),
        ("/api/series?id=x&type=WaterObserved&attribute=waterLevel&span=soon", 400),
        ("/api/now?lon=x&lat=1", 400),
        (f"/api/datasets/{quote(SHELTERS)}/download?format=exe", 400),
        ("/api/curtain/urn:ngsi-ld:No:x", 404),
        ("/api/alerts/urn:ngsi-ld:Alert:t:no.cap", 404),
    ],
)
async def test_errors_say_what_to_do(served: Served, path: str, status: int) -> None:
    async with served.http.get(path) as reply:
        assert reply.status == status
        problem = await reply.json(content_type=None)
    assert problem["status"] == status
    assert problem["title"]


async def test_events_bring_the_clock_and_what_changes(served: Served) -> None:
    async with served.http.get("/api/events?types=WaterObserved") as stream:
        seen: list[bytes] = []
        async for line in stream.content:
            if line.startswith(b"event: "):
                seen.append(line.strip())
            if seen == [b"event: clock"]:
                change = WaterObserved(id=GAUGE, water_level=2.5)
                await served.city.view(served.city.staff).upsert([change])
                seen.append(b"sent")
            if line.startswith(b"data: ") and b'"touched"' in line:
                assert json.loads(line[6:])["touched"] == ["waterLevel"]
                return
    raise AssertionError("the stream ended before the change came")


async def test_the_page_answers_for_every_room_and_allows_no_other_origin(served: Served) -> None:
    for path in ("/", "/data", "/functions/watch_floods"):
        async with served.http.get(path) as reply:
            assert reply.status == 200
            assert "default-src 'self'" in reply.headers["Content-Security-Policy"]
    async with served.http.get("/assets/..%2f..%2fapp.py") as reply:
        assert reply.status in (400, 404)
