"""Which national grid a file's metres are of: by what its headings say, else by where the city lies.

Grids and the countries that use them stand in words/grids.csv; where each may be used is known by PROJ's database. A
guess is made only when one grid is meant for certain: a wrong one would move a whole city.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

import msgspec
from pyproj import CRS, Geod
from pyproj.exceptions import CRSError

from noren.intake.places import UNKNOWN, to_wgs84
from noren.intake.words import grid_words, occurs

FARTHEST = 100_000.0
"""Metres from the middle of the city within which a place of its own files lies."""
_STATED = re.compile(r"(?:epsg|epgs|srid|crs)[ :_]*(\d{4,5})")
_GEOD = Geod(ellps="WGS84")
Pair = tuple[float, float]


class Whereabouts(msgspec.Struct, frozen=True):
    """What is known of where the city lies: ISO code of its country, longitude and latitude of its middle."""

    country: str = ""
    centre: Pair | None = None


@cache
def country_of(zone: str) -> str:
    """ISO code of the country of a time zone, "" for one that belongs to none."""
    lines = (files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8").splitlines()
    pairs = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return next((cells[0] for cells in pairs if cells[2] == zone), "")


def grid_of(headings: str, place: Pair, where: Whereabouts) -> tuple[str, bool]:
    """The grid that `place` (x to the east, y to the north) is in, or `UNKNOWN`, and whether x and y are exchanged.

    `headings` are the words of the file that may name it, as `plain` makes them.
    """
    if stated := _STATED.search(headings):
        return _fitting([f"EPSG:{stated[1]}"], place) or (f"EPSG:{stated[1]}", False)
    named = [crs for crs, _, words in grid_words() if any(occurs(word, headings) for word in words)]
    if named and (found := _fitting(named[:1], place)):
        return found
    national = [crs for crs, countries, _ in grid_words() if where.country in countries]
    own = national + [crs for crs, countries, _ in grid_words() if countries == ["*"]]
    tried = ((crs, exchanged, _within(crs, place, exchanged)) for crs in own for exchanged in (False, True))
    fits = [(crs, exchanged, at) for crs, exchanged, at in tried if at and (where.centre or _in_any(national, at))]
    if where.centre:
        fits = [fit for fit in fits if _apart(fit[2], where.centre) < FARTHEST]
        fits.sort(key=lambda fit: _apart(fit[2], where.centre or fit[2]))
        return (fits[0][0], fits[0][1]) if fits else (UNKNOWN, False)
    straight = [fit for fit in fits if not fit[1]] or fits
    return (straight[0][0], straight[0][1]) if len(straight) == 1 else (UNKNOWN, False)


def _fitting(grids: list[str], place: Pair) -> tuple[str, bool] | None:
    found = ((crs, exchanged) for crs in grids for exchanged in (False, True) if _within(crs, place, exchanged))
    return next(found, None)


def _within(crs: str, place: Pair, exchanged: bool) -> Pair | None:
    """Longitude and latitude of the place, None when it lies where the grid is not used."""
    area = _area(crs)
    lon, lat = to_wgs84(crs).transform(*(place[::-1] if exchanged else place)) if area else (float("inf"), 0.0)
    inside = area is not None and area[0] <= lon <= area[2] and area[1] <= lat <= area[3]
    return (lon, lat) if inside else None


def _in_any(grids: list[str], at: Pair) -> bool:
    areas = [area for area in map(_area, grids) if area]
    return any(a[0] <= at[0] <= a[2] and a[1] <= at[1] <= a[3] for a in areas)


@cache
def _area(crs: str) -> tuple[float, float, float, float] | None:
    try:
        area = CRS.from_user_input(crs).area_of_use
    except CRSError:
        return None
    return area.bounds if area else None


def _apart(one: Pair, other: Pair) -> float:
    return float(_GEOD.inv(*one, *other)[2])
