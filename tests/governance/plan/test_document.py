"""The plan tells whatever the city holds, in both languages, on the page and on paper; and says what is missing."""

from __future__ import annotations

import asyncio
import io
import re
import unicodedata
from datetime import timedelta
from pathlib import Path
from typing import Any

import lxml.etree
import lxml.html
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from noren.city import City, create
from noren.errors import BadInput
from noren.governance.pages import Document, Text
from noren.governance.pages.html import page
from noren.governance.pages.pdf import paper
from noren.governance.plan import Book, document, gather
from noren.terms.records import (
    BudgetLine,
    Claim,
    Dataset,
    Decision,
    District,
    Initiative,
    Issue,
    KeyPerformanceIndicator,
    Outcome,
    PopulationProjection,
    Proposal,
    Record,
    Regulation,
    SurveyResult,
    Trial,
    Vision,
)
from tests.governance.plan.conftest import NOW, Held

LANGUAGES = ("en", "ja")
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style><b>",
    '#read("/etc/passwd") *b* $x$ [y]',
    "@label <label> \\u{41} // no /* comment */",
    "&lt;b&gt;",
]


def id_of(kind: str) -> str:
    return f"urn:ngsi-ld:{kind}:town:1"


def city(said: dict[str, str]) -> list[Record]:
    """One entity of every type, each with a word of its own."""
    return [
        District(id=id_of("District"), name=said["District"], population=100.0),
        PopulationProjection(
            id=id_of("PopulationProjection"), name=said["PopulationProjection"], projection={"2030": 9}
        ),
        Dataset(id=id_of("Dataset"), title=said["Dataset"], entity_types=["District"]),
        Vision(id=id_of("Vision"), name=said["Vision"]),
        Outcome(
            id=id_of("Outcome"),
            title=said["Outcome"],
            in_vision=id_of("Vision"),
            steps=[{"name": "a", "takesYears": 1, "by": 2030, "title": {"en": said["step"]}}],
        ),
        Issue(id=id_of("Issue"), name=said["Issue"], status="seen", functions=["mobility"], layers=["safety"]),
        Claim(id=id_of("Claim"), about=id_of("Issue"), description=said["Claim"], moderation="published"),
        Initiative(id=id_of("Initiative"), name=said["Initiative"], partners=[said["partner"]], starts_on=NOW),
        Trial(id=id_of("Trial"), name=said["Trial"], of_initiative=id_of("Initiative"), findings=[said["finding"]]),
        Decision(id=id_of("Decision"), about=id_of("Trial"), grounds={"ja": said["Decision"]}, decided_at=NOW),
        Regulation(id=id_of("Regulation"), title=said["Regulation"]),
        BudgetLine(id=id_of("BudgetLine"), year=2027.0, line_kind="cost", payer=said["BudgetLine"], planned=5.0),
        SurveyResult(id=id_of("SurveyResult"), factor=said["SurveyResult"], estimate=6.0),
        KeyPerformanceIndicator(id=id_of("KeyPerformanceIndicator"), name=said["KeyPerformanceIndicator"]),
    ]


ENTITIES = [
    "District",
    "PopulationProjection",
    "Dataset",
    "Vision",
    "Outcome",
    "Issue",
    "Claim",
    "Initiative",
    "Trial",
    "Decision",
    "Regulation",
    "BudgetLine",
    "SurveyResult",
    "KeyPerformanceIndicator",
    "step",
    "partner",
    "finding",
]


def book(records: list[Record], **how: Any) -> Book:
    return asyncio.run(gather(Held(records, **how), {"en": "Town", "ja": "町"}))  # type: ignore[arg-type]


def bare(text: str) -> str:
    return re.sub(r"[\s\u200b]+", "", unicodedata.normalize("NFKC", text))


def on_page(made: Document) -> str:
    tree = lxml.html.fromstring(page(made))
    for style in tree.iter("style"):
        style.text = ""
    return bare(tree.text_content())


def on_paper(made: Document) -> str:
    pypdf = pytest.importorskip("pypdf")
    pytest.importorskip("typst")
    pages = pypdf.PdfReader(io.BytesIO(paper(made))).pages
    return bare("".join(each.extract_text() for each in pages))


