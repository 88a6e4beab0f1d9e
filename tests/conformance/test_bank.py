"""The sample town's information bank behind a real server: `noren conform` with real tokens, nothing in between."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from noren.city import City, create
from noren.conformance.checks import CHECKS
from noren.sample.bank import SCHOOL
from noren.trust import OWN
from noren.web import app
from tests.conformance.bank import family, fill, resident, tokens

UNTRIED = {"JM-1.7", "JM-7.4"}
"""What needs a sign-in provider, a second tenant, or an earlier look."""


async def _conform(url: str, given: dict[str, str]) -> tuple[int | None, dict[str, Any]]:
    """How `noren conform` ends and what it reports, run by another program as anybody would."""
    shown = ",".join(f"{role}={token}" for role, token in given.items())
    command = [sys.executable, "-m", "noren.cli", "conform", url, "--token", shown, "--write", "--json"]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
    out, error = await asyncio.wait_for(process.communicate(), 240)
    assert out, error.decode()
    return process.returncode, json.loads(out)


async def test_the_sample_bank_lacks_witnesses_and_nothing_else(tmp_path: Path, served: Callable[[Any], Any]) -> None:
    create(tmp_path / "town", "Town", languages=("ja", "en"))
    async with City.open(tmp_path / "town") as city:
        await fill(city)
        async with served(app.create(city)) as url:
            status, report = await _conform(url, tokens(city))
        found = {each["requirement"]: each for each in report["findings"]}
        wrong = {id: found[id]["because"] for id in CHECKS if found[id]["state"] != "met"}
        assert set(wrong) == UNTRIED | {"JM-7.5"}, wrong
        assert (found["JM-7.5"]["state"], status, report["left"]) == ("broken", 1, [])
        mine = city.view(resident(family(city)[1]), OWN).mine
        assert {each.offer.recipient: each.state for each in mine.grants()}[SCHOOL] == "withdrawn"
