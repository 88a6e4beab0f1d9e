"""Outbound HTTP: every request has an end in time, size, redirects and number at once."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from typing import Any, Self

import aiohttp
import msgspec
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from noren import __version__
from noren.errors import BadInput, TooLarge, Unavailable
from noren.net.guard import Guard, shown

MOVED = frozenset((301, 302, 303, 307, 308))
_OURS_ALONE = ("authorization", "cookie", "proxy-authorization")
_CHUNK = 1 << 16


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """`seconds` for a whole request, `connect` for the connection alone; `largest` answer in bytes, unpacked;
    requests at once to one host (scheme, name, port) and in all; lifetime of a look-up of names in seconds."""

    seconds: float = 30.0
    connect: float = 5.0
    largest: int = 64 << 20
    redirects: int = 3
    per_host: int = 8
    at_once: int = 256
    names: float = 60.0


class Answer(msgspec.Struct):
    """What came back; `url` is where it came from in the end, names of headers are not case-sensitive."""

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes


class _Pinned(AbstractResolver):
    """Hands aiohttp the addresses that the guard has seen, so that a name cannot mean something else a moment later."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in await self._guard.resolve(host, port, family)
        ]

    async def close(self) -> None:
        """Holds nothing."""


class Http:
    """A pool of connections behind one guard; use it as `async with` or `close` it.

    `send` is the quick way for many small requests (delivery); `get` follows redirects, each seen by the guard.
    """

    def __init__(self, guard: Guard | None = None, limits: Limits | None = None) -> None:
        self.guard, self.limits = guard or Guard(), limits or Limits()
        self._session: aiohttp.ClientSession | None = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                resolver=_Pinned(self.guard),
                limit=self.limits.at_once,
                limit_per_host=self.limits.per_host,
                ttl_dns_cache=self.limits.names,  # type: ignore[arg-type]
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                timeout=aiohttp.ClientTimeout(total=self.limits.seconds, sock_connect=self.limits.connect),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": f"noren/{__version__}"},
                trust_env=False,
            )
        return self._session

    async def send(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        largest: int | None = None,
    ) -> Answer:
        """One request, redirects not followed (the answer says 3xx); `largest` bounds this answer below the limit.

        Raises `Unavailable` when no answer comes in time, `TooLarge` when it is larger than the limit, `BadInput` when
        the guard refuses the address.
        """
        return await self._request(method, self.guard.url(url), body, headers, largest)

    async def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> Answer:
        """The answer after at most `redirects` redirects; raises as `send` does. Any status is an answer."""
        here, given = self.guard.url(url), dict(headers or {})
        for _ in range(self.limits.redirects + 1):
            answer = await self._request("GET", here, None, given)
            if answer.status not in MOVED or "location" not in answer.headers:
                return answer
            there = self._moved(here, answer.headers["location"])
            if there.origin() != here.origin():
                given = {name: value for name, value in given.items() if name.lower() not in _OURS_ALONE}
            here = there
        raise Unavailable(f"It redirects more than {self.limits.redirects} times.", where=shown(url))

    def _moved(self, here: URL, location: str) -> URL:
        there = self.guard.url(str(here.join(URL(location))))
        if here.scheme == "https" and there.scheme != "https":
            raise BadInput("It redirects from a protected address to an open one.", where=shown(here))
        return there

    async def _request(
        self,
        method: str,
        url: URL,
        body: bytes | None,
        headers: Mapping[str, str] | None,
        largest: int | None = None,
    ) -> Answer:
        most = min(self.limits.largest, largest or self.limits.largest)
        try:
            async with self._open().request(method, url, data=body, headers=headers, allow_redirects=False) as got:
                return Answer(got.status, str(url), got.headers, await self._body(got, url, most))
        except TimeoutError:
            raise Unavailable(f"No answer within {self.limits.seconds:g} s.", where=shown(url)) from None
        except (aiohttp.ClientError, OSError) as error:
            raise Unavailable(f"It does not answer: {_plain(error)}.", where=shown(url)) from None

    async def _body(self, got: aiohttp.ClientResponse, url: URL, most: int) -> bytes:
        if (got.content_length or 0) > most:
            raise _too_large(url, most)
        chunks, size = [], 0
        async for chunk in got.content.iter_chunked(_CHUNK):
            size += len(chunk)
            if size > most:
                raise _too_large(url, most)
            chunks.append(chunk)
        return b"".join(chunks)

    async def close(self) -> None:
        """Let go of all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None
            await asyncio.sleep(0)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        await self.close()


def _too_large(url: URL, most: int) -> TooLarge:
    return TooLarge(f"The answer is larger than {most / (1 << 20):.4g} MiB.", where=shown(url))


def _plain(error: BaseException) -> str:
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
        return "its certificate is not good"
    if isinstance(error, aiohttp.ClientConnectorError | ConnectionError):
        return (
            "nobody listens there" if isinstance(error.__cause__ or error, ConnectionRefusedError) else "no connection"
        )
    return str(error) or type(error).__name__
