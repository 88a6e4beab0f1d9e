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
from noren.errors import Conflict, NotAllowed, Unavailable
from noren.intake.inbox import HandOver
from noren.net.guard import Guard
from noren.net.http import Http
from noren.trust.ledger import Anchored, anchored, beside, commitment, kept
from noren.trust.ledger.proof import Receipt

console = Console()
_PATIENCE = 5.0


def anchor(
    file: Path,
    /,
    *,
    city: Path = Path(),
    at: str = "",
    token: Path | None = None,
    allow: list[str] | None = None,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> None:
    """Record a document in a city's ledger: not what it says, only a salted hash. The receipt is put beside it.

    Where a receipt is there already, it is brought up to date with the witnesses' cosignatures.

    Parameters
    ----------
    file
        The document: a contract, a plan, minutes, a picture.
    city
        Folder of the city, whether it runs or not.
    at
        Address of a city elsewhere, in the place of a folder: any business or resident with a token may record there.
    token
        File that holds the token for that city.
    allow
        Inner hosts and networks that may be reached; the internet always may.
    as_json
        Report as JSON, for scripts.
    """
    found = asyncio.run(
        _elsewhere(file, at, token.read_text().strip() if token else "", allow or []) if at else _here(file, city)
    )
    beside(file).write_bytes(found.receipt)
    report = _report(file, found)
    if as_json:
        print(msgspec.json.encode(report).decode())
        return
    console.print(tell("ledger.anchor.done", **report), soft_wrap=True)
    then = "ledger.anchor.keep" if report["witnessed"] else "ledger.anchor.later"
    console.print(tell(then, **report), soft_wrap=True)


async def _here(file: Path, folder: Path) -> Anchored:
    async with City.open(folder) as city:
        try:
            ledger = city.ledger
        except Conflict:
            return await HandOver(folder).anchor(file, _PATIENCE)
        return await anchored(ledger, file, _PATIENCE)


async def _elsewhere(file: Path, at: str, token: str, allow: list[str]) -> Anchored:
    entry, extra = commitment(file, keep=True)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with Http(Guard(allow)) as http:
        answer = await http.send("POST", f"{at.rstrip('/')}/ledger/entries", body=entry, headers=headers)
    if answer.status == 403:
        refused = file.with_name(f"{file.name}.refusal")
        refused.write_bytes(answer.body)
        raise NotAllowed(
            "The ledger refuses, and signed that it does.",
            where=str(refused),
            hint=f"Ask in public: noren ledger request {file} --of LEDGER --city YOUR_OWN",
        )
    if answer.status != 200:
        raise Unavailable(f"The ledger answers {answer.status}.", where=at, hint="Try again, or see --token.")
    receipt = msgspec.structs.replace(Receipt.parse(answer.body), extra=extra)
    kept(file).unlink(missing_ok=True)
    return Anchored(bytes(receipt), "" if len(receipt.note.signatures) > 1 else tell("ledger.anchor.unsigned"))


def _report(file: Path, found: Anchored) -> dict[str, Any]:
    return {
        "file": str(file),
        "receipt": str(beside(file)),
        "ledger": found.proof.checkpoint.origin,
        "index": found.proof.index,
        "witnessed": not found.why,
        "why": found.why,
    }
