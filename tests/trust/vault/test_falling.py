"""The plug pulled, and the disk full, at every step of the vault's work and of what ends; see `falling.py`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
STEPS = {
    "first": 20,
    "seal": 15,
    "erase": 15,
    "rotate": 25,
    "renew": 10,
    "migrate": 30,
    "backup": 15,
    "restore": 50,
    "end": 20,
}


@pytest.mark.parametrize("how", ["kill", "full"])
@pytest.mark.parametrize("work", STEPS)
def test_wherever_it_falls_nothing_acknowledged_is_lost_and_nobody_erased_comes_back(work: str, how: str) -> None:
    fallen = subprocess.run(
        [sys.executable, "-m", "tests.trust.vault.falling", work, how],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert fallen.returncode == 0, fallen.stderr
    assert int(fallen.stdout) >= (STEPS[work] if how == "kill" else 0), "the steps were not seen"
