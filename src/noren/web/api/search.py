"""One search over places, datasets, services and the things a city knows about."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from noren.services import all_services
from noren.terms import COMMON, TYPES
from noren.web.api.answers import answer, caller

if TYPE_CHECKING:
    from noren.view import View

MOST = 30
NOT_PLACES = {"Dataset", "Feed"}


async def search(request: Request) -> Response:
    """What fits the words of `q`, best first; nothing for an empty question."""
    view, asked = caller(request), request.query_params.get("q", "").strip()[:100]
    if not asked:
        return answer({"results": []})
    held = await view.type_names()
    results = types(asked, held) + services(asked) + await datasets(view, asked) + await places(view, asked, held)
    return answer({"results": results})


def fits(asked: str, *texts: str | None) -> bool:
    """Whether every word asked for occurs somewhere in the texts, whatever its case."""
    whole = " ".join(text or "" for text in texts).casefold()
    return all(word in whole for word in asked.casefold().split())


def types(asked: str, held: list[str]) -> list[dict[str, Any]]:
    """Types of thing that the city holds."""
    known = [TYPES[name] for name in held if name in TYPES]
    return [
        {"kind": "type", "id": t.name, "title": t.meaning, "text": ""}
        for t in known
        if fits(asked, t.name, *t.meaning.values())
    ]


def services(asked: str) -> list[dict[str, Any]]:
    """Declared services, built or not."""
    declared = [s.declaration for s in all_services()]
    return [
        {"kind": "service", "id": d.name, "title": d.title or d.name, "text": d.summary}
        for d in declared
        if fits(asked, d.name, *d.title.values(), *d.summary.values())
    ]


async def datasets(view: View, asked: str) -> list[dict[str, Any]]:
    """Datasets by title, file or publisher."""
    return [
        {"kind": "dataset", "id": d["id"], "title": d.get("title") or d["id"], "text": d.get("publisher") or ""}
        async for d in view.find("Dataset")
        if fits(asked, d.get("title"), d.get("file"), d.get("description"), d.get("publisher"))
    ]


async def places(view: View, asked: str, held: list[str]) -> list[dict[str, Any]]:
    """Things of the city by name, or all of a type whose meaning was asked for."""
    pattern = "(?i)" + ".*".join(re.sub(r"\W", ".", word) for word in asked.split())
    found: list[dict[str, Any]] = []
    for name in held:
        if name in NOT_PLACES or len(found) >= MOST:
            continue
        meant = name in TYPES and fits(asked, name, *TYPES[name].meaning.values())
        q = "" if meant else f'{COMMON["name"].name}~="{pattern}"'
        async for thing in view.find(name, q=q, limit=MOST - len(found)):
            found.append(_place(name, thing))
    return found


def _place(kind: str, thing: dict[str, Any]) -> dict[str, Any]:
    meaning = TYPES[kind].meaning if kind in TYPES else kind
    title = thing.get("name") or thing["id"].rsplit(":", 1)[-1]
    return {
        "kind": "place",
        "id": thing["id"],
        "type": kind,
        "title": title,
        "text": meaning,
        "location": thing.get("location"),
    }
