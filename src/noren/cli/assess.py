"""`noren assess`: the aptitude survey of a city, or of several side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from cyclopts import Parameter
from rich.table import Table
from rich.text import Text

from noren.cli.words import console, language, tell
from noren.errors import BadInput
from noren.governance.assess import Profile, Questionnaire, blank, profiles, questionnaire, read, report
from noren.governance.pages import Teller, html


def assess(
    *files: Path,
    questions: Path | None = None,
    language_: Annotated[Literal["en", "ja"] | None, Parameter(name="--language")] = None,
    page: Path | None = None,
    blank_: Annotated[bool, Parameter(name="--blank")] = False,
    out: Path | None = None,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> None:
    """Say where a city stands, from files of answers; several cities are shown beside each other, without a ranking.

    Parameters
    ----------
    files
        Answer files, TOML or CSV; several of one city are taken together.
    questions
        Another questionnaire than the one that comes with Noren.
    language_
        en or ja; the terminal's when left out.
    page
        Write the result as one web page, too.
    blank_
        Write an empty answer file instead.
    out
        File for the empty answers: .toml, or .csv for a spreadsheet; shown when left out.
    as_json
        Report as JSON, for scripts.
    """
    asked, teller = questionnaire(questions), Teller(language_ or language())
    if blank_:
        _blank(asked, teller.language, out)
        return
    if not files:
        raise BadInput(
            "Name a file with answers.", where="FILES", hint="An empty one: noren assess --blank --out a.csv"
        )
    answers, refused = read(files, asked)
    found = profiles(asked, answers)
    if page:
        page.write_text(html.page(report.document(asked, found, refused, teller)), "utf-8")
    if as_json:
        print(msgspec.json.encode({"cities": found, "refused": refused}).decode())
        return
    for each in found if len(found) < 2 else ():
        _show(asked, each, teller)
    if len(found) > 1:
        _compare(asked, found, teller)
    if not found:
        console.print(teller("assess.nothing"))
    for wrong in refused:
        console.print(Text(teller("assess.refusedRow", **msgspec.structs.asdict(wrong))), soft_wrap=True)
    if page:
        console.print(Text(tell("plan.written", files=page)), soft_wrap=True)


def _blank(asked: Questionnaire, language: str, out: Path | None) -> None:
    text = (blank.table if out and out.suffix.lower() == ".csv" else blank.toml)(asked, language)
    if out is None:
        print(text)
        return
    if out.exists():
        raise BadInput("This file is there already.", where=str(out), hint="Name another, so that no answer is lost.")
    out.write_text(text, "utf-8", newline="")


def _show(asked: Questionnaire, one: Profile, tell: Teller) -> None:
    areas = report.areas(asked, one, tell)
    table = Table(title=Text(one.city))
    for i, name in enumerate(areas.head):
        table.add_column(name, justify="right" if i in areas.numbers else "left")
    for row in areas.rows:
        table.add_row(*row)
    console.print(table)
    for key, ids in (("strengths", one.strengths), ("gaps", one.gaps), ("unanswered", one.unanswered)):
        console.print(Text(tell(f"assess.{key}"), style="bold"))
        words = [asked.by_id[each].told(tell.language) for each in ids] or [tell(f"assess.{key}.none")]
        console.print(Text("\n".join(f"  {each}" for each in words)), soft_wrap=True)
    console.print(Text(tell("assess.step"), style="bold"))
    console.print(Text("\n".join(f"  {each}" for each in report.step_words(asked, one.step, tell))), soft_wrap=True)


def _compare(asked: Questionnaire, found: list[Profile], tell: Teller) -> None:
    table = Table(title=tell("assess.cities"), caption=tell("assess.citiesNote"))
    table.add_column(tell("assess.city"))
    for area in asked.area:
        table.add_column(area.told(tell.language), overflow="fold")
    for one in found:
        words = [report.area_words(each.median, each.unanswered, tell) for each in one.areas]
        table.add_row(Text(one.city), *words)
    console.print(table)
    for one in found:
        console.print(Text(f"{one.city}: {report.step_words(asked, one.step, tell)[0]}"), soft_wrap=True)
