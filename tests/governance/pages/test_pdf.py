"""Fonts are chosen by the letters that a text has; what is missing is said in words."""

from __future__ import annotations

import sys

import pytest

from noren.errors import Unavailable
from noren.governance.pages import Chapter, Document, Text
from noren.governance.pages.pdf import fonts, paper


def test_a_font_with_japanese_letters_is_asked_for_only_by_them() -> None:
    assert fonts(["Libertinus Serif"], "Town") == ["Libertinus Serif"]
    with pytest.raises(Unavailable, match="fonts-noto-cjk"):
        fonts(["Libertinus Serif"], "Town 町")
    assert fonts(["Noto Sans CJK JP", "BIZ UDPGothic"], "町") == ["BIZ UDPGothic"]


def test_without_typst_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    made = Document("Plan", "Town", "en", "today", [Chapter("a", "A", [Text("words")])])
    with pytest.raises(Unavailable, match="noren\\[plan\\]"):
        paper(made)
