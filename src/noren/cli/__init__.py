"""The command `noren`: thin, each command in a module of its own that calls one room.

>>> from noren.cli import app
>>> app.name
('noren',)
"""

from __future__ import annotations

import csv
import os
import sys
from importlib.resources import files

from cyclopts import App, Parameter
from rich.console import Console
from rich.text import Text

from noren.errors import NorenError

app = App(name="noren", help="Run a city's issue-solving system.", default_parameter=Parameter(negative=()))

for _row in csv.DictReader((files(__package__) / "commands.csv").read_text("utf-8").splitlines()):
    app.command(_row["command"], help=_row["help"])  # said here, for loading all of them takes a second and more


def main() -> None:
    """Run the command line; an error is told in words and ends with status 1, as does a reader who has seen enough."""
    try:
        app(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:  # noren … | head: nothing can be said any more, at exit neither
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except NorenError as error:
        told = Text.assemble(
            (error.what, "red"), f" ({error.where})" if error.where else "", f"\n{error.hint}".rstrip()
        )
        Console(stderr=True).print(told, soft_wrap=True)
        sys.exit(1)
