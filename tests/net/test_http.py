"""Requests against a real server on the loopback."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from noren.errors import BadInput, TooLarge, Unavailable
from noren.net import Guard, Http, Limits


class Site:
    """A small server that records what it was asked."""

    def __init__(self) -> None:
        self.seen: list[web.BaseRequest] = []
        self.address = ""
        self.hold = asyncio.Event()
        self.at_once = self.most = 0

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.seen.append(request)
        match request.path:
            case "/moved":
                return web.Response(status=302, headers={"Location": "/here"})
            case "/inside":
                return web.Response(status=302, headers={"Location": "http://169.254.169.254/latest"})
            case "/file":
                return web.Response(status=302, headers={"Location": "file:///etc/passwd"})
            case "/round":
                return web.Response(status=307, headers={"Location": "/round"})
            case "/bomb":
                packed = gzip.compress(bytes(5_000_000))
                return web.Response(body=packed, headers={"Content-Encoding": "gzip"})
            case "/never":
                self.at_once += 1
                self.most = max(self.most, self.at_once)
                await self.hold.wait()
                self.at_once -= 1
        return web.Response(text="hello", headers={"ETag": '"1"'})


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    here = Site()
    runner = web.ServerRunner(web.Server(here.answer), shutdown_timeout=0.1)
    await runner.setup()
    tcp = web.TCPSite(runner, "127.0.0.1", 0)
    await tcp.start()
    here.address = f"http://localhost:{runner.addresses[0][1]}"
    yield here
    here.hold.set()
    await runner.cleanup()


OPEN = Guard(["localhost"])


async def test_get(site: Site) -> None:
    async with Http(OPEN) as http:
        answer = await http.get(site.address + "/x")
    assert (answer.status, answer.body, answer.headers["etag"]) == (200, b"hello", '"1"')


async def test_send_carries_method_body_and_headers(site: Site) -> None:
    async with Http(OPEN) as http:
        await http.send("POST", site.address + "/x", body=b"{}", headers={"Content-Type": "application/json"})
    assert (site.seen[0].method, site.seen[0].content_type) == ("POST", "application/json")
    assert site.seen[0].headers["User-Agent"].startswith("noren/")


async def test_loopback_is_refused_by_name_before_anything_is_sent(site: Site) -> None:
    async with Http() as http:
        with pytest.raises(BadInput, match=r"noren\.toml"):
            await http.get(site.address)
    assert not site.seen


async def test_a_redirect_is_followed(site: Site) -> None:
    async with Http(OPEN) as http:
        assert (await http.get(site.address + "/moved")).url.endswith("/here")


@pytest.mark.parametrize("path", ["/inside", "/file"])
async def test_a_redirect_cannot_lead_inside(site: Site, path: str) -> None:
    async with Http(OPEN) as http:
        with pytest.raises(BadInput):
            await http.get(site.address + path)


async def test_redirects_end(site: Site) -> None:
    async with Http(OPEN, Limits(redirects=2)) as http:
        with pytest.raises(Unavailable, match="redirects more than 2 times"):
            await http.get(site.address + "/round")
    assert len(site.seen) == 3


async def test_keys_do_not_travel_to_another_host(site: Site) -> None:
    other = site.address.replace("localhost", "127.0.0.1")

    async def away(request: web.BaseRequest) -> web.Response:
        return web.Response(status=302, headers={"Location": other + "/x"})

    runner = web.ServerRunner(web.Server(away))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with Http(OPEN) as http:
        await http.get(f"http://localhost:{runner.addresses[0][1]}/", headers={"Authorization": "Bearer k", "X": "y"})
    await runner.cleanup()
    assert "Authorization" not in site.seen[0].headers
    assert site.seen[0].headers["X"] == "y"


async def test_a_small_parcel_that_unpacks_large_is_refused(site: Site) -> None:
    async with Http(OPEN, Limits(largest=1 << 20)) as http:
        with pytest.raises(TooLarge, match="1 MiB"):
            await http.get(site.address + "/bomb")


async def test_no_answer_in_time(site: Site) -> None:
    async with Http(OPEN, Limits(seconds=0.05)) as http:
        with pytest.raises(Unavailable, match=r"0\.05 s"):
            await http.get(site.address + "/never?key=secret")


async def test_requests_at_once_to_one_host_are_limited(site: Site) -> None:
    async with Http(OPEN, Limits(per_host=3)) as http, asyncio.TaskGroup() as group:
        waiting = [group.create_task(http.send("GET", site.address + "/never")) for _ in range(20)]
        async with asyncio.timeout(60):
            while site.at_once < 3:
                await asyncio.sleep(0)
        other = await http.send("GET", site.address.replace("localhost", "127.0.0.1") + "/other")
        site.hold.set()
        await asyncio.wait(waiting)
    assert site.most == 3
    assert other.status == 200


async def test_nobody_listens(site: Site) -> None:
    async with Http(OPEN) as http:
        with pytest.raises(Unavailable, match="nobody listens there"):
            await http.get("http://127.0.0.1:1/")
