"""City, real broker, device: what an attacker who may publish anything brings about, which is nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from yarl import URL

from noren.city import City, create
from noren.city.config import FILE as SETTINGS
from noren.commands import link
from noren.commands.device import ANSWER, COMMAND, PULSE, REPORT, Device, Key, opened, public, seal, serve, topic
from noren.commands.plan import FILE
from tests.commands.conftest import DESKS, DEVICES, Scene, plan_text

LONG = 60.0
THIEF = Key.new("thief")


async def until(holds: Callable[[], Any], what: str) -> None:
    """Wait until it holds; a slow machine may take its time."""
    for _ in range(int(LONG / 0.02)):
        if holds():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"never: {what}")


class Town(Scene):
    """A scene whose messages go by the broker."""

    slug: str

    def start(self) -> None:
        """Set the city going."""
        self.tasks = [asyncio.create_task(work(self.city)) for work in (link.watch, link.connect)]

    async def stop(self) -> None:
        """Let the city fall silent."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def value(self, actuator: str, name: str = "aspect") -> Any:
        """What the device is really set to."""
        device = self.board.plan.actuator(actuator).device
        return self.devices[device]._kept.values[actuator][name]

    async def connected(self) -> None:
        """Until all devices are heard."""
        await until(lambda: not any(self.board.lines.is_lost(self.board.plan, d) for d in DEVICES), "connected")


@pytest.fixture
async def town(tmp_path: Path, mosquitto: str) -> AsyncIterator[Town]:
    """The town at work on a real broker, with a slug of its own so that no test hears another."""
    slug = f"t{time.time_ns()}"
    create(tmp_path / "town", "Town")
    settings = tmp_path / "town" / SETTINGS
    text = settings.read_text("utf-8").replace('slug = "town"', f'slug = "{slug}"')
    settings.write_text(text + '\n[net]\nallow = ["localhost"]\n', "utf-8")
    plan = plan_text(mosquitto).replace("lapse = 15", "lapse = 8").replace("clearance = 5", "clearance = 0")
    plan = plan.replace("urn:noren:staff:town:", f"urn:noren:staff:{slug}:")
    (tmp_path / "town" / FILE).write_text(plan, "utf-8")
    async with City.open(tmp_path / "town") as city:
        found = Town(city, tmp_path, time.time)
        found.slug, found.board = slug, await link.switchboard(city)
        for name in DEVICES:
            pinned = found.board.plan.pinned(name, slug, found.board.key.verifier)
            found.devices[name] = Device(pinned, DEVICES[name], tmp_path / f"{name}.json", lambda *set: None)
        served = [asyncio.create_task(serve(each, every_s=0.5)) for each in found.devices.values()]
        found.start()
        try:
            await found.connected()
            yield found
        finally:
            for task in served:
                task.cancel()
            await asyncio.gather(found.stop(), *served, return_exceptions=True)


async def test_an_order_there_and_its_answer_back(town: Town) -> None:
    order = await town.ask("main", "green")
    await until(lambda: order.state == "executed", "executed")
    assert town.value("main") == "green"
    refused = await town.ask("side", "green", "desk-2")
    assert refused.state == "refused"
    valve = await town.ask("valve", 50)
    await town.board.approve(town.desk("desk-2", "valve"), valve.id, town.approval(valve))
    await until(lambda: valve.state == "executed", "executed")


