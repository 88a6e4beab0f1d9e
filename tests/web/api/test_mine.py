"""Mine, recipients and notices over HTTP: a resident from notice to archive, and everybody who must not get in."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zipfile import ZipFile

import msgspec
import pytest

from noren.trust import OWN, Principal
from noren.trust.consent import Offer
from noren.trust.recipients import Application
from noren.web.api import mine, notices, recipients
from tests.view.test_mine import (
    AUDITOR,
    BOARD,
    DOCTOR,
    HOSPITAL,
    INSURER,
    KEY,
    ME,
    OFFER,
    OTHER,
    WHY,
    allow,
    answer_of,
    application,
    approve,
    people,
)
from tests.web.api.conftest import ALERT, GAUGE, Served

RESIDENT = Principal(
    id=ME, kind="resident", organisation="town", purposes=frozenset({OWN, "public-information"}), default_purpose=OWN
)


@pytest.fixture
async def town(served: Served) -> Served:
    person = {"id": ME, "type": "Person", "givenName": "given", "birthDate": "1980-01-02"}
    await served.city.view(HOSPITAL).upsert([person])
    await approve(served.city, INSURER, OFFER)
    return served


async def call(served: Served, who: Principal | None, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {served.city.tokens.issue(who, seconds=60)}"} if who else {}
    async with served.http.request(method, path, json=body, headers=headers) as reply:
        raw = await reply.read()
        json = raw and "json" in reply.headers.get("Content-Type", "")
        return reply.status, (await reply.json(content_type=None)) if json else raw


async def test_from_the_notice_to_the_archive(town: Served) -> None:
    _, found = await call(town, RESIDENT, "GET", "/api/mine/held")
    assert [each["entity"]["id"] for each in found["held"]] == [ME]
    _, shown = await call(town, RESIDENT, "GET", f"/api/mine/offers/{OFFER.id}?language=ja")
    assert shown["notice"]["language"] == "ja" and len(shown["question"]["answers"]) == 3
    notice, question = town.city.view(RESIDENT).mine.ask(OFFER.id, "ja")
    right = answer_of(OFFER, notice, question)
    yes = {"offer": OFFER.id, "question": question.id, "answer": right}
    status, _ = await call(town, RESIDENT, "POST", "/api/mine/grants", yes | {"question": shown["question"]["id"]})
    assert status == 400, "the first question was taken back when the notice was shown again"
    status, allowed = await call(town, RESIDENT, "POST", "/api/mine/grants", yes)
    assert (status, allowed["state"]) == (201, "given")
    assert len(await people(town.city, INSURER)) == 1
    _, used = await call(town, RESIDENT, "GET", "/api/mine/uses")
    _, proof = await call(town, RESIDENT, "GET", f"/api/mine/proofs/{used['uses'][0]['num']}")
    assert proof["receipt"].startswith("c2sp.org/tlog-proof@v1")
    _, receipt = await call(town, RESIDENT, "GET", f"/api/mine/grants/{allowed['id']}/receipt")
    assert receipt["@type"] == "dpv:ConsentReceipt"
    _, raw = await call(town, RESIDENT, "GET", "/api/mine/export")
    assert "entities.jsonld" in ZipFile(io.BytesIO(raw)).namelist()
    assert (await call(town, RESIDENT, "DELETE", f"/api/mine/grants/{allowed['id']}"))[1]["state"] == "withdrawn"
    assert await people(town.city, INSURER) == []
    _, own = await call(town, RESIDENT, "GET", "/api/mine")
    assert (own["person"], own["grants"], own["points"]) == (ME, 0, 5)
    assert (await call(town, RESIDENT, "POST", "/api/mine/erasure", {"sure": False}))[0] == 400
    status, erased = await call(town, RESIDENT, "POST", "/api/mine/erasure", {"sure": True, "organisation": "hospital"})
    assert (status, erased["organisations"]) == (200, ["hospital"])


@pytest.mark.parametrize(("method", "path"), [(method, path) for method, path, _ in mine.ROUTES])
async def test_no_route_of_mine_answers_anybody_else(town: Served, method: str, path: str) -> None:
    for who in (None, INSURER, town.city.staff):
        assert (await call(town, who, method, path.replace("{num}", "1"), {}))[0] in (400, 403)
    status, _ = await call(town, RESIDENT, method, path.replace("{num}", "1") + "?for=urn:somebody", {})
    assert status == 404, "whoever acts for nobody finds nobody"


PUBLIC = {"/api/recipients", "/api/recipients/{organisation}", "/api/offers", "/api/emergencies"}


@pytest.mark.parametrize(("method", "path"), [(method, path) for method, path, _ in recipients.ROUTES])
async def test_registers_are_read_by_all_and_written_by_few(town: Served, method: str, path: str) -> None:
    path = path.replace("{organisation}", "insurer")
    for who in (None, RESIDENT):
        status, found = await call(town, who, method, path, {})
        if method == "GET" and path.replace("insurer", "{organisation}") in PUBLIC:
            assert status == 200 and ME not in str(found) and "urn:noren:staff" not in str(found)
        else:
            assert status in (400, 403, 404)


async def test_an_organisation_is_vetted_asks_and_is_stopped(served: Served) -> None:
    told = {"organisation": "insurer", "name": {"en": "The insurer", "ja": "insurer社"}, "kind": "company"}
    applied = application("insurer")
    told |= {"contact": applied.contact, "purposes": ["insurance"], "attributes": ["Person.birthDate"]}
    told |= {"benefit": applied.benefit, "key": applied.key}
    told["answers"] = {name: {"text": a.text, "evidence": list(a.evidence)} for name, a in applied.answers.items()}
    assert (await call(served, INSURER, "POST", "/api/recipients", told))[0] == 201
    for clerk in ("a", "b"):
        who = served.city.employee(f"urn:noren:staff:{clerk}")
        status, found = await call(served, who, "POST", "/api/recipients/insurer/vetting", {"days": 30})
        assert status == 200
    assert found["state"] == "approved"
    _, whole = await call(served, served.city.staff, "GET", "/api/recipients/insurer")
    assert set(whole["application"]["answers"]) == set(applied.answers)
    assert "application" not in (await call(served, None, "GET", "/api/recipients/insurer"))[1]
    ruling = {"decided": "stop", "reason": WHY}
    assert (await call(served, BOARD, "POST", "/api/recipients/insurer/decision", ruling))[0] == 201
    _, public = await call(served, None, "GET", "/api/recipients")
    assert public["recipients"][0]["state"] == "stopped" and public["decisions"][0]["reason"] == WHY
    assert BOARD.id not in str(public) and KEY.thumbprint() not in str(public)


async def test_consents_as_the_model_has_them(town: Served) -> None:
    """`/api/privacy/consents`, by which anybody's program holds a city against the Japanese model."""
    place, other = "/api/privacy/consents", msgspec.structs.replace(RESIDENT, id=OTHER)
    allowed = await allow(town.city, OFFER)
    _, found = await call(town, RESIDENT, "GET", place)
    (consent,) = found["consents"]
    until = datetime.fromisoformat(consent.pop("until")).timestamp()
    assert until == pytest.approx(allowed.until, abs=1)
    shown = {"recipient": "insurer", "purpose": "insurance", "attributes": ["Person.birthDate"], "holds": True}
    assert consent == {"id": allowed.id} | shown
    assert (await call(town, other, "GET", place))[1] == {"consents": []}
    assert (await call(town, other, "DELETE", f"{place}/{allowed.id}"))[0] == 404
    assert len(await people(town.city, INSURER)) == 1
    assert (await call(town, RESIDENT, "DELETE", f"{place}/{allowed.id}"))[0] == 200
    assert await people(town.city, INSURER) == []
    assert [each["holds"] for each in (await call(town, RESIDENT, "GET", place))[1]["consents"]] == [False]


