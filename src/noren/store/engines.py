"""Which engine a URL means."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from noren.errors import BadInput
from noren.store.interface import Indexing, Store
from noren.store.sqlite import SqliteStore
from noren.store.state import wall_clock


def open_store(url: str, indexing: Indexing, clock: Callable[[], datetime] = wall_clock) -> Store:
    """Open `sqlite://FOLDER` (made when absent); raises `BadInput` for an engine that is not known, `Conflict` when
    another process holds the folder. `clock` gives the time of changes; without one, the wall's.
    """
    scheme, _, rest = url.partition("://")
    if scheme != "sqlite":
        raise BadInput(f"No store is known by “{scheme}”.", where=url, hint="Use sqlite://FOLDER.")
    return SqliteStore(Path(rest), indexing, clock)
