"""One small town for all tests of the sample: laid out once, written once."""

from __future__ import annotations

from pathlib import Path

import pytest

from noren.sample import Made, Site, generate
from noren.sample.layout import Town, make_town

PEOPLE, SEED, DAYS = 6000, 5, 16


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return generate(tmp_path_factory.mktemp("sample") / "town", PEOPLE, SEED, DAYS)


@pytest.fixture(scope="session")
def folder(made: Made) -> Path:
    return made.folder


@pytest.fixture(scope="session")
def town() -> Town:
    return make_town(Site(PEOPLE, SEED, DAYS))
