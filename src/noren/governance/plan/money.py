"""The money by year and payer: what is planned and what was spent, and what initiatives state beyond it."""

from __future__ import annotations

import msgspec

from noren.governance.initiatives import Cost
from noren.governance.pages import Block, Chapter, Heading, Table, Teller, Text, chapter
from noren.governance.plan.book import Book
from noren.governance.plan.parts import gaps
from noren.terms.record import listed

Key = tuple[int, str, str]
_OUT = "cost"
"""The one kind of line by which money leaves; all others bring some in."""


class Sums(msgspec.Struct):
    """Planned and actual amounts; None as long as no line states one."""

    planned: float | None = None
    actual: float | None = None

    def add(self, planned: float | None, actual: float | None) -> None:
        """Take up one line."""
        self.planned = self.planned if planned is None else (self.planned or 0) + planned
        self.actual = self.actual if actual is None else (self.actual or 0) + actual


def money(book: Book, tell: Teller) -> Chapter:
    """Budget lines summed by year, kind and payer, and by initiative; costs that stand in no budget line."""
    undated = sum(line.year is None for line in book.budget)
    return chapter(
        "money",
        tell("plan.money"),
        gaps(book, tell, ["BudgetLine"], bool(book.budget), "plan.money.none"),
        [Text(tell("plan.money.note"), "note")] if book.budget else [],
        _by_payer(book, tell),
        _by_year(book, tell),
        _by_initiative(book, tell),
        [Text(tell("plan.money.undated", count=tell.number(undated)), "missing")] if undated else [],
        _unbudgeted(book, tell),
    )


def sums(book: Book) -> dict[Key, Sums]:
    """By year, kind and payer."""
    found: dict[Key, Sums] = {}
    for line in book.budget:
        if line.year is not None:
            key = (int(line.year), line.line_kind or _OUT, line.payer or "")
            found.setdefault(key, Sums()).add(line.planned, line.actual)
    return dict(sorted(found.items()))


def _by_payer(book: Book, tell: Teller) -> list[Block]:
    rows = [
        [
            str(year),
            tell.named("plan.money.kind", kind),
            payer or tell("plan.unknown"),
            tell.number(each.planned),
            tell.number(each.actual),
        ]
        for (year, kind, payer), each in sums(book).items()
    ]
    head = [tell(f"plan.{key}") for key in ("year", "money.line", "money.payer", "money.planned", "money.actual")]
    return [Table(tell("plan.money.byPayer"), head, rows, (3, 4))] if rows else []


def _by_year(book: Book, tell: Teller) -> list[Block]:
    years: dict[int, tuple[Sums, Sums]] = {}
    for (year, kind, _), each in sums(book).items():
        years.setdefault(year, (Sums(), Sums()))[kind != _OUT].add(each.planned, each.actual)
    rows = [
        [
            str(year),
            *(tell.number(each) for each in (out.planned, into.planned, (into.planned or 0) - (out.planned or 0))),
            tell.number(out.actual),
            tell.number(into.actual),
        ]
        for year, (out, into) in years.items()
    ]
    head = [tell(f"plan.money.{key}") for key in ("outPlanned", "inPlanned", "left", "outActual", "inActual")]
    return [Table(tell("plan.money.byYear"), [tell("plan.year"), *head], rows, (1, 2, 3, 4, 5))] if rows else []


def _by_initiative(book: Book, tell: Teller) -> list[Block]:
    found: dict[tuple[str, str], Sums] = {}
    for line in book.budget:
        found.setdefault((line.of_initiative or "", line.line_kind or _OUT), Sums()).add(line.planned, line.actual)
    rows = [
        [
            book.name(initiative) or tell("plan.money.platform"),
            tell.named("plan.money.kind", kind),
            tell.number(each.planned),
            tell.number(each.actual),
        ]
        for (initiative, kind), each in sorted(found.items())
    ]
    head = [tell(f"plan.money.{key}") for key in ("initiative", "line", "planned", "actual")]
    return [Table(tell("plan.money.byInitiative"), head, rows, (2, 3))] if rows else []


def _unbudgeted(book: Book, tell: Teller) -> list[Block]:
    held = {line.of_initiative for line in book.budget}
    rows, silent = [], []
    for each in book.initiatives:
        if each.id in held:
            continue
        try:
            costs = msgspec.convert(listed(each.costs), list[Cost])
        except msgspec.ValidationError:
            costs = []
        if not costs:
            silent.append(book.name(each.id))
        for cost in costs:
            rows.append([book.name(each.id), str(cost.year), cost.payer, tell.number(cost.amount)])
    head = [tell(f"plan.{key}") for key in ("money.initiative", "year", "money.payer", "money.planned")]
    found: list[Block] = []
    if rows:
        found = [Heading(tell("plan.money.unbudgeted")), Table(tell("plan.money.stated"), head, rows, (3,))]
    return [*found, Text(tell("plan.money.silent", what=tell.listed(silent)), "missing")] if silent else found
