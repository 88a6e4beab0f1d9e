"""Cameras that count at the edge, by MQTT or HTTP: what they may say stands in `counts`, all else is refused."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Literal

import msgspec

from noren.contract import Push
from noren.errors import BadInput
from noren.intake.connectors import counts
from noren.intake.connectors.counts import Placed
from noren.intake.connectors.mqtt import Topic, listen
from noren.intake.connectors.polling import Poller
from noren.messages import say
from noren.terms.eyes import oddity
from noren.terms.records import Camera as CameraRecord

_LANGUAGES = ("en", "ja")


class CameraSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the counts come from, and which cameras the city knows."""

    url: str
    """A broker (`mqtts://host:8883`), or an address that gives messages as JSON (`https://…`)."""
    cameras: dict[str, Placed]
    """The cameras by the name that their messages carry; no other one is listened to."""
    topic: str = ""
    """MQTT topic, with `+` and `#`: `cameras/+/counts`; empty for an HTTP address."""
    user: str = ""
    """Name to sign in with at the broker."""
    password: str = ""
    """Password; `$NAME` takes it from the environment."""
    qos: Literal[0, 1, 2] = 1
    """0: at most once; 1: at least once."""
    identifier: str = ""
    """Name of this client at the broker; empty lets the broker choose one."""
    waiting: int = 10_000
    """Messages kept while the city is busy; beyond that the oldest are dropped and counted."""
    every: str = "1min"
    """How often an HTTP address is asked, in real time."""
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    """Headers to send to an HTTP address."""
    jitter: float = 0.1
    """Share of `every` by which the moment of asking varies."""

    def __post_init__(self) -> None:
        if not self.cameras:
            raise ValueError("`cameras` names no camera")
        for name in self.cameras:
            if odd := oddity(name):
                raise ValueError(f"the name of a camera looks like {odd}")
        if self.over_mqtt:
            Topic(self.topic)

    @property
    def over_mqtt(self) -> bool:
        """Whether messages come from a broker; else an address is asked."""
        return self.url.startswith("mqtt")


class Camera:
    """Listens to cameras that count."""

    kind: ClassVar[str] = "camera"
    Settings: ClassVar[type[msgspec.Struct]] = CameraSettings

    def __init__(self, settings: CameraSettings) -> None:
        self.settings = settings

    async def run(self, push: Push) -> None:
        """Tell which cameras there are, then push their counts; raises when broker or address go away."""
        await push([self.card(push, name, placed) for name, placed in self.settings.cameras.items()])
        await (self._listen(push) if self.settings.over_mqtt else self._ask(push))

    async def _listen(self, push: Push) -> None:
        settings = self.settings
        async for messages in listen(
            settings.url,
            Topic(settings.topic),
            push,
            user=settings.user,
            password=settings.password,
            identifier=settings.identifier,
            qos=settings.qos,
            waiting=settings.waiting,
        ):
            raws = [
                m.payload if isinstance(m.payload, bytes | bytearray) else str(m.payload).encode() for m in messages
            ]
            await self._push(push, raws, "a message")

    async def _ask(self, push: Push) -> None:
        settings = self.settings
        async for answer in Poller(settings.url, settings.every, settings.headers, settings.jitter).changes(push):
            await self._push(push, [answer.body], "the answer")

    async def _push(self, push: Push, raws: Iterable[bytes | bytearray], where: str) -> None:
        found = [entity for raw in raws for entity in self.read(raw, push, where)]
        if found:
            await push(found)

    def read(self, raw: bytes | bytearray, push: Push, where: str = "") -> list[dict[str, Any]]:
        """The entities of a payload; what is no count is refused, the good messages beside it are kept."""
        made = []
        for message in self._messages(raw, push, where):
            try:
                records = counts.entities(message, self.settings.cameras, push.here.city, push.now(), where)
                made += [record.entity() for record in records]
            except BadInput as error:
                push.refuse(str(error), where=where)
        return made

    def _messages(self, raw: bytes | bytearray, push: Push, where: str) -> list[counts.Message]:
        found, wrong = counts.read(raw, where)
        for error in wrong:
            push.refuse(str(error), where=where)
        return found

    def card(self, push: Push, name: str, placed: Placed) -> dict[str, Any]:
        """The camera as an entity that everybody can see."""
        return CameraRecord(
            id=counts.camera_id(push.here.city, name),
            name=placed.name or name,
            category="camera",
            description=" ".join(say(language, "eyes.camera") for language in _LANGUAGES),
            location={"type": "Point", "coordinates": [placed.lon, placed.lat]},
        ).entity()
