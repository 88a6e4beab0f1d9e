"""Delivery for a whole city: an office a tenant, with its changes and its clock."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from noren.delivery.endpoints import guard
from noren.delivery.lane import Limits
from noren.delivery.office import Office
from noren.delivery.periodic import Periodic
from noren.delivery.senders import Senders

if TYPE_CHECKING:
    from noren.city import City


async def deliver(city: City, limits: Limits | None = None) -> None:
    """Deliver for every tenant of a city, also those to come, until cancelled."""
    async with Senders(guard(city)) as senders, asyncio.TaskGroup() as group:
        open_for: set[str] = set()
        while True:
            for tenant in city.tenants():
                if tenant not in open_for:
                    open_for.add(tenant)
                    office = Office(city, tenant, senders, limits)
                    group.create_task(_run(office), name=f"delivery {tenant}".strip())
            await asyncio.sleep(1.0)


async def _run(office: Office) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(office.run())
        group.create_task(Periodic(office).run())
