"""The command line, for what a city's files look like to those who look after them."""

from __future__ import annotations

from tests.cli.conftest import noren, typed

__all__ = ["noren", "typed"]
