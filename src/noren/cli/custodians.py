"""`noren custodians`: the houses that a city asks, people introduced to them, and those that are cut off."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from noren.city import City
from noren.cli.words import tell
from noren.custody import Federation
from noren.errors import NotFound
from noren.run import houses as room
from noren.trust.tokens import write_secret

Json = Annotated[bool, Parameter(name="--json")]
_TOKENS = "tokens.json"
console = Console()
custodians = App(name="custodians", help="Look after the custodians whom a city asks.")


@custodians.default
def listed(*, city: Path = Path(), as_json: Json = False) -> None:
    """List the custodians and sources of a city, what each holds, and which are cut off.

    Parameters
    ----------
    city
        Folder of the city.
    as_json
        Report as JSON, for scripts.
    """
    found = asyncio.run(_with(city, _listed))
    if as_json:
        print(msgspec.json.encode(found).decode())
        return
    if not found["custodians"]:
        console.print(tell("custody.none"))
    for each in found["custodians"]:
        console.print(tell("custody.line", **each | {"types": ", ".join(each["types"])}), soft_wrap=True)
        if each["cut"]:
            console.print(tell("custody.cut", since=each["cut"]["at"], why=each["cut"]["why"]), style="red")
    console.print(tell("custody.key", vkey=found["key"]), soft_wrap=True)


@custodians.command
def introduce(person: str, custodian: str, /, *, city: Path = Path(), as_json: Json = False) -> None:
    """Tell a custodian's pseudonym of a person: whatever it collects about them, it keeps under this id.

    Parameters
    ----------
    person
        The person's id in the city.
    custodian
        Name of the custodian in the city's settings.
    city
        Folder of the city.
    as_json
        Report as JSON, for scripts.
    """
    found = asyncio.run(_with(city, lambda federation: _introduced(federation, person, custodian)))
    print(msgspec.json.encode(found).decode() if as_json else found["pseudonym"])


@custodians.command
def cut(custodian: str, why: str, /, *, city: Path = Path()) -> None:
    """Ask a custodian no more, at once, also in a city that is running.

    Parameters
    ----------
    custodian
        Name of the custodian, or id of the registration.
    why
        The reason, which is shown to whoever lists the custodians.
    city
        Folder of the city.
    """
    asyncio.run(_with(city, lambda federation: _source(federation, custodian) and federation.cuts.cut(custodian, why)))
    console.print(tell("custody.cut.done", name=custodian))


@custodians.command
def restore(custodian: str, /, *, city: Path = Path()) -> None:
    """Ask a custodian again that was cut off.

    Parameters
    ----------
    custodian
        Name of the custodian, or id of the registration.
    city
        Folder of the city.
    """
    asyncio.run(_with(city, lambda federation: _source(federation, custodian) and federation.cuts.restore(custodian)))
    console.print(tell("custody.restored", name=custodian))


@custodians.command
def demo(folder: Path, /, *, port: int = 8080, once: bool = False, as_json: Json = False) -> None:
    """Show it: open four houses on this machine, and say what nine people see of one child.

    Parameters
    ----------
    folder
        Where the four houses live; made when it is not there.
    port
        Port of the city; the three custodians take those behind it.
    once
        Say it, and close them again.
    as_json
        Report as JSON, for scripts.
    """
    made = room.prepare(folder, range(port, port + 4))
    given = room.tokens(made)
    write_secret(folder / _TOKENS, msgspec.json.format(msgspec.json.encode(given)))
    if not as_json:
        console.print(tell("custody.demo.opening"))
    with room.opened(made):
        found = asyncio.run(room.looked(made, given))
        if as_json:
            print(msgspec.json.encode(found).decode())
        else:
            console.print(_table(found))
        if not once:
            console.print(tell("custody.demo.stay", url=made.address(), file=folder / _TOKENS), soft_wrap=True)
            with contextlib.suppress(KeyboardInterrupt):
                signal.pause()


def _table(found: dict[str, room.Seen]) -> Table:
    table = Table(title=tell("custody.demo.title"), show_lines=True)
    for name in ("", *room.TYPES):
        table.add_column(name, overflow="fold")
    for who, seen in found.items():
        table.add_row(tell(f"custody.demo.{who}"), *(_cell(seen[kind]) for kind in room.TYPES))
    return table


def _cell(seen: dict[str, list[str]] | None) -> str:
    if seen is None:
        return tell("custody.demo.refused")
    return "\n".join(name for names in seen.values() for name in names) or tell("custody.demo.nothing")


async def _with(folder: Path, work: Any) -> Any:
    async with City.open(folder) as city, Federation(city) as federation:
        return work(federation)


def _listed(federation: Federation) -> dict[str, Any]:
    cuts = federation.cuts.all()
    classes = federation.city.classes
    found = [
        {
            "name": each.id,
            "organisation": each.organisation,
            "kind": each.kind,
            "endpoint": each.endpoint,
            "signed": each.key is not None,
            "types": sorted(map(classes.type_name, each.types)),
            "cut": msgspec.to_builtins(cuts[each.id]) if each.id in cuts else None,
        }
        for each in federation.configured
    ]
    return {"custodians": found, "key": str(federation.city.custody_key.verifier)}


def _introduced(federation: Federation, person: str, custodian: str) -> dict[str, str]:
    source = _source(federation, custodian)
    return {"pseudonym": federation.people().introduce(person, source.organisation, source.kind)}


def _source(federation: Federation, name: str) -> Any:
    for each in federation.configured:
        if each.id == name:
            return each
    known = ", ".join(each.id for each in federation.configured) or "none"
    raise NotFound("There is no such custodian.", where=name, hint=f"Known: {known}. See docs/custodians.md.")
