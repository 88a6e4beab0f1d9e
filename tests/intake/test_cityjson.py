"""Footprints: what a building stands on, not what hangs over it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import shapely

from noren.intake.citygml import citygml
from noren.intake.cityjson import cityjson, footprint

SQUARE = [[0, 0, 0], [4, 0, 0], [4, 4, 0], [0, 4, 0]]
ROOF = [[-1, -1, 3], [5, -1, 3], [5, 5, 3], [-1, 5, 3]]
POINTS = [[float(v) for v in corner] for corner in SQUARE + ROOF]
GROUND, COVER = [3, 2, 1, 0], [4, 5, 6, 7]


def test_ground_surfaces_make_the_footprint() -> None:
    assert shapely.from_wkt(footprint([(GROUND, True), (COVER, False)], POINTS)).area == 16


def test_without_words_the_faces_that_look_down_do() -> None:
    assert shapely.from_wkt(footprint([(GROUND, False), (COVER, False)], POINTS)).area == 16


def test_a_roof_alone_is_better_than_nothing() -> None:
    assert shapely.from_wkt(footprint([(COVER, False)], POINTS)).area == 36
    assert footprint([], POINTS) is None


def test_a_document(tmp_path: Path) -> None:
    surfaces = [{"type": "RoofSurface"}, {"type": "GroundSurface"}]
    solid = {
        "type": "Solid",
        "lod": "2",
        "boundaries": [[[COVER], [GROUND]]],
        "semantics": {"surfaces": surfaces, "values": [[0, 1]]},
    }
    things = {
        "whole": {"type": "Building", "children": ["part"], "attributes": {"name": "Town hall"}},
        "part": {"type": "BuildingPart", "parents": ["whole"], "geometry": [solid]},
    }
    document = {"type": "CityJSON", "vertices": POINTS, "CityObjects": things}
    document["metadata"] = {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/7415"}
    source = cityjson(tmp_path / "hall.city.json", document)
    (row,) = source.sample().to_pylist()
    assert (row["id"], row["name"], row["height"]) == ("whole", "Town hall", "3")
    assert shapely.from_wkt(row["geometry"]).area == 16
    assert source.lead == {"crs": "EPSG:7415", "type": "Building"}


def test_codes_become_words_by_the_lists_in_the_zip(tmp_path: Path) -> None:
    gml = 'xmlns:gml="http://www.opengis.net/gml"'
    ring = "<gml:exterior><gml:posList>35 139 0 35 139.1 0 35.1 139.1 0 35 139 0</gml:posList></gml:exterior>"
    use = '<usage codeSpace="../../codelists/Building_usage.xml">422</usage>'
    building = f'<Building gml:id="b1">{use}{ring}</Building>'
    model = f"<CityModel {gml}><cityObjectMember>{building}</cityObjectMember></CityModel>"
    entry = "<gml:Definition><gml:description>公益施設</gml:description><gml:name>422</gml:name></gml:Definition>"
    with zipfile.ZipFile(tmp_path / "town.zip", "w") as archive:
        archive.writestr("udx/bldg/one.gml", model)
        archive.writestr("codelists/Building_usage.xml", f"<gml:Dictionary {gml}>{entry}</gml:Dictionary>")
    (source,) = citygml(tmp_path / "town.zip")
    (row,) = source.sample().to_pylist()
    assert (row["id"], row["use"]) == ("b1", "公益施設")
