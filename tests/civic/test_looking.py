"""The first look: masked where the form is sure, held where it is not or where words may hurt, else as it is."""

from __future__ import annotations

from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.civic.looking import look, tidy


@pytest.mark.parametrize(
    ("text", "hold", "hidden"),
    [
        ("街灯が暗いです", "", ""),
        ("Bus 12 was late on 3 May at 8:30", "", ""),
        ("Call 090-1234-5678 about the pothole", "", "090-1234-5678"),
        ("Write to a@example.org", "", "a@example.org"),
        ("Whoever planned this is an idiot", "abuse", ""),
        ("となりの山田太郎さんの家です", "personal", "山田太郎"),
    ],
)
def test_what_is_masked_and_what_is_held(text: str, hold: str, hidden: str) -> None:
    looked = look(text)
    assert looked.hold == hold
    assert not hidden or hidden not in looked.text
    assert bool(looked.findings) is bool(hidden)


@given(st.text(max_size=300))
def test_any_text_can_be_looked_at(text: str) -> None:
    looked = look(text)
    assert looked.language in ("ja", "en")
    assert looked.findings or looked.text == tidy(text)


@given(st.text(max_size=300))
def test_tidying_twice_changes_nothing_and_keeps_what_is_seen(text: str) -> None:
    once = tidy(text)
    assert tidy(once) == once
    assert [each for each in once if each.isalnum()] == [each for each in normalize("NFC", text) if each.isalnum()]


@pytest.mark.parametrize("hidden", ["\u200b", "\u2060", "\u200d", "\ufe0f", "\u00ad", "\u202e", "\x00"])
def test_what_nobody_sees_hides_no_telephone(hidden: str) -> None:
    assert "5678" not in look(f"090{hidden}-1234{hidden}-56{hidden}78").text


@pytest.mark.parametrize("text", ["👨\u200d👩\u200d👧 ❤\ufe0f", "می\u200cخواهم", "ガス\tが臭い\n二行目"])
def test_what_people_write_stays(text: str) -> None:
    assert tidy(text) == normalize("NFC", text)
