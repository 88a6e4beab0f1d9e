"""The book of personal data: who used what of whom for what, with proof, entered before the data leaves.

The ledger learns a salted hash; what was entered, and the salt, lie under the subject's key, so that the person can
read and prove it, nobody else can, and an erasure leaves a proof of nothing in particular. What is public (a recipient
stopped, a search refused) is kept in plain words with its salt.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from noren.errors import Conflict, NotFound, Unavailable
from noren.trust.grants import Grant, Grants
from noren.trust.ledger import Ledger, Receipt
from noren.trust.ledger.anchor import TAG, committed, fresh_salt
from noren.trust.rows import changing
from noren.trust.vault import Vault

USE = "use"
_TABLE = """
CREATE TABLE IF NOT EXISTS book (
    num INTEGER PRIMARY KEY, kind TEXT NOT NULL, at REAL NOT NULL, subject BLOB, entry BLOB NOT NULL,
    content TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS book_subject ON book(subject, num) WHERE subject IS NOT NULL;
CREATE INDEX IF NOT EXISTS book_kind ON book(kind, num) WHERE subject IS NULL;
"""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be entered: facts about one subject (the hash at its holder), or public ones without a subject;
    `grants` are those that the use stands on."""

    facts: dict[str, Any]
    subject: bytes | None = None
    holder: str = ""
    grants: tuple[Grant, ...] = ()


class Entered(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the book: `document` is what the ledger's entry is about, byte for byte; `facts` the same, read."""

    num: int
    kind: str
    at: float
    subject: bytes | None
    document: bytes
    salt: bytes

    @property
    def facts(self) -> dict[str, Any]:
        """What was entered."""
        found: dict[str, Any] = msgspec.json.decode(self.document)
        return found


class Book:
    """The book of one city; `ledger` opens the city's ledger, `limit_s` says how long its witnesses may be away."""

    def __init__(self, grants: Grants, vault: Vault, ledger: Callable[[], Ledger], limit_s: float) -> None:
        self._grants, self._vault, self._ledger, self._limit = grants, vault, ledger, limit_s
        self._db = grants.connect(_TABLE)  # another than the grants', since it commits in a thread
        self._turn = asyncio.Lock()

    async def use(self, lines: Sequence[Line]) -> list[Entered]:
        """Enter uses of personal data; they are in the ledger, durably, when this returns, and the data may leave.

        Raises `Unavailable` when the disk or the ledger refuses, or when the witnesses have been away for too long.
        """
        if not lines:
            return []
        self._opened().require_quorum(self._limit)
        return await self.enter(USE, lines)

    async def note(self, kind: str, facts: dict[str, Any], subject: bytes | None = None, holder: str = "") -> Entered:
        """Enter one thing of another kind that happened; public without a subject."""
        return (await self.enter(kind, [Line(facts=facts, subject=subject, holder=holder)]))[0]

    async def enter(self, kind: str, lines: Sequence[Line]) -> list[Entered]:
        """Enter lines of a kind; in the book and in the ledger, durably, when this returns."""
        at = self._grants.now()
        drafts = [self._draft(kind, at, line) for line in lines]
        self._vault.settle()
        async with self._turn:
            nums = await asyncio.to_thread(self._keep, kind, at, drafts)
        await self._opened().log.append_all([entry for _, _, entry, _, _ in drafts])
        return [
            Entered(num=num, kind=kind, at=at, subject=line.subject, document=document, salt=salt)
            for num, (line, document, _, salt, _) in zip(nums, drafts, strict=True)
        ]

    async def complete(self, lines: Iterable[Entered]) -> None:
        """Enter in the ledger what of these lines it refused at first; raises `Unavailable` when it still does."""
        await self._opened().log.append_all([committed(line.salt, line.document) for line in lines], once=True)

    def of(self, subjects: Iterable[bytes]) -> list[Entered]:
        """What was entered about the subjects, newest first; nothing of a subject whose key was destroyed."""
        found = [line for subject in subjects for line in self._lines("subject = ?", subject)]
        return sorted(found, key=lambda line: line.num, reverse=True)

    def public(self, kind: str) -> list[Entered]:
        """Public lines of a kind, newest first."""
        return self._lines("subject IS NULL AND kind = ?", kind)[::-1]

    async def receipt(self, line: Entered) -> Receipt:
        """The proof that a line stands in the ledger, which anybody can check together with its `document`. Raises
        `NotFound` for a line that never got that far: what it speaks of did not leave either."""
        ledger = self._opened()
        return await ledger.receipt(ledger.find(committed(line.salt, line.document)), extra=TAG + line.salt)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _opened(self) -> Ledger:
        """The ledger; raises `Unavailable` when it is refused because something that was signed is missing."""
        try:
            return self._ledger()
        except Conflict as error:
            raise Unavailable(
                f"{error.what} Until its ledger is whole the city releases no personal data.",
                where=error.where,
                hint=error.hint,
            ) from error

    def _draft(self, kind: str, at: float, line: Line) -> tuple[Line, bytes, bytes, bytes, str]:
        when = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        document = msgspec.json.encode({"kind": kind, "at": when} | line.facts, order="sorted")
        salt = fresh_salt()
        entry = committed(salt, document)
        plain = {"salt": salt.hex(), "document": document.decode()}
        if line.subject is None:
            content = msgspec.json.encode(plain).decode()
        else:
            content = self._vault.seal(line.holder, line.subject, _place(entry), plain)
        return line, document, entry, salt, content

    def _keep(self, kind: str, at: float, drafts: Sequence[tuple[Line, bytes, bytes, bytes, str]]) -> list[int]:
        with changing(self._db):
            self._grants.remember_time(self._db)
            self._grants.spend(self._db, (grant for line, *_ in drafts for grant in line.grants))
            return [
                int(
                    self._db.execute(
                        "INSERT INTO book (kind, at, subject, entry, content) VALUES (?, ?, ?, ?, ?)",
                        (kind, at, line.subject, entry, content),
                    ).lastrowid
                    or 0
                )
                for line, _, entry, _, content in drafts
            ]

    def _lines(self, where: str, value: Any) -> list[Entered]:
        rows = self._db.execute(
            f"SELECT num, kind, at, subject, entry, content FROM book WHERE {where} ORDER BY num",  # noqa: S608
            (value,),
        )
        return [line for row in rows if (line := self._read(*row)) is not None]

    def _read(
        self, num: int, kind: str, at: float, subject: bytes | None, entry: bytes, content: str
    ) -> Entered | None:
        try:
            plain = (
                msgspec.json.decode(content) if subject is None else self._vault.unseal(subject, _place(entry), content)
            )
        except NotFound:
            return None
        salt, document = bytes.fromhex(plain["salt"]), plain["document"].encode()
        return Entered(num=num, kind=kind, at=at, subject=subject, document=document, salt=salt)


def _place(entry: bytes) -> str:
    return f"book\n{hashlib.sha256(entry).hexdigest()}"
