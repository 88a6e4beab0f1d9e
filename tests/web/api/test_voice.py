"""From a report on a phone to its answer, over HTTP, as a resident and as staff."""

from __future__ import annotations

import asyncio
import io
import json
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.web.api.conftest import Served

HERE = [139.0123, 35.6001]
FIELDS = (
    *("description", "category", "place", "address", "media", "channel", "answers", "reporter", "follows", "text"),
    *("kind", "datasets", "studies", "layers", "functions", "author", "state", "by", "into", "publish", "reason"),
)


async def post(served: Served, path: str, body: Any, *, staff: bool = False, status: int = 201) -> Any:
    headers = served.staff() if staff else {}
    async with served.http.post(path, json=body, headers=headers) as reply:
        assert reply.status == status, await reply.text()
        return await reply.json()


async def get(served: Served, path: str, *, staff: bool = False, status: int = 200) -> Any:
    async with served.http.get(path, headers=served.staff() if staff else {}) as reply:
        assert reply.status == status, await reply.text()
        return await reply.json()


async def hand_in(served: Served, text: str, **more: Any) -> Any:
    return await post(served, "/api/voice/reports", {"description": text, "place": HERE} | more)


async def missed_events(served: Served) -> str:
    """What a browser is told that comes back after it saw the first change of all."""
    headers = {"Last-Event-ID": "1"}
    async with served.http.get("/api/events?types=Report,Issue", headers=headers) as reply:
        told = b""
        while b"moderationReason" not in told:
            told += await asyncio.wait_for(reply.content.readuntil(b"\n\n"), 60)
        return told.decode()


async def test_a_report_is_followed_to_its_answer(served: Served) -> None:
    receipt = await hand_in(served, "The street light at the corner is out. Children walk home here.")
    assert receipt["isFirst"]
    path = f"/api/voice/issues/{quote(receipt['issue'])}"
    before = await get(served, path)
    assert (before["status"], before["reportCount"], before["category"]) == ("received", 1, "street-light")
    assert before["name"] == "The street light at the corner is out."
    for state, text in (("seen", "We look tonight."), ("solved", "The lamp was changed.")):
        await post(served, path + "/answers", {"state": state, "text": {"en": text}}, staff=True, status=200)
    followed = await get(served, f"/api/voice/reports/{receipt['reference'].lower().replace('-', ' ')}")
    assert followed["report"]["description"].startswith("The street light")
    assert [each["state"] for each in followed["issue"]["answers"]] == ["seen", "solved"]
    assert followed["issue"]["closedReason"] == {"en": "The lamp was changed."}


async def test_the_same_thing_is_one_issue_and_every_report_stays(served: Served) -> None:
    first = await hand_in(served, "街灯が点かなくて暗いです")
    again = [await hand_in(served, f"防犯灯が消えていて暗い {n}") for n in range(3)]
    assert {each["issue"] for each in again} == {first["issue"]}
    assert len({each["reference"] for each in (first, *again)}) == 4
    issue = await get(served, f"/api/voice/issues/{quote(first['issue'])}")
    assert (issue["reportCount"], len(issue["reports"])) == (4, 4)
    far = await hand_in(served, "街灯が点かなくて暗いです", place=[139.05, 35.62])
    assert far["issue"] != first["issue"]


async def test_a_flood_at_once_is_one_issue_and_all_are_counted(served: Served) -> None:
    receipts = await asyncio.gather(*(hand_in(served, "The street light is out") for _ in range(40)))
    (issue,) = {each["issue"] for each in receipts}
    assert (await get(served, f"/api/voice/issues/{quote(issue)}"))["reportCount"] == 40
    assert len({each["reference"] for each in receipts}) == 40


async def test_a_follow_up_goes_to_its_issue(served: Served) -> None:
    first = await hand_in(served, "A pothole in the road")
    later = await post(served, "/api/voice/reports", {"description": "It grew.", "follows": first["reference"]})
    assert later["issue"] == first["issue"]


