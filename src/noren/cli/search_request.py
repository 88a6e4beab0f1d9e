"""`noren search-request`: where police would ask for a person or a vehicle; refused, and on record."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from cyclopts import Parameter

from noren.city import City
from noren.cli.words import paper, tell
from noren.errors import BadInput, Conflict
from noren.trust import Asked
from noren.trust.search import Answered


def search_request(
    what: Literal["person", "vehicle", "other"] = "person",
    /,
    *,
    city: Path = Path(),
    purpose: str = "crime-prevention",
    order: Path | None = None,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> None:
    """Ask the city to search for a person or a vehicle. It refuses, and the request is recorded in its ledger.

    Whom you are looking for is not asked: cameras report counts, and nobody can be found in counts. Where a law of the
    city lets a court order a search, the order is checked, used up and recorded. A running city is asked at
    POST /api/search-requests.

    Parameters
    ----------
    what
        What is looked for: person, vehicle or other.
    city
        Folder of the city.
    purpose
        For what.
    order
        File with the court's order, a JWS in compact form.
    as_json
        Report as JSON, for scripts.
    """
    done = asyncio.run(_ask(Asked(what, _order(order)), city, purpose))
    if as_json:
        print(msgspec.json.encode(done).decode())
    else:
        paper.print(tell("eyes.nothing"), soft_wrap=True)


async def _ask(asked: Asked, folder: Path, purpose: str) -> Answered:
    async with City.open(folder) as city:
        try:
            _ = city.ledger
        except Conflict as error:
            hint = "Ask it: POST /api/search-requests"
            raise Conflict("The city is running.", where=str(folder), hint=hint) from error
        return await city.searches.ask(city.staff, purpose, asked)


def _order(file: Path | None) -> str:
    try:
        return file.read_text("ascii").strip() if file else ""
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput("The order cannot be read.", where=str(file), hint="It is a JWS in compact form.") from error
