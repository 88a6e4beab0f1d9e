"""The examples in the store's own docs are true."""

import doctest
import importlib
import pkgutil

import pytest

import noren.store

MODULES = ["noren.store", *(f"noren.store.{module.name}" for module in pkgutil.iter_modules(noren.store.__path__))]


@pytest.mark.parametrize("name", MODULES)
def test_examples_hold(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
