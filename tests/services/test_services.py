"""Discovery, and declarations that hold what they say."""

import logging
import sys
from types import ModuleType

import pytest

from noren import services
from noren.contract import Function, Layer
from noren.services import all_services
from noren.terms import TYPES
from noren.trust.purposes import PURPOSES

ALL = {each.declaration.name: each.declaration for each in all_services()}


@pytest.mark.parametrize("declared", ALL.values(), ids=ALL)
def test_a_declaration_uses_the_city_s_words(declared):
    for name in (*declared.reads, *declared.optional, *declared.writes):
        assert name in TYPES
    for name, attributes in declared.needs.items():
        assert name in declared.reads
        assert all(TYPES[name].attribute(each) for each in attributes)
    assert declared.purpose in PURPOSES


@pytest.mark.parametrize("declared", ALL.values(), ids=ALL)
def test_a_declaration_says_to_people_what_it_is_for(declared):
    for texts in (declared.title, declared.summary):
        assert texts["en"] and texts["ja"]
    assert declared.serves and declared.measures and declared.gains and declared.cost and declared.exit_test


def test_every_function_has_a_service():
    covered = {function for each in ALL.values() for function in each.functions}
    assert covered == set(Function)
    assert {layer for each in ALL.values() for layer in each.layers} == set(Layer)


def test_only_what_is_built_says_so():
    assert [each.name for each in ALL.values() if each.built] == [
        "fold_reports",
        "foresee_people",
        "raise_issues",
        "watch_floods",
    ]


def test_a_deleted_folder_is_not_missed(monkeypatch):
    kept = [each for each in services.pkgutil.iter_modules(services.__path__) if each.name != "disaster"]
    monkeypatch.setattr(services.pkgutil, "iter_modules", lambda path: kept)
    assert {each.declaration.name for each in all_services()} == set(ALL) - {"watch_floods"}


def test_a_broken_service_leaves_the_others_standing(monkeypatch, caplog):
    real = services.import_module

    def broken(name: str) -> ModuleType:
        if name.endswith(".mobility"):
            raise ImportError("no such library")
        return real(name)

    monkeypatch.setattr(services, "import_module", broken)
    with caplog.at_level(logging.ERROR):
        names = {each.declaration.name for each in all_services()}
    assert "tell_arrivals" not in names
    assert "watch_floods" in names
    assert "noren.services.mobility" in caplog.text


def test_a_service_of_another_package_comes_by_entry_point(monkeypatch):
    from noren.contract import service

    @service(functions=[Function.FINANCE], layers=[Layer.VIBRANCY], purpose="finance", reads=["Building"])
    async def from_outside(view):
        """Comes from outside."""

    module = ModuleType("outside_service")
    module.from_outside = from_outside
    monkeypatch.setitem(sys.modules, "outside_service", module)
    point = type("Point", (), {"module": "outside_service"})
    monkeypatch.setattr(services, "entry_points", lambda group: [point] if group == "noren.services" else [])
    assert "from_outside" in {each.declaration.name for each in all_services()}
