"""Subscriptions over HTTP (CIM 009, 5.8.1 to 5.8.5): made, listed, read, changed, removed by whom they belong to."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import quote

from noren.broker.subscription import parse_subscription, patch_subscription, render_subscription
from noren.broker.subscriptions import Kept
from noren.errors import BadInput
from noren.terms.record import stamp
from noren.web.ngsi_ld import showing
from noren.web.ngsi_ld.answers import NO_CONTENT, Answer, created
from noren.web.ngsi_ld.call import Call
from noren.web.ngsi_ld.headers import OTHER_KINDS
from noren.web.ngsi_ld.parameters import entity_id, options, page
from noren.web.ngsi_ld.spoken import Spoken

PATH = "/ngsi-ld/v1/subscriptions/"


async def create(call: Call) -> Answer:
    """POST /subscriptions."""
    data, spoken = await call.payload()
    if not isinstance(data, dict) or spoken is None:
        raise BadInput("A subscription is one JSON object.")
    call.house.check_endpoint(data)
    link = data.get("jsonldContext", spoken.link)
    context = call.house.lasting(spoken, call.base)
    fresh = f"urn:ngsi-ld:Subscription:{uuid.uuid4()}"
    made = parse_subscription(data, call.house.contexts, context=context, id=fresh, now=stamp(call.view.now()))
    await call.view.subscriptions.add(made, link if isinstance(link, str) else spoken.link)
    return created(PATH + quote(made.id, safe=":@!$&'()*+,;=-._~"))


async def listing(call: Call) -> Answer:
    """GET /subscriptions, page by page."""
    kind, spoken, wanted = call.accepts(OTHER_KINDS), call.spoken(), page(call.parameters)
    held = call.view.subscriptions.all()
    part = held[wanted.offset : wanted.offset + wanted.limit]
    total = len(held) if wanted.counting else None
    more = wanted.offset + wanted.limit < len(held)
    headers = showing.pages(call, kind, wanted.limit, wanted.offset, more, total)
    return showing.body(call, spoken, kind, [_shown(call, spoken, kept) for kept in part], headers)


async def retrieve(call: Call) -> Answer:
    """GET /subscriptions/{id}."""
    kind, spoken = call.accepts(OTHER_KINDS), call.spoken()
    kept = call.view.subscriptions.get(entity_id(call.id))
    return showing.body(call, spoken, kind, _shown(call, spoken, kept))


async def update(call: Call) -> Answer:
    """PATCH /subscriptions/{id}."""
    data, spoken = await call.payload()
    if not isinstance(data, dict) or spoken is None:
        raise BadInput("A change of a subscription is one JSON object.")
    if "@context" in data:
        data["@context"] = call.house.lasting(spoken, call.base)
    call.house.check_endpoint(data)
    before = call.view.subscriptions.get(entity_id(call.id)).subscription
    await call.view.subscriptions.change(patch_subscription(before, data, call.house.contexts, stamp(call.view.now())))
    return NO_CONTENT


async def delete(call: Call) -> Answer:
    """DELETE /subscriptions/{id}."""
    await call.view.subscriptions.remove(entity_id(call.id))
    return NO_CONTENT


def _shown(call: Call, spoken: Spoken, kept: Kept) -> dict[str, Any]:
    return render_subscription(
        kept.subscription,
        call.house.contexts,
        spoken.context,
        stamp(call.view.now()),
        sys="sysAttrs" in options(call.parameters),
        delivery=kept.progress.told(),
        link=kept.link,
    )
