"""The record flood of 2024, rehearsed from what was recorded: the warning comes before the water does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from noren.run.rehearsal import Plan
from noren.run.replay import replay


async def test_the_flood_of_2024(shared: Callable[[str], Path], tmp_path: Path) -> None:
    source = shared("city/porto-alegre/hydromet")
    plan = Plan(start=datetime(2024, 4, 27), until=datetime(2024, 5, 2, 9), step=timedelta(hours=6))
    said: list[str] = []
    summary = await replay(
        source, tmp_path / "city", city=None, timezone="America/Sao_Paulo", plan=plan, web=None, say=said.append
    )
    assert any(line.startswith("guaiba_level_15min_2023-08") and "11761 readings" in line for line in said)
    flood = next(crossing for crossing in summary.crossings if crossing.stage == "flood")
    assert flood.level == 2.6
    assert f"{flood.at:%Y-%m-%d}" == "2024-05-02"
    assert flood.lead_hours is not None
    assert flood.lead_hours >= 6
    assert all(ran.failures == 0 for ran in summary.services)
