"""What every setting may be at this moment, as far as the city can know: the ground on which interlocks are decided.

A command that was sent may have been carried out already, or may be in a minute, or never: until the device has told,
both values count. What a gate moves to counts before it gets there. A value that was left counts for as long as an
interlock asks for clearance. Any device may fall back at any time: its safe value always counts. A device never heard
may be anything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from noren.commands.device import matches
from noren.commands.plan import CLEARANCE, Interlock, Part, Plan

Key = tuple[str, str]
"""Actuator and property."""


class _Unknown:
    pass


UNKNOWN: Final = _Unknown()


class _Flying(msgspec.Struct):
    value: Any
    counter: int
    until: float


class Standing:
    """Of all settings of a plan; times are seconds of wall time."""

    def __init__(self, now: float) -> None:
        self._begun = now
        self._value: dict[Key, Any] = {}
        self._moving: dict[Key, Any] = {}
        self._left: dict[Key, list[tuple[Any, float]]] = defaultdict(list)
        self._flying: dict[Key, dict[str, _Flying]] = defaultdict(dict)

    def value(self, key: Key) -> Any:
        """What the device last told; None before it did."""
        return self._value.get(key)

    def sent(self, key: Key, id: str, value: Any, counter: int, until: float) -> None:
        """A command is on its way, and may be carried out until that time."""
        self._flying[key][id] = _Flying(value, counter, until)

    def settled(self, key: Key, id: str) -> None:
        """It never left, or the device said that it did not carry it out."""
        self._flying[key].pop(id, None)

    def told(self, key: Key, value: Any, moving: Any, heard: int, at: float, now: float) -> None:
        """The device's report: the value at `at`, what it moves to (None: nothing), the last command looked at."""
        gone = [old for old in (self._value.get(key), self._moving.get(key)) if old not in (None, value, moving)]
        for id, flying in list(self._flying[key].items()):
            if flying.counter <= heard or flying.until < at:
                del self._flying[key][id]
                gone.append(flying.value)  # it may have held for a moment
        kept = [(old, until) for old, until in self._left[key] if until > now - CLEARANCE]
        self._left[key] = kept + [(old, now) for old in gone if old not in (value, moving)]
        self._value[key] = value
        self._moving[key] = moving

    def possible(self, key: Key, since: float, safe: Any) -> Iterator[Any]:
        """What the setting may be now or at any time, or may have been after `since`."""
        yield safe
        yield self._value.get(key, UNKNOWN)
        if since < self._begun:
            yield UNKNOWN
        if self._moving.get(key) is not None:
            yield self._moving[key]
        yield from (flying.value for flying in self._flying[key].values())
        yield from (value for value, until in self._left[key] if until > since)

    def against(self, plan: Plan, key: Key, value: Any, now: float) -> Interlock | None:
        """The first interlock that forbids this value now; None when there is none."""
        for lock in plan.interlocks:
            mine = [part for part in lock.never if (part.actuator, part.property) == key]
            others = [part for part in lock.never if (part.actuator, part.property) != key]
            if mine and all(matches(part.plain(), value) for part in mine):
                since = now - lock.clearance if lock.clearance else now
                if all(self._may(plan, part, since) for part in others):
                    return lock
        return None

    def _may(self, plan: Plan, part: Part, since: float) -> bool:
        safe, plain = plan.actuator(part.actuator).settings[part.property].safe, part.plain()
        found = self.possible((part.actuator, part.property), since, safe)
        return any(value is UNKNOWN or matches(plain, value) for value in found)
