"""The room Voice: to report and to follow, to say why; for staff to answer, to place and to look at what is held."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from noren.catalogue.knowledge import knowledge
from noren.civic import claims, following, issues, reports
from noren.civic.categories import Category, categories
from noren.civic.drafts import PICTURES, Draft, check
from noren.civic.looking import tidy
from noren.civic.media import LARGEST, Gallery
from noren.contract import Function, Layer
from noren.errors import BadInput, NotFound, TooLarge
from noren.services import all_services
from noren.terms.records import Issue, Report
from noren.web.api.answers import answer, caller, city_of, counter, decoded, is_staff, number, told
from noren.web.api.staff import staff


def known(request: Request) -> Mapping[str, Category]:
    """The city's categories."""
    return categories(city_of(request).folder)


def gallery(request: Request) -> Gallery:
    """Where the city's pictures lie."""
    return Gallery(city_of(request).folder / "media")


async def kinds(request: Request) -> Response:
    """What can be reported, with the time within which it is answered."""
    return answer({"categories": list(known(request).values())})


async def listing(request: Request) -> Response:
    """Issues, newest first; `category`, `state`, and `lon`, `lat` narrow."""
    asked = request.query_params
    lon, lat = number(request, "lon"), number(request, "lat")
    if (lon is None) != (lat is None):
        raise BadInput("A place has two numbers.", where="lon, lat", hint="Send both, or neither.")
    near = None if lon is None or lat is None else (lon, lat)
    category, state = asked.get("category", ""), asked.get("state", "")
    if category and category not in known(request):
        raise BadInput(f"“{category[:60]}” is no category.", where="parameter category")
    if state and state not in (*issues.NEXT, "open", "closed"):
        raise BadInput(f"“{state[:60]}” is no state.", where="parameter state", hint=", ".join(issues.NEXT))
    found = await following.listing(caller(request), category=category, state=state, near=near)
    return answer({"issues": found})


async def one(request: Request) -> Response:
    """One issue with what became of it, what is known of it, and what is missing."""
    view, id = caller(request), request.path_params["id"]
    story = await following.story(view, id)
    serving = [s.declaration for s in all_services() if story["category"] in s.declaration.serves]
    read = [name for each in serving for name in each.reads]
    services = [{"name": each.name, "title": each.title} for each in serving]
    return answer(story | {"knowledge": await knowledge(view, read), "services": services})


async def report(request: Request) -> Response:
    """Keep what somebody hands in and give them its number: JSON, or a form with pictures."""
    view, draft = counter(request), await _draft(request)
    if draft.channel in ("desk", "staff", "phone", "data"):
        staff(request)
    receipt = await reports.submit(view, draft, known(request))
    return answer(receipt, 201)


async def _draft(request: Request) -> Draft:
    """The report and its pictures; only a form brings any, so that nobody names what was never shown."""
    media: tuple[str, ...] = ()
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        fields, media = await form(request, gallery(request))
        draft = decoded(fields.get("report", ""), Draft)
    else:
        draft = await told(request, Draft)
    if draft.media:
        raise BadInput("A picture is sent itself.", where="media", hint="Send a form with the pictures in media.")
    return msgspec.structs.replace(draft, media=media)


async def form(request: Request, keep: Gallery) -> tuple[dict[str, str], tuple[str, ...]]:
    """The fields of a form, and the names of the pictures in its field `media`, kept.

    Raises `TooLarge` before a byte is read when it states more than five pictures may have, `BadInput` for what is no
    picture.
    """
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > PICTURES * LARGEST:
        raise TooLarge("The form is too large, or does not say how large it is.", where="body", hint="Send less.")
    fields: dict[str, str] = {}
    names: list[str] = []
    try:
        async with request.form(max_files=PICTURES, max_fields=200, max_part_size=1 << 20) as parts:
            for name, value in parts.multi_items():
                if isinstance(value, str):
                    fields[name] = value
                elif name == "media" and value.size:
                    names.append(await asyncio.to_thread(keep.keep, await value.read()))
    except HTTPException as error:
        raise BadInput(
            f"The form cannot be read: {error.detail}", where="body", hint="Five pictures at most."
        ) from None
    return fields, tuple(dict.fromkeys(names))


async def followed(request: Request) -> Response:
    """A report by its number, with the issue that it belongs to."""
    view = caller(request)
    found = await reports.find(view, request.path_params["reference"])
    issue = await following.story(view, found.in_issue) if found.in_issue else None
    return answer({"report": following.told(found), "issue": issue})


async def claim(request: Request) -> Response:
    """Add a cause, evidence or a question to an issue."""
    view, said = counter(request), await told(request, claims.Said)
    if said.author == "staff":
        staff(request)
    kept = await claims.add(view, request.path_params["id"], said)
    return answer({"id": kept.id, "moderation": kept.moderation}, 201)


