"""Where the city stands: its people now and ahead, and what it knows."""

from __future__ import annotations

from noren.governance.pages import Block, Chapter, Heading, Table, Teller, Text, chapter
from noren.governance.plan.book import Book
from noren.governance.plan.parts import gaps
from noren.governance.plan.people import Ages, ages, by_year
from noren.terms.record import listed

_GROUPS = ("total", "children", "working", "old", "oldest")
_YEARS = 12
_FEW = 100
"""In a district of fewer people ages say much about the few."""


def people(book: Book, tell: Teller) -> Chapter:
    """People by age now, by district, and ahead."""
    counted = any(each.population is not None or ages(each.population_by_age) for each in book.districts)
    return chapter(
        "people",
        tell("plan.people"),
        gaps(book, tell, ["District"], counted, "plan.people.none"),
        _now(book, tell),
        _districts(book, tell),
        Heading(tell("plan.people.ahead")),
        gaps(book, tell, ["PopulationProjection"], bool(book.projections), "plan.people.noAhead"),
        _ahead(book, tell),
    )


def _head(tell: Teller) -> list[str]:
    return [tell(f"plan.people.{name}") for name in _GROUPS]


def _cells(tell: Teller, counted: Ages) -> list[str]:
    known = counted.by_age
    whole = (round(getattr(counted, name)) for name in _GROUPS)
    return [tell.number(value) if known or i == 0 else "–" for i, value in enumerate(whole)]


def _now(book: Book, tell: Teller) -> list[Block]:
    found = [each for each in (ages(district.population_by_age) for district in book.districts) if each]
    if not found:
        return []
    city = Ages(*(sum(getattr(each, name) for each in found) for name in _GROUPS))
    return [Table(tell("plan.people.now"), _head(tell), [_cells(tell, city)], (0, 1, 2, 3, 4))]


def _districts(book: Book, tell: Teller) -> list[Block]:
    if not book.districts:
        return []
    head = [tell("plan.district"), tell("plan.people.total"), tell("plan.people.households"), tell("plan.people.old")]
    rows = []
    for district in book.districts:
        counted = ages(district.population_by_age)
        total = district.population if district.population is not None else counted.total if counted else None
        old = counted.old if counted and counted.by_age and counted.total >= _FEW else None
        rows.append([book.name(district.id), *(tell.number(each) for each in (total, district.households, old))])
    return [Table(tell("plan.people.districts", few=_FEW), head, rows, (1, 2, 3))]


def _ahead(book: Book, tell: Teller) -> list[Block]:
    found: list[Block] = []
    for each in book.projections:
        years, place = by_year(each.projection), book.name(each.of_district) or tell.said(book.city)
        title = tell("plan.people.scenario", place=place, scenario=_scenario(tell, each.scenario), name=each.name or "")
        if not years:
            found.append(Text(tell("plan.people.unread", what=title.strip()), "missing"))
            continue
        shown = sorted(years)[:: max(1, -(-len(years) // _YEARS))]
        shown = sorted({*shown, max(years)})
        rows = [[str(year), *_cells(tell, years[year])] for year in shown]
        found.append(Table(title.strip(), [tell("plan.year"), *_head(tell)], rows, (0, 1, 2, 3, 4, 5)))
    return found


def _scenario(tell: Teller, scenario: str | None) -> str:
    return tell.named("people.scenario", scenario) or tell("plan.unnamed")


def known(book: Book, tell: Teller) -> Chapter:
    """What the city knows, and what it does not."""
    return chapter(
        "knowledge",
        tell("plan.known"),
        gaps(book, tell, ["Dataset"], bool(book.datasets), "plan.known.none"),
        _datasets(book, tell),
        Heading(tell("plan.known.gaps")),
        _missing(book, tell),
    )


def _datasets(book: Book, tell: Teller) -> list[Block]:
    if not book.datasets:
        return []
    keys = ("dataset", "publisher", "holds", "newest", "findings", "licence")
    rows = [
        [
            each.title or each.name or book.name(each.id),
            each.publisher or tell("plan.unknown"),
            tell.listed(tell.type(name) for name in each.entity_types or ()),
            tell.date(each.last_observed),
            tell.number(len(listed(each.quality))),
            each.license or tell("plan.unknown"),
        ]
        for each in book.datasets
    ]
    return [Table(tell("plan.known.table"), [tell(f"plan.known.{key}") for key in keys], rows, (4,))]


def _missing(book: Book, tell: Teller) -> list[Block]:
    if not book.gaps:
        return [Text(tell("plan.known.noGap" if "Dataset" not in book.closed else "plan.known.noGapKnown"))]
    head = [tell("plan.known.lacks"), tell("plan.known.holder"), tell("plan.known.waiting")]
    rows = [
        [tell.said(gap.known.meaning), tell.said(gap.known.holder) or tell("plan.unknown"), tell.number(gap.issues)]
        for gap in book.gaps
    ]
    return [Text(tell("plan.known.gapsNote"), "note"), Table(tell("plan.known.gapsTable"), head, rows, (2,))]
