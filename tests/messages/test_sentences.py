"""What errors say in Japanese: every sentence that a page can meet, with as many values as the English one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import noren
from noren import errors
from noren.messages.sentences import HOLE, sentences, translated

ROOT = Path(noren.__file__).parent
ROOMS = ("civic", "view", "web")
"""Rooms whose errors people meet on pages."""
KINDS = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)}


def _said(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else HOLE for part in node.values)
    return None


def _raised(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS and node.args:
            yield from filter(None, [_said(node.args[0])])
            yield from filter(None, [_said(each.value) for each in node.keywords if each.arg == "hint"])


RAISED = sorted({s for room in ROOMS for path in (ROOT / room).rglob("*.py") for s in _raised(path) if s != HOLE})


@pytest.mark.parametrize("sentence", RAISED)
def test_every_sentence_of_a_page_has_its_japanese(sentence: str) -> None:
    assert sentence in sentences("ja")


@pytest.mark.parametrize("sentence", sorted(sentences("ja")))
def test_values_agree(sentence: str) -> None:
    holes = re.findall(r"\{(\d)\}", sentences("ja")[sentence])
    assert sorted(set(map(int, holes))) == list(range(sentence.count(HOLE)))
    values = [f"value {number}" for number in range(sentence.count(HOLE))]
    shown = translated(sentence.replace(HOLE, "%s") % tuple(values) if values else sentence, "ja")
    assert all(value in shown for value in values) and shown != sentence


def test_what_nobody_translated_stays_as_it_is() -> None:
    assert translated("Quite another sentence.", "ja") == "Quite another sentence."
    assert translated("“x” is not a number.", "en") == "“x” is not a number."
