"""HTTP polling against a real server: politeness, good rows among bad ones, and what comes instead of data."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from noren.errors import BadInput, NorenError, Unavailable
from noren.intake.connectors import polling
from noren.intake.connectors.http import HttpPolling, HttpSettings
from noren.intake.names import slug

STATIONS = b"""{"status": "ok", "data": {"stations": [
 {"no": "01", "level": "1.84", "at": "2026-07-01 20:50", "pos": {"type": "Point", "coordinates": [134.05, 34.35]}},
 {"no": "02", "level": null, "at": "2026-07-01 20:50"},
 {"no": "03", "level": "x", "at": "2026-07-01 20:50"},
 {"level": 2, "at": "2026-07-01 20:50"},
 {"no": "05", "level": 2.5, "at": "2026-07-01 20:50", "pos": {"type": "Point", "coordinates": [34.35, 134.05]}}]}}"""
CSV = "観測所;水位;時刻\n栗林;1,84;2026/07/01 20:50\n屋島;欠測;2026/07/01 20:50\n;1;2026/07/01 20:50\n"


def made(site: Any, path: str, **more: Any) -> HttpPolling:
    plain = {
        "url": site.address + path,
        "type": "WaterObserved",
        "id": "{no}",
        "attributes": {"waterLevel": "level"},
        "observed": "at",
    }
    return HttpPolling(msgspec.convert(plain | more, HttpSettings))


async def test_json_rows(site, line, at_work) -> None:  # type: ignore[no-untyped-def]
    site.pages["/a"] = STATIONS
    connector = made(site, "/a", rows="data.stations", location="pos", set={"waterBody": "Katsuga"})
    async with at_work(connector, line):
        await line.until(lambda: line.entities)
    first, second = line.entities
    assert first["id"] == "urn:ngsi-ld:WaterObserved:town:01"
    assert first["waterLevel"]["value"] == 1.84
    assert first["waterLevel"]["observedAt"] == "2026-07-01T11:50:00Z"
    assert first["location"]["value"]["coordinates"] == [134.05, 34.35]
    assert first["waterBody"] == {"type": "Property", "value": "Katsuga"}
    assert "location" not in second
    assert [where for _, where, _ in line.refusals] == [
        "row 3, field level",
        "row 4, field no",
        "row 5, field location",
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
async def test_csv_as_municipalities_write_it(site, line, at_work, encoding: str) -> None:  # type: ignore[no-untyped-def]
    site.pages["/a.csv"] = CSV.encode(encoding)
    connector = made(
        site,
        "/a.csv",
        id="{観測所}",
        attributes={"waterLevel": "水位"},
        observed="時刻",
        observed_format="%Y/%m/%d %H:%M",
        missing=["欠測"],
    )
    async with at_work(connector, line):
        await line.until(lambda: line.entities)
    assert [entity["waterLevel"]["value"] for entity in line.entities] == [1.84]
    assert line.entities[0]["id"].endswith(":" + slug("栗林"))
    assert [where for _, where, _ in line.refusals] == ["row 3, field 観測所"]


async def test_rows_by_key_and_a_single_object(site, line, at_work) -> None:  # type: ignore[no-untyped-def]
    site.pages["/keys"] = b'{"gauges": {"g1": {"v": 1}, "g2": {"v": 2}}}'
    site.pages["/one"] = b'{"v": 3, "id": "g3"}'
    options = {"attributes": {"waterLevel": "v"}, "observed": ""}
    async with at_work(made(site, "/keys", rows="gauges", id="{key}", **options), line):
        await line.until(lambda: len(line.entities) == 2)
    async with at_work(made(site, "/one", id="{id}", **options), line):
        await line.until(lambda: len(line.entities) == 3)
    assert [entity["id"][-2:] for entity in line.entities] == ["g1", "g2", "g3"]


async def test_it_asks_only_for_what_is_new(site, line, at_work, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(polling, "SHORTEST", 0.01)
    site.pages["/a"] = (200, {"ETag": '"1"'}, b'{"no": 1, "level": 1}')
    connector = made(site, "/a", every="0.01s", observed="", headers={"X-Api-Key": "k"})
    async with at_work(connector, line):
        await line.until(lambda: len(site.seen) >= 4)
        assert len(line.entities) == 1
        site.pages["/a"] = (200, {"ETag": '"2"'}, b'{"no": 1, "level": 2}')
        await line.until(lambda: len(line.entities) == 2)
    assert site.seen[0].headers["X-Api-Key"] == "k"
    assert "If-None-Match" not in site.seen[0].headers
    assert site.seen[1].headers["If-None-Match"] == '"1"'


PAGE = b"<!DOCTYPE html><html><head><title>Sign in &ndash; Open Data</title></head></html>"


@pytest.mark.parametrize(
    ("page", "kind", "words"),
    [
        (PAGE, BadInput, ["web page came", "Sign in – Open Data", "may ask for a key"]),
        ((200, {"Content-Type": "text/html"}, b"<p>down</p>"), BadInput, ["web page came"]),
        ((401, {}, b""), BadInput, ["asks for a key", "headers"]),
        ((404, {}, PAGE), BadInput, ["nothing at this address", "`url`"]),
        ((429, {}, b""), BadInput, ["too often", "`every`"]),
        ((503, {}, b""), Unavailable, ["trouble", "503"]),
        (b"  ", BadInput, ["empty"]),
        (b'{"no": 1, "level":', BadInput, ["not good JSON"]),
        (b"just a sentence", BadInput, ["no table with a header", "just a sentence"]),
        (b"a,b\n", BadInput, ["no table"]),
        (b'{"no": "\xff"}', BadInput, ["not good JSON"]),
    ],
)
async def test_what_comes_instead(site, line, page: Any, kind: type[NorenError], words: list[str]) -> None:  # type: ignore[no-untyped-def]
    site.pages["/a"] = page
    with pytest.raises(kind) as caught:
        await made(site, "/a").run(line)
    for word in words:
        assert word in str(caught.value)
    assert site.address.removeprefix("http://") in caught.value.where
    assert not line.entities


async def test_the_list_is_not_where_it_should_be(site, line, at_work) -> None:  # type: ignore[no-untyped-def]
    site.pages["/a"] = b'{"result": []}'
    async with at_work(made(site, "/a", rows="data.stations"), line):
        await line.until(lambda: line.refusals)
    assert line.refusals[0][0] == "There is no “data.stations” in it. It has: result."


def test_settings_that_cannot_be() -> None:
    base = {"url": "http://x", "type": "WaterObserved"}
    with pytest.raises(msgspec.ValidationError, match="names no attribute"):
        msgspec.convert(base | {"attributes": {}}, HttpSettings)
    with pytest.raises(msgspec.ValidationError, match="is no name"):
        msgspec.convert(base | {"attributes": {"water level": "x"}}, HttpSettings)
