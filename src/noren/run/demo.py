"""The sample city, ready to open: a generated town brought in by the same hands as any city's files.

The folder is finished beside its place and moved there at the end, so that a stopped attempt leaves nothing half done.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from noren import sample
from noren.city import City, create
from noren.city.config import FILE
from noren.civic import polls, surveys
from noren.civic.batches import fold_reports
from noren.commands import example
from noren.errors import AlreadyExists, NorenError
from noren.intake.add import Added, Adder, add_all
from noren.intake.convert import Place
from noren.intake.plans import Options
from noren.messages import say
from noren.tiles import Shelf

TOWN, VOTE = "town", "budget_vote.pb"
OPEN, SLIPS = timedelta(days=3650), 100
SPEED = 600.0
"""City seconds to one of ours: two days, and with them a storm, pass in less than five minutes."""
_ZONE = "Asia/Tokyo"
_KINDS = (".gpkg", ".tif", ".zip", ".jsonld", ".csv")
Tell = Callable[[str, float], None]
"""Called with the name of what is being done and the share done, 0 to 1."""

_CLOCK = """
[clock]
start = {start}
speed = {speed:g}
"""
_FEED = """
# The sensors of the town, played from its files: two days that begin anew when they are over.
[[feeds]]
name = "sensors{tail}"
title = "{title}"
kind = "replay"
files = ["{town}/{part}/*.csv"]
start = {start}
loop = "{hours}h"
only = "{only}"
"""


class Demo(msgspec.Struct):
    """What stands in the folder now."""

    folder: Path
    made: bool
    """False when it stood there already."""
    added: list[Added] = []
    wrong: list[NorenError] = []


def demo(folder: Path, population: int, seed: int, days: int, tell: Tell) -> Demo:
    """Make the sample city in `folder` unless it stands there; raises `AlreadyExists` where something else does."""
    if (folder / FILE).is_file():
        return Demo(folder, made=False)
    if folder.exists() and any(folder.iterdir()):
        raise AlreadyExists(f"{folder} is not empty.", hint="Name a new folder for the sample city.")
    work = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(work, ignore_errors=True)
    start = sample.Site(population, seed, days).live_start
    create(work, "Kawabe", name_ja="川辺市", timezone=_ZONE, country="JP", languages=("ja", "en"))
    plain = (work / FILE).read_text("utf-8")
    sample.generate(work / TOWN, population, seed, days, lambda step, share: tell(step, 0.4 * share))
    # While data comes in the clock stands at the town's now and hardly moves.
    (work / FILE).write_text(plain + _CLOCK.format(start=start.isoformat(), speed=1), "utf-8")
    done = asyncio.run(_bring_in(work, tell))
    (work / FILE).write_text(plain + _CLOCK.format(start=start.isoformat(), speed=SPEED) + _feeds(start), "utf-8")
    if folder.exists():
        folder.rmdir()
    work.rename(folder)
    tell("done", 1.0)
    return Demo(folder, True, *done)


async def _bring_in(folder: Path, tell: Tell) -> tuple[list[Added], list[NorenError]]:
    """Add every file as `noren add` does, lists before the readings that refer to them."""
    added: list[Added] = []
    wrong: list[NorenError] = []
    files = _files(folder / TOWN)
    sizes = [path.stat().st_size + 200_000 for path in files]
    async with City.open(folder) as city:
        place = Place(city.config.slug, city.config.timezone)
        adder = Adder(city.view(city.staff), folder, place)
        options = Options(licence=sample.LICENCE, owner="Kawabe City")
        for i, path in enumerate(files):
            tell(path.name, 0.4 + 0.6 * sum(sizes[:i]) / sum(sizes))
            good, bad = await add_all(adder, [path], options)
            added += good
            wrong += bad
        await _fold(city)
        await _ask(city, folder / TOWN)
        await sample.open_bank(city)
        await sample.put_up_notices(city)
        await _draw(city)
        await _wire(city)
    return added, wrong


async def _fold(city: City) -> None:
    """Fold what residents reported now, as the running city would in its first seconds."""
    declaration = fold_reports.declaration
    await fold_reports(city.view(city.service(declaration), purpose=declaration.purpose))


async def _ask(city: City, town: Path) -> None:
    """Put the town's vote and a few questions about life to the residents, with slips for whoever tries the vote."""
    view = city.view(city.staff)
    until = view.now() + OPEN
    vote = town / VOTE
    draft, _ = polls.imported(vote.read_text("utf-8"), "ja", vote.stem)
    draft.question = {each: say(each, "demo.vote") for each in ("en", "ja")}
    # The file names each project in both languages, one behind the other.
    names = [dict(zip(("ja", "en"), each.name["ja"].split(" / "), strict=True)) for each in draft.choices]
    draft.choices = tuple(
        msgspec.structs.replace(each, name=name) for each, name in zip(draft.choices, names, strict=True)
    )
    poll = await polls.create(view, draft)
    codes = await polls.roll(view, poll.id, SLIPS)
    (town / "slips.txt").write_text("\n".join(codes) + "\n", "utf-8")
    await polls.open(view, poll.id, polls.Opening(closes_at=until))
    await surveys.create(view, surveys.Draft(kind="pulse", name=say("ja", "portal.voice.pulse"), closes_at=until))


async def _draw(city: City) -> None:
    """Make the map's layers now, so that the first visitor need not wait for them."""
    shelf = Shelf(city.view(city.anonymous), city.folder / "data" / "tiles")
    await shelf.listing()
    await shelf.close()


async def _wire(city: City) -> None:
    """Let the town have a junction and a sluice that can be commanded: where traffic and water are measured."""
    view = city.view(city.staff)
    places = []
    for kind in ("TrafficFlowObserved", "WaterObserved"):
        found = [each async for each in view.find(kind, limit=1, order="id")]
        location = found[0].get("location") if found else None
        point = location["coordinates"] if location and location["type"] == "Point" else None
        places.append((point[0], point[1]) if point else None)
    example.write(city.folder, city.config.slug, *places)


def _files(town: Path) -> list[Path]:
    """Files to add: what is also played live holds readings and comes last."""
    readings = {path.name for path in (town / sample.LIVE).iterdir()}
    found = [path for path in town.iterdir() if path.suffix in _KINDS]
    return sorted(found, key=lambda path: (path.name in readings, path.suffix == ".csv", path.name))


def _feeds(start: datetime) -> str:
    parts = (("", "Sensors of the town", sample.LIVE, "storm"), ("-calm", "Sensors on quiet days", sample.CALM, "calm"))
    return "".join(
        _FEED.format(
            tail=tail, title=title, town=TOWN, part=part, start=start.isoformat(), hours=sample.LIVE_HOURS, only=only
        )
        for tail, title, part, only in parts
    )
