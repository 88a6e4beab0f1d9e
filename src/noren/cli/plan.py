"""`noren plan`: the city's basic plan as one web page and as PDF."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from noren.city import City
from noren.civic.pulse.questions import asked
from noren.cli.words import console, tell
from noren.governance.pages.files import written
from noren.governance.plan import LANGUAGES, Book, document, gather, spoken


def plan(
    *,
    city: Path = Path(),
    language: str = "",
    out: Path = Path(),
    page_only: bool = False,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> None:
    """Write the city's basic plan, as web page and PDF, from all that it says of itself and everybody may read.

    Parameters
    ----------
    city
        The city's folder; the current one when left out.
    language
        en or ja; both when left out.
    out
        Folder for the files plan-en.html, plan-en.pdf, plan-ja.html, plan-ja.pdf.
    page_only
        Write the web page only, which needs neither Typst nor a font.
    as_json
        Report the files as JSON, for scripts.
    """
    languages = [spoken(language)] if language else LANGUAGES
    with console.status(tell("plan.writing")):
        book = asyncio.run(_gather(city))
        files = [
            path
            for each in languages
            for path in written(document(book, each), out / f"plan-{each}", page_only=page_only)
        ]
    if as_json:
        print(msgspec.json.encode({"files": [str(path) for path in files]}).decode())
        return
    console.print(tell("plan.written", files=", ".join(map(str, files))), soft_wrap=True, highlight=False, markup=False)


async def _gather(folder: Path) -> Book:
    """The book as anybody may read it, whoever sits at the command line: the plan is handed out."""
    async with City.open(folder) as city:
        return await gather(city.view(city.anonymous), city.config.name, asked())
