"""MQTT behind the guard, with a queue that ends."""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiomqtt

from noren.errors import BadInput, Unavailable
from noren.net.guard import Guard, shown

SCHEMES = ("mqtt", "mqtts")
_PORTS = {"mqtt": 1883, "mqtts": 8883}
_TOPICS = 100
_BREATH, _REST = 200, 0.1


class Client(aiomqtt.Client):
    """A connection whose queue of messages ends: when full, the oldest makes room.

    The newest reading is worth more than an old one; a message above `largest` bytes is dropped at once. `dropped`
    counts by topic, those beyond a hundred topics together under "". While messages are dropped, it rests now and then,
    so that a flood leaves the process time for its work; the broker waits meanwhile.
    """

    def __init__(self, host: str, port: int, largest: int, **more: Any) -> None:
        self.dropped: Counter[str] = Counter()
        self._flood = 0
        super().__init__(host, port, queue_type=_bounded(self, largest), **more)

    def drop(self, message: aiomqtt.Message) -> None:
        """Count a message that was not kept, and rest after some hundred of them."""
        _count(self.dropped, message)
        self._flood += 1
        if self._flood % _BREATH == 0:
            self._rest()

    def _rest(self) -> None:
        connection: Any = self._client.socket()
        if connection is not None and connection.fileno() >= 0:
            self._loop.remove_reader(connection.fileno())
            self._loop.call_later(_REST, self._go_on, connection)

    def _go_on(self, connection: Any) -> None:
        current: Any = self._client.socket()
        if current is connection and connection.fileno() >= 0:
            if self._misc_task is not None:
                self._misc_task.cancel()
            self._on_socket_open(self._client, None, connection)


def _bounded(client: Client, largest: int) -> type[asyncio.Queue[aiomqtt.Message]]:
    class Bounded(asyncio.Queue[aiomqtt.Message]):
        def put_nowait(self, item: aiomqtt.Message) -> None:
            if isinstance(item.payload, bytes | bytearray) and len(item.payload) > largest:
                return client.drop(item)
            if self.full():
                client.drop(self.get_nowait())
            return super().put_nowait(item)

    return Bounded


def _count(dropped: Counter[str], message: aiomqtt.Message) -> None:
    topic = str(message.topic)
    dropped[topic if topic in dropped or len(dropped) < _TOPICS else ""] += 1


@asynccontextmanager
async def connect(
    url: str,
    guard: Guard,
    *,
    user: str | None = None,
    password: str | None = None,
    identifier: str | None = None,
    waiting: int = 10_000,
    largest: int = 1 << 20,
    seconds: float = 10.0,
    protocol: aiomqtt.ProtocolVersion | None = None,
) -> AsyncIterator[Client]:
    """A connection to `mqtt://[user:password@]host[:1883]` or `mqtts://…[:8883]`, closed at the end of the block.

    `waiting` messages are kept until they are read, none above `largest` bytes; `protocol` None is MQTT 3.1.1. Raises
    `BadInput` for an address that the guard refuses, `Unavailable` when the broker cannot be reached, refuses the
    sign-in, or goes away.
    """
    address = guard.url(url, SCHEMES)
    host, port, secure = address.host or "", address.port or _PORTS[address.scheme], address.scheme == "mqtts"
    pinned = await guard.resolve(host, port)
    more = {
        "largest": largest,
        "username": user or address.user,
        "password": password or address.password,
        "identifier": identifier,
        "max_queued_incoming_messages": waiting,
        "timeout": seconds,
        "protocol": protocol,
        "tls_context": ssl.create_default_context() if secure else None,
    }
    try:
        async with AsyncExitStack() as stack:
            # A certificate pins a name better than an address does, and TLS needs the name.
            yield await _first(stack, [host] if secure else pinned, port, more)
    except (aiomqtt.MqttError, ssl.SSLError) as error:
        raise Unavailable(f"The MQTT broker does not serve: {error}.", where=shown(address)) from error


async def _first(stack: AsyncExitStack, hosts: list[str], port: int, more: dict[str, Any]) -> Client:
    """The client of the first address that answers; a name may stand for one that does not."""
    for host in hosts[:-1]:
        try:
            return await stack.enter_async_context(Client(host, port, **more))
        except aiomqtt.MqttError:
            continue
    return await stack.enter_async_context(Client(hosts[-1], port, **more))


def check_topic(topic: str) -> None:
    """Raise `BadInput` when `topic` cannot be published to (empty, with wildcards, or too long)."""
    if not topic or set(topic) & set("#+\0") or len(topic.encode()) > 65_535:
        raise BadInput(f"“{topic[:100]}” is not a topic to publish to.", hint="Leave out # and +.")
