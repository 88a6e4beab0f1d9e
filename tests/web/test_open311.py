"""GeoReport v2 as its clients use it: the fields and formats of wiki.open311.org/GeoReport_v2."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.civic import open311
from noren.terms.records import Report
from tests.web.api.conftest import Served, served

__all__ = ["served"]
ROOT = "/open311/v2"
FIELDS = {
    "service_request_id", "status", "status_notes", "service_name", "service_code", "description",
    "agency_responsible", "service_notice", "requested_datetime", "updated_datetime", "expected_datetime",
    "address", "address_id", "zipcode", "lat", "long", "media_url",
}  # fmt: skip
SERVICE = {"service_code", "service_name", "description", "metadata", "type", "keywords", "group"}
FORM = {"service_code": "road-damage", "lat": "35.6001", "long": "139.0123", "description": "A pothole, deep & <wide>"}


async def get(served: Served, path: str, status: int = 200, **more: Any) -> Any:
    async with served.http.get(ROOT + path, **more) as reply:
        assert reply.status == status, await reply.text()
        return ET.fromstring(await reply.text()) if path.split("?")[0].endswith(".xml") else await reply.json()


async def post(served: Served, form: dict[str, str], kind: str = "json", status: int = 201) -> Any:
    async with served.http.post(f"{ROOT}/requests.{kind}", data=form) as reply:
        assert reply.status == status, await reply.text()
        return ET.fromstring(await reply.text()) if kind == "xml" else await reply.json()


async def test_services_in_both_formats_and_languages(served: Served) -> None:
    listed = await get(served, "/services.json")
    assert all(set(each) == SERVICE for each in listed)
    tree = await get(served, "/services.xml", headers={"Accept-Language": "ja"})
    assert tree.tag == "services"
    assert [each.findtext("service_code") for each in tree.iter("service")] == [s["service_code"] for s in listed]
    assert "道路" in (tree.findtext("service/service_name") or "")
    assert await get(served, "/services/road-damage.json") == {"service_code": "road-damage", "attributes": []}
    definition = await get(served, "/services/road-damage.xml")
    assert (definition.tag, definition.findtext("service_code")) == ("service_definition", "road-damage")
    assert (await get(served, "/services/none.json", 404))[0]["code"] == 404


async def test_a_request_goes_in_and_is_read_back(served: Served) -> None:
    (given,) = await post(served, FORM | {"email": "somebody@example.org", "first_name": "Some", "last_name": "Body"})
    number = given["service_request_id"]
    (row,) = await get(served, f"/requests/{number}.json")
    assert set(row) == FIELDS
    assert (row["status"], row["service_code"], row["description"]) == ("open", "road-damage", FORM["description"])
    assert (row["lat"], row["long"]) == (35.6001, 139.0123)
    tree = await get(served, f"/requests/{number}.xml")
    (item,) = tree.findall("request")
    assert tree.tag == "service_requests"
    assert {each.tag for each in item} == FIELDS
    assert item.findtext("description") == FORM["description"]
    assert "example.org" not in ET.tostring(tree).decode()


async def test_xml_goes_both_ways(served: Served) -> None:
    tree = await post(served, FORM, "xml")
    number = tree.findtext("request/service_request_id")
    assert (await get(served, f"/tokens/{number}.json"))[0]["service_request_id"] == number


async def test_it_closes_when_its_issue_is_solved(served: Served) -> None:
    (given,) = await post(served, FORM)
    number = given["service_request_id"]
    async with served.http.get(f"/api/voice/reports/{number}") as reply:
        issue = (await reply.json())["report"]["issue"]
    answer = {"state": "solved", "text": {"en": "It was filled.", "ja": "埋めました。"}}
    path = f"/api/voice/issues/{quote(issue)}/answers"
    async with served.http.post(path, json=answer, headers=served.staff()) as reply:
        assert reply.status == 200
    (row,) = await get(served, f"/requests/{number}.json", headers={"Accept-Language": "ja-JP"})
    assert (row["status"], row["status_notes"]) == ("closed", "埋めました。")
    assert await get(served, "/requests.json?status=open") == []
    assert len(await get(served, "/requests.json?status=closed,open&service_code=road-damage")) == 1
    assert await get(served, "/requests.json?service_code=waste") == []
    assert len(await get(served, f"/requests.json?service_request_id={number}")) == 1


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/requests.json?start_date=yesterday", 400),
        ("/requests.json?start_date=2026-05-01T00:00:00Z&end_date=2026-01-01T00:00:00Z", 400),
        ("/requests.json?status=late", 400),
        ("/requests.json?service_code=nonsense", 400),
        ("/requests/0000-0000.json", 404),
        ("/requests.txt", 404),
        ("/requests", 404),
        ("/services/road-damage.txt", 404),
        ("/nothing.xml", 404),
        ("/requests.json?end_date=0001-01-01T00:00:00Z", 400),
        ("/requests.json?end_date=9999-12-31T23:59:59-12:00", 400),
        ("/requests.json?start_date=0001-01-01T00:00:00%2B12:00", 400),
        ("/requests.json?start_date=0999-01-01T00:00:00Z", 200),
        ("/requests/zzz.xml", 400),
    ],
)
async def test_errors_are_in_the_form_of_the_interface(served: Served, path: str, status: int) -> None:
    found = await get(served, path, status)
    if status == 200:
        assert found == []
    elif isinstance(found, list):
        assert found[0]["code"] == status
        assert found[0]["description"]
    else:
        assert found.tag == "errors"
        assert found.findtext("error/code") == str(status)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"service_code": ""}, "service_code"),
        ({"service_code": "nonsense"}, "service_code"),
        ({"lat": "north"}, "lat, long"),
        ({"lat": "", "long": ""}, "lat, long"),
        ({"lat": "95"}, "place"),
        ({"description": "x" * 4001}, "description"),
    ],
)
async def test_a_bad_request_names_the_field(served: Served, change: dict[str, str], where: str) -> None:
    (error,) = await post(served, FORM | change, status=400)
    assert where in error["description"]


async def test_dates_bound_the_list(served: Served) -> None:
    await post(served, FORM)
    assert len(await get(served, "/requests.json")) == 1
    assert await get(served, "/requests.json?end_date=2001-01-01T00:00:00Z") == []


@pytest.mark.parametrize(
    ("after", "found"),
    [
        ("2026-04-01T12:00:00+09:00", True),
        ("2026-04-01T12:00:00%2B09:00", True),
        ("2026-04-01T03:00:01Z", False),
        ("2026-04-01T12:00:00", True),
        ("2026-04-01 12:00:01", False),
        ("2026-04-01", True),
        ("2026-04-02", False),
    ],
)
async def test_a_time_without_an_offset_is_the_citys(served: Served, after: str, found: bool) -> None:
    noon = datetime(2026, 4, 1, 3, tzinfo=UTC)
    report = Report(id="urn:ngsi-ld:Report:town:1", reference="0000-0001", category="parks", requested_at=noon)
    await served.city.view(served.city.staff).keep([report])
    assert bool(await get(served, f"/requests.json?start_date={after}&end_date=2026-05-01T00:00:00Z")) is found


@pytest.mark.parametrize(
    "path", ["/requests.json", "/services.xml", "/requests/0000-0000.json", "/services/waste.json"]
)
async def test_apps_of_other_sites_may_ask(served: Served, path: str) -> None:
    asked = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}
    async with served.http.options(ROOT + path, headers=asked) as reply:
        assert (reply.status, reply.headers["Access-Control-Allow-Origin"]) == (204, "*")
        assert "POST" in reply.headers["Access-Control-Allow-Methods"]
    for ask in (served.http.get, served.http.head):
        async with ask(ROOT + path) as reply:
            assert reply.headers["Access-Control-Allow-Origin"] == "*"


@given(st.text())
def test_any_text_is_good_xml(text: str) -> None:
    assert ET.fromstring(open311.xml("a", "b", [{"c": text}])).find("b/c") is not None


async def test_what_is_closed_is_found_behind_a_thousand_that_are_open(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open311, "MOST", 2)
    numbers = []
    for n in range(5):
        (given_,) = await post(served, FORM | {"lat": f"35.{n}", "description": "Report"})
        numbers.append(given_["service_request_id"])
    async with served.http.get(f"/api/voice/reports/{numbers[0]}") as reply:
        path = f"/api/voice/issues/{quote((await reply.json())['report']['issue'])}/answers"
    body = {"state": "declined", "text": {"en": "No."}}
    async with served.http.post(path, json=body, headers=served.staff()) as reply:
        assert reply.status == 200
    (row,) = await get(served, "/requests.json?status=closed")
    assert row["service_request_id"] == numbers[0]
    assert [row["service_request_id"] for row in await get(served, "/requests.json")] == numbers[:-3:-1]


async def test_it_can_be_discovered(served: Served) -> None:
    async with served.http.get("/open311/discovery.json") as reply:
        found = await reply.json()
    (endpoint,) = found["endpoints"]
    assert endpoint["url"].endswith(ROOT)
    tree = await get(served, "/discovery.xml")
    assert tree.findtext("endpoints/endpoint/url") == endpoint["url"]
