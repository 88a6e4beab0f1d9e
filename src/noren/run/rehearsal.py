"""A real event rehearsed: the city is turned back to before it, and what was recorded arrives as if live.

The city itself is never touched: a rehearsal works on a copy, or on a new city made of the folder's files. These come
in as `noren add` brings them in, up to the moment from which the rest arrives as if live.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from noren.city import City, create
from noren.contract import Here
from noren.errors import BadInput, NorenError
from noren.intake.add import Adder, add_all
from noren.intake.connectors.player import Tape, play
from noren.intake.convert import Place
from noren.intake.feeds import Line, Status
from noren.intake.plans import Options
from noren.intake.recorded import recorded as read_series
from noren.run.running import Running, running
from noren.run.services import Services, runnable
from noren.run.summary import Summary, Watch
from noren.services import all_services

ROWS = pa.schema(
    [
        *((name, pa.string()) for name in ("type", "entity", "attribute")),
        ("observed", pa.timestamp("us", "UTC")),
        ("number", pa.float64()),
        ("value", pa.string()),
    ]
)
STEP = timedelta(hours=1)
_STILL = 1e-6
_MICRO = timedelta(microseconds=1)
_SAMPLE = 20
_PAGE = 500
Say = Callable[[str], None]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """From when to when (in the city's zone where none is stated), how fast, and without a browser how much of the
    city's time passes between two looks."""

    start: datetime | None = None
    until: datetime | None = None
    speed: float = 600.0
    step: timedelta = STEP


def set_up(source: Path, work: Path, *, city: Path | None = None, name: str = "", timezone: str = "UTC") -> None:
    """Make `work` the folder to rehearse in: a copy of `city`, or a new city called by `name` or the folder's name."""
    if not source.is_dir():
        raise BadInput("This is no folder.", where=str(source), hint="Name the folder that holds the recorded series.")
    if city is not None:
        shutil.copytree(city, work, dirs_exist_ok=True, ignore=shutil.ignore_patterns("lock.db*"))
    else:
        create(work, name or source.resolve().name, timezone=timezone)


async def rehearse(
    city: City,
    files: Sequence[Path],
    plan: Plan,
    *,
    say: Say,
    web: tuple[str, int] | None = None,
    stop: asyncio.Event | None = None,
) -> Summary:
    """Play the files, and what the city holds besides, from `plan.start` on: with `web` at `plan.speed` on that host
    and port, else as fast as the machine can. Raises `BadInput` when nothing was recorded in that time."""
    tape, start, until = await prepare(city, files, plan, say)
    watch = Watch(city, tape, start, until)
    say(f"{len(tape.between(start, until))} readings from {start:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M} UTC.")
    told = stop or asyncio.Event()
    if web is None:
        await _headless(city, tape, watch, plan, told)
    else:
        await _live(city, tape, watch, plan, web, say, told)
    return await watch.summary()


async def prepare(city: City, files: Sequence[Path], plan: Plan, say: Say) -> tuple[Tape, datetime, datetime]:
    """Take everything recorded onto a tape, turn the city back to `plan.start`, and give it what was known then."""
    city.clock.jump(max(city.clock.now(), _in_zone(plan.until, city) or city.clock.now()))
    held = await recorded(city)
    table = pa.concat_tables([held, await asyncio.to_thread(_read, files, _here(city))])
    whole = Tape(table)
    if whole.span is None:
        raise BadInput("There are no readings to play.", hint="They need a column of times and one of values.")
    start = _in_zone(plan.start, city) or whole.span[0]
    until = _in_zone(plan.until, city) or whole.span[1]
    if not whole.between(start, until):
        first, last = whole.span
        raise BadInput(
            f"Nothing was recorded between {start:%Y-%m-%d %H:%M} and {until:%Y-%m-%d %H:%M} UTC.",
            hint=f"There are readings from {first:%Y-%m-%d} to {last:%Y-%m-%d}.",
        )
    city.clock.jump(start, _STILL)
    await _add(city, files, start, say)
    await rewind(city, whole, table, start)
    return Tape(table, end=until + _MICRO), start, until


def files_of(folder: Path) -> list[Path]:
    """What a folder holds besides its README."""
    return sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith((".", "README")))


def _read(files: Sequence[Path], here: Here) -> pa.Table:
    """The series in the files; a file that holds none, or cannot be read, is left to `noren add` to speak of."""
    parts = [ROWS.empty_table()]
    for file in files:
        with suppress(NorenError):
            found = read_series([file], here)
            parts.append(found.append_column("value", pa.nulls(found.num_rows, pa.string())).cast(ROWS))
    return pa.concat_tables(parts)


async def _add(city: City, files: Sequence[Path], start: datetime, say: Say) -> None:
    """What the files say of the time until `start`, kept as `noren add` keeps it."""
    adder = Adder(city.view(city.staff), city.folder, Place(city.config.slug, city.config.timezone))
    added, wrong = await add_all(adder, files, Options(until=start + _MICRO))
    for each in added:
        say(f"{each.file}: {each.readings} readings known at the start" if each.readings else each.file)
    for error in wrong:
        say(str(error))


