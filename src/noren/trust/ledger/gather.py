"""Cosignatures from a policy's witnesses: asked all at once, each with a deadline, none waited for longer than
needed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from noren.errors import BadInput, NorenError, Unavailable, Unproven
from noren.net.http import Answer
from noren.trust.ledger.note import Checkpoint, Note, Signature, number, signature
from noren.trust.ledger.policy import Known, Policy
from noren.trust.ledger.witness import Request

SKEW = 300
"""Seconds by which a witness's clock may differ from ours before its cosignature is not counted as fresh."""
_GRACE = 0.25
_TRIES = 3


class Posts(Protocol):
    """What is needed of `noren.net.Http`."""

    async def send(self, method: str, url: str, *, body: bytes | None = None) -> Answer:
        """One request."""


class Gathered(msgspec.Struct):
    """What came back: the note with its cosignatures, whether they make the quorum, and why a witness is missing."""

    note: Note
    quorum: bool
    missing: dict[str, str]


class Gatherer:
    """Asks the witnesses of one policy, and remembers which size each has seen."""

    def __init__(
        self,
        policy: Policy,
        http: Posts,
        consistency: Callable[[int, int], Sequence[bytes]],
        clock: Callable[[], float],
        seconds: float = 5.0,
    ) -> None:
        self._policy, self._http, self._consistency, self._clock = policy, http, consistency, clock
        self._seconds = seconds
        self._seen: dict[str, int] = {}

    async def gather(self, note: Note) -> Gathered:
        """Have a checkpoint cosigned. Once the quorum is there, the others have a quarter of a second more."""
        asked = {
            asyncio.create_task(self._limited(name, known, note)): name
            for name, known in self._policy.witnesses.items()
            if known.url
        }
        found: dict[str, Signature] = {}
        missing = {name: "no address" for name, known in self._policy.witnesses.items() if not known.url}
        waiting, patience = set(asked), None
        while waiting:
            done, waiting = await asyncio.wait(waiting, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                answer = task.result()
                (missing if isinstance(answer, str) else found)[asked[task]] = answer  # type: ignore[assignment]
            if not done:
                break
            if self._policy.satisfied(found):
                patience = _GRACE
        for task in waiting:
            task.cancel()
            missing[asked[task]] = "slower than the others"
        await asyncio.gather(*waiting, return_exceptions=True)
        return Gathered(note.joined(found.values()), self._policy.satisfied(found), missing)

    async def _limited(self, name: str, known: Known, note: Note) -> Signature | str:
        try:
            async with asyncio.timeout(self._seconds):
                return await self._ask(name, known, note)
        except TimeoutError:
            return f"no answer within {self._seconds:g} s"
        except NorenError as error:
            return str(error)

    async def _ask(self, name: str, known: Known, note: Note) -> Signature:
        size, old = Checkpoint.parse(note.text).size, self._seen.get(name, 0)
        for _ in range(_TRIES):
            proof = self._consistency(old, size) if 0 < old < size else ()
            body = bytes(Request(old, tuple(proof), note))
            answer = await self._http.send("POST", f"{known.url.rstrip('/')}/add-checkpoint", body=body)
            if answer.status == 200:
                found = self._checked(known, note, answer.body)
                self._seen[name] = size
                return found
            old = self._other_size(answer, size)
        raise Unavailable("The witness names another size each time.", where=name)

    def _other_size(self, answer: Answer, size: int) -> int:
        if answer.status != 409 or answer.headers.get("content-type", "").partition(";")[0] != "text/x.tlog.size":
            raise Unavailable(f"The witness refuses ({answer.status}).", where=answer.url)
        old = number(answer.body.decode("ascii", "replace").strip(), "size")
        if old > size:
            raise Unavailable(f"The witness says that it saw {old} entries, this log has {size}.", where=answer.url)
        return old

    def _checked(self, known: Known, note: Note, body: bytes) -> Signature:
        """The witness's own fresh cosignature among the lines of its answer."""
        try:
            lines = body.decode("utf-8").removesuffix("\n").split("\n")
        except UnicodeDecodeError as error:
            raise BadInput("The answer is not text.", where=known.url) from error
        found = Note(note.text, tuple(map(signature, lines))).holding([known.key]).get(known.key)
        if found is None:
            raise Unproven("The witness's cosignature is not in its answer.", where=known.url)
        if abs(found.time - self._clock()) > SKEW:
            raise Unproven("The cosignature is old, or the clocks differ by minutes.", where=known.url)
        return found
