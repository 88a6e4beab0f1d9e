"""An order on its way from the operator to the device, and the entities that show it to the city."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from noren.commands.device import peek
from noren.commands.plan import Actuator, Interlock, Plan, Value
from noren.errors import BadInput
from noren.messages import say
from noren.terms import records
from noren.terms.record import listed

State = Literal["requested", "approved", "sent", "acknowledged", "executed", "refused", "recalled", "expired", "failed"]
OPEN: frozenset[State] = frozenset({"requested", "approved", "sent", "acknowledged"})
"""States that something can still come of."""
LANGUAGES = ("en", "ja")
_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
REASON = 500


class Asked(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What the operator signs: `at` and `expires` in seconds since 1970."""

    city: str
    id: str
    actuator: str
    property: str
    value: Value
    reason: str
    at: float
    expires: float


class Approved(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What the second person signs: the digest of the order."""

    city: str
    order: str
    at: float


class Approval(msgspec.Struct):
    """A second person's yes: their account, when, and what they signed."""

    by: str
    at: float
    signed: str


class Why(msgspec.Struct, frozen=True):
    """A reason: one word of the list in docs/commands.md, with what fills its sentence."""

    word: str
    filled: dict[str, Any] = {}

    def words(self) -> dict[str, str]:
        """The sentence by language; values that are by language themselves are chosen from."""
        return {each: say(each, f"command.why.{self.word}", **self._in(each)) for each in LANGUAGES}

    def _in(self, language: str) -> dict[str, Any]:
        return {
            name: value.get(language) or next(iter(value.values()), "") if isinstance(value, dict) else value
            for name, value in self.filled.items()
        }


class Order(msgspec.Struct, kw_only=True):
    """One order with what became of it. `key` is the id of the operator's key, `counter` its number at the device."""

    asked: Asked
    signed: str
    by: str
    key: str
    state: State = "requested"
    why: Why | None = None
    since: float = 0.0
    approvals: list[Approval] = []
    counter: int = 0
    message: str = ""

    @property
    def id(self) -> str:
        """The id that the operator gave it."""
        return self.asked.id

    @property
    def setting(self) -> tuple[str, str]:
        """Actuator and property."""
        return self.asked.actuator, self.asked.property

    def facts(self) -> dict[str, Any]:
        """What the ledger keeps of it: who asked for what, why, who approved, what came of it."""
        asked = self.asked
        return {
            "command": asked.id,
            "actuator": asked.actuator,
            "property": asked.property,
            "value": asked.value,
            "reason": asked.reason,
            "by": self.by,
            "approvedBy": [each.by for each in self.approvals],
            "state": self.state,
            "why": self.why.word if self.why else "",
            "signed": self.signed,
            "message": self.message,
        }


def check(asked: Asked, plan: Plan, city: str, now: float, skew: float) -> None:
    """Raise `BadInput` for an order that says what no order may say."""
    if asked.city != city:
        raise BadInput("This order was signed for another city.", where="city")
    if not _ID.fullmatch(asked.id):
        raise BadInput("The id of an order has 8 to 64 letters, digits, “-” or “_”.", where="id")
    if not asked.reason.strip() or len(asked.reason) > REASON:
        raise BadInput("An order needs a reason of at most 500 letters.", where="reason", hint="Say why.")
    if abs(asked.at - now) > skew:
        raise BadInput("The order was signed too long ago, or by a clock that is wrong.", where="at")
    if not now < asked.expires <= now + plan.longest:
        raise BadInput(f"An order holds for at most {plan.longest:g} seconds from now.", where="expires")
    if asked.property not in plan.actuator(asked.actuator).settings:
        raise BadInput("The actuator has no such setting.", where=f"{asked.actuator}, {asked.property[:60]}")


def moment(seconds: float) -> datetime:
    """Seconds since 1970 as a time."""
    return datetime.fromtimestamp(seconds, UTC)


def urn(kind: str, city: str, local: str) -> str:
    """The id of an entity of this room."""
    return f"urn:ngsi-ld:{kind}:{city}:{local}"


def record(order: Order, city: str) -> records.Command:
    """The order as an entity."""
    asked = order.asked
    return records.Command(
        id=urn("Command", city, asked.id),
        command_target=urn("Actuator", city, asked.actuator),
        setting_name=asked.property,
        setting_value=asked.value,
        command_reason=asked.reason,
        requested_by=order.by,
        requested_at=moment(asked.at),
        valid_until=moment(asked.expires),
        approvals=msgspec.to_builtins(order.approvals) or None,
        command_state=order.state,
        state_word=order.why.word if order.why else "none",
        state_reason=order.why.words() if order.why else dict.fromkeys(LANGUAGES, ""),
        state_since=moment(order.since),
        command_counter=float(order.counter),
        signed_order=order.signed,
        signed_command=order.message or None,
    )


class Stop(msgspec.Struct):
    """An emergency stop of a class of devices."""

    id: str
    kind: str
    by: str
    reason: str
    at: float
    lifted_by: list[str] = []
    lifted_at: float = 0.0


def restored(kept: records.Command) -> Order:
    """The order of an entity that this room wrote; raises `Refused` or `ValidationError` for any other."""
    asked, key = peek(kept.signed_order or "")
    return Order(
        asked=msgspec.convert(asked, Asked),
        signed=kept.signed_order or "",
        by=kept.requested_by or "",
        key=key,
        state=msgspec.convert(kept.command_state, State),
        why=None if kept.state_word in (None, "none") else Why(kept.state_word or "", {}),
        since=kept.state_since.timestamp() if kept.state_since else 0.0,
        approvals=msgspec.convert(listed(kept.approvals), list[Approval]),
        counter=int(kept.command_counter or 0),
        message=kept.signed_command or "",
    )


def interlock(lock: Interlock, city: str) -> records.Interlock:
    """An interlock as an entity."""
    return records.Interlock(
        id=urn("Interlock", city, lock.id),
        name=lock.name.get("ja") or next(iter(lock.name.values())),
        forbids=[part.plain() for part in lock.never],
        clearance=lock.clearance,
    )


def actuator(found: Actuator, city: str, **state: Any) -> records.Actuator:
    """An actuator as an entity, with its state."""
    point = {"type": "Point", "coordinates": list(found.place)} if found.place else None
    return records.Actuator(
        id=urn("Actuator", city, found.id),
        name=found.name.get("ja") or next(iter(found.name.values())),
        location=point,
        device_class=found.kind,
        controlled_property=sorted(found.settings),
        controlled_asset=[found.asset] if found.asset else None,
        setting_limits={name: limits.plain() for name, limits in found.settings.items()},
        hourly_limit=float(found.hourly),
        needs_two=found.needs_two,
        controller_name=found.device,
        **state,
    )


def stopped(stop: Stop) -> records.EmergencyStop:
    """An emergency stop as an entity."""
    return records.EmergencyStop(
        id=stop.id,
        device_class=stop.kind,
        stopped_by=stop.by,
        command_reason=stop.reason,
        stopped_at=moment(stop.at),
        lifted_by=list(stop.lifted_by) or None,
        lifted_at=moment(stop.lifted_at) if stop.lifted_at else None,
    )


def still_stopped(kept: records.EmergencyStop) -> Stop:
    """The stop of an entity that this room wrote."""
    kind, at = kept.device_class or "", kept.stopped_at.timestamp() if kept.stopped_at else 0.0
    return Stop(kept.id, kind, kept.stopped_by or "", kept.command_reason or "", at, listed(kept.lifted_by))
