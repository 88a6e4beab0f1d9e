"""Where orders come together: who may, within which limits, against which interlocks, with whose second yes.

What decides whether a command may leave is one synchronous function (`_reserve`): nothing comes between the look at all
interlocks and the reservation, so that of two orders that conflict one passes, whoever asks in whatever order.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from noren.city import City
from noren.city.backup import DATA
from noren.commands import orders
from noren.commands.device import APPROVAL, ORDER, Key, Refused, digest, opened, peek, public, within
from noren.commands.lines import Lines
from noren.commands.orders import OPEN, Approval, Approved, Asked, Order, State, Stop, Why, urn
from noren.commands.plan import FILE, Actuator, Plan, read
from noren.commands.showing import Showing, state
from noren.commands.standing import Standing
from noren.errors import AlreadyExists, BadInput, Conflict, NotAllowed, NotFound, Unproven
from noren.terms import DataClass
from noren.trust import Definition
from noren.trust.ledger import Signer
from noren.view import View

T = TypeVar("T")
_log = logging.getLogger("noren.commands")
SKEW_S, HOUR_S, AT_HAND = 60.0, 3600.0, 2000
"""How far an operator's clock may be off; the span of the rate limit; finished orders kept in memory."""
Note = Callable[[str, dict[str, Any]], Awaitable[object]]
"""Enters a kind of event and its facts in the book and the ledger; durable on return."""