async def test_attacks(town: Town, mosquitto: str) -> None:
    """Every message that an attacker with the broker in their hands can make or keep."""
    base, device = topic(town.slug, "junction-1"), town.devices["junction-1"]
    url = URL(mosquitto)
    async with aiomqtt.Client(url.host or "", url.port or 1883) as client:
        await client.subscribe(f"noren/{town.slug}/#", qos=1)
        heard: list[tuple[str, str]] = []

        async def listen() -> None:
            async for message in client.messages:
                heard.append((str(message.topic), bytes(message.payload).decode()))

        listening = asyncio.create_task(listen())
        order = await town.ask("main", "green")
        await until(lambda: order.state == "executed", "executed")
        back = await town.ask("main", "red")
        await until(lambda: back.state == "executed", "executed")
        await until(lambda: sum(where == f"{base}/answer" for where, _ in heard) > 1, "answers heard")
        await until(lambda: any(where == f"{base}/pulse" for where, _ in heard), "a sign of life heard")
        kept = [text for where, text in heard if where == f"{base}/command"]
        pulses = [text for where, text in heard if where == f"{base}/pulse"]
        answers = [text for where, text in heard if where == f"{base}/answer"]
        signed = town.order("main", "green")
        told = {"city": town.slug, "device": "junction-1", "n": 10**15, "checked": time.time(), "approvals": []}
        city = town.board.key
        head, body, signature = kept[0].split(".")
        attacks = {
            "replayed": kept[0],
            "altered": f"{head}.{body[:-4]}AAAA.{signature}",
            "by a thief": seal(COMMAND, told | {"order": signed}, THIEF),
            "by the operator alone": seal(COMMAND, told | {"order": signed}, DESKS["desk-1"]),
            "for another device": seal(COMMAND, told | {"order": signed, "device": "water-1"}, city),
            "of another kind": seal(PULSE, told | {"order": signed}, city),
            "with the device's key": seal(COMMAND, told | {"order": signed}, DEVICES["junction-1"]),
            "garbage": "\x00\xff" * 100,
        }
        before = device._kept.command
        for text in attacks.values():
            await client.publish(f"{base}/command", text, qos=1)
        for text in (pulses[0], seal(PULSE, {"city": town.slug, "device": "junction-1", "n": 10**15}, THIEF)):
            await client.publish(f"{base}/pulse", text, qos=1)
        await until(lambda: device.ignored >= len(attacks) - 1, "ignored")
        assert (town.value("main"), device._kept.command) == ("red", before)

        # With the city's stolen key: the operator's is missing, or the order is late or for something else.
        stolen = [
            seal(COMMAND, told | {"order": town.order("main", "green", "stranger")}, city),
            seal(COMMAND, told | {"n": 10**15 + 1, "order": town.order("main", "green", expires=1.0)}, city),
            seal(COMMAND, told | {"n": 10**15, "order": signed}, city),  # reordered
        ]
        for text in stolen:
            await client.publish(f"{base}/command", text, qos=1)

        def words() -> list[str]:
            keys = dict([public(DEVICES["junction-1"].verifier)])
            return [opened(text, ANSWER, keys)[0]["why"] for where, text in heard if where == f"{base}/answer"]

        await until(lambda: len(words()) == len(answers) + 1 + len(stolen), "refused")
        assert words()[-4:] == ["replayed", "unsigned", "expired", "replayed"]
        assert town.value("main") == "red"

        # On the way back: another's key, an old answer, a report that the device did not make.
        lies = {"city": town.slug, "device": "junction-1", "told": 10**15, "heard": 10**15, "pulse": 10**15}
        lies |= {
            "at": time.time(),
            "values": {"main": {"aspect": "green"}},
            "moving": {},
            "safe": False,
            "stopped": False,
        }
        await client.publish(f"{base}/report", seal(REPORT, lies, THIEF), qos=1)
        await client.publish(f"{topic(town.slug, 'water-1')}/report", seal(REPORT, lies, DEVICES["junction-1"]), qos=1)
        await client.publish(f"{base}/answer", answers[0], qos=1)
        last = await town.ask("lamp", False)
        await until(lambda: last.state == "executed", "executed")
        assert town.board.standing.value(("main", "aspect")) == "red"
        listening.cancel()


async def test_a_silent_city(town: Town) -> None:
    order = await town.ask("main", "green")
    await until(lambda: order.state == "executed", "executed")
    await town.stop()
    await until(lambda: town.value("main") == "red", "the safe state")
    town.start()
    await town.connected()
    again = await town.ask("main", "green")
    await until(lambda: again.state == "executed", "executed")


async def test_an_emergency_stop(town: Town) -> None:
    order = await town.ask("main", "green")
    await until(lambda: order.state == "executed", "executed")
    await town.board.stop(town.view("clerk", "city-operation", roles=()), "signal", "a test")
    await until(lambda: town.value("main") == "red", "the safe state")
