"""A town of its own, opened."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from noren.city import City, create


@pytest.fixture
async def city(tmp_path: Path) -> AsyncIterator[City]:
    create(tmp_path / "town", "Kawabe", name_ja="川辺市", timezone="Asia/Tokyo", country="JP")
    async with City.open(tmp_path / "town") as city:
        yield city
