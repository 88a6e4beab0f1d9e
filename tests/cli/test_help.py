"""What `noren --help` says of each command is what the command says of itself."""

from __future__ import annotations

import csv
from importlib import import_module
from pathlib import Path

import pytest
from cyclopts import App

from noren import cli

ROWS = list(csv.DictReader((Path(cli.__file__).parent / "commands.csv").read_text("utf-8").splitlines()))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["command"].partition(":")[2])
def test_help_is_the_command_s_own(row: dict[str, str]) -> None:
    module, _, name = row["command"].partition(":")
    command = getattr(import_module(module), name)
    said = command.help if isinstance(command, App) else command.__doc__
    assert said.splitlines()[0] == row["help"]


def test_help_shows_it(noren) -> None:
    status, text = noren("--help")
    assert status == 0 and ROWS[0]["help"][:40] in text