async def test_contact_is_kept_from_everybody(served: Served) -> None:
    secret = {"name": "Somebody", "email": "somebody@example.org", "phone": "090-0000-0000"}
    receipt = await hand_in(served, "Rubbish was dumped", reporter=secret)
    for staff in (False, True):
        found = await get(served, f"/api/voice/reports/{receipt['reference']}", staff=staff)
        assert "somebody" not in json.dumps(found).casefold()
        headers = served.staff() if staff else {}
        async with served.http.get("/ngsi-ld/v1/entities?type=Report", headers=headers) as reply:
            assert "somebody" not in (await reply.text()).casefold()


async def test_what_cannot_be_kept_is_told_by_field(served: Served) -> None:
    for body, where in (
        ({"description": ""}, "description"),
        ({"description": "x" * 4001}, "description"),
        ({"description": "x", "category": "nonsense"}, "category"),
        ({"description": "x", "place": [999, 0]}, "place"),
        ({"description": 7}, "description"),
        ({"description": "x", "follows": "0000-0000"}, "0000-0000"),
    ):
        async with served.http.post("/api/voice/reports", json=body) as reply:
            assert reply.status in (400, 404)
            assert where in json.dumps(await reply.json())


async def test_answers_are_the_staffs_and_follow_one_another(served: Served) -> None:
    receipt = await hand_in(served, "The bus stop has no bench")
    path = f"/api/voice/issues/{quote(receipt['issue'])}"
    answer = {"state": "seen", "text": {"en": "Seen."}}
    await post(served, path + "/answers", answer, status=403)
    await post(served, path + "/answers", answer | {"text": {"en": " "}}, staff=True, status=400)
    await post(served, path + "/answers", answer, staff=True, status=200)
    await post(served, path + "/answers", {"state": "merged", "text": {"en": "x"}}, staff=True, status=422)


async def test_two_issues_become_one(served: Served) -> None:
    one = await hand_in(served, "A tree fell on the bench in the park", category="parks")
    two = await hand_in(served, "Branches all over the playground", category="parks", place=[139.03, 35.61])
    assert one["issue"] != two["issue"]
    into = {"into": one["issue"]}
    merged = await post(served, f"/api/voice/issues/{quote(two['issue'])}/place", into, staff=True, status=200)
    assert (merged["id"], merged["reportCount"]) == (one["issue"], 2)
    await post(served, f"/api/voice/issues/{quote(one['issue'])}/place", into, staff=True, status=422)
    found = await get(served, f"/api/voice/reports/{two['reference']}")
    assert found["report"]["issue"] == one["issue"]


async def test_an_issue_is_placed_anew(served: Served) -> None:
    receipt = await hand_in(served, "It smells at the canal", category="other")
    path = f"/api/voice/issues/{quote(receipt['issue'])}/place"
    placed = await post(served, path, {"category": "noise-smell", "layers": ["safety"]}, staff=True, status=200)
    assert (placed["category"], placed["department"], placed["layers"]) == ("noise-smell", "environment", ["safety"])


async def test_causes_lean_on_data_or_are_not_known(served: Served) -> None:
    receipt = await hand_in(served, "The river came into our street", category="flooding")
    path = f"/api/voice/issues/{quote(receipt['issue'])}"
    dataset = "urn:ngsi-ld:Dataset:t:x"
    await post(served, path + "/claims", {"text": "The levee is lower there", "datasets": [dataset]})
    await post(served, path + "/claims", {"text": "The pump was off"})
    await post(served, path + "/claims", {"text": "x", "datasets": ["urn:ngsi-ld:Dataset:t:none"]}, status=400)
    await post(served, path + "/claims", {"text": "x", "author": "staff"}, status=403)
    story = await get(served, path)
    assert [(c["text"], c["isKnown"]) for c in story["claims"]] == [
        ("The levee is lower there", True),
        ("The pump was off", False),
    ]
    assert {k["type"] for k in story["knowledge"]} >= {"WaterObserved"}
    missing = [k for k in story["knowledge"] if not k["datasets"] and k["holder"]]
    assert missing
    assert all(k["holder"]["ja"] for k in missing)


