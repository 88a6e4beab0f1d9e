"""A disk that fills up in the middle of commits, of the store, the vault, the ledger and history: see `filling.py`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from noren.city import City, create
from noren.trust.ledger.merkle import leaf
from tests.city.test_backup import resident

ROOT = Path(__file__).parents[2]


async def test_a_full_disk_is_said_and_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    create(tmp_path / "town", "Town")
    done = subprocess.run(
        [sys.executable, "-m", "tests.city.filling", str(tmp_path / "town")],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["refused"].keys() >= {"open", "person", "erased", "recorded"}, "the disk was not full"
    kept = report["kept"]
    async with City.open(tmp_path / "town") as city:
        everything = city.view(city.staff)
        for name in kept["open"]:
            assert await everything.get("Device", f"urn:ngsi-ld:Device:town:{name}")
        for name in kept["person"]:
            id = f"urn:ngsi-ld:Person:town:{name}"
            assert (await city.view(resident(id), "own-data").get("Person", id) or {})["givenName"] == name
        for name in kept["erased"]:
            id = f"urn:ngsi-ld:Person:town:{name}"
            assert "givenName" not in (await city.view(resident(id), "own-data").get("Person", id) or {})
        for name in kept["recorded"]:
            assert city.ledger.log.journal.find(leaf(name.encode() * 50)) is not None
        assert city.ledger.log.faults() == []
