"""The city's clock: never back, not over restarts either; fast when it shall be; jumps when it is told to."""

from __future__ import annotations

import asyncio
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from noren.city import Clock
from noren.errors import BadInput

PAST = datetime(2024, 4, 27, tzinfo=UTC)


class Wall:
    """A wall clock that a test turns."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = 1000.0
        monkeypatch.setattr(time, "monotonic", lambda: self.at)


@pytest.fixture
def wall(monkeypatch) -> Wall:
    return Wall(monkeypatch)


def test_an_ordinary_clock_is_the_wall_s() -> None:
    clock = Clock()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=1)
    assert not clock.shifted and clock.speed == 1


def test_a_fast_clock_runs_fast_from_its_start(wall) -> None:
    clock = Clock(start=PAST, speed=600)
    assert clock.shifted and clock.now() == PAST
    wall.at += 6
    assert clock.now() == PAST + timedelta(hours=1)


def test_it_goes_on_where_it_was_closed(wall, tmp_path: Path) -> None:
    first = Clock(tmp_path / "clock.json", start=PAST, speed=60)
    wall.at += 60
    first.close()
    second = Clock(tmp_path / "clock.json", start=PAST, speed=60)
    assert second.now() == PAST + timedelta(hours=1)


def test_after_a_crash_it_is_never_behind(wall, tmp_path: Path) -> None:
    first = Clock(tmp_path / "clock.json", start=PAST, speed=60)
    wall.at += 100
    last = first.now()
    second = Clock(tmp_path / "clock.json", start=PAST, speed=60)
    assert last <= second.now() <= last + timedelta(seconds=60 * 60)


def test_a_clock_that_was_ahead_does_not_fall_back_to_the_wall(tmp_path: Path) -> None:
    ahead = datetime.now(UTC) + timedelta(days=3)
    first = Clock(tmp_path / "clock.json", start=ahead, speed=2)
    first.close()
    assert Clock(tmp_path / "clock.json").now() >= ahead


def test_a_jump_goes_back_as_well(wall, tmp_path: Path) -> None:
    clock = Clock(tmp_path / "clock.json")
    clock.jump(PAST, speed=10)
    wall.at += 1
    assert clock.now() == PAST + timedelta(seconds=10)
    assert clock.shifted
    clock.close()
    assert Clock(tmp_path / "clock.json", start=PAST, speed=10).now() == PAST + timedelta(seconds=10)


async def test_sleep_is_in_city_time() -> None:
    clock = Clock(start=PAST, speed=10_000)
    async with asyncio.timeout(60):
        await clock.sleep(3600)
    assert clock.now() >= PAST + timedelta(hours=1)


async def test_a_jump_wakes_sleepers() -> None:
    clock = Clock(start=PAST)
    sleeper = asyncio.create_task(clock.sleep(1_000_000))
    await asyncio.sleep(0)
    clock.jump(PAST)
    async with asyncio.timeout(60):
        await sleeper


@pytest.mark.parametrize("speed", [0, -1, 1e9, float("nan")])
def test_a_speed_out_of_bounds_is_refused(speed: float) -> None:
    with pytest.raises(BadInput, match="clock"):
        Clock(speed=speed)


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "clock.json").write_text("{")
    with pytest.raises(BadInput, match=r"clock\.json"):
        Clock(tmp_path / "clock.json")


class Life(RuleBasedStateMachine):
    """Time passes, the city is closed, crashes, is opened at other speeds: no time is handed out before the last."""

    @initialize(speed=st.sampled_from((2.0, 60.0, 5000.0)))
    def start(self, speed: float) -> None:
        self.patch = pytest.MonkeyPatch()
        self.wall = Wall(self.patch)
        self.folder = Path(mkdtemp())
        self.speed, self.last = speed, PAST
        self.clock = self.opened()

    def opened(self) -> Clock:
        return Clock(self.folder / "clock.json", start=PAST, speed=self.speed)

    @rule(seconds=st.floats(0, 10_000))
    def pass_time(self, seconds: float) -> None:
        self.wall.at += seconds

    @rule()
    def crash(self) -> None:
        self.clock = self.opened()

    @rule()
    def close(self) -> None:
        self.clock.close()
        self.clock = self.opened()

    @rule(speed=st.sampled_from((1.5, 60.0, 5000.0)))
    def change_speed(self, speed: float) -> None:
        self.clock.close()
        self.speed = speed
        self.clock = self.opened()

    @invariant()
    def never_back(self) -> None:
        now = self.clock.now()
        assert now >= self.last
        self.last = now

    def teardown(self) -> None:
        if hasattr(self, "patch"):
            self.patch.undo()
            shutil.rmtree(self.folder)


Life.TestCase.settings = settings(max_examples=30, stateful_step_count=20, deadline=None)
TestLife = Life.TestCase
