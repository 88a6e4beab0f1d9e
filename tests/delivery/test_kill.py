"""A server that is killed in the midst of delivery tells everything that was acknowledged, after it starts again."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

from noren.city import City

from .conftest import Receiver, Town, delivering, until

SERVER = """
import asyncio, sys
from pathlib import Path
from noren.city import City
from noren.delivery import deliver
from noren.broker.forms import parse_entity
from noren.broker.requests import Operation

async def main():
    city = City.bare(Path(sys.argv[1]))
    delivery = asyncio.create_task(deliver(city))
    view = city.view(city.anonymous)
    for level in range(100000):
        id = f"urn:ngsi-ld:WaterObserved:town:{level % 7}"
        fragment = parse_entity({"id": id, "type": "WaterObserved", "waterLevel": level}, city.contexts.city)
        await view.apply([Operation(kind="update_or_create", id=id, fragment=fragment)])
        print(level, flush=True)

asyncio.run(main())
"""


async def test_kill_loses_no_acknowledged_change(tmp_path: Path, receiver: Receiver) -> None:
    async with City.bare(tmp_path) as city:
        await Town(city).subscribe(receiver.url)
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVER, str(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    acknowledged = -1
    assert program.stdout is not None
    while len(receiver.levels()) < 100:
        line = await asyncio.wait_for(program.stdout.readline(), 30)
        assert line, "the server ended by itself"
        acknowledged = int(line)
    os.kill(program.pid, signal.SIGKILL)
    rest = await program.stdout.read()
    acknowledged = max([acknowledged, *(int(line) for line in rest.split() if line.isdigit())])
    await program.wait()
    async with City.bare(tmp_path) as city, delivering(city):
        await until(lambda: set(range(acknowledged + 1)) <= set(receiver.levels()), 60)
    for entity in range(7):
        told = [level for level in receiver.levels() if level % 7 == entity]
        fresh = [level for place, level in enumerate(told) if level not in told[:place]]
        assert fresh == sorted(fresh)
