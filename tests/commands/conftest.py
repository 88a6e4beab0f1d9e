"""A town with a junction, a valve and a sluice, two operators, and a clock that the test turns."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from noren.city import City, create
from noren.commands.device import APPROVAL, COMMAND, ORDER, Device, Key, digest, opened, public, seal
from noren.commands.hearing import hear, tick
from noren.commands.plan import FILE
from noren.commands.switchboard import Switchboard
from noren.view import View

START = 1_800_000_000.0
DESKS = {name: Key.new(name) for name in ("desk-1", "desk-2", "stranger")}
DEVICES = {name: Key.new(name) for name in ("junction-1", "water-1", "light-1")}
PURPOSES = ("traffic-management", "utility-operation", "city-operation")
PLAN = """
acknowledge = 10
lapse = 15
longest = 600
broker = "{broker}"

{operators}
{devices}

[[actuators]]
id = "main"
kind = "signal"
device = "junction-1"
name = {{ en = "Main street", ja = "本通り" }}
four_eyes = false
settings.aspect = {{ allowed = ["red", "green"], safe = "red" }}

[[actuators]]
id = "side"
kind = "signal"
device = "junction-1"
name = {{ en = "Side street", ja = "横町" }}
four_eyes = false
settings.aspect = {{ allowed = ["red", "green"], safe = "red" }}

[[actuators]]
id = "valve"
kind = "valve"
device = "water-1"
name = {{ en = "Valve", ja = "弁" }}
settings.opening = {{ min = 0, max = 100, step = 10, safe = 0, unit = "P1" }}

[[actuators]]
id = "gate"
kind = "gate"
device = "water-1"
name = {{ en = "Gate", ja = "水門" }}
settings.position = {{ allowed = ["open", "closed"], safe = "open" }}

[[actuators]]
id = "lamp"
kind = "streetlight"
device = "light-1"
name = {{ en = "Lamp", ja = "街灯" }}
hourly = 3
settings.on = {{ allowed = [true, false], safe = true }}

[[interlocks]]
id = "both-green"
name = {{ en = "Never both green", ja = "両方を青にしない" }}
clearance = 5
never = [
  {{ actuator = "main", property = "aspect", values = ["green"] }},
  {{ actuator = "side", property = "aspect", values = ["green"] }},
]

[[interlocks]]
id = "valve-gate"
name = {{ en = "No valve against a closed gate", ja = "水門が閉じている間は弁を開けない" }}
never = [
  {{ actuator = "valve", property = "opening", above = 0 }},
  {{ actuator = "gate", property = "position", values = ["closed"] }},
]
"""


def operator_rows(revoked: tuple[str, ...] = ()) -> str:
    """The operators' part of the plan."""
    return "\n".join(
        f'[[operators]]\naccount = "urn:noren:staff:town:{name}"\nkey = "{DESKS[name].verifier}"\n'
        f'kinds = ["signal", "valve", "gate", "streetlight"]\nrevoked = {str(name in revoked).lower()}\n'
        for name in ("desk-1", "desk-2")
    )


def plan_text(broker: str = "", revoked: tuple[str, ...] = ()) -> str:
    """The plan as a file."""
    devices = "\n".join(
        f'[[devices]]\nid = "{name}"\nkey = "{key.verifier}"\nrevoked = {str(name in revoked).lower()}\n'
        for name, key in DEVICES.items()
    )
    return PLAN.format(broker=broker, operators=operator_rows(revoked), devices=devices)