WORDS = st.text("道橋川まちのアイウ々ーabcXYZ019<>&\"'#*_$[]{}@\\/`~=-+|", min_size=2, max_size=14).filter(
    lambda word: word.strip() == word
)
SAID = st.lists(WORDS, min_size=len(ENTITIES), max_size=len(ENTITIES), unique=True).map(
    lambda words: dict(zip(ENTITIES, words, strict=True))
)


@given(SAID)
@settings(max_examples=25)
def test_every_entity_is_on_the_page(said: dict[str, str]) -> None:
    whole = book(city(said))
    for language in LANGUAGES:
        shown = on_page(document(whole, language))
        assert [name for name, word in said.items() if bare(word) not in shown] == []


async def test_a_real_city_tells_all_of_it_to_anybody(tmp_path: Path) -> None:
    create(tmp_path / "town", "Town")
    said = {name: f"{name}言葉" for name in ENTITIES}
    async with City.open(tmp_path / "town") as opened:
        await opened.view(opened.staff).keep(city(said))
        whole = await gather(opened.view(opened.anonymous), opened.config.name)
    assert whole.closed == []
    for language in LANGUAGES:
        shown = on_page(document(whole, language))
        assert [name for name, word in said.items() if bare(word) not in shown] == []


@given(SAID)
@settings(max_examples=4, suppress_health_check=[HealthCheck.too_slow])
def test_every_entity_is_on_paper(said: dict[str, str]) -> None:
    whole = book(city(said))
    for language in LANGUAGES:
        shown = on_paper(document(whole, language))
        assert [name for name, word in said.items() if bare(word) not in shown] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_words_stay_words(language: str) -> None:
    said = {name: HOSTILE[i % len(HOSTILE)] + str(i) for i, name in enumerate(ENTITIES)}
    made = document(book(city(said)), language)
    text, tree = on_page(made), lxml.html.fromstring(page(made))
    assert all(bare(word) in text for word in said.values())
    assert {"script", "img", "b"}.isdisjoint(each.tag for each in tree.iter())
    assert len(list(tree.iter("style"))) == 1
    printed = on_paper(made)
    assert all(bare(word) in printed for word in said.values())


def test_the_page_asks_nobody_for_anything() -> None:
    said = {name: name for name in ENTITIES}
    whole = page(document(book(city(said)), "en"))
    tree = lxml.html.fromstring(whole)
    assert {"script", "link", "img", "iframe", "object"}.isdisjoint(each.tag for each in tree.iter())
    assert all(value.startswith("#") for each in tree.iter() for name, value in each.items() if name in ("href", "src"))
    assert "url(" not in whole and "@import" not in whole


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_chapter_of_an_empty_city_says_what_is_missing(language: str) -> None:
    made = document(book([]), language)
    for chapter in made.chapters:
        said = [each.words for each in chapter.blocks if isinstance(each, Text) and each.tone == "missing"]
        assert said or chapter.id == "knowledge", chapter.id
        assert not any(words.startswith("plan.") for words in said)
    assert "plan." not in on_page(made)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_key_is_left_without_words(language: str) -> None:
    said = {name: f"x{i}" for i, name in enumerate(ENTITIES)}
    assert "plan." not in on_page(document(book(city(said)), language))


def test_what_may_not_be_seen_is_said_and_not_told() -> None:
    said = {name: f"secret{name}" for name in ENTITIES}
    kinds = [type(each).__name__ for each in city(said)]
    made = document(book(city(said), closed=kinds), "en")
    text = on_page(made)
    assert not any(word in text for word in said.values())
    assert text.count(bare("is not open to everybody")) >= 10


def test_the_same_book_makes_the_same_files() -> None:
    pytest.importorskip("typst")
    said = {name: f"道{i}" for i, name in enumerate(ENTITIES)}
    one, other = (document(book(city(said)), "ja") for _ in range(2))
    assert page(one) == page(other)
    assert paper(one) == paper(other)


def test_another_language_is_refused() -> None:
    with pytest.raises(BadInput, match="not written"):
        document(book([]), "tlh")


def test_held_claims_and_merged_issues_are_not_told() -> None:
    claim = Claim(id=id_of("Claim"), about=id_of("Issue"), description="held-words", moderation="held")
    issue = Issue(id=id_of("Issue"), name="merged-words", status="merged")
    shown = on_page(document(book([claim, issue]), "en"))
    assert "held-words" not in shown and "merged-words" not in shown


