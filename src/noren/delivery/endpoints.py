"""Where notifications may go, of one city."""

from __future__ import annotations

from typing import TYPE_CHECKING

from noren.net import Guard

if TYPE_CHECKING:
    from noren.city import City

SCHEMES = ("http", "https", "mqtt", "mqtts")
_NEAR = ("localhost", "private")


def guard(city: City) -> Guard:
    """The guard of the city's configuration; a bare one, which is on one's own machine, may reach what is near."""
    return Guard((*city.config.net.allow, *_NEAR) if city.is_bare else city.config.net.allow)
