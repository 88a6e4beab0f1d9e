"""Reading the change log, which is outbox and hot history at once."""

from __future__ import annotations

import sqlite3

from noren.errors import NotFound
from noren.store.codec import decode, decode_names, moment
from noren.store.interface import ChangeRow
from noren.store.state import KINDS, State

_SELECT = "SELECT seq, at, kind, doc, touched, class, subject FROM log WHERE seq > ? ORDER BY seq LIMIT ?"


def read_changes(connection: sqlite3.Connection, state: State, after: int, limit: int) -> list[ChangeRow]:
    """Rows of the log behind `after`, oldest first; `NotFound` when some of them have been compacted away."""
    found = connection.execute(_SELECT, (after, limit)).fetchall()
    if after < state.trimmed:
        raise NotFound(
            f"Changes {after + 1} to {state.trimmed} have been compacted away.",
            where=f"change log after {after}",
            hint=f"Read the current state, then go on from {state.trimmed}.",
        )
    return [
        ChangeRow(seq, moment(at), KINDS[kind], decode(doc), _names(state, touched), data_class, subject)  # type: ignore[arg-type]
        for seq, at, kind, doc, touched, data_class, subject in found
    ]


def _names(state: State, touched: str) -> tuple[str, ...]:
    return tuple([state.name_of[number] for number in decode_names(touched)])
