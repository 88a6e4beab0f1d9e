"""The lines to the devices: what goes out to them, how long they were silent, which numbers were used."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

from noren.commands.device import COMMAND, PULSE, Key, public, seal
from noren.commands.orders import Order
from noren.commands.plan import Plan

WAITING = 20_000
"""Messages that may wait for the broker; signs of life beyond are left out, and all are sent anew when it is back."""
Out = tuple[str, str, str]
"""Device, "command" or "pulse", message."""


class Link(msgspec.Struct):
    """What the city knows of one device: when it was heard, the number of its last report, the last command and pulse
    sent to it, up to which number commands are recalled, and whether it says that it has fallen back."""

    heard_at: float = float("-inf")
    told: int = 0
    counter: int = 0
    pulse: int = 0
    floor: int = 0
    safe: bool = True


class Lines:
    """All of them. Numbers rise across restarts, because they are never lower than the time in milliseconds."""

    def __init__(self, city: str, key: Key, clock: Callable[[], float]) -> None:
        self._city, self._key, self._clock, self._begun = city, key, clock, int(clock() * 1000)
        self._links: dict[str, Link] = {}
        self.outbox: asyncio.Queue[Out] = asyncio.Queue()

    def __getitem__(self, device: str) -> Link:
        return self._links.setdefault(device, Link())

    def pulse(self, plan: Plan, device: str, *, stopped: bool) -> None:
        """Send the city's sign of life, with what is stopped, recalled and revoked."""
        link, now = self[device], self._clock()
        link.pulse = max(link.pulse + 1, int(now * 1000))
        revoked = [public(each.key)[0] for each in plan.operators if each.revoked]
        told = {"n": link.pulse, "at": now, "floor": link.floor, "stopped": stopped, "revoked": revoked}
        if self.outbox.qsize() < WAITING:
            self.outbox.put_nowait((device, "pulse", seal(PULSE, self._to(device) | told, self._key)))

    def number(self, device: str) -> int:
        """The next command's number at the device."""
        link = self[device]
        link.counter = max(link.counter + 1, int(self._clock() * 1000))
        return link.counter

    def countersigned(self, order: Order, device: str) -> str:
        """The command as it goes to the device: the operator's order within what the city looked at, when."""
        approvals = [each.signed for each in order.approvals]
        told = {"n": order.counter, "checked": self._clock(), "order": order.signed, "approvals": approvals}
        return seal(COMMAND, self._to(device) | told, self._key)

    def is_fresh(self, device: str, told: int, pulse: int, within_s: float) -> bool:
        """Whether a report is newer than all before, and answers a pulse that was sent not long ago."""
        link = self[device]
        oldest = max(self._begun, int((self._clock() - within_s) * 1000))
        return told > link.told and oldest <= pulse <= link.pulse

    def is_lost(self, plan: Plan, device: str) -> bool:
        """Whether a device was not heard for too long, or its key is not to be believed."""
        believed = any(each.id == device and each.key and not each.revoked for each in plan.devices)
        return not believed or self._clock() - self[device].heard_at > plan.lapse

    def _to(self, device: str) -> dict[str, Any]:
        return {"city": self._city, "device": device}
