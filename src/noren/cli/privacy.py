"""`noren privacy`: the papers that are due when a city uses data about people."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App, Parameter

from noren.city import City
from noren.cli.words import console, tell
from noren.governance.pages.files import written
from noren.governance.plan import LANGUAGES, spoken
from noren.governance.privacy import HUMAN, REPORTS, Inventory, gather, linked, prepare
from noren.governance.privacy.answers import FILE

Json = Annotated[bool, Parameter(name="--json")]
privacy = App(name="privacy", help="The papers that are due when a city uses data about people.")


@privacy.command
def report(
    *,
    city: Path = Path(),
    language: str = "",
    out: Path = Path(),
    page_only: bool = False,
    as_json: Json = False,
) -> None:
    """Write impact assessment, record of processing and the page for residents, from what the city declares.

    What only people can answer stands in privacy.toml in the city's folder; it is made the first time, and afterwards
    only added to.

    Parameters
    ----------
    city
        The city's folder; the current one when left out.
    language
        en or ja; both when left out.
    out
        Folder for the files impact-en.html, impact-en.pdf, record-…, public-… and record.jsonld.
    page_only
        Write web pages only, which need neither Typst nor a font.
    as_json
        Report the files as JSON, for scripts.
    """
    languages = [spoken(language)] if language else LANGUAGES
    with console.status(tell("privacy.writing")):
        inventory, prepared = asyncio.run(_gather(city))
        files = [*_documents(inventory, languages, out, page_only), _linked(inventory, out)]
    if as_json:
        print(msgspec.json.encode({"files": [str(path) for path in files], "prepared": prepared}).decode())
        return
    told = tell("privacy.written", files=", ".join(map(str, files)))
    console.print(told, soft_wrap=True, highlight=False, markup=False)
    if prepared:
        console.print(tell("privacy.prepared", file=city / FILE), soft_wrap=True, highlight=False, markup=False)


async def _gather(folder: Path) -> tuple[Inventory, bool]:
    async with City.open(folder) as city:
        inventory = await gather(city)
    prepared = prepare(folder, {each.id: each.asked for each in inventory.activities}, HUMAN)
    return inventory, prepared


def _documents(inventory: Inventory, languages: tuple[str, ...] | list[str], out: Path, page_only: bool) -> list[Path]:
    return [
        path
        for name, make in REPORTS.items()
        for each in languages
        for path in written(make(inventory, each), out / f"{name}-{each}", page_only=page_only)
    ]


def _linked(inventory: Inventory, out: Path) -> Path:
    path = out / "record.jsonld"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(linked(inventory)), indent=2))
    return path
