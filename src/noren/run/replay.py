"""What `noren replay` does: sets the stage, rehearses, and tells what came first."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from noren.city import City
from noren.run.rehearsal import Plan, Say, files_of, rehearse, set_up
from noren.run.running import until_told
from noren.run.summary import Summary


async def replay(
    source: Path,
    work: Path,
    *,
    city: Path | None,
    timezone: str,
    plan: Plan,
    web: tuple[str, int] | None,
    say: Say,
) -> Summary:
    """Rehearse what the folder `source` holds, in the folder `work`, to the end or until the process is told to stop.

    Raises `BadInput` for a folder that is none or holds no readings, `Unavailable` for a `city` that is running.
    """
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s")
    async with _closed(city):
        await asyncio.to_thread(set_up, source, work, city=city, timezone=timezone)
    async with until_told() as stop, City.open(work) as opened:
        return await rehearse(opened, files_of(source), plan, say=say, web=web, stop=stop)


@asynccontextmanager
async def _closed(folder: Path | None) -> AsyncIterator[None]:
    """Nobody else opens the city within the block; raises when another process has it open, for half a copy would be
    rehearsed."""
    if folder is None:
        yield
        return
    async with City.open(folder) as city:
        city.desk()
        yield
