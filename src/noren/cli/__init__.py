"""The command `noren`: thin, each command in a module of its own that calls one room.

>>> from noren.cli import app
>>> app.name
('noren',)
"""

from __future__ import annotations

import os
import sys

from cyclopts import App, Parameter
from rich.console import Console
from rich.text import Text

from noren.errors import NorenError

app = App(name="noren", help="Run a city's issue-solving system.", default_parameter=Parameter(negative=()))
app.command("noren.cli.init:init")
app.command("noren.cli.token:token")
app.command("noren.cli.identity:identity")
app.command("noren.cli.context:context")
app.command("noren.cli.add:add")
app.command("noren.cli.status:status")
app.command("noren.cli.up:up")
app.command("noren.cli.replay:replay")
app.command("noren.cli.generate:generate")
app.command("noren.cli.demo:demo")
app.command("noren.cli.people:people")
app.command("noren.cli.allocate:allocate")
app.command("noren.cli.appraise:appraise")
app.command("noren.cli.performance:performance")
app.command("noren.cli.ballots:ballots")
app.command("noren.cli.opinions:opinions")
app.command("noren.cli.plan:plan")
app.command("noren.cli.assess:assess")
app.command("noren.cli.privacy:privacy")
app.command("noren.cli.conform:conform")
app.command("noren.cli.roll:roll")
app.command("noren.cli.anchor:anchor")
app.command("noren.cli.verify:verify")
app.command("noren.cli.witness:witness")
app.command("noren.cli.ledger:ledger")
app.command("noren.cli.command:command")
app.command("noren.cli.custodians:custodians")
app.command("noren.cli.search_request:search_request")
app.command("noren.cli.flow:flow")
app.command("noren.cli.recipient:recipient")
app.command("noren.cli.guardian:guardian")
app.command("noren.cli.vault:vault")
app.command("noren.cli.backup:backup")
app.command("noren.cli.backup:restore")
app.command("noren.cli.policy:policy")


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
