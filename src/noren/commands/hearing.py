"""What devices say and what the clock brings: answers, reports, orders that expire, links that are lost."""

from __future__ import annotations

from typing import Any

from noren.commands.device import ANSWER, REPORT, Refused, opened, public
from noren.commands.orders import OPEN, Order, Why
from noren.commands.switchboard import Switchboard

_WORDS = frozenset(
    {"replayed", "stopped", "link", "recalled", "approval", "misdirected", "limits", "interlock", "expired"}
    | {"unsigned", "malformed", "broken"}
)
_KINDS = {"answer": ANSWER, "report": REPORT}


async def hear(board: Switchboard, device: str, where: str, text: str) -> bool:
    """Take an answer or a report ("answer", "report"); False for one that does not hold: by another's key, altered, of
    another device, or old."""
    board.look()
    keys = dict(public(each.key) for each in board.plan.devices if each.id == device and each.key and not each.revoked)
    try:
        told, _ = opened(text, _KINDS[where], keys)
        if (told.get("city"), told.get("device")) != (board.slug, device):
            return False
        return await (_answered if where == "answer" else _reported)(board, device, told)
    except (Refused, KeyError, TypeError, ValueError, AttributeError):
        return False


async def _answered(board: Switchboard, device: str, told: dict[str, Any]) -> bool:
    order, state = board.orders.get(board.sent.get(str(told["answers"]), "")), told["state"]
    if order is None or board.actuator(order).device != device or not _is_open(order):
        return False
    if state == "refused":
        board.standing.settled(order.setting, order.id)
        if order.state != "recalled":
            word = str(told.get("why"))
            await board.end(order, "refused", Why(f"device.{word if word in _WORDS else 'broken'}"))
        return True
    if state not in ("executed", "acknowledged", "failed"):
        return False
    await board.end(order, state, Why("device.broken") if state == "failed" else None)
    return True


def _is_open(order: Order) -> bool:
    """Whether an answer is awaited: also of an order that was given up or recalled, which may have been carried out."""
    return order.state in ("sent", "acknowledged", "recalled", "failed")


async def _reported(board: Switchboard, device: str, told: dict[str, Any]) -> bool:
    link, now = board.lines[device], board.now()
    number, heard, pulse, at = int(told["told"]), int(told["heard"]), int(told["pulse"]), float(told["at"])
    if not board.lines.is_fresh(device, number, pulse, 2 * board.plan.lapse):
        return False
    link.told, link.heard_at, link.counter = number, now, max(link.counter, heard)
    link.safe = bool(told["safe"]) or bool(told["stopped"])
    for each in board.plan.of_device(device):
        values, moving = told["values"].get(each.id, {}), told["moving"].get(each.id, {})
        for name in each.settings.keys() & values.keys():
            board.standing.told((each.id, name), values[name], moving.get(name), heard, at, now)
    for order in [each for each in board.orders.values() if each.state == "acknowledged"]:
        if board.actuator(order).device == device and board.standing.value(order.setting) == order.asked.value:
            await board.end(order, "executed", None)
    await board.show()
    return True


async def tick(board: Switchboard) -> None:
    """Call it every second."""
    board.look()
    now, patience = board.now(), board.plan.acknowledge
    for order in [each for each in board.orders.values() if each.state in OPEN]:
        if order.state == "requested" and order.asked.expires <= now:
            await board.end(order, "expired", Why("expired"))
        elif order.state == "sent" and order.since + patience <= now:
            await board.end(order, "failed", Why("silent", {"seconds": f"{patience:g}"}))
    await board.show()