async def test_a_telephone_in_the_text_is_covered_and_kept(served: Served) -> None:
    receipt = await hand_in(served, "The street light is out, call 090-1234-5678")
    assert (receipt["moderation"], receipt["masked"]) == ("published", ["phone"])
    for staff in (False, True):
        found = await get(served, f"/api/voice/issues/{quote(receipt['issue'])}", staff=staff)
        assert "5678" not in json.dumps(found)
    stored = json.dumps([doc async for doc in served.city.view(served.city.staff).find("Report")])
    assert "5678" not in stored


async def test_words_that_may_hurt_wait_for_a_person(served: Served) -> None:
    receipt = await hand_in(served, "Whoever built this is an idiot", category="road-damage")
    assert receipt["moderation"] == "held"
    public = json.dumps(await get(served, f"/api/voice/issues/{quote(receipt['issue'])}"))
    assert "idiot" not in public
    (waiting,) = (await get(served, "/api/voice/waiting", staff=True))["reports"]
    assert waiting["heldText"] == "Whoever built this is an idiot"
    path = f"/api/voice/reports/{receipt['reference']}/moderation"
    await post(served, path, {"publish": True}, staff=True, status=200)
    public = json.dumps(await get(served, f"/api/voice/issues/{quote(receipt['issue'])}"))
    assert "idiot" in public


async def test_a_picture_shows_after_somebody_looked(served: Served) -> None:
    raw = io.BytesIO()
    exif = Image.Exif()
    exif[0x0110] = "SECRETCAMERA"
    Image.new("RGB", (3000, 2000), "green").save(raw, "JPEG", exif=exif)
    form = aiohttp.FormData()
    form.add_field("report", json.dumps({"description": "Graffiti on the wall", "place": HERE}))
    form.add_field("media", raw.getvalue(), filename="wall.jpg", content_type="image/jpeg")
    async with served.http.post("/api/voice/reports", data=form) as reply:
        assert reply.status == 201, await reply.text()
        number = (await reply.json())["reference"]
    assert (await get(served, f"/api/voice/reports/{number}"))["report"]["media"] == []
    (hidden,) = (await get(served, "/api/voice/waiting", staff=True))["reports"][0]["heldMedia"]
    async with served.http.get(hidden) as reply:
        assert reply.status == 404
    waiting = await get(served, "/api/voice/waiting", staff=True)
    (held,) = waiting["reports"]
    assert held["reference"] == number
    await post(served, f"/api/voice/reports/{number}/moderation", {"publish": True}, staff=True, status=200)
    (shown,) = (await get(served, f"/api/voice/reports/{number}"))["report"]["media"]
    async with served.http.get(shown) as reply:
        body = await reply.read()
    away = {"publish": False, "reason": {"en": "A face"}}
    await post(served, f"/api/voice/reports/{number}/moderation", away, staff=True, status=200)
    for headers, status in (({}, 404), (served.staff(), 200)):
        async with served.http.get(shown, headers=headers) as reply:
            assert reply.status == status
    assert b"SECRETCAMERA" not in body
    assert max(Image.open(io.BytesIO(body)).size) == 1600
    assert (await get(served, "/api/voice/waiting", staff=True))["reports"] == []


async def test_what_is_taken_away_says_why(served: Served) -> None:
    receipt = await hand_in(served, "Buy my cheap watches", category="other")
    path = f"/api/voice/reports/{receipt['reference']}/moderation"
    await post(served, path, {"publish": False}, staff=True, status=400)
    await post(served, path, {"publish": False, "reason": {"en": "Advertising"}}, staff=True, status=200)
    report = (await get(served, f"/api/voice/reports/{receipt['reference']}"))["report"]
    assert (report["description"], report["moderationReason"]) == (None, {"en": "Advertising"})
    for id in (f"urn:ngsi-ld:Report:town:{receipt['reference'].lower()}", receipt["issue"]):
        for room in ("entities", "temporal/entities"):
            async with served.http.get(f"/ngsi-ld/v1/{room}/{id}") as reply:
                assert (reply.status, "watches" in await reply.text()) == (200, False)
    assert "watches" not in await missed_events(served)
    await post(served, path, {"publish": True}, staff=True, status=200)
    report = (await get(served, f"/api/voice/reports/{receipt['reference']}"))["report"]
    assert (report["description"], report["moderationReason"]) == ("Buy my cheap watches", None)


