"""Where police would ask: 403 in plain words whatever they send, on record, and counted for everybody."""

from __future__ import annotations

import base64

import pytest

from tests.web.api.conftest import Served

ROUTE = "/api/search-requests"
DEEP = base64.urlsafe_b64encode(b'{"iss":' * 5000).rstrip(b"=")
SOMEBODY = "red coat, 品川500さ1234"


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"\xff\xd8\xff", b'{"what": "person"}', b'{"what": 7}', b'{"what": "vehicle", "order": "x"}',
             b'{"what": "person", "description": "' + SOMEBODY.encode() + b'"}', b"x" * 200_000,
             b'{"what": ' * 5000, b'{"order": "e30.%s.AA"}' % DEEP]
)  # fmt: skip
async def test_whoever_asks_is_refused_and_counted(served: Served, body: bytes) -> None:
    for headers in ({}, served.staff(), served.staff() | {"Noren-Purpose": "crime-prevention"}):
        before = await (await served.http.get(ROUTE)).json()
        async with served.http.post(ROUTE, data=body, headers=headers) as reply:
            problem = await reply.json()
            assert (reply.status, "on record" in problem["hint"]) == (403, True), problem
        after = await (await served.http.get(ROUTE)).json()
        assert (after["refused"], after["ordered"]) == (before["refused"] + 1, 0)
        assert SOMEBODY not in str(after) and after["lawIsOurs"]


async def test_the_law_is_shown_word_by_word(served: Served) -> None:
    shown = await (await served.http.get(ROUTE)).json()
    assert "Nobody searches for a person or a vehicle" in shown["law"]
    assert "人や車を探しません" in shown["note"]["ja"]


async def test_requests_are_counted_by_kind_of_organisation(served: Served) -> None:
    for headers in ({}, served.staff(), served.staff()):
        await served.http.post(ROUTE, data=b'{"what": "person"}', headers=headers)
    shown = await (await served.http.get(ROUTE)).json()
    assert shown["byKind"] == {"none": 1, "government": 2}