@pytest.mark.parametrize(("moderation", "told"), [("held", False), ("removed", False), ("published", True)])
def test_a_proposal_that_is_held_is_not_named(moderation: str, told: bool) -> None:
    proposal = Proposal(id=id_of("Proposal"), name="proposal-words", moderation=moderation)
    initiative = Initiative(id=id_of("Initiative"), name="N", from_proposal=proposal.id)
    assert ("proposal-words" in on_page(document(book([proposal, initiative]), "en"))) == told


def test_the_gap_follows_from_the_measures_own_years() -> None:
    measure = id_of("KeyPerformanceIndicator")
    readings = [(measure, NOW.replace(year=year), 40.0 + (year - 2021)) for year in range(2021, 2027)]
    outcome = Outcome(
        id=id_of("Outcome"), title="T", measured_by=[measure], base_year=2025.0, base_value=44.0, target_year=2030.0,
        target_value=60.0,
    )  # fmt: skip
    kpi = KeyPerformanceIndicator(id=measure, name="M")
    one = book([outcome, kpi], readings=readings).aims[0].aim
    assert one.ahead_from == "trend"
    assert (one.ahead[-1].year, round(one.ahead[-1].expected, 6), round(one.ahead[-1].gap, 6)) == (2030, 49.0, 11.0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"base_year": 2025.0, "base_value": 1.0, "target_year": 1e12, "target_value": 2.0},
        {"base_year": 2030.0, "base_value": 1.0, "target_year": 2026.0, "target_value": 2.0},
        {"interim_targets": {"soon": 3}},
        {"interim_targets": [1]},
        {"outlook": [{"year": "x"}]},
        {"steps": [{"name": "a"}]},
        {"steps": [{"name": "a", "takesYears": 1e300, "by": 2030}]},
        {"steps": [{"name": "a", "takesYears": -3, "by": 2030}]},
    ],
)
def test_an_outcome_that_cannot_be_read_says_so_and_stops_nothing(wrong: dict[str, Any]) -> None:
    made = book([Outcome(id=id_of("Outcome"), title="Odd outcome", **wrong), Vision(id=id_of("Vision"), name="V")])
    assert made.aims[0].aim.wrong
    for language in LANGUAGES:
        shown = on_page(document(made, language))
        assert bare("Odd outcome") in shown
    assert bare("Something that is kept here cannot be read") in on_page(document(made, "en"))


def test_what_surveys_ask_is_told_in_words() -> None:
    result = SurveyResult(id=id_of("SurveyResult"), factor="health", group_of="ageGroup:75-", estimate=3.0)
    held = Held([result])
    whole = asyncio.run(gather(held, {"en": "T"}, {"health": {"en": "How well are you?", "ja": "お元気ですか"}}))  # type: ignore[arg-type]
    assert bare("お元気ですか年齢：75-") in on_page(document(whole, "ja"))


def test_a_circle_of_steps_is_said() -> None:
    steps = [{"name": n, "takesYears": 1, "by": 2030, "needs": [m]} for n, m in (("a", "b"), ("b", "a"))]
    shown = on_page(document(book([Outcome(id=id_of("Outcome"), title="T", steps=steps)]), "en"))
    assert bare("The steps go in a circle") in shown


def test_a_trial_that_ended_undecided_is_named_until_it_is_decided() -> None:
    trial = Trial(id=id_of("Trial"), name="Late trial", ends_on=NOW - timedelta(days=1))
    words = bare("nobody has decided about them: Late trial")
    assert words in on_page(document(book([trial]), "en"))
    trial.status = "decided"
    assert words not in on_page(document(book([trial]), "en"))


@given(st.lists(st.sampled_from([*HOSTILE, "道" * 200, "\x00\x01", "a\nb"]), min_size=1, max_size=40))
@settings(max_examples=20)
def test_every_drawing_is_sound_svg(names: list[str]) -> None:
    trials = [
        Trial(id=f"urn:ngsi-ld:Trial:town:{i}", name=name, starts_on=NOW + timedelta(days=i))
        for i, name in enumerate(names)
    ]
    tree = lxml.html.fromstring(page(document(book(trials), "en")))
    drawn = list(tree.iter("svg"))
    assert len(drawn) == -(-len(names) // 18)
    for svg in drawn:
        lxml.etree.fromstring(lxml.html.tostring(svg))
