"""A transparency log: entries go in at the end and stay, and a signed checkpoint says what is in it.

One thread is the sequencer. Whatever waits for it shares a commit; a checkpoint is signed over all that was committed
by then, at most every `every` seconds when somebody waits for it, else ten times more seldom.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any

from noren.errors import BadInput, NorenError, TooLarge, Unavailable
from noren.store.schema import hold
from noren.trust.ledger import merkle
from noren.trust.ledger.journal import JOURNAL, Journal, Row
from noren.trust.ledger.keys import Signer
from noren.trust.ledger.note import Checkpoint, Note
from noren.trust.ledger.recovery import CHECKPOINT, faults, mend, recover, remembered
from noren.trust.ledger.shelf import Shelf
from noren.trust.ledger.tiles import ENTRIES, LARGEST_ENTRY, WIDTH, Tile, bundle

MOST_AT_ONCE = 8192
_AGAIN = 1.0
_UNHURRIED = 10
"""How many times as long a checkpoint may take that nobody waits for."""
_log = logging.getLogger(__name__)


class _Job:
    """Entries, or work on the journal, and the future of whoever waits for the commit."""

    def __init__(self, entries: Sequence[bytes], once: bool, work: Callable[[Journal], Any] | None = None) -> None:
        self.entries, self.once, self.work = entries, once, work
        self.waiting = _Waiting()
        self.result: Any = None


class _Waiting:
    """A future of some event loop, settled from the sequencer's thread."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Any] = self.loop.create_future()

    def settle(self, result: Any) -> None:
        if not self.future.done():
            if isinstance(result, Exception):
                self.future.set_exception(result)
            else:
                self.future.set_result(result)


