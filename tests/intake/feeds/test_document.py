"""docs/feeds.md names every setting of every connector that comes with Noren, and its examples are good."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from noren.contract import Here
from noren.intake import connectors
from noren.intake.connectors.payload import Field, Meaning, Position, entities
from noren.intake.feeds import Common, entry

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "feeds.md").read_text("utf-8")
DECLARED = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"][connectors.GROUP]


def section(title: str) -> str:
    return re.split(r"^## ", TEXT.partition(f"## {title}")[2], maxsplit=1, flags=re.MULTILINE)[0]


def documented(text: str) -> set[str]:
    cells = re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}


@pytest.mark.parametrize("kind", sorted(DECLARED))
def test_every_setting_is_documented(kind: str) -> None:
    names = set(connectors.find(kind).Settings.__struct_fields__)
    if issubclass(connectors.find(kind).Settings, Meaning):
        names -= set(Meaning.__struct_fields__)
    assert documented(section(f"`{kind}`")) == names


def test_the_common_settings_are_documented() -> None:
    assert documented(section("What every feed may say")) == set(Common.__struct_fields__)


def test_the_settings_of_what_comes_are_documented() -> None:
    names = {*Meaning.__struct_fields__, *Field.__struct_fields__, *Position.__struct_fields__}
    assert documented(section("What comes")) == names


def examples() -> list[dict[str, Any]]:
    blocks = re.findall(r"^ *```toml\n(.*?)^ *```", TEXT, re.MULTILINE | re.DOTALL)
    return [feed for block in blocks for feed in tomllib.loads(block).get("feeds", [])]


@pytest.mark.parametrize("raw", examples(), ids=lambda raw: raw["name"])
def test_the_examples_are_good(raw: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LORAWAN_KEY", "x")
    assert entry(raw, "docs/feeds.md").common.name == raw["name"]


class Silent:
    here = Here(city="town")

    def now(self) -> datetime:
        return datetime(2026, 7, 2, tzinfo=UTC)


def test_the_first_example_reads_the_message_shown() -> None:
    line: Any = Silent()
    raw = next(raw for raw in examples() if raw["name"] == "river")
    payload = msgspec.json.decode(re.search(r"sensors/bridge/level (\{.*\})", TEXT)[1])  # type: ignore[index]
    connector: Any = entry(raw, "docs/feeds.md").connector
    names = connector.topic.parts("sensors/bridge/level")
    (gauge,) = entities(connector.settings, payload, line, names=names)
    assert gauge["id"] == "urn:ngsi-ld:WaterObserved:town:bridge"
    assert gauge["waterLevel"]["value"] == 1.84
