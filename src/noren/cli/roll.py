"""`noren roll`: codes for the slips with which people vote or answer."""

from __future__ import annotations

import asyncio
import csv
import sys
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from noren.city import City
from noren.civic import polls, surveys
from noren.terms.records import Poll


def roll(
    poll: str, /, *, count: int, city: Path = Path(), as_json: Annotated[bool, Parameter(name="--json")] = False
) -> None:
    """Make codes for slips, each the right to one vote (or to answer one survey), and print them as CSV.

    They are printed this once: only a hash is kept. Hand them out in closed envelopes to people whose right was
    checked, and write down who got one, never which one. While the city is running, its page of votes does the same.

    Parameters
    ----------
    poll
        Id of the poll, or of a survey by invitation.
    count
        How many slips.
    city
        The city's folder; the current one when left out.
    as_json
        Report as JSON, for scripts.
    """
    codes = asyncio.run(_made(city, poll, count))
    if as_json:
        print(msgspec.json.encode({"poll": poll, "codes": codes}).decode())
        return
    csv.writer(sys.stdout, lineterminator="\n").writerows([["code"], *([code] for code in codes)])


async def _made(folder: Path, id: str, count: int) -> list[str]:
    async with City.open(folder) as city:
        view = city.view(city.staff)
        if await view.get(Poll, id) is not None:
            return await polls.roll(view, id, count)
        return await surveys.roll(view, id, count)