async def test_a_place_says_what_is_collected_there(served: Served) -> None:
    said = {
        "name": "Station <Square>",
        "collects": {"en": "How many people pass in an hour.", "ja": "1時間に通る人の数。"},
        "used_for": "traffic-management",
        "kept_days": 2,
        "notice_of": [GAUGE],
        "location": {"type": "Point", "coordinates": [139.0, 35.6]},
    }
    assert (await call(served, None, "POST", "/api/notices", said))[0] == 403
    hard = said | {"collects": {"en": "You can't not be counted.", "ja": "人の数。"}}
    assert (await call(served, served.city.staff, "POST", "/api/notices", hard))[0] == 400
    status, made = await call(served, served.city.staff, "POST", "/api/notices", said)
    assert status == 201, made
    assert (await call(served, None, "GET", "/api/notices"))[1]["notices"] == [made]
    async with served.http.get(made["address"], headers={"Accept-Language": "ja-JP,en;q=0.5"}) as reply:
        page = await reply.text()
        assert "script-src" not in reply.headers["Content-Security-Policy"]
    assert "1時間に通る人の数。" in page and "2日間" in page and "Station &lt;Square&gt;" in page
    status, sign = await call(served, None, "GET", f"{made['address']}/sign.svg")
    assert status == 200 and sign.startswith(b"<?xml") and b"</svg>" in sign
    async with served.http.get(f"{made['address']}/sign") as reply:
        printed = await reply.text()
    assert "<svg" in printed and made["address"] in printed and "script" not in printed
    assert all(words in printed for words in (*said["collects"].values(), "Station &lt;Square&gt;"))
    assert (await call(served, None, "GET", "/n/none00"))[0] == 404
    assert (await call(served, None, "GET", "/n/none00/sign"))[0] == 404


