"""The connector to copy: a thermometer that says hello.

Three things make a connector: a `kind`, `Settings` (one `[[feeds]]` entry of `noren.toml`), and `run`. Register the
class under its kind in your package's `pyproject.toml` and it is there:

    [project.entry-points."noren.connectors"]
    hello = "noren.intake.connectors.hello:Hello"
"""

from __future__ import annotations

import math
from typing import ClassVar

import msgspec

from noren.contract import Push
from noren.contract.declaration import seconds
from noren.terms.record import stamp


class HelloSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the entry may say. A field without a default must be given; a name that is not here is refused."""

    station: str = "hello"
    """Name of the thermometer; it becomes the last part of the entity's id."""
    every: str = "10min"
    """Time between readings on the city's clock: "30s", "5min", "1h"."""
    mean: float = 15.0
    """Mean temperature in °C, around which a day's wave of 5 °C goes up and down."""


class Hello:
    """A thermometer that needs no hardware."""

    kind: ClassVar[str] = "hello"
    Settings: ClassVar[type[msgspec.Struct]] = HelloSettings

    def __init__(self, settings: HelloSettings) -> None:
        self.settings, self.every = settings, seconds(settings.every)

    async def run(self, push: Push) -> None:
        """Push one reading, wait, and so on until cancelled."""
        while True:
            await push([self.reading(push)])
            await push.sleep(self.every)

    def reading(self, push: Push) -> dict[str, object]:
        """The temperature now, as an entity: coldest at 03:00 UTC, warmest at 15:00."""
        now = push.now()
        hour = now.hour + now.minute / 60
        value = round(self.settings.mean - 5 * math.cos(math.tau * (hour - 3) / 24), 1)
        return {
            "id": f"urn:ngsi-ld:WeatherObserved:{push.here.city}:{self.settings.station}",
            "type": "WeatherObserved",
            "temperature": {"type": "Property", "value": value, "unitCode": "CEL", "observedAt": stamp(now)},
        }
