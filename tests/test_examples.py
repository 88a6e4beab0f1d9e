"""Every example in the docstrings of the house runs."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

import noren

ROOT = Path(noren.__file__).parent
MODULES = [
    ".".join(["noren", *path.relative_to(ROOT).with_suffix("").parts]).removesuffix(".__init__")
    for path in sorted(ROOT.rglob("*.py"))
    if ">>> " in path.read_text("utf-8")
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_run(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted and not result.failed
