"""A register in an empty folder, with a clock that tests set."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from noren.trust.identity import Identity, Place
from noren.trust.identity.register import Register

PLACE = Place("town", "Town", "Town")


class Time:
    """The machine's clock, as tests would have it."""

    def __init__(self) -> None:
        self.at = 1_800_000_000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def identity(tmp_path: Path, time: Time) -> Iterator[Identity]:
    made = Identity(tmp_path, PLACE, clock=time)
    yield made
    made.close()


@pytest.fixture
def beside(tmp_path: Path, identity: Identity, time: Time) -> Iterator[Identity]:
    """The same register, opened by another connection, as another process would."""
    made = Identity(tmp_path, PLACE, clock=time)
    yield made
    made.close()


@pytest.fixture
def register(identity: Identity) -> Register:
    return identity.register
