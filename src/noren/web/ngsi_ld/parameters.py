"""From query strings to what the broker is asked, with an error for whatever cannot be (CIM 009, 6.4.3.2)."""

from __future__ import annotations

import re
from typing import NamedTuple

from noren.broker import forms
from noren.broker.contexts import Context
from noren.broker.forms import Form
from noren.broker.forms.geojson import LOCATION
from noren.broker.languages import (
    attributes_of,
    has_any,
    parse_geo,
    parse_order,
    parse_projection,
    parse_q,
    parse_scope,
    parse_shape,
    parse_types,
    safe_pattern,
)
from noren.broker.requests import EntityQuery, TooManyResults
from noren.errors import BadInput
from noren.store.query import And, Node, Order
from noren.web.ngsi_ld.answers import GEOJSON

DEFAULT_LIMIT, MOST = 20, 1000
HEADS = frozenset({"id", "type", "scope"})
_STYLES = {"simplified": "simplified", "keyValues": "simplified", "concise": "concise", "normalized": "normalized"}
_GEO = ("georel", "geometry", "coordinates")
_NAME_LIST = re.compile(r"[^,\s]+(,[^,\s]+)*\Z")
Parameters = dict[str, str]


class Page(NamedTuple):
    """Which part of a list: `limit` 0 only with `counting`."""

    limit: int
    offset: int
    counting: bool


def flag(parameters: Parameters, name: str) -> bool:
    """A boolean parameter, false when absent."""
    text = parameters.get(name, "false").lower()
    if text not in ("true", "false"):
        raise BadInput(f"“{text}” is neither true nor false.", where=f"parameter {name}")
    return text == "true"


def listed(parameters: Parameters, name: str) -> list[str]:
    """A list separated by commas, empty when absent; an empty item is refused."""
    text = parameters.get(name)
    if text is None:
        return []
    if not _NAME_LIST.match(text):
        raise BadInput("A list of names separated by commas is needed.", where=f"parameter {name}")
    return text.split(",")


def options(parameters: Parameters) -> set[str]:
    """The words of `options` and `format`; nobody knows all of them, so that unknown ones pass."""
    return {*listed(parameters, "options"), *listed(parameters, "format")}


def entity_id(id: str) -> str:
    """The id in a path, when it is a URI."""
    return forms.uri(id, "the address")


def number(parameters: Parameters, name: str, least: int) -> int | None:
    """A whole number, None when absent."""
    text = parameters.get(name)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 12 or int(text) < least:
        raise BadInput(f"“{text[:20]}” is no whole number from {least} on.", where=f"parameter {name}")
    return int(text)


def page(parameters: Parameters) -> Page:
    """Limit, offset and count, within what is handed out at once (6.3.10, 6.3.13)."""
    count = flag(parameters, "count")
    limit = number(parameters, "limit", 0)
    limit = DEFAULT_LIMIT if limit is None else limit
    if limit == 0 and not count:
        raise BadInput("A limit of 0 asks for nothing.", where="parameter limit", hint="Use it with count=true.")
    if limit > MOST:
        raise TooManyResults(
            f"At most {MOST} are handed out at once.", where="parameter limit", hint="Ask page by page."
        )
    return Page(limit, number(parameters, "offset", 0) or 0, count)


def conditions(parameters: Parameters, context: Context) -> tuple[Node | None, frozenset[str]]:
    """What entities must fulfil by `q`, geo-query, `scopeQ` and `attrs`, and the attributes of `attrs`."""
    parts: list[Node] = []
    if "q" in parameters:
        parts.append(parse_q(parameters["q"], context, listed(parameters, "expandValues")))
    if any(name in parameters for name in _GEO):
        georel, geometry, coordinates = map(parameters.get, _GEO)
        parts.append(parse_geo(georel, geometry, coordinates, parameters.get("geoproperty"), context))
    if "scopeQ" in parameters:
        parts.append(parse_scope(parameters["scopeQ"]))
    attrs = _attributes(parameters, context)
    if attrs:
        parts.append(has_any(attrs))
    where = None if not parts else parts[0] if len(parts) == 1 else And(tuple(parts))
    return where, attrs or frozenset()


