"""Districts with their names and their people by age and sex; everything adds up to the population."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from noren.sample.buildings import Buildings
from noren.sample.growth import Growth
from noren.sample.names import Name, chome, quarter
from noren.sample.site import Floats, Ints
from noren.sample.streets import Streets

CLASSES = 18
"""Classes of five years; the last is 85 and over."""
_PYRAMID = np.array([3.0, 3.5, 4.0, 4.4, 4.6, 4.7, 4.9, 5.4, 6.0, 6.9, 7.6, 6.6, 6.1, 6.2, 7.0, 6.8, 5.4, 6.9])


@dataclass(frozen=True)
class People:
    """Districts that have land; `by_age[district, class, sex]` with sex 0 male; `of[raw]` maps raw district to row."""

    outlines: shapely.Geometry
    x: Floats
    y: Floats
    names: list[Name]
    quarters: list[Name]
    by_age: Ints
    households: Ints
    of: Ints

    @property
    def total(self) -> Ints:
        """People of each district."""
        return np.asarray(self.by_age.sum((1, 2)))


def make_people(growth: Growth, streets: Streets, buildings: Buildings) -> People:
    """Count the residents of each district and give them ages: older in the middle and in the hills."""
    site = growth.land.site
    draw = site.rng("people")
    built = np.zeros(len(streets.districts), dtype=bool)
    built[streets.block_district] = True
    rows = np.flatnonzero(built & (shapely.area(streets.districts) > 0))
    of = np.full(len(streets.districts), -1)
    of[rows] = np.arange(len(rows))
    outlines = streets.districts[rows]
    centre = shapely.point_on_surface(outlines)
    x, y = shapely.get_x(centre), shapely.get_y(centre)
    count = np.bincount(of[buildings.district], buildings.residents, len(rows)).astype(int)
    density = growth.density(x, y)
    by_age = np.array([_ages(int(n), float(d), draw) for n, d in zip(count, density, strict=True)])
    households = np.ceil(count / np.clip(draw.normal(2.25, 0.15, len(rows)), 1.7, 2.8)).astype(int)
    return People(outlines, x, y, *_names(growth, x, y), by_age, households, of)


def _ages(count: int, density: float, draw: np.random.Generator) -> Ints:
    age = np.arange(CLASSES)
    old = draw.normal(0.0, 0.16) + (0.22 if density > 0.6 else 0.30 if density < 0.05 else -0.10)
    share = _PYRAMID * np.exp(old * (age - 9) / 6)
    young = draw.random() < 0.2 and 0.05 < density < 0.5
    if young:
        share = share * np.where((age < 3) | ((age > 5) & (age < 9)), 1.9, 1.0)
    female = np.interp(age, [0, 8, 13, 17], [0.487, 0.493, 0.52, 0.67])
    table = np.stack([share * (1 - female), share * female], axis=1)
    return draw.multinomial(count, (table / table.sum()).ravel()).reshape(CLASSES, 2)


def _names(growth: Growth, x: Floats, y: Floats) -> tuple[list[Name], list[Name]]:
    """Each district's name and its quarter's: neighbours share a quarter and are numbered, the oldest in the middle."""
    count = max(1, round(len(x) / 3.2))
    order = np.argsort(np.hypot(x - growth.x[0], y - growth.y[0]), kind="stable")
    seat = _spread(x, y, order, count)
    names = [quarter(int(index)) for index in seat]
    for index in range(count):
        members = [i for i in order if seat[i] == index]
        if len(members) > 1:
            for number, i in enumerate(members, 1):
                names[i] = chome(quarter(index), number)
    return names, [quarter(int(index)) for index in seat]


def _spread(x: Floats, y: Floats, order: Ints, count: int) -> Ints:
    """Group points into `count` neighbourhoods: seats far apart, each joins the nearest, counted from the middle."""
    seats = [int(order[0])]
    away = np.hypot(x - x[seats[0]], y - y[seats[0]])
    for _ in range(count - 1):
        seats.append(int(np.argmax(away)))
        away = np.minimum(away, np.hypot(x - x[seats[-1]], y - y[seats[-1]]))
    rank = {int(i): k for k, i in enumerate(order)}
    seats.sort(key=lambda i: rank[i])
    distance = np.hypot(x[:, None] - x[seats], y[:, None] - y[seats])
    return np.asarray(np.argmin(distance, axis=1))
