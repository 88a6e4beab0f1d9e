"""What happens before a log goes on: nothing that was signed may be gone, and the tiles must say what the journal
says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from noren.errors import BadInput, Conflict, NotFound, Unproven
from noren.trust.ledger.journal import Journal
from noren.trust.ledger.keys import Verifier
from noren.trust.ledger.merkle import EMPTY, HASH, leaf, root
from noren.trust.ledger.note import Checkpoint, Note, opened
from noren.trust.ledger.shelf import Shelf
from noren.trust.ledger.tiles import ENTRIES, HEIGHT, WIDTH, Edge, Tile, bundle, hashes, tiles_of, unbundle

CHECKPOINT = "checkpoint"
_NONE = Checkpoint("", 0, EMPTY)
_SHORTEST = 2
"""Bytes of the shortest entry in a bundle: its length."""
_HINT = "Restore the newest backup of the ledger. Never take the remembered checkpoint away: witnesses have seen it."


def remembered(journal: Journal, memory: Path, shown: Path, log: Verifier) -> list[Note]:
    """The checkpoints that were kept when they were signed, the newest last; empty when none ever was.

    What is shown is not synced, so it is left aside when it cannot be read and the memory can. Raises `Conflict` when
    the memory cannot be read, or the journal knows that something was signed and it is kept nowhere.
    """
    found = [_read(memory, log)] if memory.exists() else []
    try:
        found += [_read(shown, log)] if shown.exists() else []
    except Conflict:
        if not found:
            raise
    if not found and journal.kept("signed"):
        raise Conflict("The checkpoint that was signed last is gone.", where=str(memory), hint=_HINT)
    return sorted(found, key=lambda note: (Checkpoint.parse(note.text).size, len(note.signatures)))


def _read(path: Path, log: Verifier) -> Note:
    try:
        return opened(path.read_bytes(), log)[1]
    except (BadInput, Unproven) as error:
        raise Conflict(
            "What was kept of the last checkpoint is not this log's.",
            where=str(path),
            hint="Restore it from its backup.",
        ) from error


def recover(journal: Journal, shelf: Shelf, kept: list[Note]) -> tuple[Edge, list[tuple[Tile, bytes]]]:
    """The edge of the tree of the whole journal, and the tiles that became full since the last checkpoint.

    Tiles that are missing or differ are made again. Raises `Conflict` when the journal no longer holds what was signed.
    """
    signed = [Checkpoint.parse(note.text) for note in kept]
    last = signed[-1] if signed else _NONE
    if journal.size < last.size:
        raise Conflict(
            f"The ledger's journal holds {journal.size} entries, but {last.size} were signed for.",
            where="ledger",
            hint=_HINT,
        )
    edge = _edge(shelf, last) or _made_again(journal, shelf, last)
    for each in signed:
        if root(lambda height, index: shelf.node(height, index, last.size), each.size) != each.root:
            raise Conflict("Two checkpoints that were signed contradict each other.", where="ledger", hint=_HINT)
    full: list[tuple[Tile, bytes]] = []
    for entry in journal.entries(edge.size, journal.size):
        full += edge.add(leaf(entry))
    return edge, full


def _edge(shelf: Shelf, last: Checkpoint) -> Edge | None:
    """The edge as the tiles have it; None unless every tile is there and their root is the signed one."""
    levels, level = [], 0
    try:
        while last.size >> (HEIGHT * level):
            count = last.size >> (HEIGHT * level)
            width = count % WIDTH
            levels.append(hashes(shelf.read(Tile(level, count // WIDTH, width))) if width else [])
            level += 1
    except (NotFound, BadInput):
        return None
    edge = Edge(levels)
    whole = all(_stands(shelf, tile) for tile in tiles_of(last.size)) and _ends(shelf, last.size)
    return edge if whole and edge.size == last.size and edge.root() == last.root else None


def _stands(shelf: Shelf, tile: Tile) -> bool:
    for each in (tile, msgspec.structs.replace(tile, width=WIDTH)):
        path = shelf.folder / each.path
        if path.is_file() and _measures(each, path.stat().st_size):
            return True
    return False


def _measures(tile: Tile, size: int) -> bool:
    """Whether a file of so many bytes can be this tile; of a bundle only the least is known, since it is not read."""
    return size >= tile.width * _SHORTEST if tile.level == ENTRIES else size == tile.width * HASH


def _ends(shelf: Shelf, size: int) -> bool:
    """Whether the last bundle, where a power cut would have left its traces, can be read to its end."""
    tile = Tile(ENTRIES, (size - 1) // WIDTH, (size - 1) % WIDTH + 1)
    try:
        return size == 0 or len(unbundle(shelf.read(tile))) == tile.width
    except (NotFound, BadInput):
        return False


def _made_again(journal: Journal, shelf: Shelf, last: Checkpoint) -> Edge:
    edge = Edge()
    for entry in journal.entries(0, last.size):  # nothing is written unless it leads to what was signed
        edge.add(leaf(entry))
    if edge.root() != last.root:
        raise Conflict("The ledger's journal is not the one that was signed for.", where="ledger", hint=_HINT)
    for tile, content in derived(journal, Edge(), last.size):
        shelf.write(tile, content)
    shelf.settle()
    return edge


def derived(journal: Journal, edge: Edge, size: int) -> Iterator[tuple[Tile, bytes]]:
    """Every tile and bundle of the first `size` entries, made from the journal; `edge` is empty before, and is the edge
    of that tree after."""
    group: list[bytes] = []
    for entry in journal.entries(0, size):
        group.append(entry)
        yield from edge.add(leaf(entry))
        if len(group) == WIDTH:
            yield Tile(ENTRIES, edge.size // WIDTH - 1), bundle(group)
            group = []
    if group:
        yield Tile(ENTRIES, size // WIDTH, len(group)), bundle(group)
    yield from edge.partials()


def faults(journal: Journal, shelf: Shelf, signed: Note) -> list[Tile]:
    """Tiles and bundles up to a signed checkpoint that are missing or say something else than the journal; raises
    `Conflict` when the journal itself is not what was signed."""
    last, edge = Checkpoint.parse(signed.text), Edge()
    wrong = [tile for tile, content in derived(journal, edge, last.size) if not _says(shelf, tile, content)]
    if edge.size != last.size or edge.root() != last.root:
        raise Conflict("The ledger's journal is not the one that was signed for.", where="ledger", hint=_HINT)
    return wrong


def mend(journal: Journal, shelf: Shelf, signed: Note, wrong: list[Tile]) -> None:
    """Make these tiles again from the journal; call it only where nobody else writes."""
    asked = set(wrong)
    for tile, content in derived(journal, Edge(), Checkpoint.parse(signed.text).size):
        if tile in asked:
            shelf.write(tile, content)
    shelf.settle()
    shelf.forget()


def _says(shelf: Shelf, tile: Tile, content: bytes) -> bool:
    try:
        return shelf.read(tile) == content
    except (NotFound, BadInput):
        return False
