"""Documents as response bodies: in the form, language and media type asked for, with pages and counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from noren.broker import forms
from noren.broker.forms import Form
from noren.store.query import Doc
from noren.web.ngsi_ld.answers import GEOJSON, JSON, JSONLD, Answer, Headers, context_link, encode
from noren.web.ngsi_ld.call import parsed

if TYPE_CHECKING:
    from noren.web.ngsi_ld.call import Call
    from noren.web.ngsi_ld.spoken import Spoken

_TYPES = {kind: (b"content-type", kind.encode()) for kind in (JSON, JSONLD, GEOJSON)}


def one(call: Call, spoken: Spoken, kind: str, doc: Doc, form: Form, geometry: str) -> Answer:
    """A single entity."""
    if kind == GEOJSON:
        return body(call, spoken, kind, forms.feature(doc, spoken.context, form, geometry))
    return body(call, spoken, kind, forms.render(doc, spoken.context, form))


def several(
    call: Call, spoken: Spoken, kind: str, docs: Sequence[Doc], form: Form, geometry: str, more: Headers
) -> Answer:
    """A list of entities."""
    if kind == GEOJSON:
        return body(call, spoken, kind, forms.feature_collection(docs, spoken.context, form, geometry), more)
    context, render = spoken.context, forms.render
    return body(call, spoken, kind, [render(doc, context, form) for doc in docs], more)


def body(call: Call, spoken: Spoken, kind: str, data: Any, more: Headers | None = None, status: int = 200) -> Answer:
    """JSON compacted by a context, which a Link header names in JSON and the body in JSON-LD and GeoJSON (6.3.6)."""
    headers = [_TYPES[kind], *(more or ())]
    prefers_json = kind == GEOJSON and "body=json" in call.header(b"prefer")
    if kind == JSON or prefers_json:
        headers.append(context_link(spoken.link))
    elif isinstance(data, list):
        data = [{"@context": spoken.value, **item} if isinstance(item, dict) else item for item in data]
    else:
        data = {"@context": spoken.value, **data}
    return Answer(status, headers, encode(data))


def pages(call: Call, kind: str, limit: int, offset: int, more: bool, total: int | None) -> Headers:
    """Links to the next and previous page (6.3.10) and the count of all (6.3.13)."""
    headers: Headers = [] if total is None else [(b"ngsild-results-count", b"%d" % total)]
    if more and limit:
        headers.append(_page(call, kind, "next", limit, offset + limit))
    if offset and limit:
        headers.append(_page(call, kind, "prev", limit, max(0, offset - limit)))
    return headers


def _page(call: Call, kind: str, relation: str, limit: int, offset: int) -> tuple[bytes, bytes]:
    target = f"{call.path}?{call.house.once(_without_page, call.query)}limit={limit}&offset={offset}"
    return (b"link", f'<{target}>; rel="{relation}"; type="{kind}"'.encode())


def _without_page(query: bytes) -> str:
    kept = {name: value for name, value in parsed(query).items() if name not in ("limit", "offset")}
    return urlencode(kept) + "&" if kept else ""
