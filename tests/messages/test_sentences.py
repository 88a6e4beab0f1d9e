"""What errors say in Japanese: every sentence that a page can meet, with as many values as the English one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import noren
from noren import errors
from noren.messages.sentences import HOLE, sentences, translated

ROOT = Path(noren.__file__).parent
ROOMS = ("civic", "view", "web", "city", "trust", "governance", "commands")
"""Rooms whose errors people meet on pages."""
PROGRAMS = (ROOT / "web/ngsi_ld", ROOT / "trust/ledger")
"""Whose errors programs alone meet."""
KINDS = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)}
Named = Mapping[str, list[ast.expr]]


def _said(node: ast.expr, named: Named) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else HOLE for part in node.values)
    elif isinstance(node, ast.IfExp):
        yield from (said for each in (node.body, node.orelse) for said in _said(each, named))
    elif isinstance(node, ast.Name):
        yield from (said for each in named.get(node.id, ()) for said in _said(each, {}))


def _named(body: list[ast.stmt]) -> Named:
    """What is assigned to names, in these statements and not in functions among them."""
    found: dict[str, list[ast.expr]] = {}
    waiting: list[ast.AST] = [*body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found.setdefault(node.targets[0].id, []).append(node.value)
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            waiting += ast.iter_child_nodes(node)
    return found


def _raised(path: Path) -> Iterator[str]:
    module = ast.parse(path.read_text("utf-8"))
    for scope in ast.walk(module):
        if not isinstance(scope, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        named = {**_named(module.body), **_named(scope.body)}
        for node in ast.walk(scope):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS:
                for each in (*node.args[:1], *(word.value for word in node.keywords if word.arg == "hint")):
                    yield from _said(each, named)


PATHS = [
    path
    for room in ROOMS
    for path in (ROOT / room).rglob("*.py")
    if not any(path.is_relative_to(each) for each in PROGRAMS)
]
RAISED = sorted({said for path in PATHS for said in _raised(path) if re.search("[a-z].* ", said)})
"""Codes of a standard, such as invalid_grant, are no sentences."""
KNOWN = sorted(sentences("ja"))


@pytest.mark.parametrize("sentence", RAISED)
def test_every_sentence_of_a_page_has_its_japanese(sentence: str) -> None:
    assert sentence in KNOWN


@pytest.mark.parametrize("sentence", KNOWN)
def test_values_agree(sentence: str) -> None:
    holes = re.findall(r"\{(\d)\}", sentences("ja")[sentence])
    assert sorted(set(map(int, holes))) == list(range(sentence.count(HOLE)))


def _filled(sentence: str, values: list[str]) -> str:
    first, *others = sentence.split(HOLE)
    return first + "".join(value + part for value, part in zip(values, others, strict=False))


@pytest.mark.parametrize("sentence", KNOWN)
def test_no_sentence_is_taken_for_another(sentence: str) -> None:
    values, told = [f"value-{number}" for number in range(sentence.count(HOLE))], sentences("ja")[sentence]
    english = _filled(sentence, values)
    assert translated(english, "ja") == (told.format(*values) if values else told) != english


@given(st.sampled_from([each for each in KNOWN if HOLE in each]), st.lists(st.text(), min_size=9, max_size=9))
def test_whatever_a_value_holds_the_sentence_is_told(sentence: str, values: list[str]) -> None:
    assert translated(_filled(sentence, values), "ja") != _filled(sentence, values)


def test_a_value_that_is_a_sentence_is_told_too() -> None:
    told = translated("An issue that is seen cannot become merged.", "ja")
    assert told == "「確認しました」の課題を「ほかの課題にまとめました」に変えることはできません。"


@pytest.mark.parametrize("word", ["” needs “", "{}", "{0}", "At most ", "“"])
def test_whatever_a_stranger_wrote_it_is_told_at_once(word: str) -> None:
    long = word * 20_000
    assert long in translated(f"“{long}” is not a number.", "ja")
    assert translated(f"“{long}", "ja") == f"“{long}"


def test_sentences_within_sentences_end() -> None:
    assert translated("At most " * 20_000 + "." * 20_000, "ja").endswith("までにしてください。")


def test_what_nobody_translated_stays_as_it_is() -> None:
    assert translated("Quite another sentence.", "ja") == "Quite another sentence."
    assert translated("“x” is not a number.", "en") == "“x” is not a number."


SIFTING = ast.parse((ROOT / "view/sifting.py").read_text("utf-8"))
SIFTED = sorted(
    said
    for node in ast.walk(SIFTING)
    if not isinstance(node, ast.Expr)  # docstrings
    for child in ast.iter_child_nodes(node)
    for said in _said(child, {})
    if re.fullmatch(r"(It|A|An|One|Its|Nothing|Give|Delete) .*\.", said)
)
"""What a camera's reports are refused for, which staff read on the page Today."""


@pytest.mark.parametrize("sentence", SIFTED)
def test_why_a_camera_is_refused_has_its_japanese(sentence: str) -> None:
    assert sentence in KNOWN
