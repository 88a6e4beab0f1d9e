"""An empty town."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from noren.city import City, create


@pytest.fixture
async def city(tmp_path: Path) -> AsyncIterator[City]:
    create(tmp_path / "town", "Town")
    async with City.open(tmp_path / "town") as city:
        yield city
