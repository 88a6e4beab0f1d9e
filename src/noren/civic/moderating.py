"""Proposals and comments that a person must look at first: published, or taken away with a reason that all can read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from noren.civic.looking import Looked, look
from noren.civic.reports import held_reason
from noren.errors import BadInput, NotFound
from noren.terms.records import Comment, Proposal

if TYPE_CHECKING:
    from noren.view import View

PAGE = 100
_SHOWN = ("name", "description", "heldText", "moderationReason")
_BETWEEN = "\n\n"


class Shown(msgspec.Struct, frozen=True):
    """What of a text is published, and what waits; `masked` names the kinds of personal data that were masked."""

    fields: dict[str, Any]
    masked: tuple[str, ...]


def shown(text: str, title: str = "") -> Shown:
    """A text, with a title where it has one, as fields of the record that will carry it."""
    parts: list[Looked] = [look(each) for each in (title, text)]
    hold = next((each.hold for each in parts if each.hold), "")
    masked = tuple(dict.fromkeys(finding.kind for each in parts for finding in each.findings))
    if hold:
        waiting = _BETWEEN.join(each.text for each in parts if each.text)
        return Shown({"held_text": waiting, "moderation": "held", "moderation_reason": held_reason(hold)}, masked)
    fields = {"description": parts[1].text or None, "moderation": "published"}
    return Shown(fields | ({"name": parts[0].text} if title else {}), masked)


async def held(view: View) -> list[dict[str, Any]]:
    """For staff: the proposals and comments that wait for a look."""
    found: list[Any] = [each async for each in view.find(Proposal, q='moderation=="held"', limit=PAGE)]
    found += [each async for each in view.find(Comment, q='moderation=="held"', limit=PAGE)]
    return [
        {
            "id": each.id,
            "type": type(each).__name__,
            "text": each.held_text,
            "saidAt": each.said_at,
            "reason": each.moderation_reason,
        }
        for each in found
    ]


async def moderate(view: View, id: str, *, publish: bool, reason: Mapping[str, str]) -> None:
    """Publish a proposal or comment that was held, or take one away; raises `BadInput` when it is not said why."""
    words = {language: text.strip() for language, text in reason.items() if text.strip()}
    if not publish and not words:
        raise BadInput("It is not said why.", where="reason", hint="The reason is published; no names in it.")
    found = await view.get(Proposal, id) or await view.get(Comment, id)
    if found is None:
        raise NotFound("There is no such proposal or comment.", where=id)
    text = found.held_text or _BETWEEN.join(filter(None, (found.name, found.description)))
    change = type(found)(
        id=id,
        moderation="published" if publish else "removed",
        moderation_reason=words or None,
        **_put(found, text, publish),
    )
    await view.change([change], without=_SHOWN)


def _put(found: Proposal | Comment, text: str, publish: bool) -> dict[str, Any]:
    if not publish:
        return {"held_text": text or None}
    if isinstance(found, Comment):
        return {"description": text}
    title, _, rest = text.partition(_BETWEEN)
    return {"name": title, "description": rest or None}
