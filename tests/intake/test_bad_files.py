"""Bad files: each is told in words with its place and what to do, good rows stay, nothing else is raised."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from noren.city import City, create
from noren.intake.add import Added, Adder, add_all
from noren.intake.convert import Place
from noren.intake.plans import Options


@pytest.fixture
async def city(tmp_path: Path) -> AsyncIterator[City]:
    create(tmp_path / "city", "Test")
    async with City.open(tmp_path / "city") as opened:
        yield opened


async def tried(city: City, path: Path) -> tuple[list[Added], str]:
    done, wrong = await add_all(Adder(city.view(city.staff), city.folder, Place("test", "UTC")), [path], Options())
    assert all(error.what and error.where and error.hint for error in wrong)
    told = [f"{error.what} {error.where} {error.hint}" for error in wrong]
    return done, " ".join([*told, *(f.text["en"] for added in done for f in added.findings)])


def archive(members: dict[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return packed.getvalue()


PARK = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [139, 35]}, "properties": {"name": "a park"}}
FEATURES = [None, 5, {"type": "Feature", "geometry": {"type": "Blob"}, "properties": "x"}, PARK]
TREE = {
    "type": "CityJSON",
    "metadata": {"referenceSystem": "EPSG:7415"},
    "CityObjects": {"b": 5},
    "vertices": [[0, 0, 0]],
}
STOPS = {"stops.txt": "stop_id,stop_lat,stop_lon\nA,x,y\nB,35,139\n,35,139\n", "routes.txt": "route_id\n1\n",
         "trips.txt": "route_id,trip_id,shape_id\n1,T,S\n", "shapes.txt": "shape_id,shape_pt_lat\nS,a\n"}  # fmt: skip
CRS = {"type": "FeatureCollection", "crs": {"properties": {"name": "EPSG:999999"}}, "features": FEATURES[3:]}
WHOLE = [
    ("deep.json", b"[" * 100_000, "nested too deep"),
    ("own.jsonld", b'[{"id":"urn:ngsi-ld:Foo:1","type":"Foo","@context":"https://example.org"}]', "noren context add"),
    ("page.json", b"<!doctype html><title>log in</title>", "web page"),
    ("report.pdf", b"%PDF-1.7\n", "the table behind it"),
    ("old.7z", b"7z\xbc\xaf\x27\x1c\x00", "Unpack it"),
    ("grid.nc", b"CDF\x01\x00", "GeoTIFF"),
    ("rss.xml", b"<?xml version='1.0'?><rss/>", "Of XML it reads"),
    ("broken.kml", b'<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Plac', "cannot be read"),
    ("link.kml", b'<kml xmlns="http://www.opengis.net/kml/2.2"><NetworkLink/></kml>', "links to others"),
    ("headings.csv", b"name,lat,lon\n", "no rows"),
    ("crs.geojson", json.dumps(CRS).encode(), "no coordinate system"),
    ("none.geojson", b'{"type": "FeatureCollection"}', "is not a list"),
    ("tree.json", json.dumps(TREE).encode(), "holds no objects"),
    ("failed.json", b'{"success": false, "error": {"message": "x"}}', "no list of things"),
]  # fmt: skip
IN_PARTS = [
    ("features.geojson", json.dumps({"type": "FeatureCollection", "features": FEATURES}).encode(), 3, "cannot be read"),
    ("bus.zip", archive(STOPS), 3, "The stop has no id"),
    ("days.csv", b"time,station,water level (m)\n2024-02-29T00:00,S,1\n2024-02-30T00:00,S,2\n9999-01-01T00:00,S,3\n"
     b"2024-03-01T00:00,S,Infinity\n" + b"".join(b"2024-03-%02dT00:00,S,1\n" % d for d in range(2, 30)), 30, "no time"),
    ("lies.csv", b"name,lat,lon\nA,High street,1\nB,Low street,2\n", 2, "promises a latitude"),
    ("quote.csv", b'name,lat,lon\nA,1.5,2.5\n"B,1.5,2.5\nC,1.5,2.5\n', 1, "quotation mark"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "said"), WHOLE)
async def test_what_cannot_be_read_says_what_to_do(
    city: City, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    done, told = await tried(city, tmp_path / name)
    assert not done
    assert said in told


@pytest.mark.parametrize(("name", "content", "kept", "said"), IN_PARTS)
async def test_good_rows_stay(city: City, tmp_path: Path, name: str, content: bytes, kept: int, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    done, told = await tried(city, tmp_path / name)
    assert sum(added.kept for added in done) == kept
    assert said in told


async def test_a_bomb_is_not_unpacked(city: City, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as made, made.open("a.csv", "w") as stream:
        for _ in range(600):
            stream.write(bytes(1 << 20))
    done, told = await tried(city, tmp_path / "bomb.zip")
    assert not done
    assert "not unpacked" in told
