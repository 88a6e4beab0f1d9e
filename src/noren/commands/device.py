"""The device's side: what a signal, a valve or a pump needs to obey its city, and nobody else.

This file needs Python 3.11 and `cryptography` alone (`serve` needs `aiomqtt`, too): copy it to the device. It imports
nothing of Noren's; the city reads the messages by the same lines. What the messages say stands in docs/commands.md.

>>> operator, city = Key.new("desk-1"), Key.new("town")
>>> order = seal(ORDER, {"city": "town", "actuator": "gate-1", "property": "opening", "value": 40}, operator)
>>> opened(order, ORDER, {operator.id: operator.public})[0]["value"]
40
>>> opened(order, ORDER, {city.id: city.public})
Traceback (most recent call last):
noren.commands.device.Refused: unsigned
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import json
import os
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ORDER, APPROVAL, COMMAND = "noren-order", "noren-approval", "noren-command"
PULSE, ANSWER, REPORT = "noren-pulse", "noren-answer", "noren-report"
LARGEST = 64 << 10
_TAG, _LINE = b"\x01", b"\n"
MOVING = "moving"
"""What `apply` returns when it takes a while: the report tells when the value is reached."""


class Refused(Exception):
    """Why a message is not obeyed, in one word of the list in docs/commands.md."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


# Keys and messages: a JWS in compact form (RFC 7515) with Ed25519 (RFC 8037, 9864).


class Key:
    """A private Ed25519 key with its name, as a line: `PRIVATE+KEY+name+id+base64` (C2SP signed-note)."""

    def __init__(self, name: str, seed: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self._seed = seed
        self.public = self._private.public_key().public_bytes_raw()
        self.id = f"{name}+{hashlib.sha256(name.encode() + _LINE + _TAG + self.public).digest()[:4].hex()}"

    @classmethod
    def new(cls, name: str) -> Key:
        """A key that nobody had before."""
        return cls(name, secrets.token_bytes(32))

    @classmethod
    def parse(cls, line: str) -> Key:
        """The key of a line; raises `ValueError`, and never says what it read."""
        name, _, rest = line.strip().removeprefix("PRIVATE+KEY+").partition("+")
        material = base64.b64decode(rest.partition("+")[2], validate=True)
        key = cls(name, material[1:])
        if not line.startswith("PRIVATE+KEY+") or rest.partition("+")[0] != key.id.rpartition("+")[2]:
            raise ValueError("This is no private key.")
        return key

    @property
    def verifier(self) -> str:
        """What others need: `name+id+base64` of the public key."""
        return f"{self.id}+{base64.b64encode(_TAG + self.public).decode()}"

    def secret(self) -> str:
        """The line for a file that only its owner reads."""
        return f"PRIVATE+KEY+{self.id}+{base64.b64encode(_TAG + self._seed).decode()}\n"

    def sign(self, text: bytes) -> bytes:
        """The signature of `text`."""
        return self._private.sign(text)


def public(verifier: str) -> tuple[str, bytes]:
    """Id and 32 bytes of a public key written `name+id+base64`."""
    name, id, coded = verifier.strip().split("+", 2)
    return f"{name}+{id}", base64.b64decode(coded, validate=True)[1:]


def seal(kind: str, payload: Mapping[str, Any], key: Key) -> str:
    """`payload` as a signed message of that kind."""
    header = {"alg": "Ed25519", "kid": key.id, "typ": kind}
    text = f"{_coded(_json(header))}.{_coded(_json(payload))}"
    return f"{text}.{_coded(key.sign(text.encode()))}"


def opened(message: str, kind: str, keys: Mapping[str, bytes]) -> tuple[dict[str, Any], str]:
    """Payload and signer's id of a message; raises `Refused`: "malformed", or "unsigned" when it is of another kind or
    by none of `keys`. The signature is looked at before the payload is."""
    try:
        head, body, signature = message[:LARGEST].split(".")
        header = json.loads(_plain(head))
        if header.keys() != {"alg", "kid", "typ"} or header["alg"] != "Ed25519":
            raise Refused("malformed")
        if header["typ"] != kind or header["kid"] not in keys:
            raise Refused("unsigned")
        Ed25519PublicKey.from_public_bytes(keys[header["kid"]]).verify(_plain(signature), f"{head}.{body}".encode())
        payload = json.loads(_plain(body), parse_constant=_no_number)
    except InvalidSignature:
        raise Refused("unsigned") from None
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise Refused("malformed") from None
    if not isinstance(payload, dict):
        raise Refused("malformed")
    return payload, header["kid"]


def peek(message: str) -> tuple[dict[str, Any], str]:
    """What a message claims to say and by whose key, unchecked: only to find out whose key to check it by."""
    try:
        head, body, _ = message[:LARGEST].split(".")
        found, by = (json.loads(_plain(each), parse_constant=_no_number) for each in (body, head))
        return dict(found), str(by["kid"])
    except (ValueError, TypeError, KeyError, RecursionError):
        raise Refused("malformed") from None


def digest(message: str) -> str:
    """By which approvals and answers name a message."""
    return _coded(hashlib.sha256(message.encode()).digest())


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False).encode()


