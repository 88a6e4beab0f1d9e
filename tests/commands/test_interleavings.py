"""Whoever asks what at whatever time, and whatever the network does to it: what must never hold never holds.

The oracle knows nothing of the switchboard: it looks at what the devices are really set to, when.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import hypothesis
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from noren.city import City, create
from noren.commands.device import Device
from noren.commands.hearing import hear, tick
from noren.commands.plan import FILE
from noren.errors import Conflict
from tests.commands.conftest import DEVICES, Clock, Scene, plan_text

CLEARANCE = 5.0
SETTINGS = {"main": ["red", "green"], "side": ["red", "green"], "valve": [0, 50], "gate": ["open", "closed"]}


class Silent:
    """Shows nothing: what the store keeps is another test's matter."""

    def __getattr__(self, name: str) -> Any:
        async def nothing(*what: Any) -> None:
            await asyncio.sleep(0)

        return nothing


class World:
    """What the devices are really set to, and when each was last green."""

    def __init__(self, clock: Clock) -> None:
        self.clock, self.values = clock, dict[str, Any]()
        self.green: dict[str, float] = {}
        self.wrong: list[str] = []

    def set(self, actuator: str, name: str, value: Any) -> None:
        """Somebody's device does it."""
        if self.values.get(actuator) == "green":
            self.green[actuator] = self.clock.time
        self.values[actuator] = value
        other = {"main": "side", "side": "main"}.get(actuator, "")
        if value == "green" and (
            self.values.get(other) == "green" or self.clock.time - self.green.get(other, 0.0) < CLEARANCE
        ):
            self.wrong.append(f"{actuator} is green {self.clock.time - self.green.get(other, 0.0)} s after {other}")
        if self.values.get("gate") == "closed" and self.values.get("valve", 0) > 0:
            self.wrong.append("the valve is open against a closed gate")


