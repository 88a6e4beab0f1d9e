"""Commands: what can be set and how it stands; to ask, to approve, to recall, to stop and to lift."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from noren.commands.link import switchboard
from noren.commands.orders import LANGUAGES, OPEN, Order, Stop, moment
from noren.commands.plan import Actuator
from noren.commands.switchboard import Switchboard
from noren.errors import NotAllowed
from noren.web.api.answers import answer, caller, city_of, is_staff, told

if TYPE_CHECKING:
    from noren.view import View

SHOWN = 50


class Signed(msgspec.Struct):
    """An order or an approval, as its author signed it."""

    signed: str


class Said(msgspec.Struct):
    """Why something is recalled."""

    reason: str


class Stopping(msgspec.Struct):
    """Which class of devices is stopped, and why."""

    kind: str
    reason: str


async def listing(request: Request) -> Response:
    """Classes of devices with their actuators and stops, the newest commands, and what the caller may do."""
    view, board = _watcher(request), await switchboard(city_of(request))
    board.look()
    newest = sorted(board.orders.values(), key=lambda each: (each.state in OPEN, each.asked.at), reverse=True)
    kinds = [_kind(board, kind, request, view) for kind in board.plan.kinds()]
    return answer(
        {
            "city": board.slug,
            "account": view.principal.id,
            "cityKey": board.key.verifier,
            "keys": [each.key for each in board.plan.operators if each.account == view.principal.id],
            "longest": board.plan.longest,
            "kinds": kinds,
            "interlocks": [{"name": each.name, "clearance": each.clearance} for each in board.plan.interlocks],
            "commands": [row(each, board) for each in newest[:SHOWN]],
        }
    )


def _watcher(request: Request) -> View:
    """The caller's view when they are staff, or an organisation that operates for the city."""
    view = caller(request)
    principal = view.principal
    if not principal.tenant and (is_staff(view, city_of(request)) or "operator" in principal.roles):
        return view
    raise NotAllowed("This is for the city's staff and operators.", hint="Sign in with a token from: noren token")


def _kind(board: Switchboard, kind: str, request: Request, view: View) -> dict[str, Any]:
    city, principal = city_of(request), view.principal
    views = (city.view(principal, purpose) for purpose in sorted(principal.purposes))
    purposes = [each.purpose for each in views if board.may(each, kind)]
    mine = [each for each in board.plan.actuators if each.kind == kind]
    stop = board.stops.get(kind)
    return {
        "kind": kind,
        "purposes": purposes,
        "stop": _stop(stop) if stop else None,
        "actuators": [_actuator(each, board) for each in mine],
    }


def _actuator(each: Actuator, board: Switchboard) -> dict[str, Any]:
    state, heard = board.state(each), board.lines[each.device].heard_at
    return {
        "id": each.id,
        "name": each.name,
        "device": each.device,
        "settings": {
            name: limits.plain() | {"unit": limits.unit, "label": limits.label, "words": limits.words}
            for name, limits in each.settings.items()
        },
        "values": state["setting_values"] or {},
        "link": state["link_state"],
        "safe": state["is_safe"],
        "heardAt": moment(heard) if heard > 0 else None,
        "needsTwo": each.needs_two,
        "hourly": each.hourly,
        "place": each.place,
    }


def row(order: Order, board: Switchboard) -> dict[str, Any]:
    """A command as the page and programs see it."""
    asked, found = order.asked, board.actuator(order)
    return {
        "id": asked.id,
        "actuator": asked.actuator,
        "name": found.name,
        "kind": found.kind,
        "property": asked.property,
        "value": asked.value,
        "said": _in_words(found, asked.property, asked.value),
        "reason": asked.reason,
        "by": order.by,
        "at": moment(asked.at),
        "expires": moment(asked.expires),
        "approvedBy": [each.by for each in order.approvals],
        "state": order.state,
        "why": order.why.words() if order.why else dict.fromkeys(LANGUAGES, ""),
        "word": order.why.word if order.why else "",
        "since": moment(order.since),
        "signed": order.signed,
    }


def _in_words(found: Actuator, name: str, value: object) -> dict[str, str]:
    plain = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    limits = found.settings.get(name)
    return limits.words.get(plain, {"en": plain}) if limits else {"en": plain}


def _stop(stop: Stop) -> dict[str, Any]:
    facts: dict[str, Any] = msgspec.to_builtins(stop)
    facts.pop("lifted_at")
    return facts | {"at": moment(stop.at), "liftedBy": facts.pop("lifted_by"), "lifted": stop.lifted_at > 0}


async def ask(request: Request) -> Response:
    """Take a signed order; the answer says what became of it, with the reason where it was refused."""
    view, board = _watcher(request), await switchboard(city_of(request))
    order = await board.ask(view, (await told(request, Signed)).signed)
    return answer(row(order, board), 201)


async def approve(request: Request) -> Response:
    """A second person's signed yes."""
    view, board = _watcher(request), await switchboard(city_of(request))
    order = await board.approve(view, request.path_params["id"], (await told(request, Signed)).signed)
    return answer(row(order, board))


async def recall(request: Request) -> Response:
    """Take a command back, with a reason."""
    view, board = _watcher(request), await switchboard(city_of(request))
    order = await board.recall(view, request.path_params["id"], (await told(request, Said)).reason)
    return answer(row(order, board))


async def stop(request: Request) -> Response:
    """The emergency stop of a class of devices: `kind` and `reason`."""
    view, board = _watcher(request), await switchboard(city_of(request))
    asked = await told(request, Stopping)
    return answer(_stop(await board.stop(view, asked.kind, asked.reason)), 201)


async def lift(request: Request) -> Response:
    """Say that a stop may end; the second account that says so ends it."""
    view, board = _watcher(request), await switchboard(city_of(request))
    return answer(_stop(await board.lift(view, request.path_params["kind"])))


ROUTES: list[tuple[str, str, Any]] = [
    ("GET", "/api/commands", listing),
    ("POST", "/api/commands", ask),
    ("POST", "/api/commands/{id}/approvals", approve),
    ("POST", "/api/commands/{id}/recall", recall),
    ("POST", "/api/stops", stop),
    ("POST", "/api/stops/{kind}/lifts", lift),
]
