"""From changes to the bytes of a notification, through the curtain of whom they are for (CIM 009, 5.3.1 and 5.8.6)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from noren.broker import notification
from noren.broker.contexts import ContextRegistry
from noren.broker.interest import matches
from noren.broker.subscription import Subscription
from noren.broker.subscriptions import Kept
from noren.errors import NorenError
from noren.store import ChangeRow
from noren.store.query import Doc
from noren.terms.record import stamp

if TYPE_CHECKING:
    from noren.view import View

_encode = msgspec.json.Encoder().encode
_REMEMBERED = 5_000
Message = tuple[bytes, dict[str, str]]


class Messages:
    """Writes notifications; an entity told to many in the same form is written once. `view` gives an owner's view."""

    def __init__(
        self, registry: ContextRegistry, view: Callable[[Kept], View], now: Callable[[], datetime], tenant: str = ""
    ) -> None:
        self._registry, self._view, self._now, self._tenant = registry, view, now, tenant
        self._written: dict[tuple[Any, ...], msgspec.Raw] = {}

    async def of_changes(self, kept: Kept, rows: Iterable[ChangeRow]) -> Message | None:
        """Body and headers that tell of the changes, of each entity the newest; None when nothing may be told."""
        view = self._view(kept)
        newest = {row.doc["id"]: row for row in rows}
        told = [await self._told(kept.subscription, row, view) for row in newest.values()]
        data = [one for one in told if one is not None]
        return self._message(kept, data) if data else None

    def of_entities(self, kept: Kept, docs: list[Doc]) -> Message | None:
        """Body and headers that tell how entities stand now; None when there are none."""
        subscription = kept.subscription
        context = self._registry.get(subscription.notify_context)
        if not docs:
            return None
        shown = notification.entities(subscription, docs, context)
        return self._message(kept, shown if isinstance(shown, list) else shown["features"])

    async def _told(self, subscription: Subscription, row: ChangeRow, view: View) -> Any:
        seen = view.changed(row)
        if seen is None:
            return None
        doc, touched = seen
        before = await view.before(row) if notification.looks_back(subscription, row) else None
        if doc is not row.doc or len(touched) != len(row.touched):
            row = msgspec.structs.replace(row, doc=doc, touched=touched)
            if not matches(subscription, row, stamp(self._now())):
                return None
            return self._rendered(subscription, row, before)
        if before is not None:
            return self._rendered(subscription, row, before)
        context = self._registry.get(subscription.notify_context)
        how = subscription.form, subscription.endpoint.accept, subscription.geometry, subscription.changes
        key = (row.seq, context, *how)
        written = self._written.get(key)
        if written is None:
            if len(self._written) >= _REMEMBERED:
                self._written.clear()
            written = self._written[key] = msgspec.Raw(_encode(self._rendered(subscription, row)))
        return written

    def _rendered(self, subscription: Subscription, row: ChangeRow, before: Doc | None = None) -> Any:
        context = self._registry.get(subscription.notify_context)
        if row.kind == "deleted":
            return notification.deleted(subscription, row.doc, context, stamp(row.at))
        return notification.changed(subscription, row.doc, row.touched, context, before)

    def _message(self, kept: Kept, data: list[Any]) -> Message:
        subscription = kept.subscription
        accept, context = subscription.endpoint.accept, subscription.notify_context
        body = {
            "id": f"urn:ngsi-ld:Notification:{uuid.uuid4()}",
            "type": "Notification",
            "subscriptionId": subscription.id,
            "notifiedAt": stamp(self._now()),
            "data": {"type": "FeatureCollection", "features": data} if accept == notification.GEOJSON else data,
        }
        headers = {"Content-Type": accept}
        prefers_json = accept == notification.GEOJSON and ("Prefer", "body=json") in subscription.endpoint.receiver
        if accept == "application/json" or prefers_json:
            headers["Link"] = f'<{kept.link}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
        else:
            body["@context"] = kept.link if context is None else context
        if self._tenant:
            headers["NGSILD-Tenant"] = self._tenant
        return _encode(body), headers


def explained(error: Exception) -> str:
    """An error in the words in which the owner of a subscription reads it."""
    return str(error) if isinstance(error, NorenError) else f"{type(error).__name__}: {error}"