async def say(request: Request) -> Response:
    """Staff: answer an issue."""
    view = staff(request)
    issue = await issues.say(view, request.path_params["id"], await told(request, issues.Answer))
    return answer(following.row(issue, view))


class Placing(msgspec.Struct):
    """Where an issue belongs: its category; layers and functions where they differ from it; or the issue it is."""

    category: str = ""
    layers: tuple[Layer, ...] = ()
    functions: tuple[Function, ...] = ()
    into: str = ""


async def place(request: Request) -> Response:
    """Staff: put an issue where it belongs, or fold it into another one."""
    view, id, asked, all_known = staff(request), request.path_params["id"], await told(request, Placing), known(request)
    if asked.into:
        return answer(following.row(await issues.merge(view, id, asked.into), view))
    if asked.category not in all_known:
        raise BadInput(f"“{asked.category[:60]}” is no category.", where="category")
    chosen = all_known[asked.category]
    issue = await issues.place(view, id, chosen, layers=asked.layers, functions=asked.functions)
    return answer(following.row(issue, view))


class Noticed(msgspec.Struct):
    """An issue that staff raise themselves."""

    text: str
    category: str
    place: tuple[float, float] | None = None


async def raised(request: Request) -> Response:
    """Staff: raise an issue that nobody reported."""
    view, told_, all_known = staff(request), await told(request, Noticed), known(request)
    if told_.category not in all_known or not told_.text.strip():
        raise BadInput("An issue needs a text and a category.", where="text, category")
    draft = Draft(description=told_.text, category=told_.category, place=told_.place)
    check(draft, all_known)
    issue = issues.opened(
        view.home.slug,
        view.now(),
        all_known[told_.category],
        text=tidy(told_.text),
        language=view.home.languages[0],
        raised_by="staff",
        place=draft.point,
    )
    await view.keep([issue])
    return answer(following.row(issue, view), 201)


class Looked(msgspec.Struct):
    """What staff decided about something that was held or published; `text` takes the place of the words."""

    publish: bool
    reason: dict[str, str] = {}
    text: str = ""
    pictures: bool = True


async def moderate(request: Request) -> Response:
    """Staff: publish a report that was held, or take one away with a reason that everybody can read."""
    view, looked = staff(request), await told(request, Looked)
    kept = await reports.moderate(
        view,
        request.path_params["reference"],
        known(request),
        publish=looked.publish,
        reason=looked.reason,
        text=looked.text,
        pictures=looked.pictures,
    )
    return answer(following.told(kept))


async def moderate_claim(request: Request) -> Response:
    """Staff: publish a claim that was held, or take one away with a reason that everybody can read."""
    view, looked = staff(request), await told(request, Looked)
    id = request.path_params["id"]
    kept = await claims.moderate(view, id, publish=looked.publish, reason=looked.reason, text=looked.text)
    return answer({"id": kept.id, "moderation": kept.moderation})


async def waiting(request: Request) -> Response:
    """Staff: what is held, and what was promised an answer by now."""
    return answer(await following.waiting(staff(request)))


async def levels(request: Request) -> Response:
    """How the city keeps its word, by category."""
    view = caller(request)
    found = [each async for each in view.find(Issue)]
    return answer({"levels": issues.levels(found, known(request), view.now())})


async def picture(request: Request) -> Response:
    """A picture that somebody sent, plain, to whoever may read that a report has it."""
    view, name = caller(request), request.path_params["name"]
    raw = gallery(request).read(name)
    places = ("media", "heldMedia") if is_staff(view, city_of(request)) else ("media",)
    if not any([await view.count(Report, q=f'{place}=="{name}"') for place in places]):
        raise NotFound("There is no such picture.", where=name)
    headers = {"Cache-Control": "private, max-age=600", "Content-Security-Policy": "default-src 'none'"}
    return Response(raw, 200, headers | {"X-Content-Type-Options": "nosniff"}, "image/jpeg")


ROUTES: list[tuple[str, str, Any]] = [
    ("GET", "/api/voice/categories", kinds),
    ("GET", "/api/voice/issues", listing),
    ("POST", "/api/voice/issues", raised),
    ("GET", "/api/voice/issues/{id}", one),
    ("POST", "/api/voice/issues/{id}/claims", claim),
    ("POST", "/api/voice/issues/{id}/answers", say),
    ("POST", "/api/voice/issues/{id}/place", place),
    ("POST", "/api/voice/reports", report),
    ("GET", "/api/voice/reports/{reference}", followed),
    ("POST", "/api/voice/reports/{reference}/moderation", moderate),
    ("POST", "/api/voice/claims/{id}/moderation", moderate_claim),
    ("GET", "/api/voice/waiting", waiting),
    ("GET", "/api/voice/levels", levels),
    ("GET", "/media/{name}", picture),
]
