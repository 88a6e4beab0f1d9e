"""The roadmap: what runs when, drawn, and what must start when at the latest."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from noren.governance.pages import Block, Chapter, Drawing, Heading, Table, Teller, Text, chapter
from noren.governance.plan.book import Book
from noren.governance.plan.drawing import Bar, drawings, year
from noren.governance.vision import Start
from noren.terms.records import Initiative, Trial


def roadmap(book: Book, tell: Teller) -> Chapter:
    """The line of time, and the table of steps with their latest start and the rule that stands in the way."""
    bars = _bars(book, tell)
    drawn = [Drawing(svg, tell("plan.roadmap.drawing")) for svg in drawings(bars, year(book.now))]
    dated: list[Initiative | Trial] = [*book.initiatives, *book.trials]
    undated = [book.name(each.id) for each in dated if each.starts_on is None]
    return chapter(
        "roadmap",
        tell("plan.roadmap"),
        [] if bars else [Text(tell("plan.roadmap.none"), "missing")],
        [Text(tell("plan.roadmap.legend"), "note")] if bars else [],
        drawn,
        [Text(tell("plan.roadmap.undated", what=tell.listed(undated)), "missing")] if undated else [],
        Heading(tell("plan.roadmap.starts")),
        _starts(book, tell),
    )


def _bars(book: Book, tell: Teller) -> list[Bar]:
    found = [
        Bar(tell("plan.roadmap.aim", name=book.name(one.outcome.id)), "aim", one.outcome.target_year, None)
        for one in book.aims
        if one.outcome.target_year is not None
    ]
    for one in book.aims:
        for start in one.aim.starts:
            label = tell("plan.roadmap.step", name=_name(tell, start))
            latest = _year(start)
            found.append(Bar(label, "step", latest, latest + start.step.takes_years))
    found += [bar for each in book.initiatives for bar in _dated(book, tell, each, "initiative")]
    found += [bar for each in book.trials for bar in _dated(book, tell, each, "trial")]
    return sorted(found, key=lambda bar: (bar.start, bar.kind, bar.label))


def _dated(book: Book, tell: Teller, one: Initiative | Trial, kind: str) -> list[Bar]:
    if one.starts_on is None:
        return []
    end = year(one.ends_on) if one.ends_on else None
    return [Bar(tell(f"plan.roadmap.{kind}", name=book.name(one.id)), kind, year(one.starts_on), end)]


def _name(tell: Teller, start: Start) -> str:
    return tell.said(start.step.title) or start.step.name


def _starts(book: Book, tell: Teller) -> list[Block]:
    rows = []
    for one in book.aims:
        titles = {start.step.name: _name(tell, start) for start in one.aim.starts}
        for start in one.aim.starts:
            when = month(tell, start.latest)
            rows.append(
                [
                    _name(tell, start),
                    book.name(one.outcome.id),
                    tell("plan.roadmap.late", when=when) if start.late else when,
                    str(start.step.by),
                    tell.listed(titles[each] for each in start.step.needs) or "–",
                    book.name(start.step.rule) or "–",
                ]
            )
    if not rows:
        return [Text(tell("plan.roadmap.noStep"), "missing")]
    head = [tell(f"plan.roadmap.{key}") for key in ("what", "outcome", "latest", "by", "needs", "rule")]
    return [Table(tell("plan.roadmap.table"), head, rows)]


def _year(start: Start) -> float:
    return year(datetime.combine(start.latest, time(), UTC))


def month(tell: Teller, day: date) -> str:
    """The month of a day.

    >>> month(Teller("en"), date(2027, 7, 2)), month(Teller("ja"), date(2027, 7, 2))
    ('2027-07', '2027年7月')
    """
    return f"{day.year}年{day.month}月" if tell.language == "ja" else f"{day.year}-{day.month:02d}"
