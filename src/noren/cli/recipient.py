"""`noren recipient`: who may receive what residents allow; and what a recipient needs to confirm that it deleted."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App, Parameter
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from rich.table import Table

from noren.city import City
from noren.cli.words import paper, tell
from noren.errors import AlreadyExists, BadInput
from noren.trust.duties import sign
from noren.trust.recipients import LONGEST_DAYS, Recipient
from noren.trust.tokens import write_secret

Json = Annotated[bool, Parameter(name="--json")]
recipient = App(name="recipient", help="Look after the register of recipients, or confirm a deletion as one.")


class _Row(msgspec.Struct):
    organisation: str
    state: str
    until: float
    overdue: int


@recipient.command(name="list")
def listing(*, city: Path = Path(), as_json: Json = False) -> None:
    """List the recipients of a city, how each stands, and which deletions are overdue.

    Parameters
    ----------
    city
        Folder of the city.
    as_json
        Report as JSON, for scripts.
    """
    opened = City.open(city)
    now, late = opened.grants.now(), [duty.organisation for duty in opened.office.duties.overdue()]
    rows = [_row(each, now, late) for each in opened.office.recipients.all()]
    asyncio.run(opened.close())
    if as_json:
        print(msgspec.json.encode({"recipients": rows}).decode())
        return
    table = Table(*(tell(f"recipient.{name}") for name in ("organisation", "state", "until", "overdue")), box=None)
    for row in rows:
        until = f"{datetime.fromtimestamp(row.until, UTC):%Y-%m-%d}" if row.until else ""
        table.add_row(row.organisation, tell(f"recipient.state.{row.state}"), until, str(row.overdue or ""))
    paper.print(table if rows else tell("recipient.none"))


def _row(each: Recipient, now: float, late: list[str]) -> _Row:
    name = each.application.organisation
    return _Row(name, each.state(now), each.until, late.count(name))


@recipient.command
def vet(name: str, /, *, token: str, city: Path = Path(), days: int = LONGEST_DAYS) -> None:
    """Find that an applicant meets the checklist; with the second member of staff who does, it is approved.

    For a city that is not running; while it is, send the same to /api/recipients.

    Parameters
    ----------
    name
        The organisation.
    token
        Token of the member of staff who looked at it.
    city
        Folder of the city.
    days
        How long the approval holds.
    """
    found = asyncio.run(_vetted(city, name, token, days))
    print(tell("recipient.vetted", name=name, eyes=2 * len(found.vetted)))


@recipient.command
def refuse(name: str, /, *, token: str, reason: str, city: Path = Path()) -> None:
    """Find that an applicant does not meet the checklist, for a city that is not running.

    Parameters
    ----------
    name
        The organisation.
    token
        Token of the member of staff who looked at it.
    reason
        Why, for the applicant.
    city
        Folder of the city.
    """
    asyncio.run(_refused(city, name, token, reason))
    print(tell("recipient.refused", name=name))


@recipient.command
def key(file: Path, /) -> None:
    """Make the key with which a recipient signs that it deleted, and print its public part for the application.

    Parameters
    ----------
    file
        Where the private key shall lie; it is for the recipient's eyes only.
    """
    if file.exists():
        raise AlreadyExists("There is a key already.", where=str(file), hint="Choose another name.")
    made = OKPKey.generate_key("Ed25519")
    write_secret(file, made.as_pem(private=True))
    print(msgspec.json.encode(made.as_dict(private=False)).decode())


@recipient.command
def confirm(duty: str, /, *, organisation: str, key: Path) -> None:
    """Sign, as a recipient, that everything was deleted which a duty names; send what is printed to /api/duties.

    Parameters
    ----------
    duty
        Id of the duty.
    organisation
        The recipient.
    key
        File of its private key.
    """
    try:
        private = OKPKey.import_key(key.read_bytes())
    except (OSError, JoseError, ValueError) as error:
        raise BadInput(
            "The key cannot be read.", where=str(key), hint="Make one with: noren recipient key FILE"
        ) from error
    print(sign(duty, organisation, private, time.time()))


async def _vetted(folder: Path, name: str, token: str, days: int) -> Recipient:
    async with City.open(folder) as city:
        return await city.view(city.identify(token)).registers.vet(name, days)


async def _refused(folder: Path, name: str, token: str, reason: str) -> None:
    async with City.open(folder) as city:
        await city.view(city.identify(token)).registers.refuse(name, reason)