async def test_no_picture_is_refused_in_words(served: Served) -> None:
    form = aiohttp.FormData()
    form.add_field("report", json.dumps({"description": "x", "place": HERE}))
    form.add_field("media", b"<html>no</html>", filename="wall.jpg", content_type="image/jpeg")
    async with served.http.post("/api/voice/reports", data=form) as reply:
        assert reply.status == 400
        assert (await reply.json())["where"] == "media"


async def test_levels_say_how_the_city_keeps_its_word(served: Served) -> None:
    receipt = await hand_in(served, "The street light is out")
    path = f"/api/voice/issues/{quote(receipt['issue'])}/answers"
    await post(served, path, {"state": "seen", "text": {"en": "Seen."}}, staff=True, status=200)
    levels = (await get(served, "/api/voice/levels"))["levels"]
    assert levels == {"street-light": {"issues": 1, "open": 1, "inTime": 1, "overdue": 0}}


async def test_what_would_help_most_is_weighed_by_open_issues(served: Served) -> None:
    for n in range(60):
        place = [139.0 + n / 200, 35.5]
        await hand_in(served, "There is no nursery place for our child", category="childcare-places", place=place)
    best = (await get(served, "/api/matrix"))["best"]
    assert best["type"] in ("Nursery", "District")
    assert "match_nursery_places" in best["services"]


async def test_staff_raise_what_nobody_reported(served: Served) -> None:
    body = {"text": "The bridge needs paint", "category": "road-damage"}
    await post(served, "/api/voice/issues", body, status=403)
    row = await post(served, "/api/voice/issues", body, staff=True)
    listed = (await get(served, "/api/voice/issues?state=open"))["issues"]
    assert [(each["id"], each["raisedBy"]) for each in listed] == [(row["id"], "staff")]


async def test_nobody_names_pictures_that_they_did_not_send(served: Served) -> None:
    for link in ("javascript://%0aalert(1)", "https://example.org/a.png", "a" * 40 + ".jpg"):
        refused = await post(served, "/api/voice/reports", {"description": "x", "media": [link]}, status=400)
        assert refused["where"] == "media"


@pytest.mark.parametrize(
    "raw", [b"--x\r\ngarbage", b"", b'--x\r\nContent-Disposition: form-data; name="report"\r\n\r\n{\r\n--x--\r\n']
)
@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=x"])
async def test_a_broken_form_is_refused_in_words(served: Served, raw: bytes, kind: str) -> None:
    async with served.http.post("/api/voice/reports", data=raw, headers={"Content-Type": kind}) as reply:
        assert reply.status == 400
        assert (await reply.json())["title"]


async def test_one_address_is_bounded_and_told_when_to_come_again(served: Served) -> None:
    served.city.config.voice.hourly = 3
    for _ in range(3):
        await hand_in(served, "The street light is out")
    for path, body in (
        ("/api/voice/reports", {"description": "x"}),
        ("/open311/v2/requests.xml", {"service_code": "other"}),
    ):
        async with served.http.post(path, json=body) as reply:
            assert (reply.status, reply.headers["Retry-After"]) == (429, "1200")
            assert "address" in await reply.text()
    await post(served, "/api/voice/reports", {"description": "x", "channel": "desk"}, staff=True)


@given(
    body=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
        max_leaves=8,
    )
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_body_breaks_it(served: Served, body: Any) -> None:
    issue = quote("urn:ngsi-ld:Issue:town:none")
    served.city.config.voice.hourly = 0
    for path in (
        "/api/voice/reports",
        "/api/voice/issues",
        *(f"/api/voice/issues/{issue}/{what}" for what in ("claims", "answers", "place")),
        "/api/voice/reports/0000-0000/moderation",
        f"/api/voice/claims/{issue}/moderation",
    ):
        async with served.http.post(path, json=body, headers=served.staff()) as reply:
            assert reply.status in (201, 400, 404), (path, await reply.text())
            assert reply.status == 201 or (await reply.json())["title"]
