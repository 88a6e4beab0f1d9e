"""The survey: its questions hold together, its figures are counted again in another way, bad answers are named."""

from __future__ import annotations

import statistics
from pathlib import Path

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.contract import Function, Layer
from noren.errors import BadInput
from noren.governance.assess import Answer, Questionnaire, blank, profiles, questionnaire, read, report
from noren.governance.pages import Teller
from noren.governance.pages.html import page

ASKED = questionnaire()
IDS = [each.id for each in ASKED.question]
LEVELS = st.dictionaries(st.sampled_from(IDS), st.integers(0, 4), max_size=len(IDS))
HEAD = "city,question,level,by\n"


def answers(levels: dict[str, int], by: str = "a", city: str = "Town") -> list[Answer]:
    return [Answer(city, question, level, by) for question, level in levels.items()]


def test_about_forty_questions_cover_every_function_and_layer() -> None:
    assert 35 <= len(IDS) <= 50
    assert {each for question in ASKED.question for each in question.functions} == set(Function)
    assert {each for question in ASKED.question for each in question.layers} == set(Layer)
    assert {each.area for each in ASKED.question} == {each.id for each in ASKED.area}


@pytest.mark.parametrize("question", ASKED.question, ids=lambda each: each.id)
def test_levels_differ_and_are_whole_sentences(question) -> None:
    for language, end in (("en", "."), ("ja", "。")):
        levels = question.levels(language)
        assert len(set(levels)) == 5
        assert all(words.endswith(end) for words in levels)
        assert question.told(language)
    assert question.en.endswith("?") and question.ja.endswith("。")


@given(LEVELS, LEVELS)
def test_figures_are_counted_again_in_another_way(one: dict[str, int], other: dict[str, int]) -> None:
    given_ = [*answers(one), *answers(other, "b")]
    if not given_:
        return
    (found,) = profiles(ASKED, given_)
    for area in found.areas:
        own = [each.id for each in ASKED.question if each.area == area.area]
        said = {id: [levels[id] for levels in (one, other) if id in levels] for id in own}
        known = {id: levels for id, levels in said.items() if levels}
        assert area.unanswered == pytest.approx(1 - len(known) / len(own), abs=1e-3)
        assert area.median == (statistics.median(statistics.median(each) for each in known.values()) if known else None)
        twice = [abs(one[id] - other[id]) for id in own if id in one and id in other]
        assert area.spread == (pytest.approx(statistics.fmean(twice), abs=0.006) if twice else None)
    assert set(found.unanswered) == set(IDS) - one.keys() - other.keys()
    assert not set(found.strengths) & set(found.gaps)


def can_rise(levels: dict[str, int], id: str) -> bool:
    question = ASKED.by_id[id]
    below = id in levels and levels[id] < 4
    return below and not any(need not in levels or levels[need] <= levels[id] for need in question.needs)


@given(LEVELS.filter(bool))
def test_no_other_step_frees_more(levels: dict[str, int]) -> None:
    (found,) = profiles(ASKED, answers(levels))
    possible = {}
    for id in filter(lambda each: can_rise(levels, each), IDS):
        then = levels | {id: levels[id] + 1}
        possible[id] = {each for each in IDS if can_rise(then, each) and not can_rise(levels, each)}
    assert {each.question: set(each.frees) for each in found.steps} == possible
    if found.step:
        assert len(found.step.frees) == max(map(len, possible.values()))
        assert found.step.level == levels[found.step.question] + 1
    else:
        assert not possible


