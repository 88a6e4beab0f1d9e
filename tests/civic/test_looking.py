"""The first look: masked where the form is sure, held where it is not or where words may hurt, else as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.civic.looking import look


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
    assert looked.findings or looked.text == text.strip()
