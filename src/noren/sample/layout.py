"""The town as things on the ground, and the files a survey department publishes of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from rasterio.features import rasterize
from rasterio.transform import Affine

from noren.sample import files
from noren.sample.buildings import LAND_JA, USES_JA, Buildings, land_use, make_buildings
from noren.sample.growth import Growth, make_growth
from noren.sample.land import Land, make_land
from noren.sample.names import Name
from noren.sample.people import CLASSES, People, make_people
from noren.sample.places import Place, make_places, take_blocks, titles
from noren.sample.site import BRANCH, BRANCH_EN, CITY, CODE, PREFECTURE, RIVER, RIVER_EN, Ints, Site
from noren.sample.streets import CLASSES as ROADS
from noren.sample.streets import SPEED, Streets, make_streets


@dataclass(frozen=True)
class Town:
    """Everything that does not change from hour to hour."""

    site: Site
    land: Land
    growth: Growth
    streets: Streets
    use: Ints
    buildings: Buildings
    people: People
    places: list[Place]
    titles: list[Name]


def make_town(site: Site) -> Town:
    """Lay the town out."""
    land = make_land(site)
    growth = make_growth(land)
    streets = make_streets(growth)
    use = land_use(growth, streets)
    seats = take_blocks(growth, streets, use)
    buildings = make_buildings(growth, streets, use)
    people = make_people(growth, streets, buildings)
    places = make_places(growth, streets, buildings, people, seats)
    return Town(site, land, growth, streets, use, buildings, people, places, titles(places, people))


def write_survey(town: Town, folder: Path) -> None:
    """Terrain, water, streets, buildings, land use and districts."""
    site, land = town.site, town.land
    files.write_raster(folder / "terrain_dem.tif", site, land.height, "float32", nodata=-9999)
    transform = Affine(site.cell, 0, 0, 0, -site.cell, site.extent)
    mask = rasterize(list(shapely.get_parts(land.water)), land.height.shape, transform=transform)
    files.write_raster(folder / "permanent_water.tif", site, mask, "uint8")
    _write_rivers(town, folder)
    _write_streets(town, folder)
    _write_buildings(town, folder)
    _write_land_use(town, folder)
    _write_districts(town, folder)


def _write_rivers(town: Town, folder: Path) -> None:
    square = shapely.box(0, 0, town.site.extent, town.site.extent)
    shapes = [
        part.intersection(square) for part in (town.land.river.water(), town.land.branch.water(), town.land.oxbow)
    ]
    columns = {
        "河川コード": ["R01", "R02", "L01"],
        "名称": [RIVER, BRANCH, "三日月沼"],
        "name_en": [RIVER_EN, BRANCH_EN, "Mikazuki Pond"],
        "種別": ["一級河川", "準用河川", "湖沼"],
    }
    files.write_geopackage(folder / "rivers.gpkg", town.site, [_multi(s) for s in shapes], columns, layer="rivers")


def _multi(shape: shapely.Geometry) -> shapely.MultiPolygon:
    return shapely.multipolygons(shapely.get_parts(shape)[shapely.get_type_id(shapely.get_parts(shape)) == 3])


def _write_streets(town: Town, folder: Path) -> None:
    streets = town.streets
    columns = {
        "road_id": [f"{i:06d}" for i in range(len(streets.lines))],
        "name": road_names(streets),
        "highway": [ROADS[c] for c in streets.road],
        "oneway": one_way(town).astype(np.int32),
        "maxspeed": SPEED[streets.road].astype(np.int32),
        "bridge": streets.bridge.astype(np.int32),
        "length_m": np.round(streets.length, 1),
    }
    files.write_geopackage(folder / "streets.gpkg", town.site, streets.lines, columns, layer="streets", geographic=True)


def road_names(streets: Streets) -> list[str]:
    """Main roads have a number, the others no name."""
    order = {cut: i for i, cut in enumerate(dict.fromkeys(streets.street[streets.road <= 1].tolist()))}
    word = {0: "県道{}号", 1: "市道{}号線"}
    return [
        word[c].format(order[s] + 12) if c in word else ""
        for c, s in zip(streets.road.tolist(), streets.street.tolist(), strict=True)
    ]


def one_way(town: Town) -> Ints:
    """Some side streets of the dense middle."""
    middle = shapely.line_interpolate_point(town.streets.lines, 0.5, normalized=True)
    dense = town.growth.density(shapely.get_x(middle), shapely.get_y(middle)) > 0.5
    chance = town.site.rng("one way").random(town.streets.street.max() + 1)[town.streets.street]
    return np.asarray((town.streets.road == 3) & dense & (chance < 0.3), dtype=np.int64)


def _write_buildings(town: Town, folder: Path) -> None:
    b = town.buildings
    columns = {
        "建物ID": [f"bldg-{i:07d}" for i in range(len(b.x))],
        "用途": [USES_JA[u] for u in b.use],
        "計測高さ": b.height,
        "地上階数": b.floors.astype(np.int32),
        "建築年": b.year.astype(np.int32),
        "構造": [("非木造", "木造")[w] for w in b.wood],
        "居住者数": b.residents.astype(np.int32),
    }
    files.write_geopackage(folder / "buildings.gpkg", town.site, b.outlines, columns, layer="buildings")


def _write_land_use(town: Town, folder: Path) -> None:
    columns = {
        "区画番号": [f"L{i:06d}" for i in range(len(town.use))],
        "用途": [LAND_JA[u] for u in town.use],
        "面積_m2": np.round(shapely.area(town.streets.blocks), 0),
    }
    files.write_geopackage(folder / "land_use.gpkg", town.site, town.streets.blocks, columns, layer="land_use")


def _write_districts(town: Town, folder: Path) -> None:
    people, site = town.people, town.site
    codes = [f"{CODE}{i + 1:05d}" for i in range(len(people.names))]
    columns = {
        "町丁字コード": codes,
        "町名": [n.ja for n in people.names],
        "name_en": [n.en for n in people.names],
        "人口": people.total.astype(np.int32),
        "世帯数": people.households.astype(np.int32),
    }
    shapes = [_multi(s) for s in people.outlines]
    files.write_geopackage(folder / "districts.gpkg", site, shapes, columns, layer="districts", geographic=True)
    bounds = [f"{5 * k}-{5 * k + 4}歳" for k in range(CLASSES - 1)] + ["85歳以上"]
    headings = [
        "都道府県コード又は市区町村コード",
        "地域コード",
        "都道府県名",
        "市区町村名",
        "調査年月日",
        "地域名",
        "総人口",
        "男性",
        "女性",
    ]
    headings += [f"{age}の{sex}" for age in bounds for sex in ("男性", "女性")] + ["世帯数", "備考"]
    rows = [
        [CODE, code, PREFECTURE, CITY, "2026-04-01", name.ja, ages.sum(), *ages.sum(0), *ages.ravel(), homes, ""]
        for code, name, ages, homes in zip(codes, people.names, people.by_age, people.households, strict=True)
    ]
    files.write_table(folder / "population_by_age.csv", headings, rows)
