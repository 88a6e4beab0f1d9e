"""`noren flow`: tell how many people were where, so that nobody can be found in it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
from cyclopts import App, Parameter
from rich.table import Table

from noren.city import City
from noren.cli.words import console, paper, tell
from noren.errors import BadInput, Conflict, NorenError
from noren.net.guard import Guard
from noren.net.http import Http
from noren.services.mobility.flow import entities, files, mesh
from noren.services.mobility.flow.bounding import bounded
from noren.services.mobility.flow.budget import Account, Book, Opened, epsilon
from noren.services.mobility.flow.entities import Keeper
from noren.services.mobility.flow.noise import DELTA_UNIT, RHO_UNIT
from noren.services.mobility.flow.release import Told, Wish
from noren.services.mobility.flow.release import release as released
from noren.services.mobility.flow.running import RunningCity, RunningLedger
from noren.trust.ledger import Verifier
from noren.trust.ledger import monitor as sources
from noren.trust.ledger.reading import entries

Json = Annotated[bool, Parameter(name="--json")]
flow = App(name="flow", help="Tell how many people were where, so that nobody can be found in it.")


@flow.command
def release(
    file: Path,
    /,
    *,
    population: str,
    city: Path = Path(),
    places: Path | None = None,
    out: Path | None = None,
    licence: str = "",
    again: bool = False,
    as_json: Json = False,
) -> None:
    """Count people by place and hour, cut each one's part to a bound, add noise, and tell the result.

    Run it where the raw file lies: it is read here and stays here. What each day costs is written into the ledger
    before anything is told, and a month's budget cannot be overdrawn.

    Parameters
    ----------
    file
        A CSV with the headings person, cell and time: one row for each time that somebody was seen in a cell.
    population
        Who is counted, by the name that stands under flow.populations in noren.toml.
    city
        Folder of the city (or of the company's own Noren) that tells it, whether it runs or not.
    places
        A CSV with the headings cell, lon and lat. Codes of Japan's standard grid need none.
    out
        Write what is told as a CSV, too.
    licence
        The licence of what is told, like CC-BY-4.0.
    again
        Tell a day that was told before once more; it costs again.
    as_json
        Report as JSON, for scripts.
    """
    report = asyncio.run(_release(file, city, population, places, licence, again, out))
    if as_json:
        print(msgspec.json.encode(report).decode())
    else:
        _say(report)
    if report["stopped"]:
        sys.exit(1)


async def _release(
    file: Path, folder: Path, population: str, places: Path | None, licence: str, again: bool, out: Path | None
) -> dict[str, Any]:
    async with City.open(folder) as city:
        wish = _wish(city, population)
        given = files.places(places) if places else None
        table, unread = files.visits(file, city.config.timezone)
        days = bounded(table, wish.contributions, city.config.timezone, np.random.default_rng())
        book, keeper = _doors(city, folder)
        told, stopped = await _told(book, days, wish, again)
        kept = 0
        if told:
            if out:
                _write(out, told)
            where = _squares(told, city.config.country) if given is None else given
            about = {"slug": city.config.slug, "language": city.config.languages[0]}
            about |= {"publisher": city.organisation, "licence": licence}
            kept = await entities.keep(keeper, told, wish, where, **about)
    return {
        "population": population,
        "days": [{"day": each.day, "cellHours": each.rows.num_rows, "ledger": each.index} for each in told],
        "readings": kept,
        "rowsUnread": unread,
        "margin": told[0].how.margin if told else None,
        "threshold": told[0].how.threshold if told else None,
        "epsilonOfADay": epsilon(told[0].how.rho) if told else None,
        "stopped": stopped,
    }


def _doors(city: City, folder: Path) -> tuple[Book, Keeper]:
    """The ledger and the city, open here or in the process that runs."""
    try:
        return Opened(city.ledger), city.view(city.staff)
    except Conflict:
        return RunningLedger(folder, city.ledger_folder, city.ledger_key.verifier), RunningCity(folder)


async def _told(book: Book, days: Any, wish: Wish, again: bool) -> tuple[list[Told], str]:
    """What could be told, and why it stopped; what was told before stands."""
    told: list[Told] = []
    try:
        async for each in released(book, days, wish, again=again):
            told.append(each)
    except NorenError as error:
        if not told:
            raise
        return told, str(error)
    return told, ""


def _wish(city: City, population: str) -> Wish:
    asked = city.config.flow
    if population not in asked.populations:
        known = ", ".join(asked.populations) or "none"
        raise BadInput(
            f"“{population}” is no group of people that the settings name.",
            where="noren.toml, flow.populations",
            hint=f"Known are: {known}. One name for the same people, always: another one would be another budget.",
        )
    return Wish(
        population=population,
        contributions=asked.contributions,
        rho=int(asked.day * RHO_UNIT + 0.5),
        month_rho=int(asked.month * RHO_UNIT + 0.5),
    )


def _squares(told: list[Told], country: str) -> dict[str, tuple[float, float]]:
    """Where the squares of Japan's standard grid are."""
    if country.upper() != "JP":
        return {}
    cells = {cell for each in told for cell in each.rows["cell"].to_pylist()}
    return {cell: place for cell in cells if (place := mesh.middle(cell)) is not None}


def _write(out: Path, told: list[Told]) -> None:
    lines = ["cell,time,peopleCount,noise,margin"]
    for each in told:
        lines += [
            f"{row['cell']},{row['time']:%Y-%m-%dT%H:%M:%SZ},{row['people']},{each.how.scale},{each.how.margin}"
            for row in each.rows.to_pylist()
        ]
    out.write_text("\n".join(lines) + "\n", "utf-8")


def _say(report: dict[str, Any]) -> None:
    if report["rowsUnread"]:
        console.print(tell("eyes.flow.unread", count=f"{report['rowsUnread']:,}"), soft_wrap=True)
    for each in report["days"]:
        paper.print(tell("eyes.flow.day", **each), soft_wrap=True)
    if report["days"]:
        paper.print(tell("eyes.flow.how", **report), soft_wrap=True)
    if report["stopped"]:
        console.print(report["stopped"], style="red", soft_wrap=True)


@flow.command
def budget(where: str = "", /, *, city: Path = Path(), key: str = "", as_json: Json = False) -> None:
    """Add up from the ledger what was told about people's movements, and what a month still allows.

    Parameters
    ----------
    where
        Address or folder of a ledger's files, anybody's; without it the city's own.
    city
        Folder of the city.
    key
        Key of the ledger (name+hash+key), for one that is not the city's own.
    as_json
        Report as JSON, for scripts.
    """
    account = asyncio.run(_account(where, city, key))
    months = sorted(account.months.values(), key=lambda month: (month.population, month.period))
    if as_json:
        print(msgspec.json.encode([msgspec.structs.asdict(m) | {"epsilon": m.epsilon} for m in months]).decode())
        return
    table = Table(title=tell("eyes.budget.title"), caption=tell("eyes.budget.note"))
    for name in ("population", "period", "releases", "rho", "limit", "epsilon", "delta"):
        table.add_column(tell(f"eyes.budget.{name}"), justify="left" if name in ("population", "period") else "right")
    for month in months:
        spent, limit = f"{month.rho / RHO_UNIT:g}", f"{month.limit_rho / RHO_UNIT:g}"
        delta = f"{month.delta / DELTA_UNIT:.1e}"
        table.add_row(month.population, month.period, str(month.releases), spent, limit, f"{month.epsilon:.2f}", delta)
    paper.print(table)


async def _account(where: str, folder: Path, key: str) -> Account:
    if where.startswith(("http://", "https://")):
        async with Http(Guard(("localhost",))) as http:
            return Account(await entries(sources.address(where, http), _verifier(folder, key)))
    if where:
        return Account(await entries(sources.folder(Path(where)), _verifier(folder, key)))
    city = City.open(folder)
    return Account(await entries(sources.folder(city.ledger_folder), city.ledger_key.verifier))


def _verifier(folder: Path, key: str) -> Verifier:
    return Verifier.parse(key) if key else City.open(folder).ledger_key.verifier
