"""A city without data of its own, for what the governing body does in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from noren.city import City, create


@pytest.fixture
async def city(tmp_path: Path) -> AsyncIterator[City]:
    create(tmp_path / "town", "Town", timezone="Asia/Tokyo")
    async with City.open(tmp_path / "town") as city:
        yield city


async def record(city: City, type: str, attribute: str, rows: list[tuple[str, datetime, float]]) -> None:
    """History of entities that stand."""
    table = {
        "entity": [id for id, _, _ in rows],
        "attribute": [attribute] * len(rows),
        "observed": pa.array([at for _, at, _ in rows], pa.timestamp("us", "UTC")),
        "number": [value for _, _, value in rows],
    }
    await city.view(city.staff).record(type, pa.table(table))


def year(number: int, month: int = 6) -> datetime:
    return datetime(number, month, 15, tzinfo=UTC)
