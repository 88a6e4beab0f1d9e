"""How many commands a second, with all signatures: `python -m bench.commands` (half a minute).

Orders are signed beforehand, as operators do on machines of their own. Counted is everything that the city does until a
command leaves: check the signature, policy, limits and interlocks, countersign, ledger and store, each durable.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from noren.city import City, create
from noren.commands.device import COMMAND, ORDER, PULSE, Device, Key, Pinned, seal
from noren.commands.hearing import hear
from noren.commands.plan import FILE
from noren.commands.switchboard import Switchboard

LAMPS, AT_ONCE = 200, 64
DESK, OWN = Key.new("desk-1"), Key.new("lights")


def plan() -> str:
    """Lamps of one device, each interlocked with the next."""
    text = f'[[operators]]\naccount = "urn:noren:staff:town:desk-1"\nkey = "{DESK.verifier}"\nkinds = ["streetlight"]\n'
    text += f'[[devices]]\nid = "lights"\nkey = "{OWN.verifier}"\n'
    for number in range(LAMPS):
        text += (
            f'[[actuators]]\nid = "lamp-{number}"\nkind = "streetlight"\ndevice = "lights"\nname = {{ en = "Lamp" }}\n'
            "hourly = 100000\nsettings.level = { min = 0, max = 100, safe = 0 }\n"
            f'[[interlocks]]\nid = "pair-{number}"\nname = {{ en = "Pair" }}\nnever = [\n'
            f'{{ actuator = "lamp-{number}", property = "level", above = 90 }},\n'
            f'{{ actuator = "lamp-{(number + 1) % LAMPS}", property = "level", above = 90 }} ]\n'
        )
    return text


async def city_side(folder: Path, count: int) -> None:
    """Orders a second, from many callers at once."""
    create(folder / "town", "Town")
    (folder / "town" / FILE).write_text(plan(), "utf-8")
    async with City.open(folder / "town") as city:
        board = Switchboard(city)
        await board.load()
        pinned = board.plan.pinned("lights", "town", board.key.verifier)
        device = Device(pinned, OWN, folder / "lights.json", lambda *set: None)
        board.pulse("lights")
        device.pulse(board.lines.outbox.get_nowait()[2])
        assert await hear(board, "lights", "report", device.report())
        someone = city.principal("desk-1", "staff", purposes=["city-operation"], roles=["operator"])
        view, now = city.view(someone), time.time()
        told = {"city": "town", "property": "level", "reason": "a test", "at": now, "expires": now + 500}
        orders = [
            seal(ORDER, told | {"id": f"order-{n:06d}", "actuator": f"lamp-{n % LAMPS}", "value": n % 90}, DESK)
            for n in range(count)
        ]
        begun, used = time.perf_counter(), time.process_time()

        async def caller(first: int) -> None:
            for signed in orders[first::AT_ONCE]:
                assert (await board.ask(view, signed)).state == "sent"

        await asyncio.gather(*(caller(first) for first in range(AT_ONCE)))
        seconds, busy = time.perf_counter() - begun, time.process_time() - used
        print(f"{'orders until they leave':<32}{count / seconds:>8,.0f}/s {busy / count * 1e6:>8.0f} µs of processor")
        begun = time.perf_counter()
        for n in range(50):
            signed = seal(ORDER, told | {"id": f"single-{n:04d}", "actuator": "lamp-1", "value": 3}, DESK)
            await board.ask(view, signed)
        print(f"{'one after another':<32}{(time.perf_counter() - begun) / 50 * 1e3:>8.1f} ms each")


def device_side(folder: Path, count: int) -> None:
    """Commands a second that a device checks, writes down and answers."""
    city, level = Key.new("town-commands"), {"level": {"min": 0, "max": 100, "safe": 0}}
    pinned = Pinned("lights", "town", city.verifier, [DESK.verifier], {"lamp-1": level})
    device = Device(pinned, OWN, folder / "one.json", lambda *set: None)
    now, to = time.time(), {"city": "town", "device": "lights"}
    device.pulse(seal(PULSE, to | {"n": 1, "at": now, "floor": 0, "stopped": False, "revoked": []}, city))
    told = {"city": "town", "actuator": "lamp-1", "property": "level", "value": 5, "reason": "a test", "at": now}
    order = seal(ORDER, told | {"id": "order-000000", "expires": now + 500}, DESK)
    commands = [seal(COMMAND, to | {"n": n, "checked": now, "order": order}, city) for n in range(1, count + 1)]
    begun, used = time.perf_counter(), time.process_time()
    for each in commands:
        assert device.command(each)
    seconds, busy = time.perf_counter() - begun, time.process_time() - used
    print(f"{'device: checked and answered':<32}{count / seconds:>8,.0f}/s {busy / count * 1e6:>8.0f} µs of processor")


def main() -> None:
    """Both sides."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=2000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(city_side(Path(folder), arguments.orders))
        device_side(Path(folder), arguments.orders // 4)


if __name__ == "__main__":
    main()
