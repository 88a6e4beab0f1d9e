"""Opening a city for its people: what `noren up` does, said in plain words."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from importlib.util import find_spec
from ipaddress import ip_address
from typing import Any
from zoneinfo import ZoneInfo

from noren.city import City
from noren.errors import BadInput
from noren.intake.feeds import Feeds
from noren.run.running import Running, running, until_told

Say = Callable[[str], None]


async def serve(
    city: City, *, host: str, port: int, speed: float | None, calm: bool, say: Say, custodian: bool = False
) -> None:
    """Open the city, or the house of a custodian, on the port, say so, and work until the process is told to stop."""
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s")
    if speed is not None:
        city.clock.jump(city.clock.now(), speed)
    name = city.config.called("en")
    opened = running(city, host=host, port=port, calm=calm, custodian=custodian)
    async with until_told() as stop, opened as (works, web):
        say(f"{name} is open at {address(host, web.port)}")
        if custodian:
            say(f"What its city writes into its settings as the custodian's key: {city.custody_key.verifier}")
        for line in about(works):
            say(line)
        await stop.wait()
        say(f"{name} is closing …")


def enter(main: Coroutine[Any, Any, None]) -> None:
    """Run the coroutine on the fastest event loop that this machine has."""
    if find_spec("uvloop"):
        import uvloop

        uvloop.run(main)
    else:
        asyncio.run(main)


def address(host: str, port: int) -> str:
    """Where a browser on this machine finds the city."""
    shown = "localhost" if host in ("127.0.0.1", "::1", "0.0.0.0", "::", "localhost") else host  # noqa: S104
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"


def about(works: Running) -> list[str]:
    """Clock, feeds and services, a line each, and how to stop."""
    city = works.city
    lines = [warning] if (warning := bare_warning(city)) else []
    if city.clock.shifted:
        now = city.clock.now().astimezone(ZoneInfo(city.config.timezone))
        lines.append(
            f"In the city it is {now:%Y-%m-%d %H:%M}; its clock runs {city.clock.speed:g} times as fast as ours."
        )
    if works.feeds is not None:
        lines.append(_feeds(works.feeds))
    if works.services is not None:
        names = ", ".join(work.name for work in works.services.work)
        lines.append(f"Services at work: {names}." if names else "No service is at work.")
    return [*lines, "Stop it with Ctrl-C."]


def _feeds(feeds: Feeds) -> str:
    wrong = [f"  {status.name}: {status.last_error}" for status in feeds.status.values() if status.last_error]
    if not feeds.status:
        return "No feed is set up yet; docs/feeds.md shows how to connect a sensor in five minutes."
    names = ", ".join(feeds.at_work) or "none"
    return "\n".join([f"Feeds at work: {names}.", *wrong])


def bare_warning(city: City) -> str:
    """What to know of a city without a door."""
    if not city.is_bare:
        return ""
    return "WARNING: this empty city has no door. Whoever reaches this port may read and write everything in it."


def check_bare(*, open_to_all: bool, host: str) -> None:
    """Raise `BadInput` unless it was said that the bare city is open, and it stays on this machine."""
    if not open_to_all:
        raise BadInput(
            "A bare city lets anyone read and write: say so.", where="--bare", hint="Use: noren up --bare --open"
        )
    if not is_loopback(host):
        raise BadInput("A bare city is open on this machine only.", where=f"--host {host}", hint="Leave out --host.")


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the host."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
