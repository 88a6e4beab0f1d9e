"""`noren anchor`: make a document provable later."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter
from rich.console import Console

from noren.city import City
from noren.cli.words import tell
from noren.errors import Unavailable
from noren.trust.ledger import anchored, beside

console = Console()
_PATIENCE = 5.0


def anchor(file: Path, /, *, city: Path = Path(), as_json: Annotated[bool, Parameter(name="--json")] = False) -> None:
    """Record a document in the city's ledger: not what it says, only a salted hash. The receipt is put beside it.

    Where a receipt is there already, it is brought up to date with the witnesses' cosignatures.

    Parameters
    ----------
    file
        The document: a contract, a plan, minutes, a picture.
    city
        Folder of the city.
    as_json
        Report as JSON, for scripts.
    """
    report = asyncio.run(_anchor(file, city))
    if as_json:
        print(msgspec.json.encode(report).decode())
        return
    console.print(tell("ledger.anchor.done", **report), soft_wrap=True)
    then = "ledger.anchor.keep" if report["witnessed"] else "ledger.anchor.later"
    console.print(tell(then, **report), soft_wrap=True)


async def _anchor(file: Path, folder: Path) -> dict[str, Any]:
    async with City.open(folder) as city:
        receipt = await anchored(city.ledger, file)
        try:
            receipt = await city.ledger.receipt(receipt.index, witnessed=True, extra=receipt.extra, seconds=_PATIENCE)
            witnessed, why = True, ""
        except Unavailable as error:
            witnessed, why = False, str(error)
        beside(file).write_bytes(bytes(receipt))
        return {
            "file": str(file),
            "receipt": str(beside(file)),
            "ledger": city.ledger.log.origin,
            "index": receipt.index,
            "witnessed": witnessed,
            "why": why,
        }
