"""`noren up`: open the city."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from noren.city import City
from noren.run import up as room

Port = Annotated[int, Parameter(env_var="PORT")]


def up(
    *,
    city: Path = Path(),
    port: Port = 8080,
    host: str = "127.0.0.1",
    speed: float | None = None,
    calm: bool = False,
    custodian: bool = False,
    bare: bool = False,
    open_to_all: Annotated[bool, Parameter(name="--open")] = False,
) -> None:
    """Open a city: its pages, its interfaces, its feeds and services. Ctrl-C closes it.

    Parameters
    ----------
    city
        Folder of the city.
    port
        Port to open; the environment's PORT when that is set.
    host
        Address to listen on. The default is this machine alone; 0.0.0.0 is everyone who can reach it.
    speed
        How many times as fast as ours the city's clock runs.
    calm
        No storm in the sample city.
    custodian
        The folder is the house of a custodian (its settings have a section [custodian]): it answers its city's asks,
        and its own people through NGSI-LD, and shows no pages.
    bare
        An empty city instead of a folder, for conformance tools and load; needs --open.
    open_to_all
        With --bare: yes, anyone may read and write.
    """
    if bare:
        room.check_bare(open_to_all=open_to_all, host=host)
    opened = City.bare() if bare else City.open(city)
    room.enter(_serve(opened, host, port, speed, calm, custodian and not bare))


async def _serve(city: City, host: str, port: int, speed: float | None, calm: bool, custodian: bool) -> None:
    async with city:
        await room.serve(city, host=host, port=port, speed=speed, calm=calm, say=_say, custodian=custodian)
    _say("Closed.")


def _say(text: str) -> None:
    print(text, flush=True)
