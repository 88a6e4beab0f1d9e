"""What can be commanded, by whom and within which limits: the file `commands.toml` in the city's folder.

It lies beside `noren.toml` and is changed by whoever administers the machine, never through an interface: nobody can
give themselves a right, a limit or a key by a request.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec

from noren.city.config import SLUG
from noren.commands.device import Pinned, matches, within
from noren.errors import BadInput, NotFound
from noren.trust.ledger import Verifier

FILE = "commands.toml"
HURTING = frozenset({"signal", "valve", "gate", "pump", "barrier"})
"""Classes whose actuators need a second person unless the file says otherwise."""
_HINT = "The file is described in docs/commands.md."
CLEARANCE = 3600.0
"""The longest clearance of an interlock in seconds."""
Value = str | bool | int | float
Positive = Annotated[float, msgspec.Meta(gt=0)]


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a setting may be: one of `allowed`, or from `min` to `max` in steps of `step`; `safe` is what the device
    falls back to, `unit` a UN/CEFACT code, `label` what is set and `words` what the values mean, by language."""

    safe: Value
    allowed: tuple[Value, ...] = ()
    min: int | float | None = None
    max: int | float | None = None
    step: int | float | None = None
    unit: str = ""
    label: dict[str, str] = {}
    words: dict[str, dict[str, str]] = {}

    def plain(self) -> dict[str, Any]:
        """As devices read it."""
        if self.allowed:
            return {"safe": self.safe, "allowed": list(self.allowed)}
        found = {"safe": self.safe, "min": self.min, "max": self.max}
        return found | {"step": self.step} if self.step else found


