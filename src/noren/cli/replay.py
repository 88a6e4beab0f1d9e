"""`noren replay`: rehearse a real event."""

from __future__ import annotations

import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from noren.cli.up import Port
from noren.contract.declaration import seconds
from noren.run import up
from noren.run.rehearsal import Plan
from noren.run.replay import replay as rehearse


def replay(
    folder: Path,
    /,
    *,
    speed: float = 600.0,
    start: Annotated[datetime | None, Parameter(name="--from")] = None,
    until: datetime | None = None,
    city: Path | None = None,
    keep: Path | None = None,
    timezone: str = "UTC",
    port: Port = 8080,
    host: str = "127.0.0.1",
    no_web: bool = False,
    step: str = "1h",
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> None:
    """Rehearse a real event: what was recorded arrives as if live, and the city does what it would have done.

    A city is made of the folder's files, or a copy of yours is used; yours is never touched. At the end it says when
    the first warning was given and when the first reading crossed the threshold.

    Parameters
    ----------
    folder
        The folder with the recorded series (csv, csv.gz, …).
    speed
        How many times as fast as ours the clock runs.
    start
        From when on readings arrive as if live, in the city's time zone; what lies before is history.
    until
        When it ends.
    city
        Folder of your city, of which a copy is used.
    keep
        Folder in which the rehearsed city is kept; without it, it is removed at the end.
    timezone
        Time zone of a city that is made for the rehearsal.
    port
        Port to open.
    host
        Address to listen on.
    no_web
        Without a browser, as fast as this machine can.
    step
        With --no-web: how much of the city's time passes between two looks of the services.
    as_json
        Report as JSON, for scripts.
    """
    plan = Plan(start=start, until=until, speed=speed, step=timedelta(seconds=seconds(step)))
    with tempfile.TemporaryDirectory(prefix="noren-replay-") as temporary:
        work = keep or Path(temporary) / "city"
        up.enter(_run(folder, work, city, timezone, plan, None if no_web else (host, port), as_json))


async def _run(
    folder: Path, work: Path, city: Path | None, timezone: str, plan: Plan, web: tuple[str, int] | None, as_json: bool
) -> None:
    summary = await rehearse(folder, work, city=city, timezone=timezone, plan=plan, web=web, say=_say)
    print(msgspec.json.encode(summary).decode() if as_json else summary.text())


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
