"""`noren roll` prints codes that give a right, once."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from noren.city import City, create
from noren.civic import polls, rights
from noren.civic.polls import Choice, Draft
from noren.cli import app
from noren.errors import NotFound
from noren.terms.records import Poll


async def drafted(folder: Path) -> str:
    async with City.open(folder) as city:
        choices = (Choice({"en": "a"}), Choice({"en": "b"}))
        return (
            await polls.create(city.view(city.staff), Draft(question={"en": "?"}, form="approval", choices=choices))
        ).id


async def checked(folder: Path, id: str, code: str) -> float | None:
    async with City.open(folder) as city:
        view = city.view(city.staff)
        poll = await view.need(Poll, id)
        await rights.check(view, id, poll.code_salt or "", code)
        return poll.electors


def test_slips_are_printed_and_give_a_right(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "town"
    create(folder, "Town")
    id = asyncio.run(drafted(folder))
    app(["roll", id, "--count", "3", "--city", str(folder)], result_action="return_value")
    head, *codes = capsys.readouterr().out.split()
    assert (head, len({*codes})) == ("code", 3)
    app(["roll", id, "--count", "2", "--city", str(folder), "--json"], result_action="return_value")
    codes += json.loads(capsys.readouterr().out)["codes"]
    assert {asyncio.run(checked(folder, id, code)) for code in codes} == {5}
    with pytest.raises(NotFound):
        app(["roll", id + "x", "--count", "1", "--city", str(folder)], result_action="return_value")
