"""Reading of request headers, remembered: clients send the same few again and again."""

from __future__ import annotations

import re
from functools import lru_cache

from noren.errors import BadInput
from noren.web.ngsi_ld.answers import GEOJSON, JSON, JSONLD, encode
from noren.web.ngsi_ld.problems import Bare

CONTEXT_RELATION = "http://www.w3.org/ns/json-ld#context"
_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[\w!#$&^.+-]+\*?(?:\s*=\s*(?:\"(?:[^\"\\]|\\.)*\"|[^\s\";,]+))?)*)")
_PARAMETER = re.compile(r";\s*([\w!#$&^.+-]+)\*?\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s\";,]+))")


@lru_cache(1024)
def context_url(link: str) -> str | None:
    """URL of the @context that a Link header names, None when it names none; raises `BadInput` when it names two."""
    found = {url for url, rest in _LINK.findall(link) if _relation(rest) == CONTEXT_RELATION}
    if len(found) > 1:
        raise BadInput("The Link header names more than one @context.", where="header Link", hint="Name one.")
    return found.pop() if found else None


def _relation(parameters: str) -> str:
    return next((quoted or bare for name, quoted, bare in _PARAMETER.findall(parameters) if name.lower() == "rel"), "")


@lru_cache(1024)
def accepted(accept: str, offered: tuple[str, ...]) -> str:
    """The first of `offered` that the Accept header likes best; 406 with what there is when it likes none (6.3.4)."""
    ranges = [_range(part) for part in accept.split(",") if part.strip()]
    if not ranges:
        return offered[0]
    weights = [(_weight(kind, ranges), kind) for kind in offered]
    best = max(weight for weight, _ in weights)
    if best <= 0:
        raise Bare(406, [(b"content-type", b"application/json")], encode({"availableRepresentations": list(offered)}))
    return next(kind for weight, kind in weights if weight == best)


def _range(part: str) -> tuple[str, float]:
    kind, *parameters = (piece.strip() for piece in part.split(";"))
    weight = next((p[2:] for p in parameters if p[:2].lower() == "q="), "1")
    try:
        return kind.lower(), float(weight)
    except ValueError:
        return kind.lower(), 1.0


def _weight(kind: str, ranges: list[tuple[str, float]]) -> float:
    family = kind.split("/")[0] + "/*"
    for pattern in (kind, family, "*/*"):
        weights = [weight for name, weight in ranges if name == pattern]
        if weights:
            return max(weights)
    return 0.0


@lru_cache(256)
def content_kind(content_type: str, method: str) -> str:
    """`JSON` or `JSONLD`, as what a body is to be read; 415 for anything else (6.3.4)."""
    kind = content_type.split(";")[0].strip().lower()
    if kind == JSONLD:
        return JSONLD
    if kind == JSON or (method == "PATCH" and kind == "application/merge-patch+json"):
        return JSON
    raise Bare(415)


ENTITY_KINDS = (JSON, JSONLD, GEOJSON)
OTHER_KINDS = (JSON, JSONLD)
