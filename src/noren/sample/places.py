"""Where institutions stand: schools, hospitals and halls on blocks of their own, the rest in the town's buildings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from noren.sample.buildings import Buildings
from noren.sample.growth import Growth
from noren.sample.names import Name
from noren.sample.people import People
from noren.sample.site import Bools, Floats, Ints
from noren.sample.streets import Streets


@dataclass(frozen=True)
class Place:
    """One institution; `size` is pupils, beds, places, spaces or people, by kind."""

    kind: str
    x: float
    y: float
    district: int
    size: int = 0
    variant: str = ""


@dataclass(frozen=True)
class Seats:
    """Blocks given to institutions before houses are built: kind and variant of each, and the block."""

    kinds: list[tuple[str, str]]
    blocks: Ints


_OWN_BLOCKS = (
    ("School", "elementary", 5_500, 1, 4),
    ("School", "junior", 11_500, 1, 4),
    ("School", "high", 26_000, 1, 4),
    ("Hospital", "hospital", 14_000, 1, 5),
    ("Facility", "hall", 10_000_000, 1, 6),
    ("Facility", "centre", 6_500, 1, 6),
    ("Facility", "gym", 45_000, 1, 6),
    ("FireStation", "main", 60_000, 1, 6),
)
"""Kind, variant, people for each, at least, index in `buildings.LAND`."""


def take_blocks(growth: Growth, streets: Streets, use: Ints) -> Seats:
    """Give blocks to institutions, spread over the people to come; `use` is changed."""
    draw = growth.land.site.rng("seats")
    centre = shapely.centroid(streets.blocks)
    x, y = shapely.get_x(centre), shapely.get_y(centre)
    size = shapely.area(streets.blocks)
    people = growth.density(x, y) * size * (use <= 1)
    free = (use == 0) & (size < 30_000)
    kinds: list[tuple[str, str]] = []
    taken: list[int] = []
    for kind, variant, each, least, land in _OWN_BLOCKS:
        count = max(least, round(growth.land.site.population / each))
        for sx, sy in spread(x, y, people, count, draw):
            block = _roomy(x, y, size, free, sx, sy, 450 * growth.land.site.growth**0.2)
            free[block], use[block] = False, land
            kinds.append((kind, variant))
            taken.append(block)
    return Seats(kinds, np.array(taken))


def _roomy(x: Floats, y: Floats, size: Floats, free: Bools, sx: float, sy: float, reach: float) -> int:
    """The largest free block within reach, else the nearest free one."""
    away = np.hypot(x - sx, y - sy)
    score = np.where(free & (away < reach), np.minimum(size, 16_000), -1.0)
    best = int(np.argmax(score))
    return best if score[best] > 0 else int(np.argmin(np.where(free, away, np.inf)))


def spread(x: Floats, y: Floats, weight: Floats, count: int, draw: np.random.Generator) -> Floats:
    """`count` points spread so that each serves about as many people (a few rounds of k-means on weighted points)."""
    chance = np.flatnonzero(weight > 0)
    sample = draw.choice(chance, min(len(chance), 4000), replace=False)
    px, py, w = x[sample], y[sample], weight[sample]
    seats = draw.choice(len(sample), min(count, len(sample)), replace=False, p=w / w.sum())
    cx, cy = px[seats].copy(), py[seats].copy()
    for _ in range(6):
        nearest = np.argmin((px[:, None] - cx) ** 2 + (py[:, None] - cy) ** 2, axis=1)
        total = np.bincount(nearest, w, len(cx))
        some = total > 0
        cx[some] = np.bincount(nearest, w * px, len(cx))[some] / total[some]
        cy[some] = np.bincount(nearest, w * py, len(cy))[some] / total[some]
    return np.column_stack([cx, cy])


def make_places(growth: Growth, streets: Streets, buildings: Buildings, people: People, seats: Seats) -> list[Place]:
    """Institutions on blocks of their own, then clinics, nurseries, homes, police boxes, AEDs, toilets, car parks."""
    draw = growth.land.site.rng("places")
    centre = shapely.point_on_surface(streets.blocks[seats.blocks])
    district = people.of[streets.block_district[seats.blocks]]
    places = [
        Place(kind, float(p.x), float(p.y), int(d), _size(kind, variant, draw), variant)
        for (kind, variant), p, d in zip(seats.kinds, centre, district, strict=True)
    ]
    return places + _in_buildings(growth, buildings, people, draw)


_IN_BUILDINGS = (
    ("Hospital", "clinic", 1_500, 3),
    ("Nursery", "nursery", 3_200, 2),
    ("Nursery", "kindergarten", 8_000, 1),
    ("SeniorFacility", "care", 5_200, 2),
    ("SeniorFacility", "day", 3_800, 2),
    ("FireStation", "branch", 18_000, 1),
    ("PoliceStation", "station", 90_000, 1),
    ("PoliceStation", "box", 7_500, 2),
    ("Defibrillator", "", 620, 6),
    ("Toilet", "", 1_900, 4),
    ("OffStreetParking", "", 4_200, 4),
    ("BikeParking", "", 7_000, 2),
)


def _in_buildings(growth: Growth, buildings: Buildings, people: People, draw: np.random.Generator) -> list[Place]:
    weight = buildings.residents + 0.3 + 6.0 * (buildings.use >= 2)
    known = people.of[buildings.district] >= 0
    places = []
    for kind, variant, each, least in _IN_BUILDINGS:
        count = max(least, round(growth.land.site.population / each))
        central = growth.density(buildings.x, buildings.y) ** (
            2 if kind in ("OffStreetParking", "BikeParking") else 0.3
        )
        chance = weight * central * known
        rows = draw.choice(len(chance), min(count, int((chance > 0).sum())), replace=False, p=chance / chance.sum())
        for row in rows:
            at = int(people.of[buildings.district[row]])
            size = _size(kind, variant, draw)
            places.append(Place(kind, float(buildings.x[row]), float(buildings.y[row]), at, size, variant))
    return places


def _size(kind: str, variant: str, draw: np.random.Generator) -> int:
    low, high = {
        ("School", "elementary"): (180, 620), ("School", "junior"): (240, 640), ("School", "high"): (480, 960),
        ("Hospital", "hospital"): (60, 420), ("Hospital", "clinic"): (0, 1), ("Nursery", "nursery"): (50, 140),
        ("Nursery", "kindergarten"): (80, 210), ("SeniorFacility", "care"): (40, 110),
        ("SeniorFacility", "day"): (15, 40),
        ("OffStreetParking", ""): (40, 420), ("BikeParking", ""): (60, 700), ("Facility", "centre"): (120, 300),
        ("Facility", "gym"): (500, 1200), ("Facility", "hall"): (300, 400),
    }.get((kind, variant), (0, 1))  # fmt: skip
    return int(draw.integers(low, high) // 10 * 10) if high > 30 else int(draw.integers(low, high))


_ORDINALS = ("", "", "第二", "第三", "第四", "第五", "第六", "第七", "第八", "第九")
_TITLES = {
    ("School", "elementary"): ("市立{0}{1}小学校", "シリツ{0}{1}ショウガッコウ", "{0}{1} Elementary School"),
    ("School", "junior"): ("市立{0}{1}中学校", "シリツ{0}{1}チュウガッコウ", "{0}{1} Junior High School"),
    ("School", "high"): ("県立{0}{1}高等学校", "ケンリツ{0}{1}コウトウガッコウ", "{0}{1} High School"),
    ("Hospital", "hospital"): ("{0}{1}病院", "{0}{1}ビョウイン", "{0}{1} Hospital"),
    ("Hospital", "clinic"): ("{0}{1}医院", "{0}{1}イイン", "{0}{1} Clinic"),
    ("Facility", "hall"): ("川辺市役所", "カワベシヤクショ", "Kawabe City Hall"),
    ("Facility", "centre"): ("{0}{1}公民館", "{0}{1}コウミンカン", "{0}{1} Community Centre"),
    ("Facility", "gym"): ("{0}{1}総合体育館", "{0}{1}ソウゴウタイイクカン", "{0}{1} Gymnasium"),
    ("FireStation", "main"): ("{0}{1}消防署", "{0}{1}ショウボウショ", "{0}{1} Fire Station"),
    ("FireStation", "branch"): ("{0}{1}分署", "{0}{1}ブンショ", "{0}{1} Fire Branch"),
    ("PoliceStation", "station"): ("{0}{1}警察署", "{0}{1}ケイサツショ", "{0}{1} Police Station"),
    ("PoliceStation", "box"): ("{0}{1}交番", "{0}{1}コウバン", "{0}{1} Police Box"),
    ("Nursery", "nursery"): ("{0}{1}保育所", "{0}{1}ホイクショ", "{0}{1} Nursery"),
    ("Nursery", "kindergarten"): ("{0}{1}幼稚園", "{0}{1}ヨウチエン", "{0}{1} Kindergarten"),
    ("SeniorFacility", "care"): (
        "特別養護老人ホーム{0}{1}苑",
        "トクベツヨウゴロウジンホーム{0}{1}エン",
        "{0}{1} Nursing Home",
    ),
    ("SeniorFacility", "day"): ("デイサービス{0}{1}", "デイサービス{0}{1}", "{0}{1} Day Care"),
    ("Defibrillator", ""): ("{0}集会所{1}", "{0}シュウカイジョ{1}", "{0} Meeting House{1}"),
    ("Toilet", ""): ("{0}{1}公衆トイレ", "{0}{1}コウシュウトイレ", "{0}{1} Public Toilet"),
    ("OffStreetParking", ""): ("{0}{1}駐車場", "{0}{1}チュウシャジョウ", "{0}{1} Car Park"),
    ("BikeParking", ""): ("{0}{1}自転車駐車場", "{0}{1}ジテンシャチュウシャジョウ", "{0}{1} Bicycle Parking"),
}


def titles(places: list[Place], people: People) -> list[Name]:
    """A name for each place after its quarter, the second of its kind there numbered: no two alike."""
    seen: dict[tuple[str, str, str], int] = {}
    names = []
    for place in places:
        quarter = people.quarters[place.district]
        key = (place.kind, place.variant, quarter.ja)
        seen[key] = seen.get(key, 0) + 1
        names.append(_title(place, quarter, seen[key]))
    return names


def _title(place: Place, quarter: Name, count: int) -> Name:
    ordinal = _ORDINALS[count] if count < len(_ORDINALS) else f"第{count}"
    ja, kana, en = _TITLES[(place.kind, place.variant)]
    extra = "" if count == 1 else f" {count}"
    return Name(ja.format(quarter.ja, ordinal), kana.format(quarter.kana, extra.strip()), en.format(quarter.en, extra))
