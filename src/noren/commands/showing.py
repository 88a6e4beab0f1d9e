"""What the city sees of its commands: orders, stops and actuators as entities, which this room alone writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from noren.city import City
from noren.commands import orders
from noren.commands.device import Refused
from noren.commands.lines import Lines
from noren.commands.orders import Order, Stop
from noren.commands.plan import Actuator, Plan
from noren.commands.standing import Standing
from noren.contract import Declaration, Function, Layer
from noren.terms.records import Command, EmergencyStop

LOADED, AGAIN_S = 500, 30.0
_TYPES = ("Actuator", "Command", "Interlock", "EmergencyStop")
DECLARATION = Declaration(
    name="commands",
    functions=(Function.PLATFORM,),
    layers=(Layer.SAFETY,),
    purpose="city-operation",
    reads=_TYPES,
    writes=_TYPES,
)


class Showing:
    """Writes and reads the entities of one city's commands."""

    def __init__(self, city: City, clock: Callable[[], float]) -> None:
        self._slug, self._clock = city.config.slug, clock
        self._view = city.view(city.service(DECLARATION), purpose=DECLARATION.purpose)
        self._shown: dict[str, tuple[Any, float]] = {}

    async def order(self, order: Order) -> None:
        """Keep an order as it stands; durable on return."""
        await self._view.keep([orders.record(order, self._slug)])

    async def stop(self, stop: Stop) -> None:
        """Keep an emergency stop as it stands; durable on return."""
        await self._view.keep([orders.stopped(stop)])

    async def kept(self) -> tuple[list[Order], list[Stop]]:
        """The newest orders, oldest first, and the stops that hold."""
        found: list[Order] = []
        async for each in self._view.find(Command, order="-requestedAt", limit=LOADED):
            try:
                found.append(orders.restored(each))
            except (Refused, msgspec.ValidationError):
                continue
        newest = self._view.find(EmergencyStop, order="-stoppedAt", limit=LOADED)
        stops = [orders.still_stopped(each) async for each in newest if each.lifted_at is None]
        return found[::-1], stops

    async def interlocks(self, plan: Plan) -> None:
        """Show what must never hold together."""
        await self._view.keep([orders.interlock(each, self._slug) for each in plan.interlocks])

    async def actuators(self, plan: Plan, states: Sequence[tuple[Actuator, dict[str, Any], float]]) -> None:
        """Show actuators with their state and when they were heard: at once what changed, the rest now and then."""
        now, changed = self._clock(), []
        for each, state, heard in states:
            before, at = self._shown.get(each.id, (None, 0.0))
            if state != before or now - at > AGAIN_S:
                self._shown[each.id] = state, now
                last = orders.moment(heard) if heard > 0 else None
                changed.append(orders.actuator(each, self._slug, last_heard=last, **state))
        await self._view.keep(changed)


def state(each: Actuator, plan: Plan, lines: Lines, standing: Standing, *, stopped: bool) -> dict[str, Any]:
    """How an actuator stands, as the attributes of its entity."""
    values = {name: standing.value((each.id, name)) for name in each.settings}
    lost = lines.is_lost(plan, each.device)
    never = lines[each.device].heard_at < 0
    return {
        "setting_values": {name: value for name, value in values.items() if value is not None} or None,
        "link_state": "never" if never else "lost" if lost else "connected",
        "is_safe": lost or lines[each.device].safe,
        "is_stopped": stopped,
    }
