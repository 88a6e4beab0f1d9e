"""Every word of money that the code asks for is in the catalogue, and none is there for nobody; figures in words."""

from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec

import noren
from noren.governance.money.problem import Asked, problem
from noren.governance.money.words import joined, money, percent, sentences, told
from noren.messages import catalogue

ROOT = Path(noren.__file__).parent
SOURCES = [*(ROOT / "governance" / "money").rglob("*.py"), ROOT / "cli" / "allocate.py", ROOT / "cli" / "appraise.py"]
TEXT = "\n".join(path.read_text("utf-8") for path in SOURCES)
KEYS = {key for key in catalogue("en") if key.startswith("money.")}


def test_every_word_asked_for_is_there() -> None:
    assert set(re.findall(r'[^f]"(money\.[\w.-]+)"', TEXT)) <= KEYS


def test_no_word_is_there_for_nobody() -> None:
    whole = set(re.findall(r'"(money\.[\w.-]+)"', TEXT))
    starts = tuple(start for start in re.findall(r'f"(money\.[\w.]+)\{', TEXT))
    assert sorted(key for key in KEYS if key not in whole and not key.startswith(starts)) == []


def test_the_games_of_the_page_can_be_read() -> None:
    page = (Path(__file__).parents[3] / "docs" / "money.md").read_text("utf-8")
    found = re.findall(r"^\| .*\| `(\{.*\})` \|$", page, flags=re.M)
    assert len(found) == 5
    for text in found:
        assert problem(msgspec.convert(json.loads(text), Asked)).total > 0


def test_figures_and_names_in_words() -> None:
    assert (money(-0.2), money(1234567.5), money(-1500)) == ("0", "1,234,568", "-1,500")
    assert percent(0.1234) == "12.3"
    assert joined([told("A"), told({"ja": "市", "en": "City"}), told("C")]) == {"en": "A, City and C", "ja": "A、市、C"}
    assert sentences([told("x."), told("y.")]) == {"en": "x. y.", "ja": "x.y."}