class Clock:
    """Says what it was set to."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> float:
        return self.time


_numbers = itertools.count(10_000_000)


class Scene:
    """The switchboard with its devices; messages between them wait in `board.lines.outbox` and `back`."""

    def __init__(self, city: City, folder: Path, clock: Callable[[], float]) -> None:
        self.city, self.folder, self.clock = city, folder, clock
        self.noted: list[tuple[str, dict[str, Any]]] = []
        self.board = Switchboard(city, note=self._note, clock=clock)
        self.back: list[tuple[str, str, str]] = []
        self.devices = {name: self.device(name) for name in DEVICES}
        self.fails = False

    def device(self, name: str, **changes: Any) -> Device:
        """The device of that name, as if it were switched on now."""
        pinned = self.board.plan.pinned(name, self.board.slug, self.board.key.verifier)
        pinned.__dict__.update(changes)
        file = self.folder / f"{name}.json"
        return Device(pinned, DEVICES[name], file, lambda *set: None, self.clock, self.clock)

    async def _note(self, kind: str, facts: dict[str, Any]) -> None:
        await asyncio.sleep(0)
        if self.fails:
            raise OSError("no space left on device")
        self.noted.append((kind, facts))

    def view(self, name: str, purpose: str = "", roles: tuple[str, ...] = ("operator",)) -> View:
        """The city as a member of staff sees it."""
        someone = self.city.principal(name, "staff", purposes=PURPOSES, roles=roles)
        return self.city.view(someone, purpose or None)

    def order(self, actuator: str, value: Any, by: str = "desk-1", /, **changes: Any) -> str:
        """An order as an operator signs it."""
        name = next(iter(self.board.plan.actuator(actuator).settings))
        at = self.clock()
        told = {
            "city": self.board.slug,
            "id": f"order-{next(_numbers)}",
            "actuator": actuator,
            "property": name,
            "value": value,
            "reason": "a test",
            "at": at,
            "expires": at + 60,
        }
        return seal(ORDER, told | changes, DESKS[by])

    async def ask(self, actuator: str, value: Any, by: str = "desk-1", /, **changes: Any) -> Any:
        """Ask, as the operator with their own purpose."""
        return await self.board.ask(self.desk(by, actuator), self.order(actuator, value, by, **changes))

    def desk(self, by: str, actuator: str) -> View:
        """The view of an operator for the purpose that an actuator needs."""
        kind = self.board.plan.actuator(actuator).kind
        purpose = {"signal": "traffic-management", "streetlight": "city-operation"}.get(kind, "utility-operation")
        return self.view(by, purpose)

    def approval(self, order: Any, by: str = "desk-2", /, **changes: Any) -> str:
        """A second person's yes."""
        told = {"city": self.board.slug, "order": digest(order.signed), "at": self.clock()}
        return seal(APPROVAL, told | changes, DESKS[by])

    def out(self) -> list[tuple[str, str, str]]:
        """What left since it was last asked."""
        box = self.board.lines.outbox
        return [box.get_nowait() for _ in range(box.qsize())]

    def take(self, device: str, where: str, text: str) -> None:
        """Let a device have a message; what it says waits in `back`."""
        found = self.devices[device]
        if where == "pulse":
            if found.pulse(text):
                self.back.append((device, "report", found.report()))
        elif (answer := found.command(text)) is not None:
            self.back.append((device, "answer", answer))
            self.back.append((device, "report", found.report()))

    async def settle(self) -> None:
        """Deliver everything, both ways."""
        for each in self.out():
            self.take(*each)
        back, self.back = self.back, []
        for device, where, text in back:
            await hear(self.board, device, where, text)

    async def live(self) -> None:
        """Signs of life to every device, and their reports."""
        for name in self.devices:
            self.board.pulse(name)
        await self.settle()

    async def wait(self, seconds: float) -> None:
        """Let time pass, with signs of life."""
        self.clock.time += seconds  # type: ignore[attr-defined]
        for each in self.devices.values():
            each.tick()
        await tick(self.board)
        await self.live()


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    """A town at work, all devices heard."""
    create(tmp_path / "town", "Town")
    (tmp_path / "town" / FILE).write_text(plan_text(), "utf-8")
    async with City.open(tmp_path / "town") as city:
        found = Scene(city, tmp_path, Clock())
        await found.board.load()
        await found.wait(6)
        yield found


def inside(message: str, scene: Scene) -> dict[str, Any]:
    """What a command to a device says."""
    told, _ = opened(message, COMMAND, dict([public(scene.board.key.verifier)]))
    return told
