"""The one catalogue of messages: what the page asks for is there, in both languages, with the same placeholders."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MESSAGES = ROOT / "src" / "noren" / "messages"
WORDS = {path.stem: json.loads(path.read_text("utf-8")) for path in MESSAGES.glob("??.json")}
SOURCES = [path for path in (ROOT / "portal" / "src").rglob("*") if path.suffix in (".svelte", ".ts")]
ASKED = {
    key
    for path in SOURCES
    for key in re.findall(r'(?:\bk="|say\(")((?:portal|layer|function)\.[A-Za-z0-9.]+)"', path.read_text("utf-8"))
}


def test_the_page_asks_for_many_words() -> None:
    assert len(ASKED) > 80


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_word_asked_for_is_there(language: str) -> None:
    assert sorted(ASKED - set(WORDS[language])) == []


def test_both_languages_say_the_same_things() -> None:
    assert sorted(set(WORDS["en"]) ^ set(WORDS["ja"])) == []


@pytest.mark.parametrize("key", sorted(WORDS["en"]))
def test_placeholders_agree(key: str) -> None:
    found = {language: set(re.findall(r"\{(\w+)\}", words[key])) for language, words in WORDS.items() if key in words}
    assert found["ja"] <= found["en"]
    assert found["en"] == found.get("pt", found["en"])