class Log:
    """An open log in `folder`; this process alone has it. The newest signed checkpoint is remembered in `memory`, a
    file that belongs into another backup than the folder."""

    def __init__(
        self,
        folder: Path,
        signer: Signer,
        *,
        memory: Path | None = None,
        every: float = 0.02,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Open or make the log, mending its tiles; raises `Conflict` when another process has it or when less is there
        than was signed, `Unavailable` when the disk cannot be written."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.signer, self.shelf = folder, signer, Shelf(folder)
        self.memory = memory or folder.with_name(folder.name + ".signed")
        self._every, self._clock = every, clock
        self._held = hold(folder)
        try:
            self.journal = Journal(folder / JOURNAL)
        except BaseException:
            self._held.close()
            raise
        try:
            kept = remembered(self.journal, self.memory, folder / CHECKPOINT, signer.verifier)
            self._edge, self._full = recover(self.journal, self.shelf, kept)
            self.note = kept[-1] if kept else Note("")
            self._published = self.checkpoint.size if kept else -1
            self._readers: list[tuple[int, _Waiting]] = []
            self._lock, self._closed, self._next = Lock(), False, 0.0
            self._publish()
        except BaseException as error:
            self.journal.close()
            self._held.close()
            if isinstance(error, OSError | sqlite3.OperationalError):
                raise _cannot_write(error) from error
            raise
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="noren-ledger", daemon=True)
        self._thread.start()

    @property
    def origin(self) -> str:
        """The log's name, in the first line of its checkpoints."""
        return self.signer.verifier.name

    @property
    def size(self) -> int:
        """Entries that are durable; a checkpoint may not cover the newest yet."""
        return self.journal.size

    @property
    def checkpoint(self) -> Checkpoint:
        """The newest checkpoint."""
        return Checkpoint.parse(self.note.text)

    async def append(self, entry: bytes, *, once: bool = False) -> int:
        """Add an entry of up to 65,535 bytes, durable on return; its index. With `once`, an entry that is there already
        is not added again. Raises `TooLarge`, or `Unavailable` when the disk refuses (nothing was added then)."""
        return (await self.append_all([entry], once=once))[0]

    async def append_all(self, entries: Sequence[bytes], *, once: bool = False) -> list[int]:
        """As `append`, for several in one commit."""
        if any(len(entry) > LARGEST_ENTRY for entry in entries):
            raise TooLarge(f"An entry of the ledger has at most {LARGEST_ENTRY} bytes.", hint="Record its hash.")
        indexes: list[int] = await self._submit(_Job(entries, once))
        return indexes

    async def keep(self, **values: str | int | float | bytes) -> None:
        """Remember facts about the log, durably."""
        await self._submit(_Job((), False, lambda journal: journal.keep(**values)))

    async def show(self, note: Note) -> None:
        """Show the newest checkpoint with the cosignatures that it got; an older one is left as it is."""
        await self._submit(_Job((), False, lambda _: self._show(note)))

    def _show(self, note: Note) -> None:
        if note.text == self.note.text:
            self.note = self.note.joined(note.signatures)
            self.shelf.show(self.folder / CHECKPOINT, bytes(self.note))

    async def covered(self, size: int) -> Note:
        """The first checkpoint from now on that covers `size` entries; raises `Unavailable` when it cannot be
        written."""
        if not 0 <= size <= self.size:
            raise BadInput(f"The ledger has no {size} entries.", where="size")
        with self._lock:
            if self._published >= size:
                return self.note
            if self._closed:
                raise Unavailable("The ledger is closed.", hint="Open it again.")
            waiting, first = _Waiting(), not self._readers
            self._readers.append((size, waiting))
        if first:
            self._queue.put(_Job((), False))  # wakes the sequencer, which may be in no hurry
        note: Note = await waiting.future
        return note

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """Proof that entry `index` is in the tree of `size` entries, which a checkpoint covers."""
        return merkle.inclusion(self._node(size), index, size)

    def consistency(self, old: int, new: int) -> list[bytes]:
        """Proof that the tree of `new` entries, which a checkpoint covers, begins with the tree of `old`."""
        return merkle.consistency(self._node(new), old, new)

    def _node(self, size: int) -> merkle.Node:
        if size > self._published:
            raise BadInput(f"No checkpoint covers {size} entries yet.", where="size")
        return lambda height, index: self.shelf.node(height, index, size)

    def faults(self, *, repair: bool = False) -> list[Tile]:
        """Tiles that do not say what the journal says, each read and made again; mended when told so. Slow."""
        wrong = faults(self.journal, self.shelf, self.note)
        if repair and wrong:
            mend(self.journal, self.shelf, self.note, wrong)
        return wrong

    async def close(self) -> None:
        """Finish what was accepted, sign for it, and let go of the folder."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
            await asyncio.to_thread(self._thread.join)
            self.journal.close()
            self._held.close()

    async def _submit(self, job: _Job) -> Any:
        if self._closed:
            raise Unavailable("The ledger is closed.", hint="Open it again.")
        self._queue.put(job)
        return await job.waiting.future

    def _run(self) -> None:
        more = True
        while more:
            group, more = self._collect()
            if group:
                self._commit(group)
            if self._published < self.size and (not more or self._patience() == 0):
                self._try_publish()
        self._tell_readers(Unavailable("The ledger was closed."))

    def _collect(self) -> tuple[list[_Job], bool]:
        """What waits, up to `MOST_AT_ONCE` entries, and whether more may come; nothing when a checkpoint is due
        first."""
        group: list[_Job] = []
        count = 0
        try:
            job = self._queue.get(timeout=self._patience())
            while job is not None:
                group.append(job)
                count += max(1, len(job.entries))
                if count >= MOST_AT_ONCE:
                    return group, True
                job = self._queue.get_nowait()
        except Empty:
            return group, True
        return group, False

    def _patience(self) -> float | None:
        """Seconds until a checkpoint is due, sooner when somebody waits for it; None while there is nothing to sign."""
        if self._published == self.size:
            return None
        return max(0.0, self._next + (0.0 if self._readers else self._every * _UNHURRIED) - time.monotonic())

    def _commit(self, group: list[_Job]) -> None:
        try:
            self._add(group)
        except Exception as error:  # whoever waits must hear of it, whatever it is
            for job in group:
                job.result = _cannot_write(error)
        else:
            for job in group:
                if job.work is not None:
                    job.result = self._worked(job.work)
        for loop in {job.waiting.loop for job in group}:
            _call(loop, _settle, [job for job in group if job.waiting.loop is loop])

    def _worked(self, work: Callable[[Journal], Any]) -> Any:
        """What the work returns, or why it failed: entries of the same commit are durable all the same."""
        try:
            return work(self.journal)
        except Exception as error:  # as above
            return _cannot_write(error)

    def _add(self, group: list[_Job]) -> None:
        at = max(int(self._clock()), self.journal.last_at)
        rows: list[Row] = []
        new: dict[bytes, int] = {}
        for job in group:
            job.result = [self._place(entry, job.once, at, rows, new) for entry in job.entries]
        if rows:
            self.journal.add(rows)
            for _, _, hash, _ in rows:
                self._full += self._edge.add(hash)

    def _place(self, entry: bytes, once: bool, at: int, rows: list[Row], new: dict[bytes, int]) -> int:
        hash = merkle.leaf(entry)
        if once:
            found = new.get(hash)
            if found is None:
                found = self.journal.find(hash)
            if found is not None:
                return found
        index = self.journal.size + len(rows)
        rows.append((index, at, hash, entry))
        new.setdefault(hash, index)
        return index

    def _try_publish(self) -> None:
        begun = time.monotonic()
        try:
            self._publish()
            self._next = begun + self._every
        except Exception as error:  # whoever waits must hear of it, and the sequencer goes on
            _log.error("no checkpoint could be signed: %s", error)
            self._next = time.monotonic() + _AGAIN
            self._tell_readers(_cannot_write(error))

    def _publish(self) -> None:
        """Tiles first, then what was signed is remembered, then it is shown: in this order, each on disk before the
        next."""
        old, size = max(self._published, 0), self._edge.size
        if size > self._published:
            for tile, content in (*self._full, *self._edge.partials(), *self._bundles(old, size)):
                self.shelf.write(tile, content)
            self.shelf.settle()
            note = Note(Checkpoint(self.origin, size, self._edge.root()).text()).signed(self.signer)
            self._remember(note)
            self.note, done = note, self._full
            self._published, self._full = size, []
            for tile, _ in done:
                self.shelf.drop_partials(tile)
                if tile.level == 0:
                    self.shelf.drop_partials(Tile(ENTRIES, tile.index))
        else:
            self._remember(self.note)
        self.shelf.show(self.folder / CHECKPOINT, bytes(self.note))
        self._tell_readers(None)

    def _remember(self, note: Note) -> None:
        apart = Shelf(self.memory.parent)
        apart.put(self.memory, bytes(note))
        apart.settle()
        if self._published < 0:
            self.journal.keep(signed=1)

    def _bundles(self, old: int, size: int) -> list[tuple[Tile, bytes]]:
        found = []
        for begin in range(old - old % WIDTH, size, WIDTH):
            end = min(begin + WIDTH, size)
            found.append((Tile(ENTRIES, begin // WIDTH, end - begin), bundle(self.journal.entries(begin, end))))
        return found

    def _tell_readers(self, error: Exception | None) -> None:
        with self._lock:
            ready = [each for size, each in self._readers if error or size <= self._published]
            self._readers = [] if error else [pair for pair in self._readers if pair[0] > self._published]
        for waiting in ready:
            _call(waiting.loop, waiting.settle, error or self.note)


def _settle(jobs: list[_Job]) -> None:
    for job in jobs:
        job.waiting.settle(job.result)


def _call(loop: asyncio.AbstractEventLoop, what: Callable[..., None], value: Any) -> None:
    try:
        loop.call_soon_threadsafe(what, value)
    except RuntimeError:  # the loop is closed: nobody waits any more
        _log.debug("a commit had no one to tell")


def _cannot_write(error: Exception) -> NorenError:
    if isinstance(error, NorenError):
        return error
    return Unavailable(
        f"The ledger could not be written ({error}).",
        where="ledger",
        hint="Check the disk and its free space; nothing that was acknowledged is lost.",
    )
