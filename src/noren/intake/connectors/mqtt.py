"""MQTT: one entry maps topic and payload to entities; a topic that floods drops readings, never the process."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any, ClassVar

import aiomqtt
import msgspec

from noren.contract import Push
from noren.errors import BadInput, NotAllowed
from noren.intake.connectors.payload import Meaning, entities
from noren.net import Guard, mqtt

_BATCH = 500
_PART = re.compile(r"\{([A-Za-z_]\w*)\}")
_REFUSED = 0x80


class Topic:
    """A topic with named parts: `sensors/{station}/level` listens to `sensors/+/level`; `+` and `#` work as ever."""

    def __init__(self, pattern: str) -> None:
        levels = pattern.split("/")
        if not pattern or "#" in "/".join(levels[:-1]) or any("#" in level and level != "#" for level in levels):
            raise BadInput(f"“{pattern}” is not a topic.", where="topic", hint="# stands alone, at the end.")
        self.filter = "/".join("+" if _PART.search(level) else level for level in levels)
        try:
            self._regex = re.compile("/".join(map(_level, levels)).replace("/.*", "(?:/.*)?"))
        except re.error:
            raise BadInput(f"“{pattern}” names a part twice.", where="topic") from None

    def parts(self, topic: str) -> dict[str, str] | None:
        """The named parts of `topic`, or None when it is not meant.

        >>> Topic("sensors/{station}/{what}").parts("sensors/bridge/level")
        {'station': 'bridge', 'what': 'level'}
        """
        match = self._regex.fullmatch(topic)
        return match.groupdict() if match else None


def _level(level: str) -> str:
    if level in ("+", "#"):
        return {"+": "[^/]*", "#": ".*"}[level]
    pieces = enumerate(_PART.split(level))
    return "".join(f"(?P<{piece}>[^/]+?)" if number % 2 else re.escape(piece) for number, piece in pieces)


class MqttSettings(Meaning, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Broker and topic; the rest of the entry says what the payload means."""

    url: str
    """Address of the broker: `mqtt://host:1883`, or `mqtts://host:8883` with TLS."""
    topic: str
    """Topic with named parts: `sensors/{station}/level`; `+` and `#` work as ever."""
    user: str = ""
    """Name to sign in with."""
    password: str = ""
    """Password; `$NAME` takes it from the environment."""
    qos: int = 1
    """0: at most once; 1: at least once."""
    identifier: str = ""
    """Name of this client at the broker; empty lets the broker choose one."""
    waiting: int = 10_000
    """Messages kept while the city is busy; beyond that the oldest are dropped and counted."""

    def __post_init__(self) -> None:
        super().__post_init__()
        Topic(self.topic)
        if self.qos not in (0, 1, 2) or self.waiting < 1:
            raise ValueError("`qos` is 0, 1 or 2, and `waiting` at least 1")


class Mqtt:
    """Listens to one topic pattern of one broker."""

    kind: ClassVar[str] = "mqtt"
    Settings: ClassVar[type[msgspec.Struct]] = MqttSettings

    def __init__(self, settings: MqttSettings) -> None:
        self.settings, self.topic = settings, Topic(settings.topic)

    async def run(self, push: Push) -> None:
        """Push what comes, in batches; raises `Unavailable` when the broker goes away."""
        settings = self.settings
        async for messages in listen(
            settings.url,
            self.topic,
            push,
            user=settings.user,
            password=settings.password,
            identifier=settings.identifier,
            qos=settings.qos,
            waiting=settings.waiting,
        ):
            found = [entity for message in messages for entity in self.read(message, push)]
            if found:
                await push(found)

    def read(self, message: aiomqtt.Message, push: Push) -> list[dict[str, Any]]:
        """The entities of one message; what cannot be used is refused with topic and field."""
        topic, raw = str(message.topic), message.payload
        names = self.topic.parts(topic)
        # A retained message may be years old: without a time of its own nobody knows when it was measured.
        if names is None or not raw or (message.retain and not self.settings.observed):
            return []
        try:
            payload = decode(raw if isinstance(raw, bytes | bytearray) else str(raw).encode())
        except BadInput as error:
            push.refuse(error.what, where=f"topic {topic}")
            return []
        return entities(self.settings, payload, push, names=names, where=f"topic {topic}")


async def listen(
    url: str,
    topic: Topic,
    push: Push,
    *,
    user: str = "",
    password: str = "",
    identifier: str = "",
    qos: int = 1,
    waiting: int = 10_000,
) -> AsyncIterator[list[aiomqtt.Message]]:
    """What comes to a topic, in batches; raises `Unavailable` when the broker goes away, `NotAllowed` when it does not
    let this city listen. The arguments are those of `MqttSettings`."""
    async with mqtt.connect(
        url,
        Guard(push.here.allow),
        user=user or None,
        password=password or None,
        identifier=identifier or None,
        waiting=waiting,
    ) as client:
        await _subscribe(client, topic.filter, qos)
        while True:
            messages = await _batch(client)
            _report(client, push)
            yield messages


async def _subscribe(client: mqtt.Client, topic: str, qos: int) -> None:
    answers = await client.subscribe(topic, qos=qos)
    if any((answer if isinstance(answer, int) else answer.value) >= _REFUSED for answer in answers):
        raise NotAllowed(
            "The broker does not let this city listen to the topic.",
            where=topic,
            hint="Ask its operator for the right to subscribe, or correct user and password.",
        )


def decode(raw: bytes | bytearray) -> Any:
    """JSON where the payload is JSON, else its text; raises `BadInput` for what is neither."""
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if raw.lstrip()[:1] in (b"{", b"["):
            raise BadInput(f"The payload is not good JSON: {error}.") from None
    try:
        return raw.decode().strip()
    except UnicodeDecodeError:
        raise BadInput(
            "The payload is neither JSON nor text. Decode it at the gateway (LoRaWAN: a payload formatter)."
        ) from None


async def _batch(client: mqtt.Client) -> list[aiomqtt.Message]:
    found = [await anext(client.messages)]
    while len(found) < _BATCH and len(client.messages):
        found.append(await anext(client.messages))
    return found


def _report(client: mqtt.Client, push: Push) -> None:
    if not client.dropped:
        return
    (topic, _), *_ = client.dropped.most_common(1)
    count = client.dropped.total()
    client.dropped.clear()
    push.refuse(
        f"{count} messages came faster than the city can keep them and were dropped. Send less often.",
        where=f"most on topic {topic or 'of many'}",
        count=count,
    )