class Actuator(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that can be set; `device` is the controller that sets it, `kind` its class ("signal", "gate" …)."""

    id: str
    kind: str
    device: str
    name: dict[str, str]
    settings: dict[str, Limits]
    place: tuple[float, float] | None = None
    hourly: Annotated[int, msgspec.Meta(ge=1)] = 60
    four_eyes: bool | None = None
    asset: str = ""

    @property
    def needs_two(self) -> bool:
        """Whether a second person must approve."""
        return self.kind in HURTING if self.four_eyes is None else self.four_eyes


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One part of an interlock: a setting that has one of `values`, or lies `above` or `below` a number."""

    actuator: str
    property: str
    values: tuple[Value, ...] = ()
    above: int | float | None = None
    below: int | float | None = None

    def plain(self) -> dict[str, Any]:
        """As devices read it."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        return found


class Interlock(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Parts that must never all hold, nor follow one another within `clearance` seconds."""

    id: str
    name: dict[str, str]
    never: Annotated[tuple[Part, ...], msgspec.Meta(min_length=2)]
    clearance: Annotated[float, msgspec.Meta(ge=0, le=CLEARANCE)] = 0.0


class Operator(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person who may sign: their account, their public key, and the classes that they may set."""

    account: str
    key: str
    kinds: tuple[str, ...]
    revoked: bool = False


class Controller(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A device: the name in its topic, and the public key that its answers are checked by."""

    id: str
    key: str = ""
    revoked: bool = False


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of it. `acknowledge` is within how many seconds a device must answer, `longest` how long a command may hold,
    `lapse` after how many seconds of silence the link counts as lost, on both sides."""

    broker: str = ""
    user: str = ""
    password: str = ""
    simulated: bool = False
    acknowledge: Positive = 10.0
    longest: Positive = 600.0
    lapse: Positive = 15.0
    actuators: tuple[Actuator, ...] = ()
    interlocks: tuple[Interlock, ...] = ()
    operators: tuple[Operator, ...] = ()
    devices: tuple[Controller, ...] = ()

    def actuator(self, id: str) -> Actuator:
        """The actuator of that id; raises `NotFound`."""
        for each in self.actuators:
            if each.id == id:
                return each
        raise NotFound("There is no such actuator.", where=id[:100])

    def of_device(self, device: str) -> list[Actuator]:
        """What a device sets."""
        return [each for each in self.actuators if each.device == device]

    def kinds(self) -> list[str]:
        """Classes of device that the city has."""
        return sorted({each.kind for each in self.actuators})

    def properties(self, kind: str) -> list[str]:
        """What can be set of a class of device."""
        return sorted({name for each in self.actuators if each.kind == kind for name in each.settings})

    def pinned(self, device: str, city: str, city_key: str) -> Pinned:
        """What a device must be given by hand; raises `NotFound`."""
        mine = self.of_device(device)
        if device not in {each.id for each in self.devices}:
            raise NotFound("There is no such device.", where=device[:100])
        ids = {each.id for each in mine}
        kinds = {each.kind for each in mine}
        return Pinned(
            name=device,
            city=city,
            city_key=city_key,
            operators=[each.key for each in self.operators if not each.revoked and kinds & set(each.kinds)],
            actuators={a.id: {name: limits.plain() for name, limits in a.settings.items()} for a in mine},
            four_eyes=[each.id for each in mine if each.needs_two],
            never=[
                [part.plain() for part in lock.never]
                for lock in self.interlocks
                if all(part.actuator in ids for part in lock.never)
            ],
            lapse_s=self.lapse,
            broker=self.broker,
        )


def read(folder: Path, environment: Mapping[str, str] = os.environ) -> Plan:
    """The plan in a city's folder, an empty one without the file; raises `BadInput` that says what is wrong."""
    file = folder / FILE
    if not file.is_file():
        return Plan()
    try:
        return parse(file.read_text("utf-8"), str(file), environment)
    except UnicodeDecodeError as error:
        raise BadInput("The file is not UTF-8 text.", where=str(file), hint="Save it as UTF-8.") from error


def parse(text: str, where: str = FILE, environment: Mapping[str, str] = os.environ) -> Plan:
    """The plan that `text` states; raises as `read` does. A password `$NAME` comes from the environment."""
    try:
        plan = msgspec.convert(tomllib.loads(text), Plan)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"This is not TOML: {error}.", where=where, hint=_HINT) from error
    except msgspec.ValidationError as error:
        what, _, field = str(error).partition(" - at ")
        raise BadInput(f"{what}.", where=f"{where}, {field.strip('`').removeprefix('$.')}", hint=_HINT) from error
    _check(plan, where)
    secret = environment.get(plan.password[1:], "") if plan.password.startswith("$") else plan.password
    return msgspec.structs.replace(plan, password=secret)


def _check(plan: Plan, where: str) -> None:
    devices = _once([each.id for each in plan.devices], f"{where}, devices")
    actuators = {each.id: each for each in plan.actuators}
    _once([each.id for each in plan.actuators], f"{where}, actuators")
    _once([each.id for each in plan.interlocks], f"{where}, interlocks")
    for each in plan.actuators:
        if each.device not in devices:
            raise BadInput(f"“{each.device}” is no device of the plan.", where=f"{where}, {each.id}", hint=_HINT)
        for name, limits in each.settings.items():
            _limits(limits, f"{where}, {each.id}.{name}")
    for lock in plan.interlocks:
        for part in lock.never:
            _part(part, actuators, f"{where}, {lock.id}")
        if all(matches(p.plain(), actuators[p.actuator].settings[p.property].safe) for p in lock.never):
            raise BadInput("The safe state itself is what this interlock forbids.", where=f"{where}, {lock.id}")
    keys = [*(each.key for each in plan.operators), *(each.key for each in plan.devices if each.key)]
    for key in keys:
        Verifier.parse(key)
    if len({Verifier.parse(key).raw for key in keys}) != len(keys):
        raise BadInput("A key stands twice: every person and device has their own.", where=where, hint=_HINT)


def _once(ids: list[str], where: str) -> set[str]:
    for id in ids:
        if not SLUG.fullmatch(id):
            raise BadInput(f"“{id[:60]}” cannot be an id.", where=where, hint="Lower-case letters, digits, “-”.")
    if len(set(ids)) != len(ids):
        raise BadInput("An id stands twice.", where=where)
    return set(ids)


def _limits(limits: Limits, where: str) -> None:
    if bool(limits.allowed) == (limits.min is not None and limits.max is not None):
        raise BadInput("A setting has either `allowed`, or `min` and `max`.", where=where, hint=_HINT)
    if not within(limits.plain(), limits.safe):
        raise BadInput("The safe value is not among those that are allowed.", where=where, hint=_HINT)


def _part(part: Part, actuators: Mapping[str, Actuator], where: str) -> None:
    found = actuators.get(part.actuator)
    if found is None or part.property not in found.settings:
        raise BadInput(f"There is no {part.actuator}.{part.property}.", where=where, hint=_HINT)
    if [bool(part.values), part.above is not None, part.below is not None].count(True) != 1:
        raise BadInput("A part has one of `values`, `above` and `below`.", where=where, hint=_HINT)
    limits = found.settings[part.property]
    if any(not within(limits.plain(), value) for value in part.values):
        raise BadInput("An interlock speaks of a value that the setting cannot have.", where=where, hint=_HINT)
