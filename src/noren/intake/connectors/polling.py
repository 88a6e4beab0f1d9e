"""Asking a web address again and again, politely: conditional requests, jitter, and words for what came instead."""

from __future__ import annotations

import asyncio
import html
import random
import re
from collections.abc import AsyncIterator, Mapping

from noren.contract import Push
from noren.contract.declaration import seconds
from noren.errors import BadInput, Unavailable
from noren.net import Answer, Guard, Http, Limits, shown

SHORTEST = 1.0
_TITLE = re.compile(rb"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_KEY = "Correct the key in `headers` or in the address."
_MEANINGS = {
    401: ("It asks for a key", _KEY),
    403: ("It refuses us", _KEY),
    404: ("There is nothing at this address", "Correct `url`."),
    410: ("It is gone for good", "Ask the provider for the new address and correct `url`."),
    429: ("We ask too often", "Make `every` longer."),
}


class Poller:
    """Asks `url` every `every` of real time, at most once a second, give or take `jitter` as a share of it."""

    def __init__(self, url: str, every: str, headers: Mapping[str, str], jitter: float) -> None:
        self.url, self.headers, self.jitter = url, dict(headers), jitter
        self.every = max(seconds(every), SHORTEST)
        self._known: dict[str, str] = {}

    async def changes(self, push: Push) -> AsyncIterator[Answer]:
        """Each answer that is new. Raises `Unavailable` or `BadInput` with what came instead and how to mend it."""
        async with Http(Guard(push.here.allow), Limits(per_host=1)) as http:
            while True:
                answer = await http.get(self.url, headers={**self.headers, **self._known})
                if answer.status != 304:
                    check(answer)
                    yield answer
                    self._remember(answer)
                await asyncio.sleep(self.every * (1 + self.jitter * random.uniform(-1, 1)))  # noqa: S311

    def _remember(self, answer: Answer) -> None:
        pairs = (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified"))
        self._known = {ours: answer.headers[theirs] for ours, theirs in pairs if theirs in answer.headers}


def check(answer: Answer) -> None:
    """Raise when the answer is not what programs read: an error status, nothing, or a page for people."""
    if answer.status >= 500:
        raise Unavailable(f"The provider's server is in trouble (HTTP {answer.status}).", where=shown(answer.url))
    if answer.status >= 300:
        what, hint = _MEANINGS.get(answer.status, ("It does not give the data", "Ask the provider."))
        raise BadInput(f"{what} (HTTP {answer.status}).", where=shown(answer.url), hint=hint)
    if not answer.body.strip():
        raise BadInput("The answer is empty.", where=shown(answer.url), hint="Ask the provider.")
    if is_page(answer):
        raise BadInput(
            f"A web page came instead of data{_title(answer.body)}.",
            where=shown(answer.url),
            hint="Open the address in a browser: it may ask for a key, be moved, or only link to the data.",
        )


def is_page(answer: Answer) -> bool:
    """Whether HTML came, whatever its header says."""
    start = answer.body[:500].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html")) or (
        "text/html" in answer.headers.get("Content-Type", "") and start.startswith(b"<")
    )


def _title(body: bytes) -> str:
    match = _TITLE.search(body[:20_000])
    words = " ".join(html.unescape(match[1].decode("utf-8", "replace")).split()) if match else ""
    return f" (“{words[:80]}”)" if words else ""
