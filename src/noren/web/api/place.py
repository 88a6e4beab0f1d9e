"""The city itself: its name, clock and words."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING, Any

from shapely.geometry import shape
from starlette.requests import Request
from starlette.responses import Response

import noren
from noren.terms import COMMON, TYPES, Attribute
from noren.web.api.answers import answer, caller, city_of, encoder

if TYPE_CHECKING:
    from noren.view import View


async def city(request: Request) -> Response:
    """What every page needs first: name, languages, extent, clock, who is signed in."""
    here = city_of(request)
    view = caller(request)
    config, who = here.config, view.principal
    signed_in = None if who.kind == "anonymous" else {"name": who.id, "kind": who.kind, "roles": sorted(who.roles)}
    return answer(
        {
            "name": config.name,
            "slug": config.slug,
            "languages": config.languages,
            "timezone": config.timezone,
            "bounds": await bounds(view),
            "version": noren.__version__,
            "clock": {"now": here.clock.now(), "speed": here.clock.speed},
            "signedIn": signed_in,
            "bare": here.is_bare,
            "terrain": "terrain" in view.coverages(),
        }
    )


async def bounds(view: View) -> list[float] | None:
    """West, south, east and north of what the catalogue covers, far-flung datasets left out; None when empty."""
    boxes = [
        found
        async for dataset in view.find("Dataset")
        if (found := box(dataset.get("coverage"))) and max(found[2] - found[0], found[3] - found[1]) < 2
    ]
    if not boxes:
        return None
    return sorted(boxes, key=lambda b: (b[2] - b[0]) * (b[3] - b[1]))[len(boxes) // 2]


def box(geometry: dict[str, Any] | None) -> list[float] | None:
    """West, south, east and north of a GeoJSON geometry, None for none."""
    return list(shape(geometry).bounds) if geometry else None


def _attribute(attribute: Attribute, data_class: int) -> dict[str, object]:
    return {"kind": attribute.kind, "unit": attribute.unit, "class": data_class, "meaning": attribute.meaning}


@cache
def _terms() -> tuple[bytes, str]:
    table = {
        kind.name: {
            "class": kind.data_class,
            "meaning": kind.meaning,
            "attributes": {
                name: _attribute(attribute, kind.class_of(name))
                for name, attribute in (COMMON | kind.attributes).items()
            },
        }
        for kind in TYPES.values()
    }
    body = encoder.encode(table)
    return body, f'"{hashlib.sha256(body).hexdigest()[:16]}"'


async def terms(request: Request) -> Response:
    """Every type and attribute with meaning, unit and class; changes only with the program."""
    body, tag = _terms()
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")
