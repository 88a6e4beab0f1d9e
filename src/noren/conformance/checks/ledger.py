"""Chapter 7: the ledger, read like anybody reads it."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from noren.conformance.finding import Verdict, broken, hidden, met
from noren.conformance.people import People
from noren.conformance.reach import City
from noren.errors import BadInput, NorenError, NotFound, Unavailable, Unproven
from noren.trust.ledger import Checkpoint, Monitor, Policy, Source, Tile, merkle
from noren.trust.ledger.monitor import nodes
from noren.trust.ledger.note import Note, opened
from noren.trust.ledger.policy import NOBODY
from noren.trust.ledger.tiles import ENTRIES, HEIGHT, WIDTH, hashes, place, unbundle

_NEWEST = 2


class _Book:
    """The ledger of a city, over HTTP."""

    def __init__(self, city: City) -> None:
        self._city = city
        self.path = city.path("ledger") or ""

    async def read(self, name: str) -> bytes:
        """The file of that name below the ledger's address."""
        reply = await self._city.ask("GET", f"{self.path}/{name}")
        if reply.status == 404:
            raise NotFound("There is no such file.", where=name)
        if not reply.good:
            raise Unavailable(f"It answers {reply.status}.", where=name)
        return reply.body

    async def policy(self) -> Policy:
        """By what it says that it is believed."""
        return Policy.parse(await self.read("policy"))

    async def signed(self) -> tuple[Checkpoint, Note, Policy]:
        """Its newest checkpoint, signed by the key that its policy names."""
        policy = await self.policy()
        if not policy.logs:
            raise Unproven("The policy names no log.")
        return *opened(await self.read("checkpoint"), policy.logs[0].key), policy


async def published(city: City, people: People) -> Verdict:
    """JM-7.2."""
    book = _Book(city)
    try:
        note = Note.parse(await book.read("checkpoint"))
        size = Checkpoint.parse(note.text).size
    except NotFound:
        return hidden("interface", interface="ledger")
    except BadInput as error:
        return broken("trouble", error=error)
    try:
        await book.policy()
        if size:
            await book.read(Tile(0, 0, min(size, WIDTH)).path)
    except NorenError as error:
        return broken("trouble", error=error)
    return met("entries", count=size)


async def leads_to_root(city: City, people: People) -> Verdict:
    """JM-7.3."""
    book = _Book(city)
    try:
        checkpoint, _, _ = await book.signed()
    except NotFound:
        return hidden("interface", interface="ledger")
    except (Unproven, BadInput) as error:
        return broken("trouble", error=error)
    size = checkpoint.size
    node = await nodes(book.read, size, lambda each: merkle.root(each, size))
    if merkle.root(node, size) != checkpoint.root:
        return broken("root")
    for tile in _bundles(size):
        entries = unbundle(await book.read(tile.path))
        if [merkle.leaf(each) for each in entries] != hashes(await book.read(Tile(0, tile.index, tile.width).path)):
            return broken("root")
        if tile.width == WIDTH and not await _leads_up(book, tile.index, entries, size):
            return broken("root")
    return met("entries", count=size)


async def _leads_up(book: _Book, index: int, entries: Sequence[bytes], size: int) -> bool:
    """Whether a full bundle of entries stands in the tile above it."""
    above, at, _ = place(HEIGHT, index, size)
    return hashes(await book.read(above.path))[at] == merkle.complete([merkle.leaf(each) for each in entries])


async def append_only(city: City, people: People) -> Verdict:
    """JM-7.4."""
    book = _Book(city)
    try:
        policy = await book.policy()
    except NotFound:
        return hidden("interface", interface="ledger")
    places = [Source(city.url, book.read), *(_elsewhere(city, each) for each in city.mirrors)]
    with tempfile.TemporaryDirectory(prefix="noren-") as folder:
        monitor = Monitor(policy.logs[0].key, city.memory or Path(folder) / "seen")
        knew = bool(city.memory and city.memory.exists()) or len(places) > 1
        findings = await monitor.look(places)
    grave = [each for each in findings if each.kind != "silent"]
    if grave:
        return broken("ledger", kind=grave[0].kind, source=grave[0].source)
    return met("continues") if knew and not findings else hidden("memory")


def _elsewhere(city: City, url: str) -> Source:
    async def read(name: str) -> bytes:
        reply = await city.ask("GET", f"{url.rstrip('/')}/{name}")
        if not reply.good:
            raise Unavailable(f"It answers {reply.status}.", where=name)
        return reply.body

    return Source(url, read)


async def witnessed(city: City, people: People) -> Verdict:
    """JM-7.5."""
    book = _Book(city)
    try:
        policy = await book.policy()
        if policy.quorum == NOBODY:
            return broken("noQuorum")
        accepted = policy.accept(Note.parse(await book.read("checkpoint")))
    except NotFound:
        return hidden("interface", interface="ledger")
    except (Unproven, BadInput) as error:
        return broken("trouble", error=error)
    return met("witnesses", names=", ".join(sorted(accepted.times)))


async def says_nothing(city: City, people: People) -> Verdict:
    """JM-7.6."""
    names = {name for role in ("resident", "other") if (name := city.person(role))}
    if not names:
        return hidden("tokens", roles="resident")
    book = _Book(city)
    try:
        size = Checkpoint.parse(Note.parse(await book.read("checkpoint")).text).size
    except NotFound:
        return hidden("interface", interface="ledger")
    entries = [entry for tile in _bundles(size) for entry in unbundle(await book.read(tile.path))]
    words = {word.encode() for word in (*names, *filter(None, (people.id, people.value)))}
    if any(word in entry for entry in entries for word in words):
        return broken("entry")
    return met("entries", count=len(entries)) if entries else hidden("empty", what="ledger")


def _bundles(size: int) -> list[Tile]:
    """The first bundle of entries and the newest ones."""
    last = -(-size // WIDTH)
    chosen = sorted({*range(min(1, last)), *range(max(0, last - _NEWEST), last)})
    return [Tile(ENTRIES, at, min(WIDTH, size - at * WIDTH)) for at in chosen]


async def size(city: City) -> int:
    """Entries that the newest checkpoint covers; 0 while nothing was recorded."""
    try:
        return Checkpoint.parse(Note.parse(await _Book(city).read("checkpoint")).text).size
    except NotFound:
        return 0


CHECKS = {
    "JM-7.2": published,
    "JM-7.3": leads_to_root,
    "JM-7.4": append_only,
    "JM-7.5": witnessed,
    "JM-7.6": says_nothing,
}
