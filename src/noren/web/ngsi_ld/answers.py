"""What goes back: status, headers, body, ready to be sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

Headers = list[tuple[bytes, bytes]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
JSON, JSONLD, GEOJSON = "application/json", "application/ld+json", "application/geo+json"
encode = msgspec.json.Encoder(decimal_format="number").encode
_JSON_HEADER = (b"content-type", b"application/json")


class Answer(msgspec.Struct):
    """A response whose body is complete."""

    status: int
    headers: Headers = []
    body: bytes = b""

    async def send(self, send: Send) -> None:
        """Hand it to the server; 204 goes without a length (6.3.6)."""
        headers = self.headers
        if self.status != 204:
            headers = [*headers, (b"content-length", b"%d" % len(self.body))]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


NO_CONTENT = Answer(204)


def created(location: str) -> Answer:
    """201 with where the new resource is."""
    return Answer(201, [(b"location", location.encode())])


def plain(status: int, data: Any) -> Answer:
    """JSON in full names, without a context: partial successes, contexts, lists of ids."""
    return Answer(status, [_JSON_HEADER], encode(data))


def context_link(url: str) -> tuple[bytes, bytes]:
    """The Link header that names the context of a JSON body (6.3.5)."""
    return (b"link", f'<{url}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'.encode())
