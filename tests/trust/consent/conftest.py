"""An offer that a resident could be shown, and a clock that a test moves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from noren.trust import Vault
from noren.trust.consent import Offer


class Wall:
    """A wall clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    vault = Vault(tmp_path / "keys.db")
    yield vault
    vault.close()


@pytest.fixture
def offer() -> Offer:
    return Offer(
        recipient="clinic",
        recipient_name={"en": "The Hill Clinic", "ja": "坂の上診療所"},
        recipient_kind="health",
        recipient_contact="desk@clinic.example",
        holder="town",
        purpose="health-care",
        attributes=("Person.birthDate", "Person.familyName"),
        days=90,
        daily=2,
        keep_days=30,
        benefit={"en": "You wait less.", "ja": "待ち時間が短くなります。"},
        points=5,
        jurisdiction="JP",
    )
