"""The two ways out: HTTP POST and MQTT PUBLISH (CIM 009, 6.3.8 and 7.2), behind the city's guard."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any
from urllib.parse import unquote

import aiomqtt
import msgspec
from yarl import URL

from noren.broker.wishes import Endpoint
from noren.errors import Unavailable
from noren.net import Guard, Http, Limits, shown
from noren.net.mqtt import Client, check_topic, connect

_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "content-type", "link"})
_VERSIONS = {"mqtt3.1.1": aiomqtt.ProtocolVersion.V311, "mqtt5.0": aiomqtt.ProtocolVersion.V5}
Headers = dict[str, str]


class Senders:
    """Connections for notifications; healthy endpoints and failing ones do not share a pool. Use as `async with`."""

    def __init__(self, guard: Guard, limits: Limits | None = None) -> None:
        self._guard = guard
        limits = limits or Limits(seconds=60.0, connect=5.0, largest=1 << 20, redirects=0, per_host=64, at_once=512)
        self._healthy, self._failing = Http(guard, limits), Http(guard, limits)
        self._links: dict[tuple[str, str], _Link] = {}

    async def send(self, endpoint: Endpoint, body: bytes, headers: Headers, *, seconds: float, failing: bool) -> None:
        """Hand over one notification; raises `NorenError` when it was not taken within `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                if endpoint.uri.startswith("http"):
                    await self._post(endpoint, body, headers, failing)
                else:
                    await self._publish(endpoint, body, headers)
        except TimeoutError:
            raise Unavailable(f"No answer within {seconds:g} s.", where=shown(endpoint.uri)) from None

    async def _post(self, endpoint: Endpoint, body: bytes, headers: Headers, failing: bool) -> None:
        more = {name: value for name, value in endpoint.receiver if name.lower() not in _OURS}
        http = self._failing if failing else self._healthy
        answer = await http.send("POST", endpoint.uri, body=body, headers={**more, **headers})
        if not 200 <= answer.status < 300:
            raise Unavailable(f"It answered {answer.status}.", where=shown(endpoint.uri))

    async def _publish(self, endpoint: Endpoint, body: bytes, headers: Headers) -> None:
        url, settings = URL(endpoint.uri), dict(endpoint.notifier)
        topic = unquote(url.raw_path.removeprefix("/"))
        check_topic(topic)
        message = {"metadata": dict(endpoint.receiver) | headers, "body": msgspec.Raw(body)}
        key = (str(url.with_path("")), settings.get("MQTT-Version", "mqtt5.0"))
        link = self._links.get(key)
        if link is None or link.over:
            link = self._links[key] = _Link(key[0], self._guard, key[1])
        await link.publish(topic, msgspec.json.encode(message), _quality(settings))

    async def __aenter__(self) -> Senders:
        return self

    async def __aexit__(self, *error: Any) -> None:
        for link in self._links.values():
            await link.close()
        await self._healthy.close()
        await self._failing.close()


def _quality(settings: dict[str, str]) -> int:
    text = settings.get("MQTT-QoS", "0")
    return int(text) if text in ("0", "1", "2") else 0


class _Link:
    """One connection to an MQTT broker, kept open by a task of its own; once it is over a new one takes its place."""

    def __init__(self, url: str, guard: Guard, version: str) -> None:
        self._client: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
        self._done = asyncio.Event()
        self._task = asyncio.create_task(self._hold(url, guard, version))

    @property
    def over(self) -> bool:
        """Whether the connection was lost or never came to be."""
        return self._task.done()

    async def _hold(self, url: str, guard: Guard, version: str) -> None:
        try:
            async with connect(url, guard, protocol=_VERSIONS.get(version)) as client:
                self._client.set_result(client)
                await self._done.wait()
        except Exception as error:
            if not self._client.done():
                self._client.set_exception(error)
                self._client.exception()

    async def publish(self, topic: str, payload: bytes, quality: int) -> None:
        """Publish, and wait for what the quality of service promises."""
        client = await asyncio.shield(self._client)
        try:
            await client.publish(topic, payload, qos=quality)
        except aiomqtt.MqttError as error:
            self._done.set()
            raise Unavailable(f"The MQTT broker does not take it: {error}.") from error

    async def close(self) -> None:
        """Disconnect."""
        self._done.set()
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
