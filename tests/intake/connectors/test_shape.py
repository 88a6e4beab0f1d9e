"""Every connector that is installed obeys the rules of the shape; a new one is tested by being registered."""

from __future__ import annotations

import ast
import asyncio
import inspect
import sys
import tomllib
from pathlib import Path

import msgspec
import pytest

from noren.errors import BadInput, NorenError, Unavailable
from noren.intake import connectors

ROOT = Path(__file__).parents[3]
KINDS = sorted(connectors.known())
EXAMPLES: dict[str, dict[str, object]] = {
    "camera": {"url": "mqtt://localhost:1", "topic": "a", "cameras": {"gate": {"lon": 134.0, "lat": 34.0}}},
    "gtfs_rt": {"url": "http://localhost:1/feed.pb"},
    "hello": {},
    "http": {"url": "http://localhost:1/x.json", "type": "WaterObserved", "attributes": {"waterLevel": "level"}},
    "mqtt": {"url": "mqtt://localhost:1", "topic": "a/{id}", "type": "WaterObserved", "attributes": {"waterLevel": ""}},
    "replay": {"files": ["absent.csv"]},
}
ALLOWED = ("noren.contract", "noren.errors", "noren.net", "noren.terms", "noren.intake", "noren.messages")


def test_all_that_come_with_noren_are_found() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"][connectors.GROUP]
    assert set(declared) <= set(KINDS)
    assert set(declared) == set(EXAMPLES)


@pytest.mark.parametrize("kind", KINDS)
def test_kind_is_the_name_it_is_registered_by(kind: str) -> None:
    assert connectors.find(kind).kind == kind


@pytest.mark.parametrize("kind", KINDS)
def test_settings_are_a_struct_that_refuses_what_it_does_not_know(kind: str) -> None:
    settings = connectors.find(kind).Settings
    assert issubclass(settings, msgspec.Struct)
    assert settings.__struct_config__.forbid_unknown_fields
    assert settings.__struct_config__.frozen
    with pytest.raises(msgspec.ValidationError, match="unknown field `colour`"):
        msgspec.convert(EXAMPLES[kind] | {"colour": "red"}, settings)


@pytest.mark.parametrize("kind", KINDS)
def test_it_takes_settings_and_nothing_else(kind: str) -> None:
    assert list(inspect.signature(connectors.find(kind)).parameters) == ["settings"]
    assert list(inspect.signature(connectors.find(kind).run).parameters) == ["self", "push"]
    assert inspect.iscoroutinefunction(connectors.find(kind).run)


@pytest.mark.parametrize("kind", KINDS)
def test_it_says_what_it_does(kind: str) -> None:
    found = connectors.find(kind)
    assert found.__doc__
    assert found.run.__doc__
    assert found.Settings.__doc__


@pytest.mark.parametrize("kind", KINDS)
def test_it_sees_no_more_of_the_city_than_push(kind: str) -> None:
    module = sys.modules[connectors.find(kind).__module__]
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        ours = [name for name in names if name.startswith("noren.")]
        assert all(name.startswith(ALLOWED) for name in ours), ours


@pytest.mark.parametrize("kind", KINDS)
async def test_making_one_touches_nothing_and_it_ends_when_cancelled(kind: str, line) -> None:  # type: ignore[no-untyped-def]
    """Cancelled while it works, or failed before with words that say what to do: nothing else may come out."""
    found = connectors.find(kind)
    connector = found(msgspec.convert(EXAMPLES[kind], found.Settings))
    task = asyncio.create_task(connector.run(line))
    await asyncio.wait([task], timeout=0.3)
    task.cancel()
    await asyncio.wait([task], timeout=5)
    assert task.done()
    if not task.cancelled():
        assert isinstance(error := task.exception(), NorenError)
        assert error.what and error.where


def test_a_kind_that_nobody_knows() -> None:
    with pytest.raises(BadInput, match="Did you mean “mqtt”"):
        connectors.find("mqqt")
    with pytest.raises(BadInput, match="There are: camera, gtfs_rt, hello"):
        connectors.find("carrier pigeon")


def test_one_that_cannot_be_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = connectors.known()["hello"].__class__("broken", "noren.no_such_module:X", connectors.GROUP)
    monkeypatch.setattr(connectors, "known", lambda: {"broken": broken})
    with pytest.raises(Unavailable, match="“broken” cannot be loaded"):
        connectors.find("broken")
