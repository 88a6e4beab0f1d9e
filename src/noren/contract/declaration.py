"""`@service`: the declaration a service makes, checked when its module is imported."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, Literal

import msgspec

from noren.errors import BadInput


class Layer(StrEnum):
    """What a resident needs, from the ground up."""

    SAFETY = "safety"
    SECURITY = "security"
    VIBRANCY = "vibrancy"


class Function(StrEnum):
    """The eleven functions of a city."""

    INDUSTRY = "industry"
    FINANCE = "finance"
    DISASTER = "disaster"
    MOBILITY = "mobility"
    SENIORS = "seniors"
    CHILDCARE = "childcare"
    HEALTH = "health"
    EDUCATION = "education"
    SERVICES = "services"
    ADMINISTRATION = "administration"
    PLATFORM = "platform"


class Stage(StrEnum):
    """Where a service stands; nothing runs on unexplained."""

    IDEA = "idea"
    TRIAL = "trial"
    PRACTICE = "practice"
    RETIRED = "retired"


class Declaration(msgspec.Struct, frozen=True, kw_only=True):
    """What a service is for, reads and writes: type names of `terms`; `every` in seconds of the city clock.

    `serves` are issue categories whose open issues it would help with; `built` is False for a service that is
    declared so that readiness can answer for it, and not yet written. `needs` adds, per type read, the
    attributes without which it cannot run.
    """

    name: str
    functions: tuple[Function, ...]
    layers: tuple[Layer, ...]
    purpose: str
    reads: tuple[str, ...]
    writes: tuple[str, ...] = ()
    needs: dict[str, tuple[str, ...]] = {}
    optional: tuple[str, ...] = ()
    on: tuple[str, ...] = ()
    every: float | None = None
    title: dict[str, str] = {}
    summary: dict[str, str] = {}
    serves: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    owner: str = ""
    stage: Stage = Stage.IDEA
    exit_test: str = ""
    ends: date | None = None
    cost: str = ""
    gains: str = ""
    built: bool = True


Run = Callable[[Any], Awaitable[None]]


class Service:
    """A declaration with the coroutine function that fulfils it; called with a `View` made for its purpose."""

    def __init__(self, declaration: Declaration, run: Run) -> None:
        self.declaration, self.run = declaration, run
        self.__doc__ = run.__doc__

    async def __call__(self, view: Any) -> None:
        """Do what is declared, with a view made for it."""
        await self.run(view)


_PERIOD = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|h|d)")
_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400}


def seconds(period: str) -> float:
    """Length of `period` ("30s", "5min", "1h", "2d") in seconds.

    >>> seconds("5min")
    300.0
    """
    match = _PERIOD.fullmatch(period.strip())
    if not match:
        raise BadInput(f"“{period}” is not a length of time.", hint='Write it like "30s", "5min", "1h" or "2d".')
    return float(match[1]) * _SECONDS[match[2]]


def _names(items: Sequence[Any]) -> tuple[str, ...]:
    return tuple(item if isinstance(item, str) else item.__name__ for item in items)


def service(
    *,
    functions: Sequence[Function],
    layers: Sequence[Layer],
    purpose: str,
    reads: Sequence[Any],
    writes: Sequence[Any] = (),
    optional: Sequence[Any] = (),
    on: Sequence[Any] = (),
    every: str | None = None,
    stage: Literal["idea", "trial", "practice", "retired"] = "idea",
    **more: Any,
) -> Callable[[Run], Service]:
    """Declare the coroutine function below as a service; types are record classes of `terms` or their names.

    Raises `BadInput` at import when `functions` or `layers` is empty, when `on` names a type that is not read, or
    when a stage of trial has no exit test, end date and owner.
    """

    def declare(run: Run) -> Service:
        declaration = Declaration(
            name=more.pop("name", run.__name__),
            functions=tuple(functions),
            layers=tuple(layers),
            purpose=purpose,
            reads=_names(reads),
            writes=_names(writes),
            optional=_names(optional),
            on=_names(on),
            every=seconds(every) if every else None,
            stage=Stage(stage),
            **more,
        )
        check(declaration)
        return Service(declaration, run)

    return declare


def check(declaration: Declaration) -> None:
    """Raise `BadInput` when the declaration contradicts itself."""
    name = f"service {declaration.name}"
    if not declaration.functions or not declaration.layers:
        raise BadInput("A service needs at least one function and one layer.", where=name)
    if unread := set(declaration.on) - set(declaration.reads) - set(declaration.optional):
        raise BadInput(f"It waits for {', '.join(sorted(unread))} but does not read it.", where=name)
    if declaration.stage is Stage.TRIAL and not (declaration.exit_test and declaration.ends and declaration.owner):
        raise BadInput("A trial needs an exit test, an end date and an owner.", where=name)
