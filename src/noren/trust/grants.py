"""On what ground somebody may see what is held about a person: consent, guardianship, appointed help, an emergency.

A grant names one grantee, one purpose, the attributes and the time; a look-up is made at every use, so that one that
was withdrawn by any process acts no more. Grants and the book of uses share the file `data/trust.db`. What ended is in
the vault's list of erasures first, so that an older copy of the file, put back, revives nothing.
"""

from __future__ import annotations

import contextlib
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from noren.errors import BadInput, Conflict, NotFound, Unavailable
from noren.trust.rows import changing, open_rows
from noren.trust.vault import Vault

Basis = Literal["", "own", "guardian", "helper", "consent", "emergency"]
ALL = "*"
DAY = 86_400.0
_MINUTE = 60.0
_TABLES = """
CREATE TABLE IF NOT EXISTS grants (
    id TEXT PRIMARY KEY, basis TEXT NOT NULL, subject BLOB NOT NULL, holder TEXT NOT NULL, tenant TEXT NOT NULL,
    grantee TEXT NOT NULL, purpose TEXT NOT NULL, attributes TEXT NOT NULL, since REAL NOT NULL, until REAL NOT NULL,
    daily INTEGER NOT NULL, withdrawn REAL, record TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS grants_subject ON grants(subject, grantee, purpose);
CREATE INDEX IF NOT EXISTS grants_grantee ON grants(grantee, purpose, tenant);
CREATE TABLE IF NOT EXISTS spent (
    grant_id TEXT NOT NULL, day INTEGER NOT NULL, uses INTEGER NOT NULL, PRIMARY KEY (grant_id, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value REAL NOT NULL) STRICT, WITHOUT ROWID;
"""
_COLUMNS = "id, basis, subject, holder, tenant, grantee, purpose, attributes, since, until, daily, withdrawn"


class Ground(msgspec.Struct, frozen=True):
    """What a decision about a person's data depends on besides who asks: the basis, whether the one who asks stands in
    the register of recipients, and whether their organisation collected the data itself; for a search, which court
    ordered it."""

    basis: Basis = ""
    vetted: bool = False
    collected: bool = False
    court: str = ""


NONE, OWN_DATA = Ground(), Ground("own")


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """One permission. `subject` is the person's hash at the `holder`; `grantee` an organisation (consent) or a
    principal's id (guardian, helper, emergency); `attributes` are "Type.attribute", "Type.*" or "*"; `since`, `until`
    and `withdrawn` wall time in seconds; `daily` the most uses a day, 0 for any number."""

    id: str
    basis: Basis
    subject: bytes
    holder: str
    tenant: str = ""
    grantee: str
    purpose: str
    attributes: frozenset[str]
    since: float
    until: float
    daily: int = 0
    withdrawn: float | None = None

    def covers(self, type: str, attribute: str) -> bool:
        """Whether it speaks of this attribute of this type (short names)."""
        return not self.attributes.isdisjoint((f"{type}.{attribute}", f"{type}.{ALL}", ALL))

    def is_for(self, principal: str, organisation: str) -> bool:
        """Whether it was given to this principal, or to their organisation where it is a consent: an organisation that
        calls itself like a person, or the other way round, gets nothing by it."""
        return self.grantee == (organisation if self.basis == "consent" else principal)

    def stands(self, now: float) -> bool:
        """Whether it holds at this time."""
        return self.since <= now < self.until and (self.withdrawn is None or now < self.withdrawn)


def grant_id() -> str:
    """A new random id."""
    return f"urn:noren:grant:{secrets.token_urlsafe(18)}"


def grant_of(standing: str, subject: bytes) -> str:
    """The id of the grant by which a guardian or helper, by that standing, sees what is held under this hash."""
    return f"urn:noren:grant:{standing}:{subject.hex()}"


