"""Fonts are chosen by the letters that a text has; what is missing is said in words."""

from __future__ import annotations

import pytest

from noren.errors import Unavailable
from noren.governance.pages import Chapter, Document, Facts, Heading, Items, Table, Text
from noren.governance.pages.html import page
from noren.governance.pages.pdf import fonts, paper


def test_a_font_with_japanese_letters_is_asked_for_only_by_them() -> None:
    assert fonts(["Libertinus Serif"], "Town") == ["Libertinus Serif"]
    with pytest.raises(Unavailable, match="fonts-noto-cjk"):
        fonts(["Libertinus Serif"], "Town 町")
    assert fonts(["Noto Sans CJK JP", "BIZ UDPGothic"], "町") == ["BIZ UDPGothic"]


PARTS = [
    Text,
    Heading,
    lambda word: Items([word]),
    lambda word: Facts([(word, word)]),
    lambda word: Table(word, [word], [[word]]),
]


@pytest.mark.parametrize(
    "word", ["🚲🏽", "عربي", "\ue000", "हिन्दी", "\u200d\ufe0f", " ", "", "e\u0301", "町\U000e0100", "\ufffe\ud800"]
)
def test_whatever_letters_there_are_a_pdf_is_made(word: str) -> None:
    pytest.importorskip("typst")
    made = Document(word, word, "en", "d", [Chapter("a", word, [part(word) for part in PARTS])])
    assert paper(made).startswith(b"%PDF-")
    assert page(made).encode()


def test_it_can_be_read_aloud() -> None:
    pytest.importorskip("typst")
    made = Document("Plan", "Town", "en", "today", [Chapter("a", "A", [Text("words")])])
    assert b"pdfuaid" in paper(made)
