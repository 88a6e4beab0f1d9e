"""What brings readings in on its own. All connectors have the one shape of `contract.Connector`.

Each is found by the entry point group `noren.connectors`, the ones that come with Noren too; copy `hello` to write
another. Names to know: `find`, `known`, `mapping.Mapping` (what a payload means).

>>> find("hello").kind
'hello'
"""

from __future__ import annotations

from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points

from noren.contract import Connector
from noren.errors import BadInput, NorenError, Unavailable

GROUP = "noren.connectors"


def known() -> dict[str, EntryPoint]:
    """Every connector that is installed, by kind; nothing is imported."""
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def find(kind: str) -> type[Connector]:
    """The connector of that kind; raises `BadInput` when none is installed, `Unavailable` when it cannot be loaded."""
    entries = known()
    if kind not in entries:
        near = get_close_matches(kind, entries, 1)
        hint = f"Did you mean “{near[0]}”?" if near else f"There are: {', '.join(sorted(entries))}."
        raise BadInput(f"No connector is known by “{kind}”.", hint=hint)
    try:
        loaded: type[Connector] = entries[kind].load()
    except NorenError:
        raise
    except Exception as error:
        raise Unavailable(f"The connector “{kind}” cannot be loaded: {error}.", where=entries[kind].value) from error
    return loaded


__all__ = ["GROUP", "find", "known"]
