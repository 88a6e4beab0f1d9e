"""The survey's result as a document: each city by area, and several beside each other without a total."""

from __future__ import annotations

from collections.abc import Sequence

from noren.contract import Function, Layer
from noren.governance.assess.answers import Refused
from noren.governance.assess.profile import Profile, Standing, Step
from noren.governance.assess.questions import Questionnaire
from noren.governance.pages import Block, Chapter, Document, Heading, Items, Table, Teller, Text, chapter


def document(asked: Questionnaire, found: Sequence[Profile], refused: Sequence[Refused], tell: Teller) -> Document:
    """The result in one language."""
    chapters = [_comparison(asked, found, tell)] if len(found) > 1 else []
    chapters += [_city(asked, each, tell, number) for number, each in enumerate(found, 1)]
    if refused:
        rows = [[each.file, each.row, each.field, each.what] for each in refused]
        head = [tell(f"assess.{key}") for key in ("file", "row", "field", "why")]
        chapters.append(chapter("refused", tell("assess.refused"), Table(tell("assess.refused"), head, rows)))
    return Document(
        title=tell("assess.title"),
        city=tell.listed(each.city for each in found),
        language=tell.language,
        date="",
        chapters=chapters,
        contents=tell("plan.contents"),
        subtitle=tell("assess.note"),
    )


def _comparison(asked: Questionnaire, found: Sequence[Profile], tell: Teller) -> Chapter:
    head = [tell("assess.city"), *(each.told(tell.language) for each in asked.area)]
    rows = [[each.city, *(area_words(area.median, area.unanswered, tell) for area in each.areas)] for each in found]
    return chapter("cities", tell("assess.cities"), Table(tell("assess.citiesNote"), head, rows))


def area_words(median: float | None, unanswered: float, tell: Teller) -> str:
    """An area's median, and how much of it nobody answered."""
    if median is None:
        return tell("assess.nobody")
    return tell.number(median) + (tell("assess.open", share=round(100 * unanswered)) if unanswered else "")


def _city(asked: Questionnaire, one: Profile, tell: Teller, number: int) -> Chapter:
    names = {each.id: each.told(tell.language) for each in asked.question}
    return chapter(
        f"city-{number}",
        one.city,
        Text(tell("assess.respondents", count=one.respondents)),
        Heading(tell("assess.step")),
        [Text(words) for words in step_words(asked, one.step, tell)],
        areas(asked, one, tell),
        _cells(one, tell),
        _listed(tell, "strengths", [names[each] for each in one.strengths]),
        _listed(tell, "gaps", [names[each] for each in one.gaps]),
        _listed(tell, "unanswered", [names[each] for each in one.unanswered]),
        _questions(asked, one, tell),
    )


def areas(asked: Questionnaire, one: Profile, tell: Teller) -> Table:
    """A city's areas as a table."""
    names = {each.id: each.told(tell.language) for each in asked.area}
    head = [tell(f"assess.{key}") for key in ("area", "median", "spread", "unansweredShare")]
    rows = [
        [names[each.area], tell.number(each.median), tell.number(each.spread), f"{round(100 * each.unanswered)} %"]
        for each in one.areas
    ]
    return Table(tell("assess.areas"), head, rows, (1, 2, 3))


def step_words(asked: Questionnaire, step: Step | None, tell: Teller) -> list[str]:
    """What to do next, in sentences."""
    if step is None:
        return [tell("assess.noStep")]
    question = asked.by_id[step.question]
    target = question.levels(tell.language)[step.level]
    words = tell("assess.stepTo", question=question.told(tell.language), before=step.level - 1, after=step.level)
    freed = tell.listed(tell("assess.quoted", what=asked.by_id[each].told(tell.language)) for each in step.frees)
    return [words, tell("assess.stepMeans", words=target), *([tell("assess.stepFrees", what=freed)] if freed else [])]


def _cells(one: Profile, tell: Teller) -> list[Block]:
    if not one.cells:
        return []
    rows = [
        [tell.named("function", name), *(tell.number(one.cells.get(name, {}).get(layer)) for layer in Layer)]
        for name in Function
    ]
    head = [tell("plan.issues.function"), *(tell.named("layer", each) for each in Layer)]
    return [Table(tell("assess.cells"), head, rows, (1, 2, 3))]


def _listed(tell: Teller, key: str, words: list[str]) -> list[Block]:
    body: Block = Items(words) if words else Text(tell(f"assess.{key}.none"))
    return [Heading(tell(f"assess.{key}")), body]


def _questions(asked: Questionnaire, one: Profile, tell: Teller) -> list[Block]:
    head = [tell(f"assess.{key}") for key in ("question", "level", "means", "evidence")]
    rows = [
        [
            asked.by_id[each.question].told(tell.language),
            _level(each, tell),
            _means(asked, each, tell),
            "\n".join(each.evidence),
        ]
        for each in one.standings
    ]
    return [Heading(tell("assess.questions")), Table(tell("assess.questionsTable"), head, rows)]


def _level(one: Standing, tell: Teller) -> str:
    if one.level is None:
        return tell("assess.nobody")
    if one.low == one.high:
        return tell.number(one.level)
    return tell("assess.between", level=tell.number(one.level), low=one.low, high=one.high)


def _means(asked: Questionnaire, one: Standing, tell: Teller) -> str:
    return "–" if one.level is None else asked.by_id[one.question].levels(tell.language)[int(one.level)]
