"""Work for a city that is running: `noren add`, `anchor` and `flow` hand it over, the process that owns it does it.

A request is a small file in the city's folder `inbox`, and so is the answer to it: whoever may write there could open
the city as well, so nothing needs a port or a token. Requests are done one after another. Names to know: `HandOver`
asks, `Inbox` answers.

    inbox/ID.request   what to do; renamed to ID.taken by the city that takes it
    inbox/ID.answer    a line of JSON each: rows kept so far, at last what came of it or why it was refused
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from noren.city import City
from noren.errors import Conflict, NorenError, NotFound, Unavailable
from noren.intake.add import Added, Adder, Tick
from noren.intake.convert import Place
from noren.intake.mapping import Mapping
from noren.intake.plans import Options, Plan
from noren.intake.recognise import recognise
from noren.trust.ledger import Anchored, anchored

_log = logging.getLogger(__name__)
FOLDER = "inbox"
LOOK, PATIENCE, DOUBT = 0.2, 20.0, 2.0
"""Seconds between two looks, until somebody must have taken a request, and of silence until one asks whether the city
is still there."""


class Adding(msgspec.Struct, tag="add"):
    """One thing in a file, and how it was agreed to be kept."""

    path: str
    item: str
    mapping: Mapping
    options: Options


class Anchoring(msgspec.Struct, tag="anchor"):
    """A document to be recorded in the ledger, and for how many seconds to wait for the witnesses."""

    path: str
    patience: float


class Recording(msgspec.Struct, tag="record"):
    """An entry of the ledger in plain words."""

    entry: bytes


class Telling(msgspec.Struct, tag="tell"):
    """Entities to be kept (normalized, short names), then a series of a type, by column as `View.record` takes it."""

    entities: list[dict[str, Any]]
    of: str = ""
    series: dict[str, list[Any]] = {}


Request = Adding | Anchoring | Recording | Telling


class Refusal(msgspec.Struct):
    """An error on its way to whoever asked."""

    what: str
    where: str = ""
    hint: str = ""


class Answer(msgspec.Struct, omit_defaults=True):
    """A line of an answer; the last one has `added`, `anchored`, `index` (of an entry), `kept` or `refused`."""

    rows: int = 0
    added: Added | None = None
    anchored: Anchored | None = None
    index: int | None = None
    kept: int | None = None
    refused: Refusal | None = None


class HandOver:
    """Has the running city of a folder do what a command would do itself in one that is closed."""

    def __init__(self, folder: Path, tick: Tick = lambda name, rows: None) -> None:
        self.folder, self.tick = folder, tick
        self._inbox = _made(folder)

    async def add(self, plan: Plan, options: Options) -> Added:
        """Keep what was planned. Raises what the city refuses it with, `Conflict` when the process that has the city
        open takes nothing in, and `Unavailable` when the city closes meanwhile."""
        request = Adding(str(plan.path.resolve()), plan.item.name, plan.mapping, options)
        answer = await self._ask(request, plan.item.name)
        assert answer.added is not None  # noqa: S101
        return answer.added

    async def anchor(self, file: Path, patience: float) -> Anchored:
        """Record a document in the ledger; raises as `add` does."""
        answer = await self._ask(Anchoring(str(Path.cwd() / file), patience), file.name)
        assert answer.anchored is not None  # noqa: S101
        return answer.anchored

    async def record(self, entry: bytes) -> int:
        """Add an entry to the ledger, durably; its index. Raises as `add` does."""
        index = (await self._ask(Recording(entry), "ledger")).index
        assert index is not None  # noqa: S101
        return index

    async def tell(self, request: Telling) -> int:
        """Keep entities and a series; rows of it that were kept. Raises as `add` does, and for what is refused."""
        kept = (await self._ask(request, request.of)).kept
        assert kept is not None  # noqa: S101
        return kept

    async def _ask(self, request: Request, item: str) -> Answer:
        name = f"{time.time_ns()}-{secrets.token_hex(4)}"
        _write(self._inbox / f"{name}.request", msgspec.json.encode(request))
        try:
            return await self._wait(name, item)
        finally:
            for each in ("request", "taken", "answer"):
                (self._inbox / f"{name}.{each}").unlink(missing_ok=True)

    async def _wait(self, name: str, item: str) -> Answer:
        request, answers = self._inbox / f"{name}.request", _Lines(self._inbox / f"{name}.answer")
        begun = heard = time.monotonic()
        while True:
            for answer in answers.fresh():
                heard = time.monotonic()
                if answer.refused:
                    raise NorenError(answer.refused.what, where=answer.refused.where, hint=answer.refused.hint)
                if answer.added or answer.anchored or answer.index is not None or answer.kept is not None:
                    return answer
                self.tick(item, answer.rows)
            if request.exists() and time.monotonic() - begun > PATIENCE and _withdrawn(request):
                raise Conflict(
                    "The process that has this city open takes nothing in.",
                    where=str(self.folder),
                    hint="It may be another `noren add` or a rehearsal: try again when it has ended.",
                )
            if time.monotonic() - heard > DOUBT:
                heard = time.monotonic()
                await self._check()
            await asyncio.sleep(LOOK)

    async def _check(self) -> None:
        """Raise when nobody has the city open any more."""
        with contextlib.suppress(Conflict):
            async with City.open(self.folder) as city:
                city.desk()
            raise Unavailable(
                "The city was closed before the file was in.",
                where=str(self.folder),
                hint="Add the file again: what came in is not doubled.",
            )


class Inbox:
    """Takes in what is handed over, for as long as the city runs."""

    def __init__(self, city: City) -> None:
        self._city, self._inbox = city, _made(city.folder)
        self._queue: asyncio.Queue[Path] = asyncio.Queue()

    async def run(self) -> None:
        """Until cancelled. What an earlier process took and did not finish is forgotten: it was told so."""
        for left in (*self._inbox.glob("*.taken"), *self._inbox.glob("*.answer")):
            left.unlink(missing_ok=True)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._take())
            group.create_task(self._work())

    async def _take(self) -> None:
        while True:
            for request in sorted(self._inbox.glob("*.request")):
                taken = request.with_suffix(".taken")
                with contextlib.suppress(FileNotFoundError):
                    request.rename(taken)
                    self._queue.put_nowait(taken)
            await asyncio.sleep(LOOK)

    async def _work(self) -> None:
        while True:
            taken = await self._queue.get()
            reply = _Reply(taken.with_suffix(".answer"))
            try:
                reply.say(await self._done(taken.read_bytes(), reply))
            except asyncio.CancelledError:
                reply.say(Answer(refused=Refusal("The city was closed before the file was in.", hint="Add it again.")))
                raise
            except NorenError as error:
                reply.say(Answer(refused=Refusal(error.what, error.where, error.hint)))
            except FileNotFoundError:
                _log.info("Whoever handed over %s has gone.", taken.stem)
            except Exception:
                _log.exception("A file that was handed over could not be taken in.")
                reply.say(Answer(refused=Refusal("Something went wrong inside.", hint="It is in the city's log.")))

    async def _done(self, raw: bytes, reply: _Reply) -> Answer:
        request = msgspec.json.decode(raw, type=Request)
        if isinstance(request, Recording):
            return Answer(index=(await self._city.ledger.record(request.entry)).index)
        if isinstance(request, Telling):
            return Answer(kept=await self._tell(request))
        if isinstance(request, Anchoring):
            return Answer(anchored=await anchored(self._city.ledger, Path(request.path), request.patience))
        return Answer(added=await self._add(request, reply))

    async def _tell(self, request: Telling) -> int:
        view = self._city.view(self._city.staff)
        for outcome in await view.upsert(request.entities):
            if outcome.error:
                raise outcome.error
        if not request.series:
            return 0
        moments = [datetime.fromisoformat(text) for text in request.series["observed"]]
        columns = request.series | {"observed": pa.array(moments, pa.timestamp("s", "UTC"))}
        return await view.record(request.of, pa.table(columns))

    async def _add(self, request: Adding, reply: _Reply) -> Added:
        city = self._city
        path = Path(request.path)
        items = await asyncio.to_thread(recognise, path)
        item = next((each for each in items if each.name == request.item), None)
        if item is None:
            raise NotFound("The file has changed since it was looked at.", where=request.item, hint="Add it again.")
        place = Place(city.config.slug, city.config.timezone)
        adder = Adder(city.view(city.staff), city.folder, place, reply.tick)
        return await adder.add(Plan(path, item, request.mapping, known=True), request.options)


class _Reply:
    """Writes an answer line by line, progress not more often than anybody looks."""

    def __init__(self, path: Path) -> None:
        self._path, self._told = path, 0.0

    def tick(self, name: str, rows: int) -> None:
        """Say how many rows are kept."""
        if time.monotonic() - self._told > LOOK:
            self._told = time.monotonic()
            self.say(Answer(rows=rows))

    def say(self, answer: Answer) -> None:
        """Add a line."""
        with self._path.open("ab") as file:
            file.write(msgspec.json.encode(answer) + b"\n")


class _Lines:
    """Reads the lines of an answer while it grows."""

    def __init__(self, path: Path) -> None:
        self._path, self._read = path, 0

    def fresh(self) -> Iterator[Answer]:
        """The whole lines that were added since the last look."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._read)
                whole = file.read().rpartition(b"\n")[0]
        except FileNotFoundError:
            return
        if whole:
            self._read += len(whole) + 1
            yield from (msgspec.json.decode(line, type=Answer) for line in whole.split(b"\n"))


def _made(folder: Path) -> Path:
    inbox = folder / FOLDER
    inbox.mkdir(mode=0o700, exist_ok=True)
    return inbox


def _write(path: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all."""
    fresh = path.with_suffix(".new")
    fresh.write_bytes(content)
    fresh.rename(path)


def _withdrawn(request: Path) -> bool:
    """Whether the request could be taken back, because nobody had taken it."""
    try:
        request.unlink()
    except FileNotFoundError:
        return False
    return True
