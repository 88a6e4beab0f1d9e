"""A search for a person or vehicle: refused and on record; ordered only by a law in public and a court's signature."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey
from joserfc.jws import JWSRegistry

from noren.city import City, create
from noren.errors import BadInput, NotAllowed
from noren.trust import Asked, Courts, Principal
from noren.trust.search import FILE, LAW, ORDERED, REFUSED

COURT = "district-court"
LAW_TEXT = """// By ordinance 12, the staff may search when the district court orders it.
@id("no-search-for-people")
forbid (principal, action == Action::"search", resource)
unless { context.court == "district-court" };
@id("search-by-order")
permit (principal is Staff, action == Action::"search", resource)
when { context.court == "district-court" && context.purpose == "crime-prevention" };
"""
KEYS = {"Ed25519": OKPKey.generate_key("Ed25519"), "ES256": ECKey.generate_key("P-256")}


def signed(key: Any = KEYS["Ed25519"], algorithm: str = "Ed25519", **more: Any) -> str:
    now = int(time.time())
    claims = {
        "iss": COURT, "aud": "town", "jti": "2026-117", "iat": now, "exp": now + 3600,
        "organisation": "town", "purpose": "crime-prevention", "what": "person",
    }  # fmt: skip
    registry = JWSRegistry(algorithms=[algorithm])
    return jwt.encode({"alg": algorithm}, claims | more, key, registry=registry)


def _keyed_with(secret: bytes) -> str:
    """An order signed as if the public key were a shared secret (no library makes one)."""
    import base64
    import hashlib
    import hmac

    def text(raw: bytes) -> str:
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    claims = signed().split(".")[1]
    front = f"{text(msgspec.json.encode({'alg': 'HS256'}))}.{claims}"
    return f"{front}.{text(hmac.digest(secret, front.encode(), hashlib.sha256))}"


def legislate(city: City, text: str = LAW_TEXT) -> None:
    (city.folder / "policies").mkdir(exist_ok=True)
    (city.folder / "policies" / FILE).write_text(text)


@pytest.fixture
async def city(tmp_path: Path) -> AsyncIterator[City]:
    create(tmp_path / "town", "Town")
    settings = tmp_path / "town" / "noren.toml"
    settings.write_text(
        settings.read_text() + f'\n[search]\ncourts = {{ {COURT} = "court.pem", other = "other.jwk" }}\n'
    )
    (tmp_path / "town" / "court.pem").write_bytes(KEYS["Ed25519"].as_pem(private=False))
    other = msgspec.json.encode(KEYS["ES256"].as_dict(private=False))
    (tmp_path / "town" / "other.jwk").write_bytes(other)
    async with City.open(tmp_path / "town") as city:
        yield city


def why(city: City) -> str:
    return str(city.book.public(REFUSED)[0].facts["why"])


async def refused(city: City, order: str = "", what: Any = "person", who: Principal | None = None) -> str:
    before = len(city.book.public(REFUSED))
    with pytest.raises(NotAllowed, match="does not search"):
        await city.searches.ask(who or city.staff, "crime-prevention", Asked(what, order))
    assert len(city.book.public(REFUSED)) == before + 1
    return why(city)


@pytest.mark.parametrize("what", ["person", "vehicle", "other"])
async def test_everybody_is_refused_and_on_record(city: City, what: Any) -> None:
    for who in (city.staff, city.anonymous, city.counter, city.device("x")):
        assert await refused(city, what=what, who=who) == "not permitted"
    assert await refused(city, order=signed()) == "not permitted"
    line = city.book.public(REFUSED)[0]
    assert set(line.facts) == {"kind", "at", "what", "organisation", "organisationKind", "as", "purpose", "why"}
    assert city.staff.id not in line.document.decode()
    receipt = await city.book.receipt(line)
    assert receipt.index >= 0


async def test_a_permit_in_another_file_changes_nothing(city: City) -> None:
    (city.folder / "policies").mkdir(exist_ok=True)
    (city.folder / "policies" / "mine.cedar").write_text('@id("mine") permit (principal, action, resource);')
    assert await refused(city, order=signed()) == "not permitted"


async def test_a_law_names_the_court_and_each_order_is_used_once(city: City) -> None:
    legislate(city)
    assert await refused(city) == "not permitted"
    done = await city.searches.ask(city.staff, "crime-prevention", Asked("person", signed()))
    assert done.found == ()
    (line,) = city.book.public(ORDERED)
    assert line.num == done.number and line.facts["court"] == COURT and "2026-117" not in line.document.decode()
    assert await refused(city, order=signed()) == "order used"
    await city.searches.ask(city.staff, "crime-prevention", Asked("person", signed(jti="2026-118")))
    assert len(city.book.public(ORDERED)) == 2


@pytest.mark.parametrize(
    ("claims", "says"),
    [
        ({"exp": int(time.time()) - 1}, "order does not hold"),
        ({"iat": int(time.time()) + 3600, "exp": int(time.time()) + 7200}, "order does not hold"),
        ({"exp": int(time.time()) + 8 * 86400}, "order does not hold"),
        ({"aud": "city"}, "order does not hold"),
        ({"jti": ""}, "order does not hold"),
        ({"what": "everything"}, "order does not hold"),
        ({"iss": "nobody"}, "order does not hold"),
        ({"iss": "other"}, "order does not hold"),
        ({"organisation": "Bus company"}, "order is for another request"),
        ({"purpose": "traffic-management"}, "order is for another request"),
        ({"what": "vehicle"}, "order is for another request"),
    ],
)
async def test_an_order_for_anything_else_is_none(city: City, claims: dict[str, Any], says: str) -> None:
    legislate(city)
    assert await refused(city, order=signed(**claims)) == says
    assert not city.book.public(ORDERED)


async def test_forged_orders_are_none(city: City) -> None:
    legislate(city)
    public = KEYS["Ed25519"].as_pem(private=False)
    forged = [
        signed(OKPKey.generate_key("Ed25519")),
        _keyed_with(public),
        signed(KEYS["ES256"], "ES256"),
        signed()[:-6] + "AAAAAA",
        "e30.e30.",
        "no order at all",
        "…",
    ]
    for order in forged:
        assert await refused(city, order=order) == "order does not hold"
    assert await refused(city, order=signed(KEYS["ES256"], "ES256", iss="other")) == "not permitted"


async def test_a_law_that_names_no_court_lets_nobody_search(city: City) -> None:
    legislate(city, '@id("anybody") permit (principal, action == Action::"search", resource);')
    assert await refused(city) == "no order of a court"
    assert await refused(city, order=signed()) == "no order of a court"


async def test_each_change_of_the_law_is_public_before_it_answers(city: City) -> None:
    assert city.searches.is_ours and not city.book.public(LAW)
    await city.searches.proclaim()
    assert not city.book.public(LAW)
    legislate(city)
    assert await refused(city) == "not permitted"
    assert [line.facts["text"] for line in city.book.public(LAW)] == [LAW_TEXT]
    await city.searches.proclaim()
    (city.folder / "policies" / FILE).unlink()
    await city.searches.proclaim()
    assert len(city.book.public(LAW)) == 2 and city.searches.is_ours


async def test_requests_at_the_same_time_share_no_order(city: City) -> None:
    import asyncio

    legislate(city)
    asked = Asked("person", signed())
    done = await asyncio.gather(
        *(city.searches.ask(city.staff, "crime-prevention", asked) for _ in range(8)), return_exceptions=True
    )
    assert sum(not isinstance(each, Exception) for each in done) == 1
    assert len(city.book.public(ORDERED)) == 1 and len(city.book.public(REFUSED)) == 7


def test_keys_of_courts(tmp_path: Path) -> None:
    file = tmp_path / "court.pem"
    for content, says in (
        (b"", "cannot be read"),
        (b"{}", "cannot be read"),
        (KEYS["Ed25519"].as_pem(private=True), "only the court"),
        (OKPKey.generate_key("X25519").as_pem(private=False), "of no kind"),
        (b'{"kty": "oct", "k": "AAAA"}', "cannot be read"),
    ):
        file.write_bytes(content)
        with pytest.raises(BadInput, match=says):
            Courts({COURT: file}, "town")
