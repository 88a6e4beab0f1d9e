"""The town's buses and its railway as a GTFS feed (with the translations that GTFS-JP asks for)."""

from __future__ import annotations

import heapq
import itertools
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import shapely

from noren.sample import files
from noren.sample.layout import Town
from noren.sample.names import Name
from noren.sample.site import CITY_EN, Floats, Ints

_COST = np.array([1.0, 1.0, 1.15, 2.6, 6.0])
_GAP = 360.0
_BUS, _RAIL = 3, 2
_COLOURS = ("1B4F9C", "C8102E", "2E7D32", "E07B00", "6A1B9A", "00838F", "5D4037", "AD1457", "33691E", "37474F")


@dataclass
class Line:
    """One line: stops in order with metres along, its shape, and how often it runs (minutes, at peak and between)."""

    key: str
    name: Name
    mode: int
    colour: str
    stops: list[int]
    along: Floats
    shape: Floats
    every: tuple[int, int]
    pace: float


@dataclass
class Network:
    """All stops (map coordinates and names) and lines."""

    x: list[float] = field(default_factory=list)
    y: list[float] = field(default_factory=list)
    names: list[Name] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    def add(self, x: float, y: float, name: Name) -> None:
        """One more stop."""
        self.x.append(x)
        self.y.append(y)
        self.names.append(name)


def make_network(town: Town) -> Network:
    """Bus lines that meet at the station, a railway along the valley."""
    network = Network()
    tree = _Tree(town)
    stop_at: dict[int, int] = {}
    taken: dict[str, int] = {}
    ends = _ends(town, tree)
    for number, (left, right) in enumerate(zip(ends[::2], ends[1::2], strict=False), 1):
        path = tree.path(left)[::-1] + tree.path(right)[1:]
        _add_bus(town, network, tree, path, number, stop_at, taken)
    _add_railway(town, network)
    return network


class _Tree:
    """Cheapest ways along the streets from the station to everywhere."""

    def __init__(self, town: Town) -> None:
        streets = town.streets
        self.streets = streets
        order = np.argsort(np.concatenate([streets.a, streets.b]), kind="stable")
        count = len(streets.a)
        self._edge = (order % count).tolist()
        heads = np.concatenate([streets.a, streets.b])[order]
        self._to = np.concatenate([streets.b, streets.a])[order].tolist()
        self._first = np.searchsorted(heads, np.arange(len(streets.node_x) + 1)).tolist()
        self._cost = (streets.length * _COST[streets.road]).tolist()
        used = np.unique(heads)
        away = np.hypot(streets.node_x[used] - town.growth.x[1], streets.node_y[used] - town.growth.y[1])
        self.hub = int(used[int(np.argmin(away))])
        self.cost, self._from, self._by = self._grow(len(streets.node_x))

    def _grow(self, count: int) -> tuple[Floats, list[int], list[int]]:
        cost = [float("inf")] * count
        come, by = [-1] * count, [-1] * count
        cost[self.hub] = 0.0
        queue = [(0.0, self.hub)]
        while queue:
            at, node = heapq.heappop(queue)
            if at > cost[node]:
                continue
            for i in range(self._first[node], self._first[node + 1]):
                there, new = self._to[i], at + self._cost[self._edge[i]]
                if new < cost[there]:
                    cost[there], come[there], by[there] = new, node, self._edge[i]
                    heapq.heappush(queue, (new, there))
        return np.array(cost), come, by

    def path(self, node: int) -> list[int]:
        """Nodes from the hub to `node`."""
        way = [node]
        while way[-1] != self.hub:
            way.append(self._from[way[-1]])
        return way[::-1]

    def geometry(self, path: list[int]) -> Floats:
        """Coordinates along the path."""
        lines = []
        for a, b in itertools.pairwise(path):
            edge = self._by[b] if self._from[b] == a else self._by[a]
            points = shapely.get_coordinates(self.streets.lines[edge])
            lines.append(points if self.streets.a[edge] == a else points[::-1])
        return np.concatenate([lines[0][:1], *[line[1:] for line in lines]])


