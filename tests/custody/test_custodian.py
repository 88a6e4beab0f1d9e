"""A custodian asked directly, by whoever would like to know."""

from __future__ import annotations

import io
import time
from typing import Any

import aiohttp
import pytest
from multidict import CIMultiDict

from noren.custody import Custodian
from noren.custody.envelope import Requester, ask, nonce
from noren.custody.fanout import PATH, STATEMENT
from noren.custody.proofs import prove
from noren.terms import iri
from noren.trust.ledger import Signer
from tests.custody.conftest import Houses

KNOWN, UNKNOWN = "urn:ngsi-ld:Person:town:~known", "urn:ngsi-ld:Person:town:~unknown"
HEALTH = iri("HealthRecord")


class Asking:
    """A hospital and the key of its city, with which anything can be signed."""

    def __init__(self, houses: Houses, address: str) -> None:
        self.key, self.address = houses.key, address

    def text(
        self, sub: str = KNOWN, signer: Signer | None = None, proof: dict[str, Any] | None = None, **more: Any
    ) -> str:
        jti, now = nonce(), time.time()
        signer = signer or self.key
        about = {"sub": sub, "jti": jti, "grant": "g", "basis": "consent", "grantee": "School", "purpose": "education"}
        about |= {"attributes": ("HealthRecord.allergies",)} | (proof or {})
        proofs = (prove(signer, "hospital/custody", now=now, **about),)
        who = Requester(kind="organisation", id="~s", organisation="School", organisation_kind="school", vetted=True)
        what = {"who": who, "purpose": "education", "types": {HEALTH: ()}, "basis": "consent", "proofs": proofs}
        return ask(signer, "hospital/custody", now=now, jti=jti, **what | more)

    async def send(self, text: str | bytes) -> tuple[int, CIMultiDict[str], bytes]:
        body = io.BytesIO(text.encode() if isinstance(text, str) else text)
        async with aiohttp.ClientSession() as session, session.post(self.address + PATH, data=body) as reply:
            return reply.status, CIMultiDict(reply.headers), await reply.read()


@pytest.fixture
async def hospital(houses: Houses) -> Any:
    house = await houses.custodian("hospital", "health", ["HealthRecord"])
    record = {
        "id": "urn:ngsi-ld:HealthRecord:hospital:1",
        "type": "HealthRecord",
        "dataSubject": {"type": "Relationship", "object": KNOWN},
        "allergies": ["peanut"],
        "bloodGroup": "0",
    }
    assert [each.error for each in await house.view(house.staff).upsert([record])] == [None]
    address = houses._registered[0].partition('endpoint = "')[2].partition('"')[0]
    return house, Asking(houses, address)


async def test_it_tells_what_was_proven_and_takes_each_ask_once(hospital: Any) -> None:
    _, asking = hospital
    text = asking.text()
    status, headers, body = await asking.send(text)
    assert status == 200 and STATEMENT in headers and headers["Cache-Control"] == "no-store"
    assert b"peanut" in body and b"bloodGroup" not in body and KNOWN.encode() in body
    assert (await asking.send(text))[0] == 422


async def test_nobody_learns_whether_it_knows_somebody(hospital: Any) -> None:
    """Whatever is wrong, the answer is the same for a person whom it knows and for one whom it does not."""
    house, asking = hospital
    wrong: list[dict[str, Any]] = [
        {"signer": Signer.new("town/custody")},
        {"proof": {"jti": nonce()}},
        {"proof": {"grantee": "Insurer"}},
        {"proof": {"purpose": "finance"}},
        {"proof": {"basis": "guardian"}},
        {"proofs": ()},
        {"proofs": ("x.y.z",)},
        {"basis": "own"},
        {"basis": ""},
    ]
    for each in wrong:
        known, unknown = [(await asking.send(asking.text(sub, **each))) for sub in (KNOWN, UNKNOWN)]
        assert known[0] == unknown[0] == 422, each
        assert known[2] == unknown[2]
        assert STATEMENT not in known[1]
    refused = {"who": Requester(kind="organisation", organisation="Shop", organisation_kind="company")}
    proof = {"grantee": "Shop"}
    answers = [await asking.send(asking.text(sub, proof=proof, **refused)) for sub in (KNOWN, UNKNOWN)]
    assert [each[0] for each in answers] == [403, 403] and answers[0][2] == answers[1][2]
    assert house.book.of([house.vault.subject(KNOWN, "hospital")]) == []


async def test_refusals_come_before_anything_is_looked_up(hospital: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    house, asking = hospital

    async def looked(*given: Any) -> Any:
        raise AssertionError("the store was asked")

    monkeypatch.setattr(house.desk().store, "find", looked)
    assert (await asking.send(asking.text(proof={"grantee": "Insurer"})))[0] == 422
    assert (await asking.send(asking.text(signer=Signer.new("town/custody"))))[0] == 422


async def test_an_empty_answer_is_the_same_for_whom_it_knows(hospital: Any) -> None:
    _, asking = hospital
    nothing = {"proof": {"attributes": ("HealthRecord.diagnoses",)}}
    bodies = [(await asking.send(asking.text(sub, **nothing)))[2] for sub in (KNOWN, UNKNOWN)]
    assert bodies[0] == bodies[1]
    assert (await asking.send(asking.text(UNKNOWN)))[2] == bodies[0]


async def test_a_type_that_is_not_proven_and_one_that_is_operational_stay_in(hospital: Any) -> None:
    house, asking = hospital
    await house.view(house.staff).upsert([{"id": "urn:ngsi-ld:Ward:hospital:1", "type": "Ward", "beds": 3}])
    status, _, body = await asking.send(asking.text(types={HEALTH: (), iri("StudentRecord"): ()}))
    assert status == 200 and b"StudentRecord" not in body
    plain = {"types": {iri("Ward"): ()}, "basis": "", "proofs": ()}
    assert (await asking.send(asking.text(**plain)))[0] == 403


async def test_what_is_too_large_or_no_text_is_refused(hospital: Any) -> None:
    _, asking = hospital
    assert (await asking.send(b"x" * ((1 << 20) + 1)))[0] == 413
    assert (await asking.send(b"\xff\xfe"))[0] == 422
    assert (await asking.send(""))[0] == 422


async def test_a_city_is_no_custodian_and_a_custodian_shows_no_pages(hospital: Any, houses: Houses) -> None:
    _, asking = hospital
    await houses.open()
    async with aiohttp.ClientSession() as session:
        async with session.post(houses.address + PATH, data=asking.text()) as reply:
            assert reply.status == 404
        for path in ("/", "/api/city", "/api/search?q=x", "/open311/v2/services.json"):
            async with session.get(asking.address + path) as reply:
                assert reply.status == 404
        async with session.get(f"{asking.address}/ngsi-ld/v1/entities?type=HealthRecord") as reply:
            assert reply.status == 403


async def test_an_ask_from_before_it_opened_is_not_taken(houses: Houses) -> None:
    house = await houses.custodian("hospital", "health", ["HealthRecord"])
    text = Asking(houses, "").text()
    custodian = Custodian(house, wall=lambda: time.time() + 0.05)
    with pytest.raises(Exception, match="does not hold"):
        await custodian.answer(text)