class Interleavings(RuleBasedStateMachine):
    """Orders, second persons, stops, recalls; messages late, twice, never, in any order; devices that restart."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp())
        create(self.folder / "town", "Town")
        text = plan_text().replace("hourly = 3\n", "")
        (self.folder / "town" / FILE).write_text(text, "utf-8")
        self.city = City.open(self.folder / "town")
        self.clock = Clock()
        self.world = World(self.clock)
        self.on_the_way: list[tuple[str, str, str]] = []

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    @initialize()
    def begin(self) -> None:
        self.scene = Scene(self.city, self.folder, self.clock)
        self.scene.board.showing = Silent()  # type: ignore[assignment]
        self.scene.devices = {name: self.device(name) for name in DEVICES}
        self.alive()
        self.clock.time += CLEARANCE + 1
        self.alive()

    def device(self, name: str) -> Device:
        found = self.scene.device(name, never=())  # nothing but the city's own look stands between
        found._apply = self.world.set
        found.fall_back()
        return found

    def alive(self) -> None:
        for name in DEVICES:
            self.scene.board.pulse(name)
        self.post()
        self.everything()

    def post(self) -> None:
        self.on_the_way += self.scene.out()

    def hand_over(self, message: tuple[str, str, str]) -> None:
        if message[1] in ("pulse", "command"):
            self.scene.take(*message)
            self.on_the_way += self.scene.back
            self.scene.back = []
        else:
            self.run(hear(self.scene.board, *message))

    def everything(self) -> None:
        while self.on_the_way:
            self.hand_over(self.on_the_way.pop(0))

    @rule(which=st.sampled_from(sorted(SETTINGS)), pick=st.integers(0, 1), by=st.sampled_from(["desk-1", "desk-2"]))
    def ask(self, which: str, pick: int, by: str) -> None:
        self.run(self.scene.ask(which, SETTINGS[which][pick], by))
        self.post()

    @rule(second=st.sampled_from(["main", "side"]))
    def ask_both(self, second: str) -> None:
        """Two operators at the same time; from quiet streets exactly one passes."""
        quiet = self.is_quiet()

        async def both() -> list[Any]:
            first = "side" if second == "main" else "main"
            return await asyncio.gather(self.scene.ask(first, "green"), self.scene.ask(second, "green", "desk-2"))

        found = self.run(both())
        self.post()
        assert sum(each.state == "sent" for each in found) <= 1
        if quiet:
            assert sorted(each.state for each in found) == ["refused", "sent"]

    def is_quiet(self) -> bool:
        """Both streets red for long, nothing under way, the device heard and the signals not stopped."""
        board, device = self.scene.board, self.scene.devices["junction-1"]
        under_way = any(board.standing._flying[each, "aspect"] for each in ("main", "side"))
        known = all(board.standing.value((each, "aspect")) == "red" for each in ("main", "side"))
        left = [until for each in ("main", "side") for _, until in board.standing._left[each, "aspect"]]
        long_ago = all(until < self.clock.time - CLEARANCE for until in left)
        busy = sum(at > self.clock.time - 3600 for each in ("main", "side") for at in board._left.get(each, ())) > 50
        lost = board.lines.is_lost(board.plan, "junction-1") or device.safe
        return known and long_ago and not (under_way or lost or busy or "signal" in board.stops)

    @rule(data=st.data())
    def approve(self, data: st.DataObject) -> None:
        waiting = [each for each in self.scene.board.orders.values() if each.state == "requested"]
        if waiting:
            order = data.draw(st.sampled_from(waiting))
            by = "desk-2" if order.by.endswith("desk-1") else "desk-1"
            view = self.scene.desk(by, order.asked.actuator)
            self.run(self.scene.board.approve(view, order.id, self.scene.approval(order, by)))
            self.post()

    @rule(data=st.data(), fate=st.sampled_from(["arrives", "arrives", "arrives", "is lost", "comes twice"]))
    def network(self, data: st.DataObject, fate: str) -> None:
        if self.on_the_way:
            at = data.draw(st.integers(0, len(self.on_the_way) - 1))
            message = self.on_the_way[at]
            if fate != "comes twice":
                self.on_the_way.pop(at)
            if fate != "is lost":
                self.hand_over(message)

    @rule()
    def signs_of_life(self) -> None:
        for name in DEVICES:
            self.scene.board.pulse(name)
        self.post()

    @rule()
    def calm(self) -> None:
        self.alive()

    @rule(seconds=st.sampled_from([0.5, 2.0, 5.5, 16.0, 70.0]))
    def wait(self, seconds: float) -> None:
        self.clock.time += seconds
        for each in self.scene.devices.values():
            each.tick()
        self.run(tick(self.scene.board))

    @rule(kind=st.sampled_from(["signal", "valve", "gate"]))
    def stop(self, kind: str) -> None:
        self.run(self.scene.board.stop(self.scene.view("clerk", "city-operation"), kind, "a test"))
        self.post()

    @rule()
    def lift(self) -> None:
        for kind in list(self.scene.board.stops):
            actuator = {"signal": "main"}.get(kind, kind)
            for by in ("desk-1", "desk-2"):
                self.run(self.scene.board.lift(self.scene.desk(by, actuator), kind))
        self.post()

    @rule(data=st.data())
    def recall(self, data: st.DataObject) -> None:
        orders = list(self.scene.board.orders.values())
        if orders:
            order = data.draw(st.sampled_from(orders))
            with contextlib.suppress(Conflict):
                self.run(self.scene.board.recall(self.scene.desk("desk-2", order.asked.actuator), order.id, "no"))
            self.post()

    @rule(name=st.sampled_from(sorted(DEVICES)))
    def restart(self, name: str) -> None:
        self.scene.devices[name] = self.device(name)

    @invariant()
    def nothing_that_must_never_hold(self) -> None:
        assert self.world.wrong == []

    def teardown(self) -> None:
        self.run(self.city.close())
        self.loop.close()
        shutil.rmtree(self.folder)


TestInterleavings = Interleavings.TestCase
TestInterleavings.settings = hypothesis.settings(max_examples=60, stateful_step_count=40)