def _attributes(parameters: Parameters, context: Context) -> frozenset[str] | None:
    found = members(parameters, "attrs", context)
    if found and not found.isdisjoint(HEADS):
        raise BadInput("Only attributes stand in attrs.", where="parameter attrs", hint="Use pick for id, type, scope.")
    return found


def entity_query(parameters: Parameters, context: Context, *, narrow: bool = False) -> EntityQuery:
    """Everything that selects entities; raises `BadInput` for a query that would be too wide (5.7.2.4) unless something
    else makes it `narrow`."""
    where, attrs = conditions(parameters, context)
    ids = tuple(forms.uri(id, "parameter id") for id in listed(parameters, "id"))
    types = parse_types(parameters["type"], context) if "type" in parameters else ()
    _check_width(parameters, narrow or bool(types) or (where is not None and bool(attributes_of(where))))
    limit, offset, count = page(parameters)
    return EntityQuery(
        types=types,
        ids=ids,
        id_pattern=None if ids or "idPattern" not in parameters else safe_pattern(parameters["idPattern"], "idPattern"),
        where=where,
        attributes=tuple(sorted(attrs)),
        order=_order(parameters, context),
        limit=limit,
        offset=offset,
        count=count,
    )


def is_local(parameters: Parameters) -> bool:
    """Whether nothing but this city is asked (5.5.13); `type=*` says so, too, and cannot be taken back."""
    if parameters.get("type") != "*":
        return flag(parameters, "local")
    if "local" in parameters and not flag(parameters, "local"):
        raise BadInput("All types can only be asked for locally.", where="parameter local", hint="Leave it out.")
    return True


def _check_width(parameters: Parameters, narrow: bool) -> None:
    """Ids, a pattern or a scope alone leave a query too wide, as do times of storing, which all entities have."""
    if not is_local(parameters) and not narrow:
        raise BadInput(
            "The query is too wide.",
            hint="Give at least one of type, attrs, q, georel; or local=true to ask just this city for anything.",
        )


def _order(parameters: Parameters, context: Context) -> tuple[Order, ...]:
    """Only what one place holds can be sorted (5.7.2.4)."""
    if not parameters.get("orderBy"):
        return ()
    if not is_local(parameters):
        raise BadInput("Only a local query can be sorted.", where="parameter orderBy", hint="Add local=true.")
    around = parameters.get("orderFrom")
    shape = None if around is None else parse_shape(parameters.get("orderGeometry", "Point"), around, "orderFrom")
    return parse_order(parameters["orderBy"], context, shape)


def form(parameters: Parameters, context: Context) -> Form:
    """How entities are to be shown; raises `BadInput` for a format that is none."""
    words = options(parameters)
    asked = parameters.get("format")
    if asked is not None and asked not in _STYLES:
        raise BadInput(f"“{asked}” is no format.", where="parameter format", hint="normalized, concise or simplified.")
    chosen = asked or next((word for word in ("keyValues", "simplified", "concise") if word in words), "normalized")
    pick, omit = members(parameters, "pick", context), members(parameters, "omit", context)
    if pick is not None and omit is not None and pick & omit:
        raise BadInput("A member is both picked and omitted.", where="parameters pick and omit")
    datasets = listed(parameters, "datasetId")
    return Form(
        style=_STYLES[chosen],  # type: ignore[arg-type]
        sys="sysAttrs" in words,
        attrs=_attributes(parameters, context),
        pick=pick,
        omit=omit,
        lang=parameters.get("lang", ""),
        datasets=frozenset(datasets) if datasets else None,
    )


def members(parameters: Parameters, name: str, context: Context) -> frozenset[str] | None:
    """Members of entities by IRI, besides id, type and scope; None when the parameter is absent."""
    return parse_projection(parameters[name], context, name) if name in parameters else None


PLAIN = Form()


def shown(parameters: Parameters, context: Context, kind: str) -> tuple[Form, str]:
    """Form, and the attribute whose geometry stands out in GeoJSON."""
    if not parameters:
        return PLAIN, LOCATION
    geometry = parameters.get("geometryProperty")
    if geometry is not None and kind != GEOJSON:
        raise BadInput("geometryProperty goes with Accept: application/geo+json.", where="parameter geometryProperty")
    return form(parameters, context), context.attribute(geometry) if geometry else LOCATION