class Grants:
    """The grants of one city."""

    def __init__(self, file: Path, vault: Vault, wall: Callable[[], float] = time.time) -> None:
        """Open or make the file, and end whatever the list of erasures says has ended; raises `BadInput` when others
        may read the file."""
        self._file, self._vault, self._wall = file, vault, wall
        self._db = open_rows(file, _TABLES)
        self._latest = self._kept = self._fact("latest")
        self._replay()

    def connect(self, tables: str = "") -> sqlite3.Connection:
        """Another connection to the file, for whoever keeps tables of their own in it; see `open_rows`."""
        return open_rows(self._file, tables)

    def now(self) -> float:
        """Wall time that never runs backwards, here or in the file: a clock moved back revives nothing."""
        self._latest = max(self._latest, self._wall())
        return self._latest

    def give(self, grant: Grant, record: Any = None) -> Grant:
        """Keep a grant, with its record sealed under the subject's key; durable on return. Raises `BadInput` for one
        that could never hold."""
        if grant.basis in ("", "own") or not grant.grantee or not grant.attributes or grant.until <= grant.since:
            raise BadInput("This grant gives nothing to anybody.", where=grant.id, hint="Name whom, what, how long.")
        sealed = self._vault.seal(grant.holder, grant.subject, grant.id, record)
        self._vault.settle()
        row = (*(getattr(grant, name) for name in _COLUMNS.split(", ")), sealed)
        try:
            with changing(self._db):
                self._db.execute(
                    f"INSERT INTO grants ({_COLUMNS}, record) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",  # noqa: S608
                    tuple(msgspec.json.encode(sorted(v)).decode() if isinstance(v, frozenset) else v for v in row),
                )
                self.remember_time(self._db)
        except sqlite3.IntegrityError as error:
            raise Conflict(
                "There is a grant of this id.", where=grant.id, hint="Give each grant an id of its own."
            ) from error
        return grant

    def withdraw(self, id: str) -> Grant:
        """End a grant now, for good; durable on return, and the same again when it ended before. It is in the list of
        erasures before it is done, so that what a power cut or a full disk interrupts is done at the next start. Raises
        `NotFound`, or `Unavailable`: it has ended unless the list could not be written either."""
        grant = self.get(id)
        if grant.withdrawn is not None:
            return grant
        self._vault.erasures.end(f"grant:{id}")
        return msgspec.structs.replace(grant, withdrawn=self._end([id]))

    def withdrawn(self, id: str) -> bool:
        """Whether a grant was withdrawn."""
        return self._vault.erasures.has_ended(f"grant:{id}") or bool(
            self._select("id = ? AND withdrawn IS NOT NULL", (id,))
        )

    def prolong(self, id: str, until: float) -> Grant:
        """Let a grant that stands hold until then; durable on return. Raises `NotFound` for none, and for one that is
        over: nothing revives it."""
        now = self.now()
        with changing(self._db):
            found = self._db.execute(
                "UPDATE grants SET until = ? WHERE id = ? AND withdrawn IS NULL AND until > ?", (until, id, now)
            )
            self.remember_time(self._db)
        if not found.rowcount:
            raise NotFound("No such grant stands.", where=id)
        return self.get(id)

    def get(self, id: str) -> Grant:
        """The grant of that id, also one that is over; raises `NotFound`."""
        for found in self._select("id = ?", (id,)):
            return found
        raise NotFound("There is no such grant.", where=id)

    def record(self, grant: Grant) -> Any:
        """The record that was kept with a grant; raises `NotFound` when the subject's key was destroyed."""
        row = self._db.execute("SELECT record FROM grants WHERE id = ?", (grant.id,)).fetchone()
        return self._vault.unseal(grant.subject, grant.id, row[0] if row else "")

    def find(self, subject: bytes, grantees: Sequence[str], purpose: str, tenant: str = "") -> list[Grant]:
        """Grants about this subject to any of the grantees for this purpose that hold now and are not used up."""
        marks = ", ".join("?" * len(grantees))
        where = f"subject = ? AND grantee IN ({marks}) AND purpose = ? AND tenant = ?"
        return self._holding(where, (subject, *grantees, purpose, tenant))

    def to(self, grantees: Sequence[str], purpose: str, tenant: str = "") -> list[Grant]:
        """Grants to any of the grantees for this purpose that hold now and are not used up, oldest first."""
        marks = ", ".join("?" * len(grantees))
        return self._holding(f"grantee IN ({marks}) AND purpose = ? AND tenant = ?", (*grantees, purpose, tenant))

    def of(self, subjects: Iterable[bytes]) -> list[Grant]:
        """Every grant about the subjects, also those that are over, newest first."""
        found = [grant for subject in subjects for grant in self._select("subject = ?", (subject,))]
        return sorted(found, key=lambda grant: grant.since, reverse=True)

    def spend(self, db: sqlite3.Connection, grants: Iterable[Grant]) -> None:
        """Count one use of each, however often it is named; the caller commits.

        Raises `Unavailable` when somebody else used one up meanwhile: two requests at once are not one too many.
        """
        day = int(self.now() // DAY)
        for id, daily in sorted({(grant.id, grant.daily) for grant in grants if grant.daily}):
            (uses,) = db.execute(
                "INSERT INTO spent VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET uses = uses + 1 RETURNING uses", (id, day)
            ).fetchone()
            if uses > daily:
                raise Unavailable("What was allowed for today was used up a moment ago.", hint="Ask again.")

    def remember_time(self, db: sqlite3.Connection) -> None:
        """Keep how late it was, inside the caller's transaction."""
        db.execute("INSERT OR REPLACE INTO fact VALUES ('latest', ?)", (self.now(),))

    def close(self) -> None:
        """Keep how late it was, and let go of the file."""
        with contextlib.suppress(Unavailable, sqlite3.ProgrammingError):  # a full disk, or closed already
            self._keep_time()
        self._db.close()

    def _replay(self) -> None:
        """End what the list says has ended; with a standing, all that it let somebody see."""
        ends = self._vault.erasures
        missed = [id for id in ends.ended("grant") for _ in self._select("id = ? AND withdrawn IS NULL", (id,))]
        for standing in ends.ended("standing"):
            first = grant_of(standing, b"")
            found = self._select("id >= ? AND id < ? AND withdrawn IS NULL", (first, f"{first}g"))  # g: after any digit
            missed += [grant.id for grant in found]
        if missed:
            self._end(missed)

    def _end(self, ids: Iterable[str]) -> float:
        now = self.now()
        with changing(self._db):
            ended = [(now, id) for id in ids]
            self._db.executemany("UPDATE grants SET withdrawn = ? WHERE id = ? AND withdrawn IS NULL", ended)
            self.remember_time(self._db)
        return now

    def _keep_time(self) -> None:
        with changing(self._db):
            self.remember_time(self._db)
        self._kept = self._latest

    def _holding(self, where: str, values: tuple[Any, ...]) -> list[Grant]:
        now = self.now()
        if now > self._kept + _MINUTE:  # else what ran out could come back with a clock moved back between two starts
            self._keep_time()
        found = self._select(f"{where} AND since <= ? AND until > ? AND withdrawn IS NULL", (*values, now, now))
        gone = self._vault.erasures.has_ended  # also where the disk has refused it
        found = [grant for grant in found if not gone(f"grant:{grant.id}")]
        return [grant for grant in found if not grant.daily or self._uses(grant, now) < grant.daily]

    def _uses(self, grant: Grant, now: float) -> int:
        row = self._db.execute(
            "SELECT uses FROM spent WHERE grant_id = ? AND day = ?", (grant.id, int(now // DAY))
        ).fetchone()
        return int(row[0]) if row else 0

    def _select(self, where: str, values: tuple[Any, ...]) -> list[Grant]:
        rows = self._db.execute(f"SELECT {_COLUMNS} FROM grants WHERE {where} ORDER BY since, id", values)  # noqa: S608
        return [_grant(row) for row in rows]

    def _fact(self, name: str) -> float:
        row = self._db.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
        return float(row[0]) if row else 0.0


def _grant(row: tuple[Any, ...]) -> Grant:
    values: dict[str, Any] = dict(zip(_COLUMNS.split(", "), row, strict=True))
    return Grant(**values | {"attributes": frozenset(msgspec.json.decode(values["attributes"]))})
