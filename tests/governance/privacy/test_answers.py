"""What people answered is kept over every new report, and what nobody asked is named."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.errors import BadInput
from noren.governance.privacy.answers import ACTIVITY, FEW, FILE, prepare, read

TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters='"\\'), max_size=20)


def test_an_empty_file_asks_everything_once(tmp_path: Path) -> None:
    assert prepare(tmp_path, {"a": FEW, "data-Person": ACTIVITY}, ["cyber.plan"])
    first = (tmp_path / FILE).read_text("utf-8")
    assert not prepare(tmp_path, {"a": FEW, "data-Person": ACTIVITY}, ["cyber.plan"])
    assert (tmp_path / FILE).read_text("utf-8") == first
    found = tomllib.loads(first)
    assert tuple(found["activity"]["data-Person"]) == ACTIVITY and tuple(found["activity"]["a"]) == FEW
    assert found["policy"]["cyber.plan"] == {"state": "", "evidence": ""}


@given(words=TEXT, more=st.lists(st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True), unique=True, max_size=4))
def test_what_somebody_wrote_stays(tmp_path_factory: pytest.TempPathFactory, words: str, more: list[str]) -> None:
    folder = tmp_path_factory.mktemp("privacy")
    written = f'# mine\n[controller]\nname = "{words}"\n\n[activity.first]\nnecessity = "{words}"'
    (folder / FILE).write_text(written, "utf-8")
    prepare(folder, dict.fromkeys(["first", *more], FEW), ["open-data.asked"])
    assert (folder / FILE).read_text("utf-8").startswith(written)
    answers = read(folder)
    assert answers.controller["name"] == words and answers.of("first", "necessity") == words
    assert set(answers.activity) == {"first", *more}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[controller]\nnmae = "x"', "“nmae” is not asked."),
        ('[activity.a]\nwhy = "x"', "“why” is not asked."),
        ('[policy."cyber.plan"]\nstate = "perhaps"', "“perhaps” is no state."),
        ("[controller]\nname = 5", "Expected"),
        ("[controller\n", "not TOML"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(BadInput) as error:
        read(tmp_path)
    assert says in error.value.what and FILE in error.value.where and error.value.hint


def test_answers_in_two_languages(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('[controller]\ncontact = { en = "Town hall", ja = "市役所" }', "utf-8")
    assert read(tmp_path).controller["contact"] == {"en": "Town hall", "ja": "市役所"}
