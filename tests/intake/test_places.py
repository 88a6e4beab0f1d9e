"""Geometries as text."""

from __future__ import annotations

import pytest
import shapely
from shapely.geometry import shape

from noren.intake.places import geometry

SQUARES = (
    "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 1, 0 0)), ((2 0, 3 0, 3 1, 2 1, 2 0), (2 0.5, 3 0.5, 2 0.5)),"
    " ((5 0, 6 0, 5 0, 5 0)))"
)


def test_mending_keeps_every_part_that_is_an_area() -> None:
    mended = geometry(SQUARES)
    assert isinstance(mended, dict)
    assert shape(mended).area == pytest.approx(2)
    whole = shapely.make_valid(shapely.from_wkt(SQUARES))
    assert whole.geom_type == "GeometryCollection"
