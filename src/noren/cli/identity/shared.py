"""What the commands of `noren identity` share: the open register, tables, times."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.table import Table

from noren.city import City
from noren.cli.words import paper, tell
from noren.trust.identity import Identity

Json = Annotated[bool, Parameter(name="--json")]


@contextmanager
def opened(city: Path) -> Iterator[tuple[City, Identity]]:
    """The city in a folder, and who is known to it."""
    here = City.open(city)
    try:
        yield here, here.identity
    finally:
        here.identity.close()


def has(known: Identity, holder: str) -> str:
    """Roles and purposes of somebody in words, each with its tenant."""
    given = known.accounts.entrusted(holder)
    return ", ".join(f"{each.name}@{each.tenant}" if each.tenant else each.name for each in given)


def clock_time(city: City, moment: float | None) -> str:
    """A moment in the city's zone, "" for none."""
    if moment is None:
        return ""
    return f"{datetime.fromtimestamp(moment, UTC).astimezone(city.config.zone):%Y-%m-%d %H:%M}"


def show(rows: list[dict[str, str]], as_json: bool) -> None:
    """Rows as a table for people, or as JSON."""
    if as_json:
        print(msgspec.json.encode(rows).decode())
        return
    if not rows:
        paper.print(tell("identity.none"), soft_wrap=True)
        return
    table = Table(box=None)
    for name in rows[0]:
        table.add_column(tell(f"identity.column.{name}"), overflow="fold")
    for row in rows:
        table.add_row(*row.values())
    paper.print(table)