def _in_zone(time: datetime | None, city: City) -> datetime | None:
    if time is None:
        return None
    return (time if time.tzinfo else time.replace(tzinfo=city.config.zone)).astimezone(UTC)


async def recorded(city: City) -> pa.Table:
    """Every reading that the city holds, in the columns of a tape."""
    view = city.view(city.staff)
    parts = [ROWS.empty_table()]
    for kind in await view.type_names():
        for attribute in await _observed(city, kind):
            found = await view.series(kind, attribute)
            named = {"type": pa.repeat(kind, found.num_rows), "attribute": pa.repeat(attribute, found.num_rows)}
            columns = {name: named[name] if name in named else found.column(name) for name in ROWS.names}
            parts.append(pa.table(columns).cast(ROWS))
    return pa.concat_tables(parts)


async def _observed(city: City, kind: str) -> list[str]:
    """Attributes of a type that have a time of observation in the first entities of it."""
    view, names = city.view(city.staff), set[str]()
    async for entity in view.find(kind, limit=_SAMPLE):
        whole = await view.get_normalized(entity["id"]) or {}
        names |= {name for name, held in whole.items() if isinstance(held, dict) and "observedAt" in held}
    return sorted(names)


async def rewind(city: City, tape: Tape, table: pa.Table, start: datetime) -> None:
    """Give every value back what was known at `start`; what services found out goes."""
    view = city.view(city.staff)
    for kind in {name for service in all_services() for name in service.declaration.writes}:
        await _delete(city, [entity["id"] async for entity in view.find(kind)])
    known = tape.standing(start)
    for id, names in _later(known, table).items():
        await _forget(city, id, names)
    for batch in _pages(known):
        await view.upsert(batch)


def _later(known: Iterable[dict[str, Any]], table: pa.Table) -> dict[str, set[str]]:
    """Per entity the attributes on the tape of which nothing was known yet."""
    later: dict[str, set[str]] = {}
    pairs = table.select(["entity", "attribute"]).group_by(["entity", "attribute"]).aggregate([])
    for row in pairs.to_pylist():
        later.setdefault(row["entity"], set()).add(row["attribute"])
    for entity in known:
        later.get(entity["id"], set()).difference_update(entity)
    return {id: names for id, names in later.items() if names}


async def _forget(city: City, id: str, names: set[str]) -> None:
    view = city.view(city.staff)
    whole = await view.get_normalized(id)
    if whole is not None:
        kept = {name: held for name, held in whole.items() if name not in names}
        await view.upsert([kept], options="replace")


async def _delete(city: City, ids: list[str]) -> None:
    for batch in _pages(ids):
        await city.view(city.staff).delete(batch)


def _pages(items: list[Any]) -> Iterable[list[Any]]:
    return (items[start : start + _PAGE] for start in range(0, len(items), _PAGE))


async def _headless(city: City, tape: Tape, watch: Watch, plan: Plan, stop: asyncio.Event) -> None:
    """Step by step: readings arrive, services do what is due, the clock moves on only when they are done."""
    services = Services(city, runnable(all_services(), city.config.services.off))
    line = _line(city)
    at = watch.start
    await services.step()
    while not stop.is_set() and (coming := tape.next(at)) is not None and coming <= watch.until:
        after, at = at, min(max(coming, at + plan.step), watch.until)
        city.clock.jump(at, _STILL)
        await line(tape.between(after, at))
        await services.step()
        await watch.look()
    watch.services = services.work


async def _live(
    city: City, tape: Tape, watch: Watch, plan: Plan, web: tuple[str, int], say: Say, stop: asyncio.Event
) -> None:
    """With a browser: the clock runs, readings come when their time does."""
    city.clock.jump(watch.start, plan.speed)
    async with running(city, host=web[0], port=web[1], feeds=False) as (works, server):
        say(f"{city.config.called('en')} is open at http://localhost:{server.port}, {plan.speed:g} times as fast.")
        playing = asyncio.create_task(play(tape, _line(city)))
        looking = asyncio.create_task(_look(watch, works))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({playing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if playing.done() and not stop.is_set():
            await playing
            say("The tape has ended; the city stays open until you stop it with Ctrl-C.")
            await stopping
        for task in (playing, looking, stopping):
            task.cancel()


async def _look(watch: Watch, works: Running) -> None:
    while True:
        await watch.look()
        watch.services = works.services.work if works.services else []
        await asyncio.sleep(0.5)


def _here(city: City) -> Here:
    return Here(city=city.config.slug, timezone=city.config.timezone, folder=city.folder)


def _line(city: City) -> Line:
    return Line(city.view(city.device("replay")), city.clock, _here(city), Status("replay", "replay"))
