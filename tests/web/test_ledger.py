"""The ledger's files as anybody reads them, and a witness as a log asks it, over HTTP."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
import uvicorn

from noren.city import City, create
from noren.net.guard import Guard
from noren.net.http import Http
from noren.trust.ledger import Ledger, Monitor, Policy, Receipt, Signer, Witness, commitment, entry_of
from noren.trust.ledger.merkle import leaf
from noren.trust.ledger.monitor import address
from noren.trust.ledger.mutual import refusal, request
from noren.trust.ledger.witness import Request
from noren.web import app, ledger, witness
from tests.trust.ledger.conftest import ORIGIN, witness_key
from tests.trust.ledger.test_witness import LOG, asking, tree

DOCUMENT = Path(__file__).parents[2] / "docs" / "api.md"


@asynccontextmanager
async def serving(application: Any) -> AsyncIterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(application, log_level="critical", ws="none"))
        server.install_signal_handlers = lambda: None  # type: ignore[method-assign]
        task = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started:
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        await task


@pytest.mark.parametrize(("method", "path"), [(method, path) for method, path, _ in ledger.ROUTES])
def test_every_route_is_documented(method: str, path: str) -> None:
    assert f"| `{method} {path}` |" in DOCUMENT.read_text()


async def test_a_city_shows_its_ledger(tmp_path: Path) -> None:
    create(tmp_path / "city", "Town")
    async with (
        City.open(tmp_path / "city") as city,
        serving(app.create(city)) as url,
        aiohttp.ClientSession(url) as http,
        Http(Guard(["localhost"])) as reader,
    ):
        for path in ("checkpoint", "policy", "tile/0/000"):
            async with http.get(f"/ledger/{path}") as reply:
                assert reply.status == 404
                assert reply.content_type == "application/problem+json"
        await city.ledger.log.append_all([str(number).encode() for number in range(300)])
        receipt = await city.ledger.receipt(7)
        async with http.get("/ledger/policy") as reply:
            policy = Policy.parse(await reply.read())
        receipt.verify(b"7", policy)
        async with http.get("/ledger/checkpoint") as reply:
            assert reply.headers["content-type"] == "text/plain; charset=utf-8"
            assert reply.headers["cache-control"] == "public, max-age=2"
            assert policy.accept(receipt.note).checkpoint.origin in await reply.text()
        async with http.get("/ledger/tile/0/001.p/44") as reply:
            assert (reply.content_type, len(await reply.read())) == ("application/octet-stream", 44 * 32)
            assert "immutable" in reply.headers["cache-control"]
        async with http.get("/ledger/tile/entries/000") as reply:
            assert (await reply.read())[:6] == b"\0\x010\0\x011"
        for path in ("0/002", "0/01", "entries/000.p/256", "0/%2e%2e/000", "x", "0/001.p/45"):
            async with http.get(f"/ledger/tile/{path}") as reply:
                assert reply.status == 404, path
        async with http.post("/ledger/witness/add-checkpoint", data=b"") as reply:
            assert reply.status in (404, 405), "a city is nobody's witness"
        log = policy.logs[0].key
        assert await Monitor(log, tmp_path / "m").look([address(f"{url}/ledger", reader)]) == []
        await city.ledger.record(b"more")
        assert await Monitor(log, tmp_path / "m").look([address(f"{url}/ledger", reader)]) == []


async def test_a_witness_answers_as_the_specification_says(tmp_path: Path) -> None:
    opened = Witness(witness_key("w"), [LOG.verifier], tmp_path / "w.db")
    async with serving(witness.create(opened)) as url, aiohttp.ClientSession(url) as http:

        async def ask(body: bytes) -> tuple[int, str, str]:
            async with http.post("/ledger/witness/add-checkpoint", data=body) as reply:
                return reply.status, reply.content_type, await reply.text()

        status, kind, text = await ask(asking(0, 10))
        assert (status, kind) == (200, "text/plain")
        assert text.startswith("— w.example/witness ") and text.endswith("\n")
        assert await ask(asking(0, 20)) == (409, "text/x.tlog.size", "10\n")
        assert (await ask(asking(10, 10, root=bytes(32))))[:2] == (409, "text/plain")
        assert (await ask(asking(10, 20, root=bytes(32))))[0] == 422
        assert (await ask(asking(10, 5)))[0] == 400
        assert (await ask(b"nothing"))[0] == 400
        assert (await ask(bytes(1_000_000)))[0] == 413
        assert (await ask(asking(10, 20, signer=Signer.new(ORIGIN))))[0] == 403
        assert (await ask(bytes(Request(0, (), tree(1, signer=Signer.new("x.example"))))))[0] == 404
        async with http.get("/ledger/witness/key") as reply:
            assert await reply.text() == f"{witness_key('w').verifier}\n"
        async with http.get("/ledger/witness/add-checkpoint") as reply:
            assert reply.status == 405
    opened.close()


async def test_a_ledger_is_cosigned_over_http(tmp_path: Path) -> None:
    signer = Signer.new(ORIGIN)
    opened = Witness(witness_key("w"), [signer.verifier], tmp_path / "w.db")
    async with serving(witness.create(opened)) as url, Http(Guard(["localhost"])) as http:
        text = f"log {signer.verifier}\nwitness w {witness_key('w').verifier} {url}{witness.PREFIX}\nquorum w\n"
        policy = Policy.parse(text.encode())
        async with Ledger(tmp_path / "ledger", signer, policy=policy, http=http) as ledger:
            for number in range(3):
                receipt = await ledger.record(f"{number}".encode(), witnessed=True)
                assert set(receipt.verify(f"{number}".encode(), policy).times) == {"w"}
    opened.close()


async def test_whoever_signed_in_records_over_http_and_others_get_a_signed_refusal(tmp_path: Path) -> None:
    create(tmp_path / "city", "Town")
    file = tmp_path / "contract.pdf"
    file.write_bytes(b"the contract")
    entry, extra = commitment(file)
    async with (
        City.open(tmp_path / "city") as city,
        serving(app.create(city)) as url,
        aiohttp.ClientSession(url) as http,
    ):
        async with http.post("/ledger/entries", data=entry) as reply:
            assert reply.status == 403
            refused = refusal(await reply.read(), city.ledger_key.verifier)
        assert refused.leaf == leaf(entry) and refused.origin == city.ledger.log.origin
        token = city.tokens.issue(city.principal("Bus company", "organisation", organisation="Bus"), seconds=60)
        sign = {"Authorization": f"Bearer {token}"}
        proofs = []
        for body in (entry, entry, request("other/ledger", b"wanted")):
            async with http.post("/ledger/entries", data=body, headers=sign) as reply:
                assert reply.status == 200
                proofs.append(Receipt.parse(await reply.read()))
        assert [proof.index for proof in proofs] == [0, 0, 1], "nothing is recorded twice"
        receipt = msgspec.structs.replace(proofs[0], extra=extra)
        receipt.verify(entry_of(receipt, file), city.ledger_policy)
        for bad in (b"", b"a name: somebody\n", entry + b"x", entry * 2, b"x" * 5000):
            async with http.post("/ledger/entries", data=bad, headers=sign) as reply:
                assert reply.status in (400, 413)
