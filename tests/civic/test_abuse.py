"""A list of words asks a person to look; it neither deletes nor judges."""

from __future__ import annotations

from pathlib import Path

import pytest

from noren.civic.abuse import WordList
from noren.errors import BadInput


def test_words_of_the_list_hold_a_text() -> None:
    held = WordList.packaged().held("バカ！ 死ね")
    assert [(each.word, each.reason) for each in held] == [("バカ", "insult"), ("死ね", "threat")]


@pytest.mark.parametrize("text", ["バカンスに行きたい", "an idiotic wait", "クズネッツの曲線", "歩道が狭い", ""])
def test_words_inside_other_words_do_not(text: str) -> None:
    assert not WordList.packaged().held(text)


def test_width_and_case_do_not_hide_a_word() -> None:
    text = "ＩＤＩＯＴ!"
    (held,) = WordList.packaged().held(text)
    assert text[held.start : held.end] == "ＩＤＩＯＴ"


def test_a_city_brings_its_own_list(tmp_path: Path) -> None:
    path = tmp_path / "abuse.csv"
    path.write_text("language,word,reason\nen,grue,local quarrel\n", "utf-8")
    assert WordList.of(path).held("A grue!")[0].reason == "local quarrel"
    assert not WordList.of(path).held("idiot")


def test_a_row_without_a_word_is_named(tmp_path: Path) -> None:
    path = tmp_path / "abuse.csv"
    path.write_text("language,word,reason\nen,grue,x\nen,,y\n", "utf-8")
    with pytest.raises(BadInput, match="row 3"):
        WordList.of(path)
