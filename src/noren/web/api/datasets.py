"""The catalogue as the room *Data* shows it: rows, one dataset in full, download."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from noren.catalogue.export import MEDIA, export, sample
from noren.errors import BadInput, NotFound
from noren.messages import say
from noren.web.api.answers import answer, caller
from noren.web.api.place import box

if TYPE_CHECKING:
    from noren.view import View

LANGUAGES = ("en", "ja")
SAMPLE = 10
STALE_INTERVALS = 3
SEVERE = {"high": 0, "medium": 1, "low": 2}


async def listing(request: Request) -> Response:
    """Every dataset that the caller may see, newest news first."""
    view = caller(request)
    cards = [card(dataset, view.now()) async for dataset in view.find("Dataset")]
    return answer(sorted(cards, key=lambda c: c["title"].casefold()))


async def one(request: Request) -> Response:
    """A dataset with its schema, a sample and where its entities can be asked for; 404 when absent."""
    view = caller(request)
    dataset = await _dataset(view, request.path_params["id"])
    types = texts(dataset.get("entityTypes"))
    return answer(
        card(dataset, view.now())
        | {
            "description": dataset.get("description"),
            "attribution": dataset.get("attribution"),
            "file": dataset.get("file"),
            "schema": (dataset.get("schema") or {}).get("columns", []),
            "sample": await sample(view, dataset["id"], SAMPLE),
            "coverage": box(dataset.get("coverage")),
            "api": f"/ngsi-ld/v1/entities?type={quote(types[0])}&options=keyValues" if types else "/ngsi-ld/v1/types",
        }
    )


async def download(request: Request) -> Response:
    """The whole dataset as csv, geojson, jsonl or parquet, streamed."""
    view, form = caller(request), request.query_params.get("format", "csv")
    if form not in MEDIA:
        raise BadInput(f"“{form}” is no format to download.", hint=f"Choose one of {', '.join(MEDIA)}.")
    dataset = await _dataset(view, request.path_params["id"])
    await sample(view, dataset["id"], 1)  # refused, if it is, before the first byte
    name = quote(f"{dataset['id'].rsplit(':', 1)[-1]}.{form}")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return StreamingResponse(export(view, dataset["id"], form), headers=headers, media_type=MEDIA[form])


async def _dataset(view: View, id: str) -> dict[str, Any]:
    found = await view.get("Dataset", id)
    if found is None:
        raise NotFound("There is no such dataset here.", hint="The list of all stands under /api/datasets.")
    return found


def texts(value: Any) -> list[str]:
    """The value as a list: NGSI-LD gives a list of one as the one."""
    return value if isinstance(value, list) else [value] if value else []


def card(dataset: dict[str, Any], at: datetime) -> dict[str, Any]:
    """One row of the list."""
    findings = dataset.get("quality")
    found = findings if isinstance(findings, list) else [findings] if findings else []
    return {
        "id": dataset["id"],
        "title": dataset.get("title") or dataset["id"],
        "types": texts(dataset.get("entityTypes")),
        "publisher": dataset.get("publisher"),
        "license": dataset.get("license"),
        "format": dataset.get("format"),
        "rowsKept": dataset.get("rowsKept") or 0,
        "rowsRefused": dataset.get("rowsRefused") or 0,
        "firstObserved": dataset.get("firstObserved"),
        "lastObserved": dataset.get("lastObserved"),
        "interval": dataset.get("interval"),
        "stale": stale(dataset, at),
        "quality": sorted(found, key=lambda f: SEVERE.get(f.get("severity", ""), 3)),
    }


def stale(dataset: dict[str, Any], at: datetime) -> bool:
    """Whether a series has been silent for more than three of its usual intervals."""
    last, interval = dataset.get("lastObserved"), dataset.get("interval")
    if not last or not interval:
        return False
    return at - datetime.fromisoformat(last) > timedelta(seconds=STALE_INTERVALS * float(interval))


def sentence(dataset: dict[str, Any], at: datetime) -> dict[str, str]:
    """How old and how good a dataset is, in a sentence by language."""
    quality = card(dataset, at)["quality"]
    grave = [f for f in quality if f.get("severity") == "high"]
    key = "stale" if stale(dataset, at) else "grave" if grave else "minor" if quality else "sound"
    rows = f"{dataset.get('rowsKept') or 0:,}"
    return {lang: say(lang, f"api.source.{key}", rows=rows, count=len(quality)) for lang in LANGUAGES}
