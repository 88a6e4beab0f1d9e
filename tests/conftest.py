"""What all tests share: where the real data lies, when it lies anywhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

DATA = Path(os.environ.get("NOREN_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))


@pytest.fixture
def shared() -> Callable[[str], Path]:
    """Path of a file or folder of the shared real data; the test is skipped, saying so, where it is absent."""

    def find(name: str) -> Path:
        path = DATA / name
        if not path.exists():
            pytest.skip(f"needs the shared real data {name}, which is not beside this checkout")
        return path

    return find