class Switchboard:
    """The commands of one city: one for the process that holds its store."""

    def __init__(self, city: City, *, note: Note | None = None, clock: Callable[[], float] = time.time) -> None:
        """Read the plan and the city's key of commands; raises `BadInput` for a plan that does not hold."""
        self.slug, self.now, self.note = city.config.slug, clock, note or city.book.note
        self.key = city_key(city)
        self.lines = Lines(self.slug, self.key, clock)
        self.showing = Showing(city, clock)
        self.standing, self.stops = Standing(clock()), dict[str, Stop]()
        self.orders: dict[str, Order] = {}
        self.sent: dict[str, str] = {}
        self.plan, self._stamp, self._shown, self._told = Plan(), (0, 0), Plan(), ""
        self._folder, self._policy = city.folder, city.policy
        self._left: dict[str, list[float]] = {}
        self.refresh()

    async def load(self) -> None:
        """Take up what stood when the city was closed: what may still be under way counts as under way."""
        kept, stops = await self.showing.kept()
        self.stops |= {stop.kind: stop for stop in stops}
        known = {each.id for each in self.plan.actuators}
        for order in kept:
            if order.asked.actuator in known:
                self._take_up(order)
        await self.show()

    def refresh(self) -> None:
        """Take up a plan that was changed, at once; cheap when nothing was. Raises `BadInput` while it does not hold:
        nothing is commanded by a plan that somebody meant to replace."""
        file = self._folder / FILE
        stamp = (stat.st_mtime_ns, stat.st_size) if file.is_file() and (stat := file.stat()) else (0, 0)
        if stamp != self._stamp:
            self.plan, self._stamp = read(self._folder), stamp

    def look(self) -> None:
        """As `refresh`, for what must go on while a plan does not hold: by the one that did."""
        try:
            self.refresh()
        except BadInput as error:
            if str(error) != self._told:
                _log.error("Nothing is commanded until this is mended: %s", error)
            self._told = str(error)

    def may(self, view: View, kind: str, name: str = "") -> bool:
        """Whether policy lets the caller set this property of this class of devices for the purpose. The devices are
        the city's own: nobody of another tenant reaches them."""
        asked = Definition(kind, name, DataClass.OPERATIONAL)
        return not view.principal.tenant and self._policy.may(view.principal, view.purpose, "command", asked)

    async def ask(self, view: View, signed: str) -> Order:
        """Take an order that the caller signed. What comes back may be refused, with the reason; otherwise it waits for
        a second person or has left for the device.

        Raises `NotAllowed`, `NotFound`, `BadInput`, `Unproven` or `AlreadyExists` for what is no order of the caller's:
        nothing is kept of it.
        """
        self.refresh()
        order = self._read(view, signed)
        self.orders[order.id] = order
        self._forget()
        if why := self._against(order):
            return await self.end(order, "refused", why)
        if self.actuator(order).needs_two:
            await self.showing.order(order)
            await self.note("command.requested", order.facts())
            return order
        return await self._release(order)

    async def approve(self, view: View, id: str, signed: str) -> Order:
        """A second person's yes, with their own account and key; raises as `ask` does, and `Conflict` when there is
        nothing to approve."""
        order = self._found(view, id)
        if view.principal.id == order.by:
            raise NotAllowed("Nobody approves what they asked for themselves.", where="account")
        payload, kid = _proven(signed, APPROVAL, self._keys(view, self.actuator(order)))
        form = _form(payload, Approved)
        if kid == order.key or form.order != digest(order.signed) or form.city != self.slug:
            raise Unproven("This approval is of another order.", where="signed")
        if order.state != "requested":
            raise Conflict("This command does not wait for approval.", where=order.state)
        order.approvals = [*order.approvals, Approval(view.principal.id, self.now(), signed)]
        return await self._release(order)

    async def recall(self, view: View, id: str, reason: str) -> Order:
        """Take an order back: one that waits is gone, one on its way is refused by the device unless it has come there;
        raises `Conflict` when it is over."""
        order, said = self._found(view, id), _reason(reason)
        if order.state not in OPEN:
            raise Conflict("There is nothing to recall any more.", where=order.state)
        self._drop(order, Why("recalled", {"reason": said}))
        self.pulse(self.actuator(order).device)
        await self.showing.order(order)
        await self.note("command.recalled", order.facts() | {"recalledBy": view.principal.id, "because": said})
        return order

    async def stop(self, view: View, kind: str, reason: str) -> Stop:
        """Stop a class of devices at once: they go to their safe state, what is under way is recalled, nothing is
        commanded until two people have lifted it. Logged behind, not before: safety waits for no disk."""
        self.refresh()
        if not (self.may(view, kind) or self.may(view, "EmergencyStop")):
            raise _not_allowed(view, kind)
        if kind not in self.plan.kinds():
            raise NotFound("The city has no such class of devices.", where=kind[:60])
        said, now = _reason(reason), self.now()
        if kind in self.stops:
            return self.stops[kind]
        id = urn("EmergencyStop", self.slug, f"{kind}-{int(now * 1000)}")
        stop = self.stops[kind] = Stop(id, kind, view.principal.id, said, now)
        under_way = [each for each in self.orders.values() if each.state in OPEN and self.actuator(each).kind == kind]
        for order in under_way:
            self._drop(order, Why("stopped", {"reason": said}))
        self._pulse_all(kind)
        await self.showing.stop(stop)
        for order in under_way:
            await self.showing.order(order)
        await self.show()
        await self.note("command.stop", {"stop": id, "class": kind, "by": stop.by, "reason": said})
        return stop

    async def lift(self, view: View, kind: str) -> Stop:
        """Say that a stop may end; it does when two accounts have said so. Raises `Conflict` where nothing is
        stopped."""
        self.refresh()
        if not self.may(view, kind):
            raise _not_allowed(view, kind)
        stop = self.stops.get(kind)
        if stop is None:
            raise Conflict("This class of devices is not stopped.", where=kind[:60])
        await self.note("command.lift", {"stop": stop.id, "by": view.principal.id})
        stop.lifted_by = sorted({*stop.lifted_by, view.principal.id})
        if len(stop.lifted_by) > 1 and kind in self.stops:
            del self.stops[kind]
            stop.lifted_at = self.now()
        await self.showing.stop(stop)
        if stop.lifted_at:
            self._pulse_all(kind)
            await self.show()
        return stop

    def actuator(self, order: Order) -> Actuator:
        """What an order is for."""
        return self.plan.actuator(order.asked.actuator)

    def pulse(self, device: str) -> None:
        """Send a device the city's sign of life."""
        stopped = any(each.kind in self.stops for each in self.plan.of_device(device))
        self.lines.pulse(self.plan, device, stopped=stopped)

    async def show(self) -> None:
        """Bring the entities of interlocks and actuators up to date."""
        if self._shown is not self.plan:
            self._shown = self.plan
            await self.showing.interlocks(self.plan)
        await self.showing.actuators(
            self.plan, [(each, self.state(each), self.lines[each.device].heard_at) for each in self.plan.actuators]
        )

    def state(self, each: Actuator) -> dict[str, Any]:
        """How an actuator stands."""
        return state(each, self.plan, self.lines, self.standing, stopped=each.kind in self.stops)

    async def end(self, order: Order, state: State, why: Why | None) -> Order:
        """Let an order come to this, show it and enter it in the ledger."""
        order.state, order.why, order.since = state, why, self.now()
        await self.showing.order(order)
        await self.note(f"command.{state}", order.facts())
        return order

    def _read(self, view: View, signed: str) -> Order:
        try:
            claimed, _ = peek(signed)
        except Refused as error:
            raise BadInput("This is no signed order.", where="signed", hint=_SIGN) from error
        self._entitled(view)
        found = self.plan.actuator(str(claimed.get("actuator")))
        if not self.may(view, found.kind, str(claimed.get("property"))):
            raise _not_allowed(view, found.kind)
        payload, kid = _proven(signed, ORDER, self._keys(view, found))
        asked, now = _form(payload, Asked), self.now()
        orders.check(asked, self.plan, self.slug, now, SKEW_S)
        if asked.id in self.orders:
            raise AlreadyExists("An order of this id was asked before.", where=asked.id)
        return Order(asked=asked, signed=signed, by=view.principal.id, key=kid, since=now)

    def _entitled(self, view: View) -> None:
        """Raise `NotAllowed` for whoever may command nothing: they do not learn what there is, either."""
        if not any(self.may(view, kind, name) for kind in self.plan.kinds() for name in self.plan.properties(kind)):
            raise _not_allowed(view, "")

    def _keys(self, view: View, found: Actuator) -> dict[str, bytes]:
        mine = {id: raw for id, (raw, account) in self._trusted(found).items() if account == view.principal.id}
        if not mine:
            raise NotAllowed(f"No key of this account is known for the class “{found.kind}”.", where=FILE, hint=_SIGN)
        return mine

    def _trusted(self, found: Actuator) -> dict[str, tuple[bytes, str]]:
        chosen = [each for each in self.plan.operators if found.kind in each.kinds and not each.revoked]
        return {id: (raw, each.account) for each in chosen for id, raw in [public(each.key)]}

    def _found(self, view: View, id: str) -> Order:
        self.refresh()
        self._entitled(view)
        order = self.orders.get(id)
        if order is None:
            raise NotFound("There is no such command.", where=id[:100])
        if not self.may(view, self.actuator(order).kind, order.asked.property):
            raise _not_allowed(view, self.actuator(order).kind)
        return order

    def _against(self, order: Order) -> Why | None:
        """Why a command may not leave now; None when it may."""
        now, asked, found = self.now(), order.asked, self.actuator(order)
        if (stop := self.stops.get(found.kind)) is not None:
            return Why("stopped", {"reason": stop.reason})
        if asked.expires <= now:
            return Why("expired")
        if order.key not in self._trusted(found):
            return Why("operator")
        if self.lines.is_lost(self.plan, found.device):
            return Why("link")
        if not within(found.settings[asked.property].plain(), asked.value):
            return Why("limits")
        left = self._left[found.id] = [at for at in self._left.get(found.id, ()) if at > now - HOUR_S]
        if len(left) >= found.hourly:
            return Why("rate", {"hourly": found.hourly})
        if lock := self.standing.against(self.plan, order.setting, asked.value, now):
            return Why("interlock", {"name": lock.name})
        return None

    def _reserve(self, order: Order) -> Why | None:
        """Look, and reserve where nothing stands against it: from here on the command counts as under way."""
        if why := self._against(order):
            return why
        found = self.actuator(order)
        order.counter, order.state, order.since = self.lines.number(found.device), "approved", self.now()
        self._left[found.id].append(self.now())
        self.standing.sent(order.setting, order.id, order.asked.value, order.counter, order.asked.expires)
        order.message = self.lines.countersigned(order, found.device)
        return None

    async def _release(self, order: Order) -> Order:
        """Countersign and send, after ledger and store have it."""
        if why := self._reserve(order):
            return await self.end(order, "refused", why)
        try:
            await self.note("command.sent", order.facts())
            if _is(order, "approved"):
                order.state, order.since = "sent", self.now()
            await self.showing.order(order)
        except BaseException:
            self._drop(order, Why("unrecorded"), "failed")
            raise
        if _is(order, "sent"):  # no stop and no recall came between
            self.sent[digest(order.message)] = order.id
            self.lines.outbox.put_nowait((self.actuator(order).device, "command", order.message))
        return order

    def _drop(self, order: Order, why: Why, state: State = "recalled") -> None:
        """Call an order back, in memory and, by the next pulse, at the device."""
        if digest(order.message) not in self.sent:
            self.standing.settled(order.setting, order.id)
        link = self.lines[self.actuator(order).device]
        link.floor = max(link.floor, order.counter)
        order.state, order.why, order.since = state, why, self.now()

    def _pulse_all(self, kind: str) -> None:
        for device in sorted({each.device for each in self.plan.actuators if each.kind == kind}):
            self.pulse(device)

    def _take_up(self, order: Order) -> None:
        self.orders[order.id] = order
        if not order.counter:
            return
        found = self.actuator(order)
        link = self.lines[found.device]
        link.counter = max(link.counter, order.counter)
        self.sent[digest(order.message)] = order.id
        self._left.setdefault(found.id, []).append(order.asked.at)
        if order.state in ("sent", "acknowledged", "failed", "recalled"):
            self.standing.sent(order.setting, order.id, order.asked.value, order.counter, order.asked.expires)
        if order.state == "recalled":
            link.floor = max(link.floor, order.counter)

    def _forget(self) -> None:
        """Leave finished orders to the store; the newest are kept at hand."""
        over = [id for id, each in self.orders.items() if each.state not in OPEN] if len(self.orders) > AT_HAND else []
        for id in over[: len(self.orders) - AT_HAND]:
            self.sent.pop(digest(self.orders.pop(id).message), None)


