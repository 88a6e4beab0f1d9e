"""One request on its way through the API: its parameters, body, context and the view of who asks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import msgspec

from noren.broker.contexts import is_core
from noren.errors import BadInput, TooLarge
from noren.web.ngsi_ld.answers import JSON, JSONLD
from noren.web.ngsi_ld.headers import accepted, content_kind, context_url
from noren.web.ngsi_ld.problems import Bare, InvalidRequest
from noren.web.ngsi_ld.spoken import Spoken

if TYPE_CHECKING:
    from noren.view import View
    from noren.web.ngsi_ld.house import House

Receive = Callable[[], Awaitable[dict[str, Any]]]
LARGEST_BODY = 32 << 20
_decode = msgspec.json.Decoder().decode


class Call:
    """What handlers get. `id`, `name` and `instance` are the path's parameters, decoded; `view` shows what the caller
    may see."""

    __slots__ = (
        "_parameters",
        "_receive",
        "headers",
        "house",
        "id",
        "instance",
        "method",
        "name",
        "path",
        "query",
        "view",
    )

    def __init__(self, house: House, scope: dict[str, Any], receive: Receive, parts: list[str]) -> None:
        self.house, self._receive = house, receive
        self.method: str = scope["method"]
        self.path: str = scope["raw_path"].decode("latin-1")
        self.query: bytes = scope["query_string"]
        self.headers: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            self.headers[name] = self.headers[name] + b", " + value if name in self.headers else value
        self.id = parts[0] if parts else ""
        self.name = parts[1] if len(parts) > 1 else ""
        self.instance = parts[2] if len(parts) > 2 else ""
        self._parameters: dict[str, str] | None = None
        self.view: View = house.view(self.headers, self.method)

    def header(self, name: bytes) -> str:
        """A request header, "" when it is absent."""
        return self.headers.get(name, b"").decode("latin-1")

    @property
    def parameters(self) -> dict[str, str]:
        """The query string; a parameter that stands twice is refused."""
        if self._parameters is None:
            self._parameters = parsed(self.query)
        return self._parameters

    @property
    def base(self) -> str:
        """Scheme and host as the caller wrote them."""
        return f"{self.house.scheme}://{self.header(b'host') or 'localhost'}"

    def accepts(self, offered: tuple[str, ...]) -> str:
        """The media type to answer in; 406 when there is none."""
        return accepted(self.header(b"accept"), offered)

    async def body(self) -> bytes:
        """The whole body; refused by its stated length before a byte of it is read, 411 without one."""
        length = self.headers.get(b"content-length")
        if length is None or b"transfer-encoding" in self.headers:
            raise Bare(411)
        if not length.isdigit():
            raise InvalidRequest("Content-Length is no number.", where="header Content-Length")
        if int(length) > LARGEST_BODY:
            raise TooLarge(
                f"The body has {int(length):,} bytes; at most {LARGEST_BODY:,} are accepted at once.",
                hint="Send it in several batches, or add the file with noren add.",
            )
        message = await self._receive()
        if not message.get("more_body"):
            return bytes(message.get("body", b""))
        return await self._rest(message["body"])

    async def _rest(self, first: bytes) -> bytes:
        chunks = bytearray(first)
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise InvalidRequest("The connection ended within the body.")
            chunks += message.get("body", b"")
            if not message.get("more_body"):
                return bytes(chunks)

    async def payload(self) -> tuple[Any, Spoken | None]:
        """The body read as JSON, with the context that holds for it; None where each item of an array has its own.

        Raises `BadInput` by the rules of 6.3.5, which let a context come by one way only.
        """
        kind = content_kind(self.header(b"content-type"), self.method)
        data = read_json(await self.body())
        if kind == JSON:
            _refuse_context(data)
            return data, self.spoken()
        link = self.headers.get(b"link")
        if link and context_url(link.decode("latin-1")) is not None:
            raise BadInput("The context of application/ld+json stands in the body.", where="header Link", hint=_ONE_WAY)
        if isinstance(data, list):
            return data, None
        return data, self.spoken_in(data)

    async def json(self) -> Any:
        """The body read as JSON, whatever context may stand in it."""
        content_kind(self.header(b"content-type"), self.method)
        return read_json(await self.body())

    def spoken_in(self, data: Any) -> Spoken:
        """The context that stands in a JSON-LD body."""
        if not isinstance(data, dict) or "@context" not in data:
            raise BadInput("The body has no @context.", where="@context", hint=_ONE_WAY)
        return self.house.spoken(data["@context"], self.base)

    def spoken(self) -> Spoken:
        """The context of the Link header, else the city's own."""
        return self.house.linked(self.headers.get(b"link"), self.base)


_ONE_WAY = "application/json: by a Link header; application/ld+json: in the body."


def _refuse_context(data: Any) -> None:
    for item in data if isinstance(data, list) else (data,):
        if isinstance(item, dict) and "@context" in item:
            raise BadInput("A body of application/json has no @context.", where="@context", hint=_ONE_WAY)


def parsed(query: bytes) -> dict[str, str]:
    """A query string as parameters; raises `InvalidRequest`, or `BadInput` for one that stands twice."""
    if not query:
        return {}
    try:
        pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError:
        raise InvalidRequest("The query string cannot be read.", hint="Percent-encode it as UTF-8.") from None
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(name for name, _ in pairs if [other for other, _ in pairs].count(name) > 1)
        raise BadInput(
            "A parameter stands twice.", where=f"parameter {twice}", hint="Separate several values by commas."
        )
    return found


def read_json(body: bytes) -> Any:
    """The JSON of a body; raises `InvalidRequest` that says in which line and column it ends to be JSON."""
    if not body.strip():
        raise InvalidRequest("The body is empty.", hint="Send JSON.")
    try:
        return _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequest(f"This is not JSON: {_reason(error)}.", where=_place(body, error)) from None


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text"
    return str(error).removeprefix("JSON is malformed: ").partition(" (byte ")[0].rstrip(".")


def _place(body: bytes, error: Exception) -> str:
    digits = str(error).partition("(byte ")[2].partition(")")[0]
    at = error.start if isinstance(error, UnicodeDecodeError) else int(digits) if digits.isdigit() else None
    if at is None:
        return "body"
    before = body[:at]
    return f"line {before.count(10) + 1}, column {at - (before.rfind(10) + 1) + 1}"


__all__ = ["JSON", "JSONLD", "Call", "is_core", "parsed", "read_json"]
