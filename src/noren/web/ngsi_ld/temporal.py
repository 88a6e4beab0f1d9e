"""The past over HTTP (CIM 009, 5.7.3, 5.7.4 and 5.6.11): instances, pairs of value and time, or aggregates."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any, get_args

import msgspec

from noren.broker import forms
from noren.broker.contexts import Context
from noren.broker.evolution import TimeProperty, render_evolution
from noren.broker.forms import Form
from noren.broker.requests import EntityQuery, Past, TemporalQuery
from noren.errors import BadInput, Conflict
from noren.store import Aggregate
from noren.web.ngsi_ld import showing
from noren.web.ngsi_ld.answers import NO_CONTENT, Answer, created
from noren.web.ngsi_ld.call import Call
from noren.web.ngsi_ld.entities import absent, location
from noren.web.ngsi_ld.headers import OTHER_KINDS
from noren.web.ngsi_ld.parameters import Parameters, entity_id, entity_query, form, listed, number, options
from noren.web.ngsi_ld.queries import flat, selected
from noren.web.ngsi_ld.spoken import Spoken

PATH = "/ngsi-ld/v1/temporal/entities/"
_DURATION = re.compile(
    r"P(?!\Z)(?:(\d+)W|(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?!\Z)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?)\Z"
)
_SECONDS = (604_800, 31_556_952, 2_629_746, 86_400, 3_600, 60, 1)
"""Of a week, the mean Gregorian year and month, a day, an hour, a minute, a second."""
_STYLES = ("temporalValues", "aggregatedValues")
_SYNONYMS = {"simplified": "temporalValues", "keyValues": "temporalValues"}
_NO_ATTRIBUTE = ("",)
"""Asks whether an entity is there without reading what is held about anybody."""
_TIMES = {"observedAt": "observed", "modifiedAt": "modified", "createdAt": "modified"}


async def query(call: Call) -> Answer:
    """GET /temporal/entities."""
    kind, spoken = call.accepts(OTHER_KINDS), call.spoken()
    select = entity_query(call.parameters, spoken.context)
    return await _answer(call, kind, spoken, call.parameters, select)


async def query_by_body(call: Call) -> Answer:
    """POST /temporal/entityOperations/query."""
    kind = call.accepts(OTHER_KINDS)
    data, spoken = await call.payload()
    if spoken is None:
        raise BadInput("A query is one JSON object.", hint='Begin with {"type": "Query", …}.')
    parameters = {**call.parameters, **flat(data)}
    return await _answer(call, kind, spoken, parameters, selected(data, parameters, spoken.context))


async def retrieve(call: Call) -> Answer:
    """GET /temporal/entities/{id}."""
    kind, spoken, parameters = call.accepts(OTHER_KINDS), call.spoken(), call.parameters
    shown = _form(parameters, spoken.context)
    attributes = shown.attrs or (shown.pick or frozenset()) - {"id", "type", "scope"}
    select = EntityQuery(ids=(entity_id(call.id),), attributes=tuple(sorted(attributes)), limit=1)
    found = await call.view.temporal(temporal_query(parameters, select, required=False))
    if not found.docs:
        held = await call.view.retrieve([call.id], _NO_ATTRIBUTE)
        if not held.docs:
            raise absent(call.id)
        found = Past([{**held.docs[0], "attrs": {}}])
    return showing.body(call, spoken, kind, _evolution(found.docs[0], parameters, spoken.context))


async def _answer(call: Call, kind: str, spoken: Spoken, parameters: Parameters, select: EntityQuery) -> Answer:
    if any(order.path != ("id",) for order in select.order):
        raise BadInput("Evolutions are sorted by id only.", where="parameter orderBy", hint="Write id or id;desc.")
    asked = temporal_query(parameters, msgspec.structs.replace(select, limit=select.limit + 1))
    found = await call.view.temporal(asked)
    more = len(found.docs) > select.limit
    headers = showing.pages(call, kind, select.limit, select.offset, more, found.total)
    shown = [_evolution(doc, parameters, spoken.context) for doc in found.docs[: select.limit]]
    return showing.body(call, spoken, kind, shown, headers)


def _evolution(doc: dict[str, Any], parameters: Parameters, context: Context) -> dict[str, Any]:
    return render_evolution(doc, context, _form(parameters, context), _time_property(parameters))


def _form(parameters: Parameters, context: Context) -> Form:
    """How an evolution is to be shown; pairs of value and time count as simplified."""
    shown: Form = form({**parameters, "format": "normalized"}, context)
    return msgspec.structs.replace(shown, style="simplified") if _style(parameters) == "temporalValues" else shown


def _style(parameters: Parameters) -> str:
    """One of the two representations of time series, else "" for instances; `format` goes before `options` (6.3.12)."""
    asked = parameters.get("format")
    if asked is not None and asked not in _STYLES:
        raise BadInput(f"“{asked}” is no format here.", where="parameter format", hint=f"{' or '.join(_STYLES)}.")
    words = {asked} if asked else {_SYNONYMS.get(word, word) for word in options(parameters)}
    chosen = [style for style in _STYLES if style in words]
    if len(chosen) > 1:
        raise BadInput("Only one representation can be shown.", where="parameter options", hint="Leave one out.")
    return chosen[0] if chosen else ""


def _time_property(parameters: Parameters) -> TimeProperty:
    name = parameters.get("timeproperty", "observedAt")
    if name == "deletedAt":
        raise Conflict("Times of deletion are not kept by instance.", where="parameter timeproperty")
    if name not in _TIMES:
        raise BadInput(f"“{name}” is no time property.", where="parameter timeproperty", hint=f"{', '.join(_TIMES)}.")
    return name  # type: ignore[return-value]


def temporal_query(parameters: Parameters, select: EntityQuery, *, required: bool = True) -> TemporalQuery:
    """The stretch and what of it; raises `BadInput` without `timerel` where it is `required` (4.11)."""
    start, end = _between(parameters, required)
    methods, period = _aggregates(parameters)
    return TemporalQuery(
        select=select,
        time=_TIMES[_time_property(parameters)],  # type: ignore[arg-type]
        start=start,
        end=end,
        last=number(parameters, "lastN", 1),
        undated=not methods and "timerel" not in parameters and "timeproperty" not in parameters,
        methods=methods,
        period=period,
    )


def _between(parameters: Parameters, required: bool) -> tuple[datetime | None, datetime | None]:
    relation = parameters.get("timerel")
    if relation is None:
        if required or "timeAt" in parameters:
            raise BadInput("A temporal query needs timerel.", where="parameter timerel", hint="before, after, between.")
        return None, None
    at = _moment(parameters, "timeAt")
    if relation == "before":
        return None, at
    if relation == "after":
        return at, None
    if relation != "between":
        raise BadInput(f"“{relation}” is no such relation.", where="parameter timerel", hint="before, after, between.")
    return at, _moment(parameters, "endTimeAt")


def _moment(parameters: Parameters, name: str) -> datetime:
    if name not in parameters:
        raise BadInput(f"{name} is missing.", where=f"parameter {name}", hint="Write it like 2024-05-01T12:00:00Z.")
    return datetime.fromisoformat(forms.instant(parameters[name].replace(" ", "+"), f"parameter {name}"))


def _aggregates(parameters: Parameters) -> tuple[tuple[Aggregate, ...], float | None]:
    if _style(parameters) != "aggregatedValues":
        return (), None
    methods = listed(parameters, "aggrMethods")
    known = get_args(Aggregate)
    if not methods or any(method not in known for method in methods):
        raise BadInput("aggrMethods is missing or unknown.", where="parameter aggrMethods", hint=f"{', '.join(known)}.")
    return tuple(methods), duration(parameters.get("aggrPeriodDuration", "PT0S"))  # type: ignore[arg-type]


def duration(text: str) -> float | None:
    """Seconds of an ISO 8601 duration, None for one of nothing: the whole stretch (4.5.19.1).

    >>> duration("P1DT2H"), duration("PT0S")
    (93600.0, None)
    """
    found = _DURATION.match(text)
    if found is None:
        raise BadInput(f"“{text}” is no duration.", where="parameter aggrPeriodDuration", hint="Write it like PT1H.")
    seconds = sum(float(part) * unit for part, unit in zip(found.groups(), _SECONDS, strict=True) if part)
    if seconds > timedelta.max.total_seconds():
        raise BadInput("The period is too long.", where="parameter aggrPeriodDuration")
    return seconds or None


async def record(call: Call) -> Answer:
    """POST /temporal/entities: an entity with its past; what is there already is added to (5.6.11)."""
    data, spoken = await call.payload()
    if not isinstance(data, dict) or spoken is None:
        raise BadInput("One JSON object is needed here.")
    head, evolution = _split(data, spoken.context)
    if "id" not in head or "type" not in head:
        raise BadInput("An entity needs id and type.", where="id")
    new = await call.view.remember(head, evolution)
    return created(PATH + location(head["id"]).rpartition("/")[2]) if new else NO_CONTENT


async def add(call: Call) -> Answer:
    """POST /temporal/entities/{id}/attrs: instances added to an entity's past (5.6.12)."""
    data, spoken = await call.payload()
    if not isinstance(data, dict) or spoken is None:
        raise BadInput("One JSON object is needed here.")
    head, evolution = _split({**data, "id": entity_id(call.id)}, spoken.context)
    await call.view.remember({"id": head["id"]}, evolution)
    return NO_CONTENT


def _split(data: dict[str, Any], context: Context) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    """The entity without attributes, and the instances of each; one instance may stand without an array."""
    named = ("id", "@id", "type", "@type", "scope", "@context", "createdAt", "modifiedAt")
    head = forms.parse_fragment({name: value for name, value in data.items() if name in named}, context, nulls=False)
    evolution: dict[str, list[dict[str, Any]]] = {}
    for name, value in data.items():
        if name not in named:
            held = value if isinstance(value, list) else [value]
            evolution[context.attribute(name)] = [forms.parse_instances(one, context, name) for one in held]
    return head, evolution
