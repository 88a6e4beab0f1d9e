"""What changes, as server-sent events (WHATWG HTML, 9.2): one reader of the log a kind of viewer, many listeners."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from noren.errors import NotFound
from noren.web.api.answers import caller, city_of, encoder
from noren.web.session import token_of

if TYPE_CHECKING:
    from noren.city import City
    from noren.trust import Principal
    from noren.view import Seen, View

HEARTBEAT_S = 5.0
BEHIND = 2_000
"""Events that a slow listener may lie behind before it is let go; the browser then comes back by itself."""


class Listener:
    """One connection: which types it wants, and what waits for it."""

    def __init__(self, types: frozenset[str]) -> None:
        self.types = types
        self.waiting: asyncio.Queue[bytes | None] = asyncio.Queue(BEHIND)

    def offer(self, kind: str, event: bytes) -> None:
        """Hand over an event; a listener that is too far behind is let go."""
        if self.types and kind not in self.types:
            return
        if self.waiting.full():
            while not self.waiting.empty():
                self.waiting.get_nowait()
            self.waiting.put_nowait(None)
        else:
            self.waiting.put_nowait(event)


class Channel:
    """Reads the log once for all listeners who see the same; starts with the first, stops with the last."""

    def __init__(self, view: View) -> None:
        self.view, self.listeners = view, set[Listener]()
        self.task: asyncio.Task[None] | None = None

    def join(self, listener: Listener) -> None:
        """Let `listener` hear what changes from now on."""
        self.listeners.add(listener)
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self._read(self.view.newest()))

    def part(self, listener: Listener) -> None:
        """Stop telling `listener`."""
        self.listeners.discard(listener)
        if not self.listeners and self.task:
            self.task.cancel()
            self.task = None

    async def _read(self, after: int) -> None:
        while True:
            await self.view.wait(after)
            try:
                seen = await self.view.changes(after)
            except NotFound:
                after = self.view.newest()
                continue
            for change in seen:
                after = max(after, change.seq)
                event = message(change)
                for listener in self.listeners:
                    listener.offer(type_of(change), event)
            if not seen:
                after = self.view.newest()


def type_of(change: Any) -> str:
    """The first type of the entity that changed."""
    kind = change.entity["type"]
    return str(kind[0] if isinstance(kind, list) else kind)


def message(change: Any) -> bytes:
    """One change as an event; its id lets a browser resume."""
    body = {
        "seq": change.seq,
        "kind": change.kind,
        "id": change.entity["id"],
        "type": type_of(change),
        "entity": None if change.kind == "deleted" else change.entity,
        "touched": change.touched,
    }
    return b"id: %d\nevent: change\ndata: %s\n\n" % (change.seq, encoder.encode(body))


def clock(city: City, view: View) -> bytes:
    """What time it is in the city, and how far its log goes."""
    said = {"now": city.clock.now(), "speed": city.clock.speed, "seq": view.newest()}
    return b"event: clock\ndata: %s\n\n" % encoder.encode(said)


async def events(request: Request) -> Response:
    """The stream; `types` narrows, `Last-Event-ID` resumes where the log still reaches back."""
    view = caller(request)
    types = frozenset(filter(None, request.query_params.get("types", "").split(",")))
    channels: dict[Any, Channel] = request.app.state.channels
    channel = channels.setdefault((view.principal, view.purpose), Channel(view))
    city = city_of(request)
    stream = listen(city, channel, Listener(types), request.headers.get("last-event-id", ""))
    stream = while_as_they_were(city, token_of(city, request.headers), view.principal, stream)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream, headers=headers, media_type="text/event-stream")


async def listen(city: City, channel: Channel, listener: Listener, resume: str) -> AsyncGenerator[bytes]:
    """What one connection is sent: missed changes, then each as it happens, the clock between."""
    channel.join(listener)
    try:
        yield b"retry: 2000\n\n" + clock(city, channel.view)
        for event in await missed(channel.view, resume, listener):
            yield event
        while True:
            try:
                async with asyncio.timeout(HEARTBEAT_S):
                    waiting = await listener.waiting.get()
            except TimeoutError:
                yield clock(city, channel.view)
                continue
            if waiting is None:
                return
            yield waiting
    finally:
        channel.part(listener)


async def while_as_they_were(
    city: City, token: str, who: Principal, stream: AsyncGenerator[bytes]
) -> AsyncGenerator[bytes]:
    """The stream until the session ends in which it was opened, or who opened it loses or gains a role or purpose: the
    browser then comes back by itself, and is shown what it may see now."""
    async with contextlib.aclosing(stream):
        async for event in stream:
            if token and not city.identity.holds(token, who):
                return
            yield event


async def missed(view: View, resume: str, listener: Listener) -> list[bytes]:
    """Events after the id that the browser saw last, with entities as they stand now: what was taken away or deleted
    meanwhile is not told again. None when the log does not reach back."""
    if not resume.isdecimal() or len(resume) > 18:
        return []
    with contextlib.suppress(NotFound):
        seen = [c for c in await view.changes(int(resume)) if not listener.types or type_of(c) in listener.types]
        return [message(c) for c in [await as_it_stands(view, c) for c in seen] if c is not None]
    return []


async def as_it_stands(view: View, change: Seen) -> Seen | None:
    """The change with its entity as it is now; a deletion as it is, and None where the entity is gone."""
    if change.kind == "deleted":
        return change
    entity = await view.get(type_of(change), change.entity["id"])
    return None if entity is None else msgspec.structs.replace(change, entity=entity)
