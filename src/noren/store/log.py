"""Reading the change log, which is outbox and hot history at once."""

from __future__ import annotations

import sqlite3

from noren.errors import NotFound
from noren.store.codec import decode, decode_names, moment
from noren.store.interface import ChangeRow
from noren.store.state import KINDS, State

_COLUMNS = "seq, at, kind, doc, touched, class, subject"
_SELECT = f"SELECT {_COLUMNS} FROM log WHERE seq > ? ORDER BY seq LIMIT ?"
_BEFORE = (
    f"SELECT {_COLUMNS} FROM log WHERE num = (SELECT num FROM log WHERE seq = ?) AND seq < ? ORDER BY seq DESC LIMIT 1"
)


def read_changes(connection: sqlite3.Connection, state: State, after: int, limit: int) -> list[ChangeRow]:
    """Rows of the log behind `after`, oldest first; `NotFound` when some of them have been compacted away."""
    found = connection.execute(_SELECT, (after, limit)).fetchall()
    if after < state.trimmed:
        raise NotFound(
            f"Changes {after + 1} to {state.trimmed} have been compacted away.",
            where=f"change log after {after}",
            hint=f"Read the current state, then go on from {state.trimmed}.",
        )
    return [_row(state, *row) for row in found]


def read_before(connection: sqlite3.Connection, state: State, seq: int) -> ChangeRow | None:
    """The row of the same entity before row `seq`, None when the log holds none."""
    found = connection.execute(_BEFORE, (seq, seq)).fetchone()
    return None if found is None else _row(state, *found)


def _row(
    state: State, seq: int, at: int, kind: int, doc: bytes, touched: str, data_class: int, subject: bytes | None
) -> ChangeRow:
    names = _names(state, touched)
    return ChangeRow(seq, moment(at), KINDS[kind], decode(doc), names, data_class, subject)  # type: ignore[arg-type]


def _names(state: State, touched: str) -> tuple[str, ...]:
    return tuple([state.name_of[number] for number in decode_names(touched)])
