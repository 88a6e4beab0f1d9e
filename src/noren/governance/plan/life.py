"""Whether life got better: what surveys found, always with the interval, and the measures as they stand."""

from __future__ import annotations

from noren.governance.pages import Block, Chapter, Table, Teller, Text, chapter
from noren.governance.plan.book import Book
from noren.governance.plan.parts import gaps, interval, lines
from noren.terms.records import SurveyResult


def wellbeing(book: Book, tell: Teller) -> Chapter:
    """Estimates of every survey with 95 % intervals; groups in which too few answered are not shown."""
    return chapter(
        "wellbeing",
        tell("plan.life"),
        gaps(book, tell, ["SurveyResult"], bool(book.results), "plan.life.none"),
        [Text(tell("plan.life.note"), "note")] if book.results else [],
        _results(book, tell),
    )


def _results(book: Book, tell: Teller) -> list[Block]:
    if not book.results:
        return []
    head = [tell(f"plan.life.{key}") for key in ("factor", "group", "at", "estimate", "interval", "answers")]
    rows = [
        [
            factor(book, tell, each),
            group(tell, each.group_of or "all"),
            tell.date(each.measured_at),
            *_figures(tell, each),
        ]
        for each in book.results
    ]
    return [Table(tell("plan.life.table"), head, rows, (3, 4, 5))]


def _figures(tell: Teller, found: SurveyResult) -> list[str]:
    if found.is_suppressed:
        return [tell("plan.life.tooFew"), "–", "–"]
    low, high = found.estimate_low, found.estimate_high
    return [tell.number(found.estimate), interval(tell, low, high), tell.number(found.respondents)]


def factor(book: Book, tell: Teller, found: SurveyResult) -> str:
    """What was asked about."""
    return tell.said(book.factors.get(found.factor or "")) or found.factor or book.name(found.id)


def group(tell: Teller, name: str) -> str:
    """A group of residents: `all`, or a dimension with a value (`ageGroup:75-`).

    >>> group(Teller("en"), "ageGroup:75-"), group(Teller("ja"), "all"), group(Teller("en"), "night workers")
    ('Age: 75-', '市民全体', 'night workers')
    """
    dimension, colon, value = name.partition(":")
    called = tell.named("plan.life.group", dimension)
    return tell("plan.life.of", dimension=called, value=tell.named("plan.life.group", value)) if colon else called


def about(book: Book, tell: Teller, id: str) -> str:
    """What surveys about one thing found, a line each."""
    asked = {survey.id for survey in book.surveys if survey.about == id}
    return lines(_sentence(book, tell, each) for each in book.results if each.in_survey in asked)


def _sentence(book: Book, tell: Teller, found: SurveyResult) -> str:
    estimate, between, _ = _figures(tell, found)
    key = "plan.life.few" if found.is_suppressed else "plan.life.result"
    asked = f"{factor(book, tell, found)} ({group(tell, found.group_of or 'all')})"
    return tell(key, factor=asked, estimate=estimate, interval=between)


def measures(book: Book, tell: Teller) -> Chapter:
    """Every measure with its newest value; those that an outcome names and nobody keeps."""
    kept = {each.id for each in book.measures}
    absent = {id for one in book.aims for id in one.outcome.measured_by or () if id not in kept}
    head = [tell(f"plan.measures.{key}") for key in ("name", "value", "unit", "at")]
    rows = [
        [book.name(each.id), tell.number(each.kpi_value), each.unit_text or "–", tell.date(each.observed_at)]
        for each in book.measures
    ]
    return chapter(
        "measures",
        tell("plan.measures"),
        gaps(book, tell, ["KeyPerformanceIndicator"], bool(book.measures), "plan.measures.none"),
        [Table(tell("plan.measures.table"), head, rows, (1,))] if rows else [],
        [Text(tell("plan.measures.absent", what=book.name(each)), "missing") for each in sorted(absent)],
    )