def _coded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _plain(text: str) -> bytes:
    raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if _coded(raw) != text:  # one message has one spelling, so that its digest names it
        raise ValueError(text)
    return raw


def _no_number(text: str) -> Any:
    raise ValueError(text)


# Limits and interlocks: the city and the device hold to the same ones.


def within(limits: Mapping[str, Any], value: Any) -> bool:
    """Whether `limits` (`allowed`, or `min`, `max` and `step`) let a setting have this value.

    >>> within({"min": 0, "max": 100, "step": 5}, 45), within({"min": 0, "max": 100, "step": 5}, 42)
    (True, False)
    """
    if "allowed" in limits:
        return any(value == each and isinstance(value, bool) == isinstance(each, bool) for each in limits["allowed"])
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if not limits["min"] <= value <= limits["max"]:
        return False
    steps = (value - limits["min"]) / limits["step"] if limits.get("step") else 0.0
    return bool(abs(steps - round(steps)) < 1e-6)


def matches(part: Mapping[str, Any], value: Any) -> bool:
    """Whether a value is one that a part of an interlock speaks of: `values`, `above` or `below`."""
    if "values" in part:
        return any(value == each for each in part["values"])
    if isinstance(value, bool) or not isinstance(value, int | float):
        return True  # not to be told: better stay on the safe side
    return bool(value > part["above"] if "above" in part else value < part["below"])


# The device.


@dataclass
class Pinned:
    """What was put into the device by hand: whom it obeys, and what it can do. `four_eyes` are the actuators that need
    a second person, `never` the device's own interlocks: parts that must not all hold."""

    name: str
    city: str
    city_key: str
    operators: Sequence[str]
    actuators: Mapping[str, Mapping[str, Mapping[str, Any]]]
    four_eyes: Sequence[str] = ()
    never: Sequence[Sequence[Mapping[str, Any]]] = ()
    lapse_s: float = 15.0
    broker: str = ""


@dataclass
class _Kept:
    """What must survive a power cut."""

    command: int = 0
    pulse: int = 0
    told: int = 0
    floor: int = 0
    stopped: bool = False
    clock: float = 0.0
    revoked: list[str] = field(default_factory=list)
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    moving: dict[str, dict[str, Any]] = field(default_factory=dict)


Apply = Callable[[str, str, Any], Any]
"""Sets (actuator, property, value) for real; may return `MOVING`, and raises when it cannot."""


