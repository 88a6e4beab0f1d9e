"""One thing of the city: what is known of it, its history, the facts behind its curtain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from noren.catalogue.bridging import bridge
from noren.contract.declaration import seconds
from noren.errors import BadInput, NotFound
from noren.services import all_services
from noren.terms import TYPES
from noren.terms.records import FloodForecast
from noren.trust import Use, purposes
from noren.web.api.answers import answer, caller, city_of
from noren.web.api.datasets import sentence
from noren.web.api.now import main_attribute

if TYPE_CHECKING:
    from noren.view import View

LIMITS = ("alertLevel", "floodLevel", "severeLevel")
POINTS = 600


async def entity(request: Request) -> Response:
    """What is known of one entity, attribute by attribute; 404 when absent or not to be shown."""
    view, id = caller(request), request.path_params["id"]
    both = await view.get_both(id)
    if both is None:
        raise NotFound("There is no such thing here.", hint="Search for it by name.")
    normalized, simplified = both
    kind = _type(normalized)
    attributes = [
        _told(kind, name, instance)
        for name, instance in normalized.items()
        if name not in ("id", "type", "scope", "@context")
    ]
    main = main_attribute(kind)
    return answer(
        {
            "id": id,
            "type": kind,
            "name": simplified.get("name") or simplified.get("title") or id.rsplit(":", 1)[-1],
            "location": simplified.get("location"),
            "attributes": attributes,
            "entity": simplified,
            "main": main if any(a["name"] == main and a["history"] for a in attributes) else _first(attributes),
            "limits": [
                {"name": n, "value": simplified[n]} for n in LIMITS if isinstance(simplified.get(n), int | float)
            ],
            "forecast": await _forecast(view, id) if kind == "WaterObserved" else None,
        }
    )


def _type(entity: dict[str, Any]) -> str:
    kind = entity["type"]
    return str(kind[0] if isinstance(kind, list) else kind)


def _first(attributes: list[dict[str, Any]]) -> str | None:
    return next((str(a["name"]) for a in attributes if a["history"]), None)


def _told(kind: str, name: str, instance: Any) -> dict[str, Any]:
    one = instance[0] if isinstance(instance, list) else instance
    term = TYPES[kind].attribute(name) if kind in TYPES else None
    keys = ("value", "object", "languageMap", "json", "vocab", "valueList", "objectList")
    value = next((one[key] for key in keys if key in one), None)
    if isinstance(value, dict) and "@value" in value:
        value = value["@value"]
    observed = one.get("observedAt")
    return {
        "name": name,
        "value": value,
        "kind": term.kind if term else "json",
        "unit": one.get("unitCode") or (term.unit if term else None),
        "observedAt": observed,
        "class": TYPES[kind].class_of(name) if kind in TYPES else 0,
        "history": bool(observed) and isinstance(value, int | float) and not isinstance(value, bool),
    }


async def _forecast(view: View, gauge: str) -> list[tuple[Any, float, float, float]] | None:
    async for found in view.find(FloodForecast, q=f'gauge=="{gauge}"', limit=1):
        if isinstance(found.forecast, dict) and found.issued:
            ahead = [found.issued + timedelta(hours=hours) for hours in found.forecast["hours"]]
            course = zip(ahead, *(found.forecast[name] for name in ("low", "median", "high")), strict=True)
            return list(course)
    return None


async def series(request: Request) -> Response:
    """A stretch of history for a chart: bridged by the attribute's rule, thinned to what a screen can show."""
    view, wanted = caller(request), request.query_params
    missing = [name for name in ("id", "type", "attribute") if name not in wanted]
    if missing:
        raise BadInput(f"The parameter {missing[0]} is missing.", hint="Give id, type and attribute.")
    length = seconds(wanted.get("span", "2d"))
    start = view.now() - timedelta(seconds=length)
    table = await view.series(wanted["type"], wanted["attribute"], ids=[wanted["id"]], start=start)
    kind = TYPES.get(wanted["type"])
    term = kind.attribute(wanted["attribute"]) if kind else None
    bridged = bridge(table, wanted["attribute"], points=POINTS)
    return answer({"unit": term.unit if term else None, "points": bridged.points, "gaps": bridged.gaps})


async def curtain(request: Request) -> Response:
    """Where something comes from, how good it is, what it may be used for, who used it: of an entity or a type."""
    view, of = caller(request), request.path_params["of"]
    found = None if of in TYPES else await view.get_normalized(of)
    if found is None and of not in TYPES:
        raise NotFound("There is no such thing here.")
    kind = of if found is None else _type(found)
    data_class = view.class_of(kind)
    sources = await _sources(view, found)
    return answer(
        {
            "class": data_class,
            "purposes": [{"name": p.name, "meaning": p.meaning} for p in purposes.allowed_for(data_class)],
            "from": [_source(source, view) for source in sources],
            "usedBy": used(await city_of(request).use_of(kind)),
            "producedBy": [
                {"name": s.declaration.name, "title": s.declaration.title}
                for s in all_services()
                if kind in s.declaration.writes
            ],
        }
    )


async def _sources(view: View, found: dict[str, Any] | None) -> list[dict[str, Any]]:
    if found is None:
        return []
    if _type(found) == "Dataset":
        own = await view.get("Dataset", found["id"])
        return [own] if own else []
    held = found.get("inDataset", {})
    ids = held.get("object", []) if isinstance(held, dict) else [one["object"] for one in held]
    return [d for id in ([ids] if isinstance(ids, str) else ids) if (d := await view.get("Dataset", id))]


def _source(dataset: dict[str, Any], view: View) -> dict[str, Any]:
    return {
        "id": dataset["id"],
        "title": dataset.get("title") or dataset["id"],
        "license": dataset.get("license"),
        "publisher": dataset.get("publisher"),
        "lastObserved": dataset.get("lastObserved"),
        "sentence": sentence(dataset, view.now()),
    }


def used(hours: Iterable[Use]) -> list[dict[str, Any]]:
    """Reads of the last day by organisation and purpose, most first."""
    since = (datetime.now(UTC) - timedelta(hours=24)).isoformat()[:13]
    sums: Counter[tuple[str, str]] = Counter()
    for use in hours:
        if use.hour[:13] >= since:
            sums[use.organisation, use.purpose] += use.reads
    return [
        {"organisation": who, "purpose": why, "meaning": purposes.meaning(why), "reads": reads}
        for (who, why), reads in sums.most_common()
    ]
