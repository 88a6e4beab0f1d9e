"""Context sources over HTTP (CIM 009, 5.9, 5.10 and 6.8): registered, listed, read, changed, removed by the staff; and
what is asked of the city handed on to them (4.3.6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from noren.broker.requests import EntityQuery
from noren.errors import BadInput, NotAllowed
from noren.web.ngsi_ld import showing
from noren.web.ngsi_ld.answers import NO_CONTENT, Answer, Headers, created
from noren.web.ngsi_ld.call import Call
from noren.web.ngsi_ld.headers import OTHER_KINDS
from noren.web.ngsi_ld.parameters import Parameters, entity_id, entity_query, page

if TYPE_CHECKING:
    from noren.custody import Federation, Missing, Registrations, Source

PATH = "/ngsi-ld/v1/csourceRegistrations/"
CONDITIONS = ("q", "scopeQ", "georel", "geometry", "coordinates", "geoproperty")
_SELECT = frozenset({"type", "attrs", "q", "georel", "id", "idPattern"})


async def create(call: Call) -> Answer:
    """POST /csourceRegistrations."""
    held = _registrations(call)
    data, spoken = await call.payload()
    if spoken is None:
        raise BadInput("A registration is one JSON object.")
    id = await held.add(data, spoken.context)
    return created(PATH + quote(id, safe=":@!$&'()*+,;=-._~"))


async def listing(call: Call) -> Answer:
    """GET /csourceRegistrations: those that may have what the parameters ask for, page by page."""
    kind, spoken, held = call.accepts(OTHER_KINDS), call.spoken(), _registrations(call)
    if _SELECT.isdisjoint(call.parameters):
        raise BadInput("The query is too wide.", hint="Give at least one of type, attrs, q, georel.")
    wanted = page(call.parameters)
    query = entity_query({k: v for k, v in call.parameters.items() if k != "orderBy"}, spoken.context, narrow=True)
    matching = {source.id for source in held.sources() if source.offered(query)}
    found = [body for body in held.all() if body["id"] in matching]
    part = found[wanted.offset : wanted.offset + wanted.limit]
    total, more = (len(found) if wanted.counting else None), wanted.offset + wanted.limit < len(found)
    headers = showing.pages(call, kind, wanted.limit, wanted.offset, more, total)
    return showing.body(call, spoken, kind, [held.shown(body, spoken.context) for body in part], headers)


async def retrieve(call: Call) -> Answer:
    """GET /csourceRegistrations/{id}."""
    kind, spoken, held = call.accepts(OTHER_KINDS), call.spoken(), _registrations(call)
    return showing.body(call, spoken, kind, held.shown(held.get(entity_id(call.id)), spoken.context))


async def update(call: Call) -> Answer:
    """PATCH /csourceRegistrations/{id}."""
    held = _registrations(call)
    data, spoken = await call.payload()
    if spoken is None:
        raise BadInput("A change of a registration is one JSON object.")
    await held.change(entity_id(call.id), data, spoken.context)
    return NO_CONTENT


async def delete(call: Call) -> Answer:
    """DELETE /csourceRegistrations/{id}."""
    await _registrations(call).remove(entity_id(call.id))
    return NO_CONTENT


def asks(call: Call) -> bool:
    """Whether this city has anybody to hand a question on to; most have not, and lose no time on it."""
    federation = call.house.federation
    return federation is not None and federation.asks(call.view.principal.tenant)


def concerned(call: Call, query: EntityQuery, parameters: Parameters, local: bool) -> Sequence[Source]:
    """The sources that what is asked is handed on to; none for a local question, or where there are none."""
    federation = call.house.federation
    if federation is None or local or parameters.get("type") == "*":
        return ()
    return federation.concerned(query, call.view.principal.tenant, call.header(b"via"))


def conditions(call: Call, parameters: Mapping[str, str], context: Any) -> dict[str, str]:
    """Conditions as they go to custodians, who hold the same terms: none where the caller speaks by other ones, or of
    values to be expanded. The city looks at what comes back by all of them in any case."""
    if context is not call.house.contexts.city or "expandValues" in parameters:
        return {}
    return {name: parameters[name] for name in CONDITIONS if name in parameters}


def warnings(federation: Federation, missing: Sequence[Missing]) -> Headers:
    """The headers that name the missing sources (6.3.17)."""
    return [(b"ngsild-warning", _warning(federation.alias, one)) for one in missing]


def _warning(alias: str, one: Missing) -> bytes:
    text = f"{one.source.organisation}: {one.why}"[:300].replace("\\", "/").replace('"', "'")
    return f'{one.code} {alias} "{text}"'.encode("ascii", "xmlcharrefreplace")


def _registrations(call: Call) -> Registrations:
    who, city = call.view.principal, call.house.city
    if not city.is_bare and (who.kind != "staff" or who.organisation != city.organisation):
        raise NotAllowed("Context sources are registered by the city's staff.", where="csourceRegistrations")
    federation = call.house.federation
    if federation is None:
        raise BadInput("This city asks nobody else.", hint="Open it with noren up.")
    return federation.registrations(call.view.principal.tenant)