@given(LEVELS.filter(bool), st.randoms())
def test_order_of_answers_does_not_matter(levels: dict[str, int], chance) -> None:
    given_ = answers(levels) + answers(levels, city="Other")
    mixed = list(given_)
    chance.shuffle(mixed)
    assert profiles(ASKED, given_) == profiles(ASKED, mixed)
    assert [each.city for each in profiles(ASKED, mixed)] == ["Other", "Town"]


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("ending", ["toml", "csv"])
def test_an_empty_file_asks_everything_and_answers_nothing(tmp_path: Path, language: str, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    text = (blank.toml if ending == "toml" else blank.table)(ASKED, language)
    assert all(each.told(language) in text and each.id in text for each in ASKED.question)
    if ending == "toml":
        path.write_text(text.replace('city = ""', 'city = "Town"'), "utf-8")
        assert read([path], ASKED) == ([], [])
        path.write_text(text.replace('city = ""', 'city = "Town"').replace("# level = ", "level = 2"), "utf-8")
    else:
        lines = text.replace("\r\n,", "\r\nTown,", 1)
        path.write_text(lines, "utf-8", newline="")
        assert read([path], ASKED) == ([], [])
        path.write_text(lines.replace(",,,,\r\n", ",2,,,\r\n"), "utf-8", newline="")
    kept, refused = read([path], ASKED)
    assert refused == []
    assert [(each.city, each.question, each.level) for each in kept] == [("Town", id, 2) for id in IDS]


@pytest.mark.parametrize(
    ("rows", "row", "field", "words"),
    [
        ("Town,vision.exit,7,a", "row 2", "level", "0 to 4"),
        ("Town,vision.exit,2.5,a", "row 2", "level", "0 to 4"),
        ("Town,vision.nothing,1,a", "row 2", "question", "no question"),
        ("Town,vision.exit,1,a\nTown,vision.exit,2,a", "row 3", "question", "second time"),
        (",vision.exit,1,a", "row 2", "city", "which city"),
        ("Town,vision.exit,1,a,more", "row 2", "a cell without a heading", "no field"),
    ],
)
def test_what_does_not_fit_is_named_and_costs_nothing_else(
    tmp_path: Path, rows: str, row: str, field: str, words: str
) -> None:
    path = tmp_path / "town.csv"
    path.write_text(f"{HEAD}{rows}\nTown,law.change,３,a\n", "utf-8")
    kept, refused = read([path], ASKED)
    assert [(each.file, each.row, each.field) for each in refused] == [("town.csv", row, field)]
    assert words in refused[0].what
    assert kept[-1].question == "law.change" and kept[-1].level == 3


@pytest.mark.parametrize(
    ("text", "row", "field"),
    [
        ('[[answer]]\nquestion = "vision.exit"\nlevel = true', "answer 1", "level"),
        ('[[answer]]\nquestion = "vision.exit"\nlevel = 9', "answer 1", "level"),
        ("[[answer]]\nquestion = 3", "answer 1", "question"),
        ('[[answer]]\nquestion = "vision.exit"\nhow = "guess"', "answer 1", "how"),
        ('[[answer]]\nquestion = "vision.exit"\nlevle = 1', "answer 1", "levle"),
    ],
)
def test_in_toml_too(tmp_path: Path, text: str, row: str, field: str) -> None:
    path = tmp_path / "town.toml"
    path.write_text(f'city = "Town"\n{text}\n', "utf-8")
    kept, refused = read([path], ASKED)
    assert kept == [] and [(each.row, each.field) for each in refused] == [(row, field)]


@pytest.mark.parametrize("text", ["city = ", 'town = "x"', "answer = 3", "answer = [1]"])
def test_a_file_that_is_none_is_refused_whole(tmp_path: Path, text: str) -> None:
    path = tmp_path / "town.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(BadInput, match=r"town\.toml"):
        read([path], ASKED)


@pytest.mark.parametrize("raw", [b"a,b\n1,2\n", b"\xff\xfe\x00", b"", b'question,level\n"broken'])
def test_a_table_that_is_none_is_refused_whole(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "town.csv"
    path.write_bytes(raw)
    with pytest.raises(BadInput, match=r"town\.csv"):
        read([path], ASKED)


def test_shift_jis_from_a_spreadsheet(tmp_path: Path) -> None:
    path = tmp_path / "town.csv"
    path.write_bytes(f"{HEAD}川辺市,vision.exit,2,企画課\r\n".encode("cp932"))
    assert read([path], ASKED)[0] == [Answer("川辺市", "vision.exit", 2, "企画課")]


def test_two_files_of_a_city_are_two_respondents(tmp_path: Path) -> None:
    for name, level in (("a.csv", 1), ("b.csv", 4)):
        (tmp_path / name).write_text(f"city,question,level\nTown,vision.exit,{level}\n", "utf-8")
    kept, refused = read([tmp_path / "a.csv", tmp_path / "b.csv"], ASKED)
    (found,) = profiles(ASKED, kept)
    assert (refused, found.respondents, found.areas[0].median, found.areas[0].spread) == ([], 2, 2.5, 3)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_page_shows_every_city_and_escapes_what_was_written(language: str) -> None:
    hostile = "<script>alert(1)</script>"
    said = [Answer(f"{hostile}{i:02d}", "vision.exit", i % 5, "a", f"evidence{i} {hostile}") for i in range(26)]
    text = page(report.document(ASKED, profiles(ASKED, said), [], Teller(language)))
    tree = lxml.html.fromstring(text)
    shown = tree.text_content()
    assert not list(tree.iter("script"))
    assert all(each.city in shown and each.evidence in shown for each in said)
    assert "assess." not in shown and "plan." not in shown


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"needs": ["vision.nothing"]}, "no question"),
        ({"needs": ["vision.outcomes"]}, "itself"),
        ({"area": "nowhere"}, "no area"),
        ({"levels_en": ["One."]}, "five levels"),
    ],
)
def test_a_questionnaire_that_contradicts_itself_is_refused(tmp_path: Path, change: dict, words: str) -> None:
    question = {"id": "vision.outcomes", "area": "vision", "en": "?", "ja": "?"} | {
        f"levels_{each}": list("01234") for each in ("en", "ja")
    }
    lines = [f"{key} = {value!r}" for key, value in (question | change).items()]
    path = tmp_path / "q.toml"
    path.write_text("[[area]]\nid='vision'\nen='a'\nja='b'\n[[question]]\n" + "\n".join(lines), "utf-8")
    with pytest.raises(BadInput, match=words) as caught:
        questionnaire(path)
    assert "question 1 (vision.outcomes)" in caught.value.where


def test_the_packaged_one_is_a_questionnaire() -> None:
    assert isinstance(ASKED, Questionnaire)
