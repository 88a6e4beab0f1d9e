"""Every entry of a log, read by anybody from anywhere, checked against the checkpoint that the log signed."""

from __future__ import annotations

from noren.errors import Unproven
from noren.trust.ledger import merkle
from noren.trust.ledger.keys import Verifier
from noren.trust.ledger.monitor import Source
from noren.trust.ledger.note import opened
from noren.trust.ledger.tiles import ENTRIES, WIDTH, Tile, unbundle


async def entries(source: Source, log: Verifier) -> list[bytes]:
    """The entries under the checkpoint at a source; raises `Unproven` when they are not those that `log` signed, and
    what the source raises when it cannot be read."""
    checkpoint, _ = opened(await source.read("checkpoint"), log)
    found: list[bytes] = []
    for begin in range(0, checkpoint.size, WIDTH):
        tile = Tile(ENTRIES, begin // WIDTH, min(WIDTH, checkpoint.size - begin))
        found += unbundle(await source.read(tile.path))
    hashes = [merkle.leaf(entry) for entry in found]
    root = merkle.root(
        lambda height, index: merkle.complete(hashes[index << height : (index + 1) << height]), len(hashes)
    )
    if len(found) != checkpoint.size or root != checkpoint.root:
        raise Unproven("These are not the entries that the log signed.", where=source.name)
    return found