_SIGN = "Make a key with `noren command key`, have it entered in commands.toml, and sign with it."


def city_key(city: City) -> Key:
    """The city's key of commands, made on first use; devices pin its public half."""
    file: Path = city.folder / DATA / "commands.key"
    return Key.parse(Signer.keep(file, f"{city.config.slug}-commands").secret())


def _is(order: Order, state: State) -> bool:
    """Asked anew after each wait: somebody may have recalled it meanwhile."""
    return order.state == state


def _proven(signed: str, kind: str, keys: dict[str, bytes]) -> tuple[dict[str, Any], str]:
    try:
        return opened(signed, kind, keys)
    except Refused as error:
        raise Unproven("The signature is not by a key of this account.", where="signed", hint=_SIGN) from error


def _form(payload: dict[str, Any], form: type[T]) -> T:
    try:
        return msgspec.convert(payload, form)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at ")
        raise BadInput(f"{what}.", where=where.strip("`").removeprefix("$.") or "signed") from None


def _reason(text: str) -> str:
    if not text.strip() or len(text) > orders.REASON:
        raise BadInput("A reason of at most 500 letters is needed.", where="reason", hint="Say why.")
    return text.strip()


def _not_allowed(view: View, kind: str) -> NotAllowed:
    return NotAllowed(
        f"This {view.principal.kind} may not command {kind[:60] or 'devices'} for the purpose “{view.purpose}”.",
        where=kind[:60] or "command",
        hint="It needs the role operator and a purpose that belongs to the class: see commands.cedar.",
    )
