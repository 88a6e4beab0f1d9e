"""Every route that a running city answers, in one table: which room, which method, which path, which handler.

A test goes through it route by route and principal by principal; nothing is reachable that does not stand here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from noren.web import api, custody, identity, ledger, ngsi_ld, open311, tiles

Room = Literal["ngsi-ld", "api", "identity", "open311", "tiles", "ledger", "custody"]


class Route(msgspec.Struct, frozen=True):
    """One entry of the table; `{name}` in `path` stands for any one segment, `{name:path}` for any number."""

    room: Room
    method: str
    path: str
    handler: Callable[..., Any]


def _of(room: Room, routes: list[tuple[str, str, Any]]) -> list[Route]:
    return [Route(room, method, path, handler) for method, path, handler in routes]


ROUTES: tuple[Route, ...] = (
    *_of("ngsi-ld", ngsi_ld.ROUTES),
    *_of("api", api.ROUTES),
    *_of("identity", identity.ROUTES),
    *_of("open311", open311.ROUTES),
    *_of("tiles", tiles.ROUTES),
    *_of("ledger", ledger.ROUTES),
    *_of("custody", custody.ROUTES),
)
"""Besides these: `/health`, `/context.jsonld`, and the portal's own files at every other address."""
