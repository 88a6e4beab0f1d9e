"""A real city with a real information bank behind a real server, and ways to spoil it."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import msgspec
import pytest
import uvicorn

from noren.city import City, create
from noren.conformance import City as Asked
from noren.conformance import Report, conform
from noren.trust.ledger import COSIGNATURE, Note, Signer
from noren.web import app
from tests.conformance.bank import fill, tokens

WITNESS = Signer("people.example/witness", b"people".ljust(32, b"."), COSIGNATURE)
PLACES = {
    "consents": "/api/privacy/consents",
    "recipients": "/api/recipients",
    "commands": "/api/commands",
    "search": "/api/search-requests",
    "openid": "/stub/.well-known/openid-configuration",
}
"""Where interfaces lie; sign-in is a stand-in."""


class Heard(msgspec.Struct):
    """A question and its answer, on the way out; a spoiler changes the answer in place."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    status: int
    answer: dict[str, str]
    body: bytes

    def json(self, change: Callable[[Any], Any]) -> None:
        found = json.loads(self.body)
        self.body = json.dumps(change(found) or found).encode()


Spoil = Callable[[Heard], None]
Before = Callable[[dict[str, str]], None]


class Town:
    """The city under test: `spoil` changes answers, `before` the headers of questions, `hide` leaves interfaces out."""

    def __init__(self, city: City, url: str, tokens: dict[str, str]) -> None:
        self.city, self.url, self.tokens = city, url, tokens
        self.spoil: Spoil | None = None
        self.before: Before | None = None
        self.forgetful = False

    async def judged(self, write: bool = True, **how: Any) -> Report:
        only = how.pop("only", ())
        asked = Asked(self.url, how.pop("tokens", self.tokens), write=write, **how)
        try:
            return await conform(asked, only)
        finally:
            await asked.close()


def states(report: Report) -> dict[str, str]:
    return {each.requirement: each.state for each in report.findings}


def _application(town: Callable[[], Town], inner: Any) -> Any:
    """The city's application with the spoilers of a test."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await inner(scope, receive, send)
            return
        here = town()
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if here.before:
            here.before(headers)
            scope = scope | {"headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]}
        heard = Heard(scope["method"], scope["path"], unquote(scope["query_string"].decode()), headers, 200, {}, b"")
        if not _stub(here, heard):
            await _ask(inner, scope, receive, heard)
        if heard.path == "/.well-known/japanese-model.json" and heard.status == 200:
            heard.json(lambda found: found["interfaces"].update(openid=PLACES["openid"]))
        _cosign(here, heard)
        if here.spoil:
            here.spoil(heard)
        heard.answer.pop("content-length", None)
        heard.answer.pop("content-encoding", None)
        raw = [(name.encode(), value.encode("latin-1")) for name, value in heard.answer.items()]
        await send({"type": "http.response.start", "status": heard.status, "headers": raw})
        await send({"type": "http.response.body", "body": heard.body})

    return application


async def _ask(inner: Any, scope: Any, receive: Any, heard: Heard) -> None:
    async def keep(message: Any) -> None:
        if message["type"] == "http.response.start":
            heard.status = message["status"]
            heard.answer = {name.decode().lower(): value.decode("latin-1") for name, value in message["headers"]}
        else:
            heard.body += message.get("body", b"")

    plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
    await inner(scope | {"headers": plain}, receive, keep)


def _cosign(here: Town, heard: Heard) -> None:
    """As if a witness of the people had signed every checkpoint."""
    if heard.status == 200 and heard.path == "/ledger/checkpoint":
        heard.body = bytes(Note.parse(heard.body).signed(WITNESS, int(time.time())))
    if heard.status == 200 and heard.path == "/ledger/policy":
        log = here.city.ledger_key.verifier
        heard.body = f"log {log}\nwitness people {WITNESS.verifier}\nquorum people\n".encode()


def _stub(here: Town, heard: Heard) -> bool:
    """Sign-in that is elsewhere, and a city that forgets withdrawals."""
    if heard.path == PLACES["openid"]:
        found: Any = {"issuer": f"{here.url}/stub", "id_token_signing_alg_values_supported": ["Ed25519"]}
    elif here.forgetful and heard.method == "DELETE" and heard.path.startswith(PLACES["consents"]):
        found = {}
    else:
        return False
    heard.body = json.dumps(found).encode()
    return True


@asynccontextmanager
async def _served(application: Any) -> AsyncIterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(application, log_level="critical", ws="none"))
        server.install_signal_handlers = lambda: None  # type: ignore[method-assign]
        task = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started:
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        await task


@pytest.fixture
def served() -> Callable[[Any], Any]:
    """Serves an application on a free port of the loopback."""
    return _served


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    create(tmp_path / "town", "Town", languages=("ja", "en"))
    async with City.open(tmp_path / "town") as city:
        await fill(city)
        await city.ledger.log.append_all([f"entry {i}".encode() for i in range(300)])
        await city.ledger.receipt(299)  # a checkpoint covers them
        held: list[Town] = []
        async with _served(_application(lambda: held[0], app.create(city))) as url:
            held.append(Town(city, url, tokens(city)))
            yield held[0]
