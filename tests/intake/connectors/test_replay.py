"""Replay: files are read as `noren add` reads them, and their readings come when the clock reaches them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from noren.errors import BadInput
from noren.intake.connectors import player
from noren.intake.connectors.replay import Replay, ReplaySettings

START = datetime(2026, 7, 1, 12, tzinfo=UTC)
SERIES = "time,station,water_level_m\n" + "".join(
    f"2026-07-01T{21 + hour // 6:02d}:{hour % 6 * 10:02d}:00,{name},{1 + hour / 10:.1f}\n"
    for hour in range(18)
    for name in ("bridge", "mill")
)


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(player, "TICK", 0)


@pytest.fixture
def series(line: Any) -> Path:
    """Two gauges, every ten minutes from 12:00 to 14:50 UTC, written in the city's time."""
    folder: Path = line.here.folder / "live"
    folder.mkdir()
    (folder / "river_level.csv").write_text(SERIES)
    return folder


def made(**more: Any) -> Replay:
    return Replay(msgspec.convert({"files": ["live/*.csv"]} | more, ReplaySettings))


def level(entity: dict[str, Any]) -> tuple[str, str, float]:
    value = entity["waterLevel"]
    return entity["id"].rpartition(":")[2], value["observedAt"], value["value"]


async def test_readings_come_when_their_time_does(line, series: Path) -> None:  # type: ignore[no-untyped-def]
    line.time = START + timedelta(hours=1)
    await made().run(line)
    found = [level(entity) for entity in line.entities]
    assert sorted(found[:2]) == [("bridge", "2026-07-01T13:00:00Z", 1.6), ("mill", "2026-07-01T13:00:00Z", 1.6)]
    assert found[-1][1] == "2026-07-01T14:50:00Z"
    assert len(found) == 2 * 12
    assert line.now() == START + timedelta(hours=2, minutes=50)


async def test_in_a_loop_the_storm_comes_back(line, series: Path, at_work) -> None:  # type: ignore[no-untyped-def]
    line.time = START + timedelta(days=5, hours=1)
    async with at_work(made(loop="6h", start=START), line):
        await line.until(lambda: line.now() > START + timedelta(days=6))
    times = [level(entity)[1] for entity in line.entities]
    assert times == sorted(times)
    assert min(times) == "2026-07-06T13:00:00Z"
    bridge = [entity for entity in line.entities if level(entity)[0] == "bridge"]
    assert {level(entity)[2] for entity in bridge if level(entity)[1].endswith("T18:00:00Z")} == {1.0}
    assert {level(entity)[2] for entity in bridge if level(entity)[1].endswith("T20:50:00Z")} == {2.7}


async def test_start_and_end(line, series: Path) -> None:  # type: ignore[no-untyped-def]
    line.time = START - timedelta(hours=1)
    await made(start=START + timedelta(hours=1), end=START + timedelta(hours=2)).run(line)
    times = {level(entity)[1] for entity in line.entities}
    assert (min(times), max(times)) == ("2026-07-01T13:00:00Z", "2026-07-01T13:50:00Z")


async def test_a_mapping_that_was_corrected_is_used(line, series: Path) -> None:  # type: ignore[no-untyped-def]
    from noren.contract import Here
    from noren.intake import mapping
    from noren.intake.guess import mapping_for
    from noren.intake.recognise import recognise

    source = recognise(series / "river_level.csv")[0].source
    assert source is not None
    corrected = mapping_for(source)
    corrected.columns["water_level_m"].unit = "CMT"
    here: Here = line.here
    mapping.write(corrected, mapping.path_for(here.folder, series / "river_level.csv"))
    line.time = START
    await made().run(line)
    assert level(line.entities[0])[2] == 0.01


async def test_files_that_are_not_there_or_hold_nothing(line, series: Path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(BadInput, match=r"no such file.*calm/\*\.csv"):
        await made(files=["calm/*.csv"]).run(line)
    (series / "river_level.csv").write_text("name,colour\na,red\nb,blue\n")
    with pytest.raises(BadInput, match="no series of readings"):
        await made().run(line)


@pytest.mark.parametrize("bad", [{"files": []}, {"start": datetime(2026, 7, 1)}, {"loop": "0s"}, {"loop": "soon"}])
def test_settings_that_cannot_be(bad: dict[str, Any]) -> None:
    with pytest.raises((msgspec.ValidationError, BadInput)):
        made(**bad)
