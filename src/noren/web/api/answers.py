"""How the portal's routes answer: JSON by msgspec, one error shape, the caller's view of the city."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Coroutine
from math import ceil
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from noren.errors import BadInput, NorenError, NotAllowed, NotSignedIn, TooLarge, TooMany
from noren.messages import FALLBACK, catalogue
from noren.messages.sentences import translated
from noren.web.session import view_of

if TYPE_CHECKING:
    from noren.city import City
    from noren.view import View

T = TypeVar("T")
Handler = Callable[[Request], Awaitable[Response]]
PROBLEMS = "https://uri.etsi.org/ngsi-ld/errors/"
encoder = msgspec.json.Encoder()


def city_of(request: Request) -> City:
    """The city that this process serves."""
    city: City = request.app.state.city
    return city


def caller(request: Request) -> View:
    """The city as whoever asks may see it, for the purpose asked or their default; raises `NotSignedIn`."""
    return view_of(city_of(request), request.headers)


def counter(request: Request) -> View:
    """The city as its counter sees it, where anybody hands something in.

    Raises `TooMany` when one address hands in too much without signing in; call it before the body is read.
    """
    city, rates = city_of(request), request.app.state.rates
    host = request.client.host if request.client else ""
    if not _is_staff(request) and (late := rates.take(host, city.config.voice.hourly)):
        raise TooMany(
            "More came from this address than one hour takes.", after_s=late, hint="Try again later; nothing is lost."
        )
    return city.view(city.counter)


def is_staff(view: View, city: City) -> bool:
    """Whether the caller is of the staff of this city, and not of some other organisation."""
    return view.principal.kind == "staff" and view.principal.organisation == city.organisation


def _is_staff(request: Request) -> bool:
    try:
        return is_staff(caller(request), city_of(request))
    except (NotSignedIn, NotAllowed):
        return False


def answer(data: Any, status: int = 200, **headers: str) -> Response:
    """`data` as JSON; not kept by caches unless a header says so."""
    return Response(encoder.encode(data), status, {"Cache-Control": "no-store"} | headers, "application/json")


def problem(error: NorenError, request: Request) -> Response:
    """The error as problem JSON (RFC 9457), in the reader's language where there are words for it."""
    language = reader(request)
    what = translated(error.what, language)
    body = {
        "type": PROBLEMS + error.kind,
        "title": what,
        "status": error.status,
        "detail": what,
        "where": error.where,
        "hint": translated(error.hint, language),
    }
    headers = pause(error) | {"Content-Language": language, "Vary": "Accept-Language"}
    return Response(encoder.encode(body), error.status, headers, "application/problem+json")


def reader(request: Request) -> str:
    """The language that the request prefers among those of the catalogue; English when it names none of them."""
    asked = request.headers.get("accept-language", "").split(",")
    named = (each.split(";")[0].strip()[:2].lower() for each in asked)
    return next((each for each in named if catalogue(each)), FALLBACK)


def pause(error: NorenError) -> dict[str, str]:
    """The header that says when to try again."""
    return {"Retry-After": str(ceil(error.after_s))} if isinstance(error, TooMany) else {}


PATIENCE_S, LATE_S, ANSWERS_KEPT = 1.0, 30.0, 500


class Kept:
    """The last answer to a costly question; it is worked out once at a time, however many ask.

    When working it out anew takes longer than `PATIENCE_S` the last one serves, unless it is `LATE_S` too old.
    """

    def __init__(self) -> None:
        self._at, self._data = -math.inf, None
        self._work: asyncio.Task[None] | None = None

    async def latest(self, work: Callable[[], Coroutine[Any, Any, Any]], keep_s: float) -> Any:
        """The answer that `work` gives, worked out anew when the last one is older than `keep_s` seconds."""
        age = time.monotonic() - self._at
        if age > keep_s and (self._work is None or self._work.done()):
            self._work = asyncio.create_task(self._renew(work))
        if self._work and not self._work.done():
            in_time = self._data is not None and age < keep_s + LATE_S
            await asyncio.wait({self._work}, timeout=PATIENCE_S if in_time else None)
        if self._work and self._work.done():
            self._work.result()
        return self._data

    async def _renew(self, work: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        self._data = await work()
        self._at = time.monotonic()


def kept(request: Request, view: View, of: Any) -> Kept:
    """Where the answer to this question is kept for viewers who see the same: whoever may see something of people by
    their own name (residents, and staff in an emergency) sees the same as nobody else."""
    answers: dict[Any, Kept] = request.app.state.kept
    if len(answers) > ANSWERS_KEPT:
        answers.clear()
    who = view.principal if view.principal.kind in ("resident", "staff") else view.principal.signature
    return answers.setdefault((request.url.path, who, view.purpose, view.rules, of), Kept())


LARGEST_BODY = 64 << 10


async def told(request: Request, form: type[T]) -> T:
    """The body as JSON of that form, 64 kB at most; raises `BadInput` that names the field, or `TooLarge`."""
    raw = bytearray()
    async for part in request.stream():
        raw += part
        if len(raw) > LARGEST_BODY:
            raise TooLarge("This is longer than 64 kB.", where="body", hint="Send less.")
    return decoded(raw, form)


def decoded(raw: bytes | bytearray | str, form: type[T]) -> T:
    """JSON of that form; raises `BadInput` that names the field."""
    try:
        return msgspec.json.decode(raw, type=form)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at ")
        raise BadInput(f"{what}.", where=where.strip("`").removeprefix("$.") or "body") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"The body is not good JSON: {error}.", where="body") from None


def number(request: Request, name: str) -> float | None:
    """The query parameter as a number, None when absent; raises `BadInput` when it is none."""
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        raise BadInput(f"“{text}” is not a number.", where=f"parameter {name}") from None
