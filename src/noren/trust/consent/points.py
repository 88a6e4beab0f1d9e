"""What residents get for what they allow: points, kept in two columns so that none is made or lost.

Each movement takes from one account what it gives to another, under a name that can be used once: telling it twice
moves nothing twice. Recipients' accounts go below zero by what they promised; a resident's never does. Points are no
money: they are thanks that can be handed to a recipient's service or to a fund of the community.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from noren.errors import BadInput, Conflict
from noren.trust.rows import open_rows

FUND = "fund:"
RECIPIENT = "recipient:"
_TABLES = """
CREATE TABLE IF NOT EXISTS movement (
    name TEXT PRIMARY KEY, giver TEXT NOT NULL, taker TEXT NOT NULL, points INTEGER NOT NULL CHECK (points > 0),
    at REAL NOT NULL, reason TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS movement_giver ON movement (giver);
CREATE INDEX IF NOT EXISTS movement_taker ON movement (taker);
"""


class Movement(msgspec.Struct, frozen=True):
    """Points that went from one account to another, when (epoch seconds) and for what (a grant, or a word)."""

    name: str
    giver: str
    taker: str
    points: int
    at: float
    reason: str


class Points:
    """The accounts of one city's points."""

    def __init__(self, file: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._db = open_rows(file, _TABLES)
        self._clock = clock

    def earn(self, resident: bytes, recipient: str, points: int, *, grant: str, use: str = "", offer: str = "") -> bool:
        """Credit a resident for one use of a grant, or once for an offer that they allowed, however often they end it
        and allow it again; False when that was done before."""
        if points <= 0:
            return False
        name = f"earn:{account(resident)}:{offer}" if offer else f"earn:{grant}:{use}"
        row = (name, RECIPIENT + recipient, account(resident), points, self._clock(), grant)
        return self._db.execute("INSERT OR IGNORE INTO movement VALUES (?, ?, ?, ?, ?, ?)", row).rowcount == 1

    def spend(self, resident: bytes, to: str, points: int, *, name: str, reason: str = "") -> int:
        """Hand points to "recipient:NAME" or "fund:NAME"; what is left. `name` makes asking again harmless.

        Raises `Conflict` when there are not as many, or the name was used for something else.
        """
        if points <= 0 or not to.startswith((FUND, RECIPIENT)) or not to.partition(":")[2]:
            raise BadInput("Hand some points to a fund or a recipient.", where="to", hint="fund:NAME or recipient:NAME")
        giver, name = account(resident), f"spend:{account(resident)}:{name}"
        with self._writing():
            made = self._db.execute("SELECT taker, points FROM movement WHERE name = ?", (name,)).fetchone()
            if made and made != (to, points):
                raise Conflict("This was asked before, for something else.", where="name")
            if not made:
                if (left := self._balance(giver)) < points:
                    raise Conflict(f"There are {left} points, not {points}.", where="points")
                row = (name, giver, to, points, self._clock(), reason)
                self._db.execute("INSERT INTO movement VALUES (?, ?, ?, ?, ?, ?)", row)
            return self._balance(giver)

    def of(self, resident: bytes) -> tuple[int, list[Movement]]:
        """What a resident has, and how it came and went, the newest first."""
        name = account(resident)
        rows = self._db.execute("SELECT * FROM movement WHERE ? IN (giver, taker) ORDER BY at DESC, name", (name,))
        return self._balance(name), [Movement(*row) for row in rows]

    def balances(self) -> dict[str, int]:
        """What every account has; they add up to nothing."""
        rows = self._db.execute(
            "SELECT name, SUM(points) FROM (SELECT taker AS name, points FROM movement"
            " UNION ALL SELECT giver, -points FROM movement) GROUP BY name"
        )
        return dict(rows.fetchall())

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _balance(self, name: str) -> int:
        row = self._db.execute(
            "SELECT (SELECT COALESCE(SUM(points), 0) FROM movement WHERE taker = ?1)"
            " - (SELECT COALESCE(SUM(points), 0) FROM movement WHERE giver = ?1)",
            (name,),
        ).fetchone()
        return int(row[0])

    def _writing(self) -> sqlite3.Connection:
        self._db.execute("BEGIN IMMEDIATE")
        return self._db


def account(resident: bytes) -> str:
    """The name of a resident's account: the pseudonym under which the city knows them."""
    return f"resident:{resident.hex()}"
