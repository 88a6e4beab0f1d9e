"""The served contexts say the same as the published ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from noren.terms import ATTRIBUTES, TYPES
from noren.terms.context import city, core, document


def published(path: Path) -> dict[str, object]:
    context = json.loads(path.read_text("utf-8"))["@context"]
    assert isinstance(context, dict)
    return context


def test_the_core_is_the_published_core(shared: Callable[[str], Path]) -> None:
    assert core() == published(shared("contexts/ngsi-ld-core-v1.9.jsonld"))


def test_terms_that_follow_a_smart_data_model_have_its_iri(shared: Callable[[str], Path]) -> None:
    checked = 0
    for path in sorted(shared("contexts").glob("sdm-*.jsonld")):
        context = published(path)
        for name, term in (TYPES | ATTRIBUTES).items():
            if term.iri.startswith(f"https://smartdatamodels.org/dataModel.{path.stem.removeprefix('sdm-')}/"):
                found = context.get(name)
                assert (found.get("@id") if isinstance(found, dict) else found) == term.iri, (path.name, name)
                checked += 1
    assert checked > 20


@pytest.mark.parametrize("name", sorted(TYPES))
def test_the_citys_own_context_knows_every_type(name: str) -> None:
    assert city()[name] == TYPES[name].iri


def test_no_term_of_the_city_shadows_the_core() -> None:
    assert not set(city()) & set(core())
    for name in set(ATTRIBUTES) & set(core()):
        definition = core()[name]
        address = (definition["@id"] if isinstance(definition, dict) else definition).replace(
            "ngsi-ld:", "https://uri.etsi.org/ngsi-ld/"
        )
        assert ATTRIBUTES[name].iri == address, name


def test_the_document_puts_the_core_last() -> None:
    assert document()["@context"][-1] is core()
