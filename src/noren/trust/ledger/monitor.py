"""A monitor: looks at one log from several places and finds out when they are told different things.

A *source* is somewhere the log's files can be read: its own address, a mirror, a folder, a stakeholder's copy of the
checkpoint.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Literal

import msgspec

from noren.errors import BadInput, NorenError, NotFound, Unavailable
from noren.net.http import Http
from noren.trust.ledger import merkle
from noren.trust.ledger.evidence import Evidence, fork
from noren.trust.ledger.keys import Verifier
from noren.trust.ledger.note import Checkpoint, Note, opened
from noren.trust.ledger.tiles import WIDTH, Tile, hashes, place
from noren.trust.tokens import write_secret

Read = Callable[[str], Awaitable[bytes]]


class Source(msgspec.Struct, frozen=True):
    """Where a log can be read; `read` gives the file at a path and raises an error of `noren.errors` when it cannot."""

    name: str
    read: Read


class Finding(msgspec.Struct, frozen=True):
    """What is wrong at a source (`kind`: a message `ledger.found.…`), the detail, and the evidence where there is
    some."""

    source: str
    kind: Literal["silent", "smaller", "two", "parted", "unshown"]
    detail: str = ""
    evidence: Evidence | None = None


class _Memory(msgspec.Struct):
    largest: str = ""
    last: dict[str, str] = {}


def folder(path: Path) -> Source:
    """A log's files on this machine."""

    async def read(name: str) -> bytes:
        try:
            return (path / name).read_bytes()
        except OSError as error:
            raise NotFound("There is no such file.", where=name) from error

    return Source(str(path), read)


def address(url: str, http: Http) -> Source:
    """A log's files on the web."""

    async def read(name: str) -> bytes:
        answer = await http.get(f"{url.rstrip('/')}/{name}")
        if answer.status != 200:
            raise Unavailable(f"It answers {answer.status}.", where=name)
        return answer.body

    return Source(url, read)


class Monitor:
    """Watches one log; what it saw lies in `file`, so that it finds out what happened while it was away."""

    def __init__(self, log: Verifier, file: Path) -> None:
        """Raises `BadInput` when the file is not a monitor's."""
        self.log, self._file = log, file
        try:
            self._memory = msgspec.json.decode(file.read_bytes(), type=_Memory) if file.exists() else _Memory()
        except msgspec.DecodeError as error:
            raise BadInput("This is not what a monitor remembers.", where=str(file)) from error

    async def look(self, sources: Sequence[Source]) -> list[Finding]:
        """Read every source's checkpoint, compare them with one another and with the largest ever seen; what is
        wrong."""
        findings: list[Finding] = []
        seen: list[tuple[str, Note]] = []
        if self._memory.largest:
            seen.append(("what was seen before", Note.parse(self._memory.largest.encode())))
        for source in sources:
            try:
                note = opened(await source.read("checkpoint"), self.log)[1]
            except NorenError as error:
                findings.append(Finding(source.name, "silent", str(error)))
                continue
            findings += self._rolled_back(source.name, note)
            seen.append((source.name, note))
        seen.sort(key=lambda pair: _tree(pair[1]).size)
        for (_, small), (name, large) in pairwise(seen):
            if found := await self._compare(small, large, name, sources):
                findings.append(found)
        self._keep(seen)
        return findings

    def _rolled_back(self, name: str, note: Note) -> list[Finding]:
        before = self._memory.last.get(name)
        if before is None or _tree(Note.parse(before.encode())).size <= _tree(note).size:
            return []
        evidence = Evidence(
            kind="rollback",
            log=str(self.log),
            first=before,
            second=bytes(note).decode(),
            source=name,
            seen=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        return [Finding(name, "smaller", evidence=evidence)]

    async def _compare(self, small: Note, large: Note, name: str, sources: Sequence[Source]) -> Finding | None:
        old, new = _tree(small), _tree(large)
        if old.size == new.size:
            same = old.root == new.root
            return None if same else Finding(name, "two", evidence=fork(self.log, small, large))
        if old.size == 0:
            return None
        for source in sources:
            try:
                root, proof = await _history(source, old.size, new.size)
                merkle.verify_consistency(old.size, new.size, proof, root, new.root)
            except NorenError:
                continue  # this source does not hold the larger tree; another may
            if root == old.root:
                return None
            return Finding(name, "parted", evidence=fork(self.log, small, large, root, proof))
        return Finding(name, "unshown", f"{old.size} → {new.size}")

    def _keep(self, seen: list[tuple[str, Note]]) -> None:
        if not seen:
            return
        self._memory.largest = bytes(seen[-1][1]).decode()
        self._memory.last |= {name: bytes(note).decode() for name, note in seen if name != "what was seen before"}
        self._file.parent.mkdir(parents=True, exist_ok=True)
        write_secret(self._file, msgspec.json.encode(self._memory))


def _tree(note: Note) -> Checkpoint:
    return Checkpoint.parse(note.text)


async def _history(source: Source, old: int, new: int) -> tuple[bytes, list[bytes]]:
    """The root that a source's larger tree had at the smaller size, and the proof between the two."""

    def work(node: merkle.Node) -> tuple[bytes, list[bytes]]:
        return merkle.root(node, old), merkle.consistency(node, old, new)

    return work(await nodes(source.read, new, work))


async def nodes(read: Read, size: int, work: Callable[[merkle.Node], object]) -> merkle.Node:
    """The nodes that `work` asks for, of a tree of `size` entries, read beforehand from tiles. What they say is not
    believed: it must lead to a signed root. Raises `BadInput` for a tile that is cut short, and what `read` raises."""
    asked: set[tuple[int, int]] = set()

    def note_down(height: int, index: int) -> bytes:
        asked.add((height, index))
        return b""

    work(note_down)
    tiles = {place(height, index, size)[0] for height, index in asked}
    held = {tile: hashes(await _tile(read, tile)) for tile in tiles}

    def node(height: int, index: int) -> bytes:
        tile, first, count = place(height, index, size)
        if len(row := held[tile][first : first + count]) != count:
            raise BadInput("The tile is cut short.", where=tile.path)
        return merkle.complete(row)

    return node


async def leaves(read: Read, size: int) -> list[bytes]:
    """The hashes of all `size` entries, as a source tells them: what they say is for the caller to check against a
    signed root. Raises what `read` raises."""
    tiles = [Tile(0, number) for number in range(size // WIDTH)]
    tiles += [Tile(0, size // WIDTH, size % WIDTH)] if size % WIDTH else []
    return [leaf for tile in tiles for leaf in hashes(await _tile(read, tile))][:size]


async def _tile(read: Read, tile: Tile) -> bytes:
    """A partial tile may have become a full one since."""
    try:
        return await read(tile.path)
    except (NotFound, Unavailable):
        return await read(Tile(tile.level, tile.index).path)
