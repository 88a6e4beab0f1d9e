"""The ledger of a city: its log, and the witnesses without whom nobody need believe it."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import msgspec

from noren.errors import NorenError, NotFound, Unavailable
from noren.trust.ledger.gather import Gathered, Gatherer, Posts
from noren.trust.ledger.keys import Signer
from noren.trust.ledger.log import Log
from noren.trust.ledger.merkle import leaf
from noren.trust.ledger.note import Checkpoint, Note
from noren.trust.ledger.policy import Policy
from noren.trust.ledger.proof import Receipt, receipt
from noren.trust.ledger.status import Status, lapse, quorum, status

_log = logging.getLogger(__name__)


class Ledger:
    """`record` is all that most callers need; open it with `async with`."""

    def __init__(
        self,
        folder: Path,
        signer: Signer,
        *,
        policy: Policy | None = None,
        http: Posts | None = None,
        memory: Path | None = None,
        every: float = 0.02,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Open or make the log in `folder` (see `Log`); without `policy` no witness is asked."""
        self.policy = policy or Policy()
        self.log = Log(folder, signer, memory=memory, every=every, clock=clock)
        self._clock = clock
        self._gatherer = Gatherer(self.policy, http, self.log.consistency, clock) if http else None
        self.cosigned, self._at = quorum(self.log.journal)
        self._since: float | None = None
        self._round: asyncio.Task[Gathered] | None = None
        self._missing: dict[str, str] = {}
        self._met = True
        self._closing = False

    async def record(
        self, entry: bytes, *, once: bool = False, witnessed: bool = False, extra: bytes = b"", seconds: float = 15.0
    ) -> Receipt:
        """Add an entry; it is on disk and under a signed checkpoint when this returns. With `witnessed` the quorum has
        cosigned, too; otherwise its cosignatures follow, and `receipt` has them later.

        Raises `Unavailable` when the disk refuses, or with `witnessed` when no quorum answers within `seconds`: the
        entry may be in the log all the same, and `once=True` asks again without adding it twice.
        """
        index = await self.log.append(entry, once=once)
        note = await self.log.covered(index + 1)
        if witnessed:
            return await self.receipt(index, witnessed=True, extra=extra, seconds=seconds)
        self._begin()
        return self._receipt(index, note, extra)

    async def receipt(
        self, index: int, *, witnessed: bool = False, extra: bytes = b"", seconds: float = 15.0
    ) -> Receipt:
        """The receipt of an entry, with the quorum's cosignatures where they are there, or awaited with `witnessed`."""
        note = await self.log.covered(index + 1)
        if witnessed:
            try:
                async with asyncio.timeout(seconds):
                    note = await self._witnessed(index + 1)
            except TimeoutError:
                raise self._no_quorum() from None
        elif self.cosigned and Checkpoint.parse(self.cosigned.text).size > index:
            note = self.cosigned
        return self._receipt(index, note, extra)

    def find(self, entry: bytes) -> int:
        """Index of an entry; raises `NotFound`."""
        found = self.log.journal.find(leaf(entry))
        if found is None:
            raise NotFound("This is not recorded in the ledger.", where=self.log.origin)
        return found

    async def refresh(self) -> Gathered | None:
        """Ask the witnesses now, also when nothing new was recorded; None without witnesses. Call it now and then, so
        that a quiet night does not count as a lapse."""
        begun = self._begin()
        return await asyncio.shield(begun) if begun else None

    def lapse(self) -> float:
        """Seconds since a quorum last cosigned; 0 when the policy asks for nobody, infinite when it never did or the
        clock was moved back behind that moment."""
        running = 0.0 if self._since is None else time.monotonic() - self._since
        return lapse(self.policy, self._at, self._clock(), running)

    def require_quorum(self, limit: float) -> None:
        """Raise `Unavailable` when the quorum has lapsed longer than `limit` seconds: personal data stays in until it
        is back, since without witnesses a log could be rewritten behind the residents' backs."""
        if (lapse := self.lapse()) > limit:
            since = "never cosigned" if lapse == math.inf else f"last cosigned {lapse / 60:.1f} minutes ago"
            raise Unavailable(
                f"The ledger's witnesses {since}: personal data is not released.",
                where=self.log.origin,
                hint="See `noren ledger status` for which witness is missing.",
            )

    def status(self) -> Status:
        """How the ledger does."""
        signed = self.log.checkpoint.size
        return status(self.log.signer.verifier, self.log.size, signed, self.cosigned, self.lapse(), self._missing)

    async def close(self) -> None:
        """Finish what was accepted; a round of witnesses that is under way is given up."""
        self._closing = True
        if self._round:
            self._round.cancel()
            await asyncio.gather(self._round, return_exceptions=True)
        await self.log.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self.close()

    def _receipt(self, index: int, note: Note, extra: bytes) -> Receipt:
        return receipt(index, self.log.inclusion(index, Checkpoint.parse(note.text).size), note, extra)

    async def _witnessed(self, size: int) -> Note:
        while not (self.cosigned and Checkpoint.parse(self.cosigned.text).size >= size):
            if self.policy.quorum == "none":
                return self.log.note
            begun = self._begin()
            if begun is None:
                raise self._no_quorum()
            if not (await asyncio.shield(begun)).quorum:
                await asyncio.sleep(0.2)
        return self.cosigned

    def _no_quorum(self) -> Unavailable:
        return Unavailable(
            "The quorum of witnesses did not cosign in time.", where=_said(self._missing) or self.log.origin
        )

    def _begin(self) -> asyncio.Task[Gathered] | None:
        """The round of asking that is under way, or a new one."""
        if self._gatherer is None or not self.policy.witnesses:
            return None
        if self._round is None or self._round.done():
            self._round = asyncio.create_task(self._ask(self._gatherer))
            self._round.add_done_callback(self._go_on)
        return self._round

    def _go_on(self, done: asyncio.Task[Gathered]) -> None:
        """What was recorded during a round is cosigned by the next; witnesses that failed are not pressed."""
        if self._closing or done.cancelled() or done.exception() is not None:
            return
        if done.result().quorum and done.result().note.text != self.log.note.text:
            self._begin()

    async def _ask(self, gatherer: Gatherer) -> Gathered:
        note, wall, running = self.log.note, self._clock(), time.monotonic()
        try:
            found = await gatherer.gather(note)
            if self._met and not found.quorum:
                _log.warning("the quorum of witnesses is missing: %s", _said(found.missing))
            self._missing, self._met = found.missing, found.quorum
            kept: dict[str, Any] = {"cosigned": bytes(found.note), "quorum_at": wall} if found.quorum else {}
            await self.log.keep(missing=msgspec.json.encode(found.missing).decode(), **kept)
            await self.log.show(found.note)
            if found.quorum:
                self.cosigned, self._at, self._since = found.note, wall, running
        except NorenError as error:
            _log.warning("the witnesses could not be asked: %s", error)
            return Gathered(note, False, {})
        return found


def _said(missing: dict[str, str]) -> str:
    return "; ".join(f"{name}: {why}" for name, why in missing.items())