def _ends(town: Town, tree: _Tree) -> list[int]:
    """An even number of far ends in all directions, so that a line crosses the town through the station."""
    streets = town.streets
    count = 2 * int(np.clip(round(4 * (town.site.population / 30_000) ** 0.4), 2, 40))
    lived = town.growth.density(streets.node_x, streets.node_y) > 0.05
    good = np.flatnonzero(np.isfinite(tree.cost) & lived & (tree.cost > 600))
    x, y = streets.node_x[good], streets.node_y[good]
    away = np.hypot(x - streets.node_x[tree.hub], y - streets.node_y[tree.hub])
    chosen: list[int] = []
    for _ in range(min(count, len(good) // 2 * 2)):
        best = int(np.argmax(away))
        chosen.append(best)
        away = np.minimum(away, np.hypot(x - x[best], y - y[best]))
    angle = np.arctan2(y[chosen] - streets.node_y[tree.hub], x[chosen] - streets.node_x[tree.hub])
    ring = [int(good[chosen[i]]) for i in np.argsort(angle, kind="stable")]
    half = len(ring) // 2
    return [node for pair in zip(ring[:half], ring[half:], strict=False) for node in pair]


def _add_bus(
    town: Town,
    network: Network,
    tree: _Tree,
    path: list[int],
    number: int,
    stop_at: dict[int, int],
    taken: dict[str, int],
) -> None:
    shape = tree.geometry(path)
    run = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(shape, axis=0).T))])
    spots = np.array([(tree.streets.node_x[n], tree.streets.node_y[n]) for n in path])
    along = run[_match(shape, spots)]
    stops, metres, last = [], [], -1e9
    hub = path.index(tree.hub)
    fixed = {path[0], path[-1], tree.hub}
    for node, at, (x, y) in zip(path, along, spots, strict=True):
        near_end = along[-1] - at < 150 or abs(at - along[hub]) < 150
        if node not in fixed and (near_end or not ((node in stop_at and at - last > 150) or at - last > _GAP)):
            continue
        if node not in stop_at:
            stop_at[node] = len(network.x)
            network.add(float(x), float(y), _stop_name(town, x, y, taken, hub=node == tree.hub))
        stops.append(stop_at[node])
        metres.append(at)
        last = at
    first, end = network.names[stops[0]], network.names[stops[-1]]
    name = Name(f"{first.ja}～駅前～{end.ja}", "", f"{first.en} - Station - {end.en}")
    peak = (15, 30) if number % 3 == 1 else (20, 40) if number % 3 == 2 else (30, 60)
    network.lines.append(
        Line(f"B{number:02d}", name, _BUS, _COLOURS[number % 10], stops, np.array(metres), shape, peak, 5.2)
    )


def _match(shape: Floats, spots: Floats) -> Ints:
    """Index in `shape` of each spot, in order; the spots are vertices of the shape."""
    found, start = [], 0
    for x, y in spots:
        away = np.hypot(shape[start:, 0] - x, shape[start:, 1] - y)
        start += int(np.argmax(away < 1e-6))
        found.append(start)
    return np.array(found)


def _stop_name(town: Town, x: float, y: float, taken: dict[str, int], *, hub: bool) -> Name:
    """After a school, hospital or hall close by, else after the district."""
    if hub:
        return Name("川辺駅前", "カワベエキマエ", "Kawabe Station")
    near = [
        (np.hypot(p.x - x, p.y - y), n)
        for p, n in zip(town.places, town.titles, strict=True)
        if p.kind in ("School", "Hospital", "Facility") and p.variant != "clinic" and abs(p.x - x) < 130
    ]
    close = min(near, key=lambda item: item[0], default=(1e9, None))
    if close[0] < 130 and close[1] is not None:
        base = Name(close[1].ja.replace("市立", "").replace("県立", "") + "前", "", close[1].en)
    else:
        base = town.people.names[int(np.argmin(np.hypot(town.people.x - x, town.people.y - y)))]
    taken[base.ja] = taken.get(base.ja, 0) + 1
    extra = taken[base.ja]
    return base if extra == 1 else Name(f"{base.ja}第{extra}", base.kana, f"{base.en} {extra}")


def _add_railway(town: Town, network: Network) -> None:
    """A line along the valley through the station's quarter; stations every few kilometres."""
    site = town.site
    s_hub, n_hub = site.to_valley(town.growth.x[1:2], town.growth.y[1:2])
    s = np.linspace(0.0, 1.0, 160) * site.extent
    swing = 0.03 * site.extent * np.sin((s - s_hub) / site.extent * 5.0)
    x, y = site.to_map(s, n_hub + 40 + swing)
    inside = shapely.contains_xy(town.growth.boundary, x, y)
    shape = np.column_stack([x, y])[inside]
    run = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(shape, axis=0).T))])
    hub = run[int(np.argmin(np.hypot(shape[:, 0] - town.growth.x[1], shape[:, 1] - town.growth.y[1])))]
    gap = run[-1] / max(2, round(run[-1] / 2600))
    along = np.unique(np.clip(hub + gap * 0.94 * np.arange(-60, 61), 60, run[-1] - 60))
    along = along[np.concatenate([[True], np.diff(along) > 500])]
    stops = []
    for at in along:
        stops.append(len(network.x))
        px, py = float(np.interp(at, run, shape[:, 0])), float(np.interp(at, run, shape[:, 1]))
        near = town.people.names[int(np.argmin(np.hypot(town.people.x - px, town.people.y - py)))]
        own = Name("川辺", "カワベ", "Kawabe") if abs(at - hub) < 1 else near
        network.add(px, py, Name(own.ja + "駅", own.kana + "エキ", own.en + " Station (railway)"))
    line = Line(
        "R01",
        Name("川辺鉄道青瀬線", "", "Kawabe Railway Aose Line"),
        _RAIL,
        "222222",
        stops,
        along,
        shape,
        (20, 30),
        12.5,
    )
    network.lines.append(line)


