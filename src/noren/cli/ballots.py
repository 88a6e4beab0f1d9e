"""`noren ballots`: recount a published vote, and see what every rule makes of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.console import JustifyMethod
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from noren.civic.ballots import Told, pb, report, words
from noren.civic.ballots.election import Election
from noren.civic.ballots.report import Report
from noren.cli.words import console, language, paper, tell
from noren.errors import BadInput, NorenError

WIDE = 100
"""Columns of a terminal from which on every figure has room."""
PATIENCE = 2.0
"""Seconds after which progress is shown."""


def ballots(
    *files: Path, rule: tuple[str, ...] = (), as_json: Annotated[bool, Parameter(name="--json")] = False
) -> None:
    """Recount votes from published ballots and show the outcome under every rule, ties and exceptions explained.

    Files are in Pabulib's format (.pb): META, PROJECTS, VOTES. Several files make one summary.

    Parameters
    ----------
    files
        The .pb files.
    rule
        Only this rule, like greedy or equalshares/add1; all that apply when left out.
    as_json
        Report as JSON, for scripts.
    """
    if not files:
        raise BadInput("No file was named.", hint="noren ballots FILE.pb")
    reports, wrong = _all(list(files), rule)
    if as_json:
        told = [msgspec.to_builtins(each) | {"differences": each.differences()} for each in reports]
        refused = [{"what": error.what, "where": error.where, "hint": error.hint} for error in wrong]
        print(msgspec.json.encode({"elections": told, "refused": refused}).decode())
    elif len(files) == 1 and reports:
        _show(reports[0])
    elif reports:
        _summary(reports)
    for error in wrong if not as_json else ():
        console.print(Text.assemble((error.what, "red"), f" {error.where}\n  {error.hint}"))
    if wrong:
        sys.exit(1)


def _all(files: list[Path], rules: tuple[str, ...]) -> tuple[list[Report], list[NorenError]]:
    reports, wrong = [], []
    with _patience() as told:
        for at, file in enumerate(files):
            try:
                told(file.name, at / len(files))
                election = pb.read(file)
                progress = _share(told, file.name, at, len(files))
                reports.append(report(election, _name(election, file), rules, told=progress))
            except NorenError as error:
                wrong.append(error)
    return reports, wrong


def _name(election: Election, file: Path) -> str:
    return election.meta.get("description", "") or file.name


def _share(told: Tell, name: str, at: int, of: int) -> Told:
    return lambda share: told(name, (at + min(share, 1.0)) / of)


class Tell:
    """Progress that appears only once somebody has waited."""

    def __init__(self, progress: Progress) -> None:
        self._progress, self._since = progress, time.monotonic()
        self._task = progress.add_task("", total=1.0)

    def __call__(self, name: str, share: float) -> None:
        """Say which file is read, and how much of all is done."""
        if time.monotonic() - self._since > PATIENCE:
            self._progress.start()
        self._progress.update(self._task, description=tell("ballots.working", file=name), completed=share)


@contextmanager
def _patience() -> Iterator[Tell]:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    try:
        yield Tell(progress)
    finally:
        progress.stop()


def _show(found: Report) -> None:
    kind, count = tell(f"ballots.kind.{found.vote_type}"), len(found.projects)
    if found.budget is None:
        title = tell("ballots.title.choice", name=found.name, projects=count, kind=kind)
    else:
        budget = f"{found.budget:,f} {found.currency}".rstrip()
        title = tell("ballots.title", name=found.name, projects=count, kind=kind, budget=budget)
    _print(Text(title, "bold"), *words.remarks(found, language()), *words.recount(found, language()))
    paper.print(_rules(found))
    paper.print(_projects(found))
    for outcome in found.outcomes:
        _print(*words.facts(outcome, language()), *words.ties(outcome, language()))
    if found.budget is not None:
        _print(*words.official(found.official, language()))


def _print(*lines: str | Text) -> None:
    for line in lines:
        paper.print(line if isinstance(line, Text) else Text(line), soft_wrap=True)


def _rules(found: Report) -> Table:
    table, differences = Table(), found.differences()
    wide = paper.width >= WIDE
    side: JustifyMethod
    for key in ("rule", "winners", "spent", "reached", *(["average"] if wide else []), "against", "official"):
        side, most = "left" if key in ("rule", "official") else "right", None if wide or key == "rule" else 11
        table.add_column(tell(f"ballots.column.{key}"), justify=side, overflow="fold", max_width=most)
    for number, each in enumerate(found.outcomes, 1):
        share = "" if each.figures.of_budget is None else f" ({each.figures.of_budget:.0%})"
        change = differences.get(each.rule)
        table.add_row(
            f"{number} {words.rule(each.rule, language())}",
            str(len(each.winners)),
            f"{each.figures.spent:,f}{share}",
            f"{each.figures.share_with_winner:.1%}",
            *([f"{each.figures.winners_per_voter:.2f}"] if wide else []),
            f"+{len(change['gained'])} −{len(change['lost'])}" if change else "",
            "●" if found.official and each.rule in found.official.same else "",
        )
    return table


def _projects(found: Report) -> Table:
    """What some rule, or the city, chooses: one column a rule, numbered as in the table above."""
    table, official = Table(), found.official
    name = max(12, min(44, paper.width - 4 * len(found.outcomes) - 25))
    points = found.vote_type in ("ordinal", "cumulative", "scoring")
    figures = found.count.score if points else found.count.votes
    decided = set(official.winners).union(*official.special.values()) if official else set()
    table.add_column(tell("ballots.column.project"), overflow="ellipsis", no_wrap=True, max_width=name)
    table.add_column(tell("ballots.column.score" if points else "ballots.column.votes"), justify="right", no_wrap=True)
    for number in range(1, len(found.outcomes) + 1):
        table.add_column(str(number), justify="center", no_wrap=True)
    if official:
        table.add_column(tell("ballots.column.decided"), justify="center", no_wrap=True)
    chosen = {id for each in found.outcomes for id in each.winners} | decided
    for id in sorted(chosen, key=lambda each: -figures[each]):
        marks = ["●" if id in each.winners else "" for each in found.outcomes]
        last = ["●" if id in decided else ""] if official else []
        table.add_row(Text(f"{id} {found.projects[id]}"), f"{figures[id]:,f}", *marks, *last)
    return table


def _summary(reports: list[Report]) -> None:
    table = Table()
    for key in ("file", "ballots", "recount", "outcome"):
        table.add_column(tell(f"ballots.column.{key}"), justify="right" if key == "ballots" else "left")
    for each in reports:
        word, outcome = words.recount_word(each, language()), words.outcome_word(each, language())
        table.add_row(Text(each.name), f"{each.count.ballots:,}", word, outcome)
    paper.print(table)
    official = [each.official for each in reports if each.official]
    agree = sum(bool(each.count.compared) and not each.count.differences for each in reports)
    explained = sum(not each.reproduced and each.explained != "open" for each in official)
    reproduced = sum(each.reproduced for each in official)
    values = {"files": len(reports), "agree": agree, "decided": len(official)}
    _print(tell("ballots.summary", **values, reproduced=reproduced, explained=explained))
