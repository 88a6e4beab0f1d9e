"""`noren status`: what a city holds, how fresh and good it is, and which services it could run."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter
from rich.table import Table

from noren.catalogue import readiness
from noren.city import City
from noren.cli.words import console, language, tell
from noren.services import all_services


def status(*, city: Path = Path(), as_json: Annotated[bool, Parameter(name="--json")] = False) -> None:
    """Show what a city holds: its datasets with their age and quality, and the services that could run.

    Parameters
    ----------
    city
        The city's folder; the current one when left out.
    as_json
        Report as JSON, for scripts.
    """
    found = asyncio.run(_look(city))
    if as_json:
        print(msgspec.json.encode(found).decode())
        return
    if not found["datasets"]:
        console.print(tell("status.empty"))
        return
    console.print(_datasets(found["datasets"]))
    console.print(_services(found["services"]))


async def _look(folder: Path) -> dict[str, Any]:
    async with City.open(folder) as city:
        view = city.view(city.staff)
        sets = [dataset async for dataset in view.find("Dataset")]
        table = await readiness.matrix(view, [service.declaration for service in all_services()])
        return {
            "city": city.config.name,
            "now": view.now(),
            "datasets": sets,
            "services": table["services"],
            "best": table["best"],
        }


def _datasets(sets: list[dict[str, Any]]) -> Table:
    table = Table(title=tell("status.datasets"))
    for key in ("status.title", "status.type", "status.rows", "status.last", "status.quality"):
        table.add_column(tell(key))
    for each in sorted(sets, key=lambda s: str(s.get("title"))):
        types, quality = each.get("entityTypes") or [], each.get("quality") or []
        remarks = len(quality) if isinstance(quality, list) else 1
        words = tell("status.remarks", count=remarks) if remarks else tell("status.sound")
        kinds = types if isinstance(types, str) else ", ".join(types)
        table.add_row(
            str(each.get("title")), kinds, f"{each.get('rowsKept', 0):,}", str(each.get("lastObserved", ""))[:16], words
        )
    return table


def _services(services: list[dict[str, Any]]) -> Table:
    table = Table(title=tell("status.services"), show_header=False)
    for each in services:
        reason = each["reason"].get(language(), "")
        table.add_row(
            each["title"].get(language(), each["name"]), tell(f"portal.state.{each['state'].replace(' ', '')}"), reason
        )
    return table