def write_gtfs(town: Town, path: Path) -> Network:
    """The feed, valid for a year and a half."""
    network = make_network(town)
    lon, lat = town.site.lonlat(np.array(network.x), np.array(network.y))
    stop_ids = [f"S{i:04d}" for i in range(len(network.x))]
    stops = [
        [k, n.ja, f"{la:.6f}", f"{lo:.6f}", 0] for k, n, la, lo in zip(stop_ids, network.names, lat, lon, strict=True)
    ]
    agency = [
        ["A01", "川辺市交通局", "https://example.org/kawabe/", "Asia/Tokyo", "ja"],
        ["A02", "川辺鉄道", "https://example.org/kawabe-railway/", "Asia/Tokyo", "ja"],
    ]
    routes = [
        [k.key, "A02" if k.mode == _RAIL else "A01", k.key, k.name.ja, k.mode, k.colour, "FFFFFF"]
        for k in network.lines
    ]
    trips, times = _trips(network, stop_ids)
    text = files.table_text
    translations = [["stops", "stop_name", "en", n.en, k, ""] for k, n in zip(stop_ids, network.names, strict=True)]
    translations += [["routes", "route_long_name", "en", k.name.en, k.key, ""] for k in network.lines]
    files.write_zip(
        path,
        {
            "agency.txt": text(agency, ["agency_id", "agency_name", "agency_url", "agency_timezone", "agency_lang"]),
            "stops.txt": text(stops, ["stop_id", "stop_name", "stop_lat", "stop_lon", "location_type"]),
            "routes.txt": text(
                routes,
                [
                    "route_id",
                    "agency_id",
                    "route_short_name",
                    "route_long_name",
                    "route_type",
                    "route_color",
                    "route_text_color",
                ],
            ),
            "trips.txt": text(
                trips, ["route_id", "service_id", "trip_id", "trip_headsign", "direction_id", "shape_id"]
            ),
            "stop_times.txt": text(
                times, ["trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence", "timepoint"]
            ),
            "calendar.txt": text(
                [
                    ["weekday", 1, 1, 1, 1, 1, 0, 0, "20260401", "20270930"],
                    ["holiday", 0, 0, 0, 0, 0, 1, 1, "20260401", "20270930"],
                ],
                [
                    "service_id",
                    "monday",
                    "tuesday",
                    "wednesday",
                    "thursday",
                    "friday",
                    "saturday",
                    "sunday",
                    "start_date",
                    "end_date",
                ],
            ),
            "calendar_dates.txt": text(
                [[s, "20260720", e] for s, e in (("weekday", 2), ("holiday", 1))],
                ["service_id", "date", "exception_type"],
            ),
            "shapes.txt": text(
                _shapes(town, network), ["shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence"]
            ),
            "translations.txt": text(
                translations, ["table_name", "field_name", "language", "translation", "record_id", "field_value"]
            ),
            "feed_info.txt": text(
                [[f"{CITY_EN} City", "https://example.org/kawabe/", "ja", "20260401", "20270930", "20260401"]],
                [
                    "feed_publisher_name",
                    "feed_publisher_url",
                    "feed_lang",
                    "feed_start_date",
                    "feed_end_date",
                    "feed_version",
                ],
            ),
        },
    )
    return network


def _shapes(town: Town, network: Network) -> list[list[object]]:
    rows: list[list[object]] = []
    for line in network.lines:
        for way, points in enumerate((line.shape, line.shape[::-1])):
            lon, lat = town.site.lonlat(points[:, 0], points[:, 1])
            rows.extend(
                [f"{line.key}-{way}", f"{la:.6f}", f"{lo:.6f}", i]
                for i, (lo, la) in enumerate(zip(lon, lat, strict=True))
            )
    return rows


def _trips(network: Network, stop_ids: list[str]) -> tuple[list[list[object]], list[list[object]]]:
    trips: list[list[object]] = []
    times: list[list[object]] = []
    for line in network.lines:
        for service in ("weekday", "holiday"):
            for way in (0, 1):
                stops, along = (line.stops, line.along - line.along[0])
                if way:
                    stops, along = stops[::-1], line.along[-1] - line.along[::-1]
                ride = np.round((along / line.pace + 18 * np.arange(len(along))) / 60)
                for start in _starts(line.every, service == "holiday", way):
                    key = f"{line.key}-{service[0]}{way}-{start:04d}"
                    trips.append([line.key, service, key, network.names[stops[-1]].ja, way, f"{line.key}-{way}"])
                    clock = [_clock(start + int(m)) for m in ride]
                    times.extend(
                        [key, c, c, stop_ids[s], i, 1] for i, (c, s) in enumerate(zip(clock, stops, strict=True), 1)
                    )
    return trips, times


def _starts(every: tuple[int, int], holiday: bool, way: int) -> list[int]:
    """Minutes after midnight at which the runs begin."""
    minute, starts = 360 + 7 * way, []
    while minute < 21 * 60 + 30:
        starts.append(minute)
        peak = 7 <= minute // 60 < 9 or 17 <= minute // 60 < 19
        minute += every[0] if peak and not holiday else every[1]
    return starts


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}:00"
