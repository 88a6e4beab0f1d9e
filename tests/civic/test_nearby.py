"""Folding many reports at once: the same rule as for one, and no report looks at the whole city."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.civic.folding import NEAR_M, SPAN, trigrams
from noren.civic.nearby import Nearby, Standing, apart

NOW = datetime(2026, 7, 1, tzinfo=UTC)
EARTH = pyproj.Geod(ellps="WGS84")
latitudes = st.floats(-75, 75)
longitudes = st.floats(-179, 179)
AT_LENGTH = "駅から団地へ上がる坂の途中、郵便局の角を曲がった電柱の街灯が点いたり消えたりして、夜に人がつまずきます"


def lamp(spot: tuple[float, float] | None, text: str = "街灯が切れています", **more: object) -> Standing:
    return Standing("lamp", "street-light", trigrams(text), NOW, spot=spot, **more)  # type: ignore[arg-type]


@given(longitudes, latitudes, st.floats(0, 360), st.floats(0, 29))
def test_what_lies_at_one_spot_is_found_wherever_it_is(lon: float, lat: float, way: float, metres: float) -> None:
    there = EARTH.fwd(lon, lat, way, metres)[:2]
    near = Nearby([lamp((lon, lat))])
    assert near.issue_of("別の言葉", "street-light", there, NOW) is not None


@given(longitudes, latitudes, st.floats(0, 360), st.floats(31, 58))
def test_from_a_little_further_off_only_who_says_at_length_the_same(
    lon: float, lat: float, way: float, metres: float
) -> None:
    there = EARTH.fwd(lon, lat, way, metres)[:2]
    near = Nearby([lamp((lon, lat), AT_LENGTH)])
    assert near.issue_of(AT_LENGTH, "street-light", there, NOW) is not None
    assert near.issue_of("街灯が切れています", "street-light", there, NOW) is None
    assert Nearby([lamp((lon, lat))]).issue_of("街灯が切れています", "street-light", there, NOW) is None


@given(longitudes, latitudes, st.floats(0, 360), st.floats(62, 5000))
def test_what_lies_further_away_is_not(lon: float, lat: float, way: float, metres: float) -> None:
    there = EARTH.fwd(lon, lat, way, metres)[:2]
    assert Nearby([lamp((lon, lat))]).issue_of("街灯が切れています", "street-light", there, NOW) is None


@given(longitudes, latitudes, st.floats(0, 360), st.floats(1, 500))
def test_metres_are_those_of_the_ellipsoid_within_a_hundredth(lon: float, lat: float, way: float, far: float) -> None:
    there = EARTH.fwd(lon, lat, way, far)[:2]
    if abs(there[0] - lon) < 1:
        assert apart((lon, lat), there) == pytest.approx(far, rel=0.011)


def test_one_that_was_closed_before_or_long_ago_is_another() -> None:
    spot = (139.2, 36.1)
    closed = Nearby([lamp(spot, closed=NOW + timedelta(days=3))])
    assert closed.issue_of("街灯", "street-light", spot, NOW + timedelta(days=2)) is not None
    assert closed.issue_of("街灯", "street-light", spot, NOW + timedelta(days=4)) is None
    assert Nearby([lamp(spot)]).issue_of("街灯", "street-light", spot, NOW + SPAN) is None
    assert Nearby([lamp(spot)]).issue_of("街灯", "street-light", spot, NOW - timedelta(days=1)) is None


def test_without_a_place_only_the_same_words_are_the_same_thing() -> None:
    near = Nearby([lamp(None)])
    assert near.issue_of("街灯が、切れています。", "street-light", None, NOW) is not None
    assert near.issue_of("街灯が明るすぎます", "street-light", None, NOW) is None
    assert near.issue_of("街灯が切れています", "parks", None, NOW) is None
    assert near.issue_of("街灯が切れています", "street-light", (139.2, 36.1), NOW) is None
    assert NEAR_M == 60
