"""One deployment: reads `noren.toml`, opens the rooms below, hands out views, owns the clock.

Names to know: `City`, `Config`, `Clock`.

>>> import asyncio
>>> from noren.city import City
>>> async def main():
...     async with City.bare() as city:
...         view = city.view(city.anonymous)
...         await view.upsert([{"id": "urn:ngsi-ld:Vehicle:bare:1", "type": "Vehicle", "speed": 30}])
...         print([vehicle["speed"] async for vehicle in view.find("Vehicle")])
>>> asyncio.run(main())
[30]
"""

from noren.city.city import City
from noren.city.clock import Clock
from noren.city.config import Config
from noren.city.create import create

__all__ = ["City", "Clock", "Config", "create"]
