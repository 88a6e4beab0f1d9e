"""`noren guardian`: who may see and decide for a child, until it is of age."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import date, datetime
from datetime import time as clock_time
from pathlib import Path

from cyclopts import App

from noren.city import City
from noren.cli.words import tell
from noren.errors import BadInput
from noren.trust.consent.standing import Standing

guardian = App(name="guardian", help="Register guardians of children, with evidence.")


@guardian.command
def add(child: str, guardian: str, /, *, of_age: date, paper: Path, token: str, city: Path = Path()) -> None:
    """Register a guardian, which holds once a second member of staff, shown the same paper, does the same.

    The paper itself is not kept, only its hash: keep it where such papers are kept.

    For a city that is not running; while it is, send the same to /api/guardians.

    Parameters
    ----------
    child
        Id of the child.
    guardian
        Id of the guardian.
    of_age
        The day on which the child comes of age: from then on the guardian sees nothing more.
    paper
        The document that shows it, as a file.
    token
        Token of the member of staff who saw the paper.
    city
        Folder of the city.
    """
    try:
        evidence = hashlib.sha256(paper.read_bytes()).hexdigest()
    except OSError as error:
        raise BadInput(f"The paper cannot be read ({error.strerror}).", where=str(paper)) from error
    made = asyncio.run(_added(city, child, guardian, of_age, evidence, token))
    print(tell("guardian.added" if made.agreed else "guardian.half", day=of_age, id=made.id))


@guardian.command
def end(id: str, /, *, token: str, city: Path = Path()) -> None:
    """Strike a guardian off, who sees nothing more from now on; for a city that is not running.

    Parameters
    ----------
    id
        Id of the registration.
    token
        Token of the member of staff who saw the decision.
    city
        Folder of the city.
    """
    asyncio.run(_ended(city, id, token))
    print(tell("guardian.ended"))


async def _added(folder: Path, child: str, guardian: str, of_age: date, evidence: str, token: str) -> Standing:
    async with City.open(folder) as city:
        until = datetime.combine(of_age, clock_time(), city.config.zone).timestamp()
        return await city.view(city.identify(token)).registers.guardian(child, guardian, until, evidence)


async def _ended(folder: Path, id: str, token: str) -> None:
    async with City.open(folder) as city:
        await city.view(city.identify(token)).registers.strike_off(id)
