"""Contexts: PyLD is the oracle of expansion, compaction leads back, and what is not held is refused with a way out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyld import jsonld

from noren.broker.contexts import ContextRegistry, is_core
from noren.errors import BadInput, UnknownContext
from noren.terms.context import CORE_URL, core

CORE = {"@context": core()}
DEFAULT = "https://uri.etsi.org/ngsi-ld/default-context/"


BARE_CORE = {"@context": {"@vocab": DEFAULT}}
REGISTRY = ContextRegistry()


def oracle_expand(name: str, context: Any, documents: dict[str, Any], core: Any = CORE) -> str | None:
    """What PyLD makes of a property name; None when it drops it."""

    def load(url: str, options: Any) -> dict[str, Any]:
        document = core if is_core(url) else documents[url]
        return {"contextUrl": None, "documentUrl": url, "document": document, "contentType": "application/ld+json"}

    parts = [part for part in (context if isinstance(context, list) else [context]) if not is_core(part)]
    document = {"@context": [*parts, CORE_URL], name: {"@id": "urn:x:1"}}
    expanded = jsonld.expand(document, {"documentLoader": load})
    return next((key for key in expanded[0] if not key.startswith("@")), None) if expanded else None


WORDS = st.sampled_from(["speed", "level", "ex", "sdm", "colour", "Car", "größe", "水位", "a_b"])
ADDRESSES = st.sampled_from(
    ["https://a.example/", "https://b.example/x#", "https://b.example/x", "ex:level", "sdm:Car", "urn:words:", "level"]
)
DEFINITIONS = st.one_of(
    ADDRESSES,
    st.builds(lambda iri: {"@id": iri, "@type": "@id"}, ADDRESSES),
    st.builds(lambda iri: {"@id": iri, "@prefix": True}, st.sampled_from(["https://c.example/", "urn:p:"])),
)
CONTEXTS = st.dictionaries(WORDS, DEFINITIONS, max_size=5)


@given(st.lists(CONTEXTS, min_size=1, max_size=3), WORDS, st.none() | WORDS)
def test_names_expand_as_pyld_says(contexts: list[dict[str, Any]], name: str, suffix: str | None) -> None:
    asked = f"{name}:{suffix}" if suffix else name
    try:
        expected = oracle_expand(asked, contexts, {}, BARE_CORE)
    except jsonld.JsonLdError:
        with pytest.raises(BadInput):
            REGISTRY.get(contexts)
        return
    context = REGISTRY.get(contexts)
    if expected is not None:
        assert context.expand(asked) == expected


@given(
    st.lists(CONTEXTS, min_size=1, max_size=3),
    WORDS,
    st.sampled_from(["https://a.example/", "urn:words:", DEFAULT, "x:"]),
)
def test_a_compact_name_expands_to_where_it_came_from(contexts: list[dict[str, Any]], word: str, base: str) -> None:
    try:
        context = REGISTRY.get(contexts)
    except BadInput:
        return
    assert context.expand(context.compact(base + word)) == base + word
    assert context.expand(context.compact(context.expand(word))) == context.expand(word)


def test_the_core_wins_wherever_it_stands() -> None:
    registry = ContextRegistry()
    mine = {"status": "https://a.example/status", "@vocab": "https://a.example/"}
    for context in (registry.get([CORE_URL, mine]), registry.get([mine, CORE_URL]), registry.get(mine)):
        assert context.expand("status") == "https://uri.etsi.org/ngsi-ld/status"
        assert context.compact("https://a.example/status") == "https://a.example/status"
        assert context.expand("unheardOf") == DEFAULT + "unheardOf"


@pytest.mark.parametrize("version", ["", "-v1.0", "-v1.3", "-v1.6", "-v1.8", "-v1.9"])
def test_every_version_of_the_core_is_known(version: str) -> None:
    url = f"https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context{version}.jsonld"
    assert ContextRegistry().get(url).expand("location") == "https://uri.etsi.org/ngsi-ld/location"


def test_without_a_context_the_city_speaks_its_own_words() -> None:
    registry = ContextRegistry(own_urls=["http://town.example/context.jsonld"])
    assert registry.get().expand("waterLevel") == "https://smartdatamodels.org/dataModel.Environment/waterLevel"
    assert registry.get("http://town.example/context.jsonld") is registry.get()
    assert registry.core.expand("waterLevel") == DEFAULT + "waterLevel"


def test_a_term_that_is_taken_away_means_nothing() -> None:
    context = REGISTRY.get({"speed": None, "level": {"@id": None}})
    for name in ("speed", "level"):
        with pytest.raises(BadInput, match="no meaning"):
            context.attribute(name)
    assert REGISTRY.get([{"speed": "https://a.example/"}, None]).expand("speed") == DEFAULT + "speed"


def test_the_citys_own_context_can_be_leant_on(tmp_path: Path) -> None:
    registry = ContextRegistry(tmp_path, own_urls=["http://town.example/context.jsonld"])
    registry.add("https://x.example/c", {"@context": ["http://town.example/context.jsonld", {"speed": "urn:speed:"}]})
    context = registry.get("https://x.example/c")
    assert (
        context.expand("waterLevel") == registry.get().expand("waterLevel") and context.expand("speed") == "urn:speed:"
    )
    for document in (5, {}, []):
        with pytest.raises(BadInput, match="context document"):
            registry.add("https://x.example/d", document)
    (tmp_path / registry._files["https://x.example/c"]).unlink()
    with pytest.raises(BadInput, match="is gone"):
        ContextRegistry(tmp_path).get("https://x.example/c")


def test_an_unknown_context_is_refused_with_the_way_to_mend_it() -> None:
    with pytest.raises(UnknownContext, match=r"noren context add https://x\.example/c\.jsonld FILE"):
        ContextRegistry().get(["https://x.example/c.jsonld"])


def test_added_contexts_are_kept_and_lean_on_one_another(tmp_path: Path) -> None:
    registry = ContextRegistry(tmp_path)
    registry.add("https://x.example/base.jsonld", {"@context": {"ex": "https://x.example/"}})
    registry.add("https://x.example/more.jsonld", {"@context": ["base.jsonld", {"speed": "ex:speed"}]})
    for held in (registry, ContextRegistry(tmp_path)):
        assert held.get("https://x.example/more.jsonld").expand("speed") == "https://x.example/speed"
    assert registry.remove("https://x.example/more.jsonld") and not registry.remove("https://x.example/more.jsonld")
    with pytest.raises(UnknownContext):
        ContextRegistry(tmp_path).get("https://x.example/more.jsonld")


def test_adding_again_replaces(tmp_path: Path) -> None:
    registry = ContextRegistry(tmp_path)
    for iri in ("urn:one:", "urn:two:"):
        registry.add("https://x.example/c.jsonld", {"@context": {"speed": iri}})
        assert registry.get("https://x.example/c.jsonld").expand("speed") == iri
    assert len(list(tmp_path.glob("*.jsonld"))) == 1


@pytest.mark.parametrize(
    "context",
    [
        5,
        [["https://x.example/c"], 5],
        {"a": "b:c", "b": "a:c"},
        [[["https://x.example/c"]]],
        {"a": 7},
        {"a": {"@id": 7}},
        {"@vocab": 7},
        {f"t{place}": f"t{place + 1}:x" for place in range(5000)},
        {"a": {"@id": "urn:a:", "@context": {"value": "urn:b:"}}},
    ],
)
def test_what_is_no_context_is_refused(context: Any) -> None:
    with pytest.raises(BadInput):
        ContextRegistry().get(context)


def test_a_context_that_leads_back_to_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "INDEX.json").write_text('{"https://x.example/c": "c.jsonld"}')
    (tmp_path / "c.jsonld").write_text('{"@context": ["https://x.example/c"]}')
    with pytest.raises(BadInput, match="itself"):
        ContextRegistry(tmp_path).get("https://x.example/c")


@pytest.mark.parametrize("content", [b"<html>", b"\xff\xfe"])
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "INDEX.json").write_text('{"https://x.example/c": "c.jsonld"}')
    (tmp_path / "c.jsonld").write_bytes(content)
    with pytest.raises(BadInput, match=r"c\.jsonld"):
        ContextRegistry(tmp_path).get("https://x.example/c")


@pytest.mark.parametrize(
    "name", ["", "9lives", "a<b", 'a"b', "a;b", "datasetId", "observedAt", "@id", "type", "a\nb", "a b"]
)
def test_names_that_no_attribute_may_have(name: str) -> None:
    with pytest.raises(BadInput):
        ContextRegistry().get().attribute(name)


@pytest.mark.parametrize("name", ["speed", "水位", "N-TOT", "a_b", "https://x.example/speed", "status"])
def test_names_that_an_attribute_may_have(name: str) -> None:
    assert ContextRegistry().get().attribute(name)


def test_memory_of_names_is_bounded() -> None:
    context = ContextRegistry().get()
    for number in range(9_000):
        context.attribute(f"name{number}")
    assert len(context.attribute.__self__) <= 4_000  # type: ignore[attr-defined]


def test_the_example_payloads_expand_as_pyld_says(shared: Callable[[str], Path]) -> None:
    registry = ContextRegistry(shared("contexts"))
    documents = {url: registry.document(url) for url in registry.urls()}
    names = 0
    for path in sorted(shared("city/ngsi-ld-examples").glob("*.jsonld")):
        payload = json.loads(path.read_text("utf-8"))
        context = payload.pop("@context", CORE_URL)
        ours = registry.get(context)
        for name in payload.keys() - {"id", "type", "modifiedAt"}:
            try:
                expected = oracle_expand(name, context, documents)
            except jsonld.JsonLdError:  # PyLD refuses terms with a colon, which a published context defines
                break
            if expected is None:
                with pytest.raises(BadInput):
                    ours.attribute(name)
                continue
            assert ours.attribute(name) == expected, (path.name, name)
            assert ours.expand(ours.compact(expected)) == expected, (path.name, name)
            names += 1
    assert names > 800