class Device:
    """Decides about each message, sets what is asked, and keeps its counters in `file` before it does anything."""

    def __init__(
        self,
        pinned: Pinned,
        key: Key,
        file: Path,
        apply: Apply,
        clock: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start in the safe state: what was set before the power went is not taken for granted."""
        self.pinned, self.key, self._file, self._apply = pinned, key, file, apply
        self._clock, self._steady = clock, steady
        self._city = dict([public(pinned.city_key)])
        self._operators = dict(public(each) for each in pinned.operators)
        self._kept = _Kept(**json.loads(file.read_text("utf-8"))) if file.exists() else _Kept()
        self._heard = float("-inf")
        self.safe = False
        self.ignored = 0
        self.fall_back()

    def now(self) -> float:
        """The time; a clock that was moved back is not believed behind what the city signed."""
        return max(self._clock(), self._kept.clock)

    def command(self, message: str) -> str | None:
        """Obey or refuse a command; the signed answer, or None for what the city did not send to this device."""
        try:
            told, _ = opened(message, COMMAND, self._city)
            self._is_mine(told)
            counter = _whole(told, "n")
        except Refused:
            self.ignored += 1
            return None
        try:
            if counter <= self._kept.command:
                raise Refused("replayed")
            self._kept.command = counter
            self._keep()
            state, why = self._obey(told), ""
        except Refused as refused:
            state, why = "refused", refused.why
        except Exception:  # whatever the machine says: the city must hear that it did not work
            state, why = "failed", "broken"
        answer = {"answers": digest(message), "n": counter, "state": state, "why": why}
        return self._signed(ANSWER, answer)

    def pulse(self, message: str) -> bool:
        """Take the city's sign of life, with what it stops, recalls and revokes; False for one that does not hold."""
        try:
            told, _ = opened(message, PULSE, self._city)
            self._is_mine(told)
            counter, at = _whole(told, "n"), float(told["at"])
            if counter <= self._kept.pulse or at < self.now() - self.pinned.lapse_s:
                raise Refused("replayed")
        except (Refused, KeyError, TypeError, ValueError):
            self.ignored += 1
            return False
        kept = self._kept
        revoked = sorted({*kept.revoked, *map(str, told.get("revoked", []))})
        floor = max(kept.floor, int(told.get("floor", 0)))
        kept.pulse, kept.clock, kept.floor = counter, max(kept.clock, at), floor
        kept.revoked, kept.stopped = revoked, told.get("stopped") is not False
        self._keep()
        self._heard = self._steady()
        self.safe = False
        if kept.stopped:
            self.fall_back()
        return True

    def tick(self) -> bool:
        """Call it every second: falls back to the safe state when the city was not heard for `lapse_s`; True then."""
        if self.safe or self._steady() - self._heard <= self.pinned.lapse_s:
            return False
        self.fall_back()
        return True

    def fall_back(self) -> None:
        """Set every setting to its safe value, at once and whatever else is going on; written down behind."""
        self.safe = True
        for actuator, settings in self.pinned.actuators.items():
            for name, limits in settings.items():
                with contextlib.suppress(Exception):  # one that is broken keeps no other from its safe state
                    self._set(actuator, name, limits["safe"])
        self._keep()

    def reached(self, actuator: str, name: str, value: Any) -> None:
        """Tell what a setting has come to: of a gate that took its time, or that somebody moved by hand."""
        self._is_at(actuator, name, value)
        self._keep()

    def report(self) -> str:
        """Signed: what everything is set to or moves to, and the last command and pulse looked at."""
        kept = self._kept
        told = {"values": kept.values, "moving": kept.moving, "heard": kept.command, "pulse": kept.pulse}
        return self._signed(REPORT, told | {"safe": self.safe, "stopped": kept.stopped})

    def _obey(self, told: dict[str, Any]) -> str:
        order, by = self._order(told)
        actuator, name, value = order.get("actuator"), order.get("property"), order.get("value")
        if self._kept.stopped:
            raise Refused("stopped")
        if self.safe:
            raise Refused("link")
        if self._kept.command <= self._kept.floor:
            raise Refused("recalled")
        if actuator in self.pinned.four_eyes and not self._second(told, by):
            raise Refused("approval")
        limits = self.pinned.actuators.get(str(actuator), {}).get(str(name))
        if limits is None:
            raise Refused("misdirected")
        if not within(limits, value):
            raise Refused("limits")
        if any(self._meets(parts, str(actuator), str(name), value) for parts in self.pinned.never):
            raise Refused("interlock")
        return "acknowledged" if self._set(str(actuator), str(name), value) == MOVING else "executed"

    def _order(self, told: dict[str, Any]) -> tuple[dict[str, Any], str]:
        """The operator's order within; it expires by this device's own clock."""
        order, by = opened(str(told.get("order")), ORDER, self._trusted())
        if order.get("city") != self.pinned.city:
            raise Refused("misdirected")
        expires = order.get("expires")
        if isinstance(expires, bool) or not isinstance(expires, int | float) or expires <= self.now():
            raise Refused("expired")
        return order, by

    def _second(self, told: dict[str, Any], first: str) -> bool:
        keys = {id: raw for id, raw in self._trusted().items() if id != first and raw != self._operators[first]}
        return any(_approves(str(each), str(told["order"]), keys) for each in told.get("approvals", []))

    def _trusted(self) -> dict[str, bytes]:
        return {id: raw for id, raw in self._operators.items() if id not in self._kept.revoked}

    def _meets(self, parts: Sequence[Mapping[str, Any]], actuator: str, name: str, value: Any) -> bool:
        """Whether all parts would hold, each by its value or by what it moves to."""

        def now(part: Mapping[str, Any]) -> list[Any]:
            if (part["actuator"], part["property"]) == (actuator, name):
                return [value]
            found = (
                kept.get(part["actuator"], {}).get(part["property"]) for kept in (self._kept.values, self._kept.moving)
            )
            return [each for each in found if each is not None]

        return all(any(matches(part, each) for each in now(part)) for part in parts)

    def _set(self, actuator: str, name: str, value: Any) -> Any:
        self._kept.moving.setdefault(actuator, {})[name] = value
        done = self._apply(actuator, name, value)
        if done != MOVING:
            self._is_at(actuator, name, value)
        return done

    def _is_at(self, actuator: str, name: str, value: Any) -> None:
        self._kept.values.setdefault(actuator, {})[name] = value
        if self._kept.moving.get(actuator, {}).get(name) == value:
            del self._kept.moving[actuator][name]

    def _is_mine(self, told: dict[str, Any]) -> None:
        if told.get("city") != self.pinned.city or told.get("device") != self.pinned.name:
            raise Refused("misdirected")

    def _signed(self, kind: str, told: dict[str, Any]) -> str:
        self._kept.told = max(self._kept.told + 1, int(self._clock() * 1000))
        self._keep()
        said = {"city": self.pinned.city, "device": self.pinned.name, "at": self._clock(), "told": self._kept.told}
        return seal(kind, told | said, self.key)

    def _keep(self) -> None:
        fresh = self._file.with_name(self._file.name + ".new")
        with fresh.open("w", encoding="utf-8") as file:
            json.dump(self._kept.__dict__, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._file)


def _approves(message: str, order: str, keys: Mapping[str, bytes]) -> bool:
    try:
        return opened(message, APPROVAL, keys)[0].get("order") == digest(order)
    except Refused:
        return False


def _whole(told: Mapping[str, Any], name: str) -> int:
    value = told.get(name)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refused("malformed")
    return value


async def serve(device: Device, *, every_s: float = 5.0, **more: Any) -> None:
    """Serve the city by MQTT until cancelled: `broker` is `mqtt://[user:password@]host[:1883]` or `mqtts://…`; `more`
    goes to `aiomqtt.Client` (certificates). When the broker goes away, it is tried again; however serving ends, the
    device is left in its safe state."""
    import ssl
    from urllib.parse import urlsplit

    import aiomqtt

    url = urlsplit(device.pinned.broker)
    secure = url.scheme == "mqtts"
    if secure:
        more.setdefault("tls_context", ssl.create_default_context())
    more |= {"username": url.username, "password": url.password}
    base = topic(device.pinned.city, device.pinned.name)
    watching = asyncio.create_task(_watch(device))
    try:
        while True:
            try:
                async with aiomqtt.Client(url.hostname or "", url.port or (8883 if secure else 1883), **more) as client:
                    await _attend(device, client, base, every_s)
            except aiomqtt.MqttError:
                if is_cancelled():
                    raise asyncio.CancelledError from None
                await asyncio.sleep(1.0)
    finally:
        watching.cancel()
        device.fall_back()


def is_cancelled() -> bool:
    """Whether this task was told to end: leaving a broken connection may raise its own error instead."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def _watch(device: Device) -> None:
    """Falls back in time whatever the connection is doing."""
    while True:
        with contextlib.suppress(OSError):  # the safe state is set; that it cannot be written down must not end this
            device.tick()
        await asyncio.sleep(min(1.0, device.pinned.lapse_s / 4))


async def _attend(device: Device, client: Any, base: str, every_s: float) -> None:
    await client.subscribe([(f"{base}/pulse", 1), (f"{base}/command", 1)])
    beat = asyncio.create_task(_beat(device, client, base, every_s))
    try:
        async for message in client.messages:
            await _take(device, client, base, str(message.topic), bytes(message.payload))
    finally:
        beat.cancel()


def topic(city: str, device: str) -> str:
    """Below which topic a device hears (`/command`, `/pulse`) and speaks (`/answer`, `/report`)."""
    return f"noren/{city}/{device}"


async def _take(device: Device, client: Any, base: str, where: str, raw: bytes) -> None:
    text = raw.decode("ascii", "replace")
    if where.endswith("/pulse"):
        if device.pulse(text):
            await client.publish(f"{base}/report", device.report(), qos=1)
    elif (answer := device.command(text)) is not None:
        await client.publish(f"{base}/answer", answer, qos=1)


async def _beat(device: Device, client: Any, base: str, every_s: float) -> None:
    while True:
        await client.publish(f"{base}/report", device.report(), qos=1)
        await asyncio.sleep(every_s)
