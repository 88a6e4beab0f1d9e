"""Where the city wants to be: visions, and outcomes with base, targets on the way and what is missing towards them."""

from __future__ import annotations

from noren.governance.pages import Block, Chapter, Facts, Heading, Table, Teller, Text, chapter
from noren.governance.plan.book import Book, Planned
from noren.governance.plan.parts import gaps, interval, stated
from noren.terms.records import Vision

_YEARS = 6


def aims(book: Book, tell: Teller) -> Chapter:
    """Visions with the outcomes that belong to them."""
    homes = {vision.id for vision in book.visions}
    loose = [each for each in book.aims if each.outcome.in_vision not in homes]
    parts: list[Block] = []
    for vision in book.visions:
        parts += _vision(book, tell, vision)
        parts += [block for one in book.aims if one.outcome.in_vision == vision.id for block in _aim(book, tell, one)]
    parts += [block for one in loose for block in _aim(book, tell, one)]
    based = any(one.outcome.base_value is not None for one in book.aims)
    return chapter(
        "aims",
        tell("plan.aims"),
        gaps(book, tell, ["Vision"], bool(book.visions), "plan.aims.none"),
        gaps(book, tell, ["Outcome"], bool(book.aims), "plan.aims.noOutcome"),
        [] if based or not book.aims else [Text(tell("plan.aims.noBase"), "missing")],
        _contradictions(book, tell),
        parts,
    )


def _vision(book: Book, tell: Teller, vision: Vision) -> list[Block]:
    rows = [
        ("plan.statement", tell.said(vision.statement) or (vision.description or "")),
        ("plan.targetYear", "" if vision.target_year is None else str(int(vision.target_year))),
        ("plan.decidedAt", tell.date(vision.decided_at) if vision.decided_at else ""),
    ]
    return [Heading(tell("plan.aims.vision", name=book.name(vision.id))), *stated(tell, rows)]


def _aim(book: Book, tell: Teller, one: Planned) -> list[Block]:
    outcome, year = one.outcome, tell("plan.year")
    measures = [book.name(each) for each in outcome.measured_by or ()]
    rows = [
        ("plan.statement", tell.said(outcome.statement) or (outcome.description or "")),
        ("plan.layers", tell.listed(tell.named("layer", each) for each in outcome.layers or ())),
        ("plan.functions", tell.listed(tell.named("function", each) for each in outcome.functions or ())),
        ("plan.aims.measuredBy", tell.listed(measures)),
        ("plan.aims.base", _figure(tell, outcome.base_value, outcome.base_year)),
        ("plan.aims.target", _figure(tell, outcome.target_value, outcome.target_year)),
    ]
    found: list[Block] = [Heading(tell("plan.aims.outcome", name=book.name(outcome.id))), *stated(tell, rows)]
    if one.aim.targets:
        head = [year, tell("plan.aims.targetValue")]
        ways = [[str(each.year), tell.number(each.value)] for each in one.aim.targets]
        note = tell("plan.aims.drawn" if any(not each.own for each in one.aim.targets) else "plan.aims.way")
        found.append(Table(note, head, ways, (1,)))
    found += _gap(tell, one)
    return found + [Text(tell("plan.unreadable", what=each.what), "missing") for each in one.aim.wrong]


def _figure(tell: Teller, value: float | None, year: float | None) -> str:
    if value is None:
        return ""
    return tell.number(value) if year is None else tell("plan.inYear", value=tell.number(value), year=int(year))


def _gap(tell: Teller, one: Planned) -> list[Block]:
    if not one.aim.ahead:
        return [Text(tell("plan.aims.noOutlook"), "missing")]
    shown = one.aim.ahead if len(one.aim.ahead) <= _YEARS else [*one.aim.ahead[: _YEARS - 1], one.aim.ahead[-1]]
    head = [tell(f"plan.{key}") for key in ("year", "aims.expected", "aims.range", "aims.targetValue", "aims.gap")]
    rows = [
        [
            str(each.year),
            tell.number(each.expected),
            interval(tell, each.low, each.high),
            tell.number(each.target),
            tell.number(each.gap),
        ]
        for each in shown
    ]
    last = one.aim.ahead[-1]
    key = "plan.aims.short" if last.gap > 0 else "plan.aims.reached"
    source = tell("plan.aims.measured" if one.aim.ahead_from == "trend" else "plan.aims.given")
    return [
        Table(tell("plan.aims.outlook", source=source), head, rows, (1, 2, 3, 4)),
        Facts([(tell("plan.aims.gap"), tell(key, year=last.year, gap=tell.number(abs(last.gap))))]),
    ]


def _contradictions(book: Book, tell: Teller) -> list[Block]:
    return [
        Text(tell("plan.aims.contradict", one=book.name(one), other=book.name(other), year=year), "missing")
        for one, other, year in book.contradictions
    ]