async def test_a_notice_is_found_by_what_collects(served: Served) -> None:
    for name, things in (("Bridge", [GAUGE]), ("Hall", ["urn:ngsi-ld:Facility:t:hall", ALERT]), ("Square", [])):
        said = {"name": name, "collects": {"en": "Cars.", "ja": "車の数。"}, "used_for": "statistics", "kept_days": 0}
        assert (await call(served, served.city.staff, "POST", "/api/notices", said | {"notice_of": things}))[0] == 201
    for of, names in (
        (GAUGE, ["Bridge"]),
        (ALERT, ["Hall"]),
        ('"|name=="Square', []),
        ("", ["Bridge", "Hall", "Square"]),
    ):
        _, found = await call(served, None, "GET", "/api/notices?" + urlencode({"of": of}))
        assert sorted(each["name"] for each in found["notices"]) == names, of
    assert found["purposes"]["statistics"]["en"]


def test_every_route_stands_in_the_table() -> None:
    from noren.web.api import ROUTES

    assert {*mine.ROUTES, *recipients.ROUTES, *notices.ROUTES} <= set(ROUTES)


NASTY = [None, "x" * 5000, "\u0000", -1, 10**30, 1e308, [None], {"": ""}]
CLERK = Principal(id="urn:noren:staff:c", kind="staff", organisation="town", organisation_kind="government")
FORMS = [
    (RESIDENT, "/api/mine/grants", mine.Yes),
    (RESIDENT, "/api/mine/grants/x/renewal", mine.Yes),
    (RESIDENT, "/api/mine/corrections", mine.Correction),
    (RESIDENT, "/api/mine/points", mine.Gift),
    (RESIDENT, "/api/mine/erasure", mine.Erasure),
    (RESIDENT, "/api/mine/helpers", mine.Appointment),
    (INSURER, "/api/recipients", Application),
    (CLERK, "/api/recipients/insurer/vetting", recipients.Vetting),
    (BOARD, "/api/recipients/insurer/decision", recipients.Ruling),
    (INSURER, "/api/offers", Offer),
    (INSURER, "/api/duties/x/confirmation", recipients.Confirmation),
    (DOCTOR, "/api/emergencies", recipients.Emergency),
    (AUDITOR, "/api/emergencies/x/review", recipients.Review),
    (CLERK, "/api/guardians", recipients.Guardianship),
    (CLERK, "/api/notices", notices.Wanted),
]
FITTING: dict[str, Any] = {
    "sure": False, "points": 1, "answer": 0, "id": ME, "type": "Person", "attributes": {}, "days": 30, "days_kept": 1,
    "decided": "stop", "reason": WHY, "outcome": "justified", "of_age": 1e10, "kept_days": 1, "does": ["see"],
}  # fmt: skip


@pytest.mark.parametrize("number", ["²", "٣", "-1", "9" * 19, "9" * 5000])
async def test_a_line_that_is_none_is_not_there(town: Served, number: str) -> None:
    assert (await call(town, RESIDENT, "GET", f"/api/mine/proofs/{number}"))[0] == 404


@pytest.mark.parametrize("body", [b'{"a":' * 5000 + b"1" + b"}" * 5000, b"[" * 20_000])
async def test_what_is_nested_deep_is_refused_in_words(town: Served, body: bytes) -> None:
    for path in ("/api/mine/grants", "/api/session", "/api/identity/passkeys/enter"):
        async with town.http.post(path, data=body, headers={"Authorization": "Bearer x"}) as reply:
            assert reply.status in (400, 401)


@pytest.mark.parametrize(("who", "path", "form"), FORMS)
async def test_no_body_brings_the_house_down(
    town: Served, who: Principal, path: str, form: type[msgspec.Struct]
) -> None:
    names = [field.encode_name for field in msgspec.structs.fields(form)]
    whole = {name: FITTING.get(name, "x") for name in names}
    for body in (*NASTY, *({**whole, name: nasty} for name in names for nasty in NASTY)):
        status, found = await call(town, who, "POST", path, body)
        assert status < 500, (body, found)
