"""Counts of use."""

from __future__ import annotations

import time
from typing import Any

from noren.trust import Principal, Uses, anonymous


class Kept:
    """A store's small values."""

    def __init__(self) -> None:
        self.held: dict[str, Any] = {}

    def values(self, kind: str) -> dict[str, Any]:
        return dict(self.held)

    async def put(self, kind: str, key: str, value: Any) -> None:
        self.held[key] = value


BUS = Principal(id="urn:x", kind="organisation", organisation="Bus | Co", organisation_kind="company")


async def test_counts_add_up_over_keeping_and_restarting() -> None:
    kept = Kept()
    uses = Uses(kept.values, kept.put)
    for _ in range(3):
        uses.note(BUS, "research", "WaterObserved")
    uses.note(anonymous(), "public-information", "Alert")
    assert {(use.organisation, use.type, use.reads) for use in uses.all()} == {
        ("Bus | Co", "WaterObserved", 3),
        ("", "Alert", 1),
    }
    await uses.keep()
    again = Uses(kept.values, kept.put)
    again.note(BUS, "research", "WaterObserved")
    await again.keep()
    assert [(use.purpose, use.reads) for use in Uses(kept.values, kept.put).all("WaterObserved")] == [("research", 4)]


async def test_counts_are_by_hour_of_the_wall(monkeypatch) -> None:
    kept, at = Kept(), 1_700_000_000.0
    uses = Uses(kept.values, kept.put)
    for hour in range(3):
        monkeypatch.setattr(time, "time", lambda hour=hour: at + hour * 3600)
        uses.note(BUS, "research", "Alert")
        uses.note(BUS, "research", "Alert")
    counted = [(use.hour, use.reads) for use in uses.all()]
    assert counted == [("2023-11-15T00:00Z", 2), ("2023-11-14T23:00Z", 2), ("2023-11-14T22:00Z", 2)]


def test_counts_fall_due_after_a_while(monkeypatch) -> None:
    kept = Kept()
    uses = Uses(kept.values, kept.put)
    assert not uses.due()
    uses.note(BUS, "research", "Alert")
    assert not uses.due()
    later = time.monotonic() + 60
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert uses.due()
