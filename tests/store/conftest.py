"""A fresh store of every engine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from noren.store import Indexing, Store, open_store

INDEXING = Indexing(scalars={"level": ("value",), "name": ("value",)}, geometries={"location": ("value",)})

ENGINES: dict[str, Callable[[Path], str]] = {"sqlite": lambda folder: f"sqlite://{folder}"}


@pytest.fixture(params=ENGINES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a store of the engine can be opened, and opened again."""
    return ENGINES[request.param](tmp_path / "data")


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    """An empty store."""
    opened = open_store(url, INDEXING)
    yield opened
    await opened.close()
