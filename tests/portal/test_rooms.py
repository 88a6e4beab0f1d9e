"""What a resident and an officer see, in a real browser."""

from __future__ import annotations

import gzip
import re
from typing import Any
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from noren.web.static import FOLDER
from tests.portal.conftest import ALERT, GAUGE, Town, entities, post

pytestmark = pytest.mark.browser
ROOMS = ["/", "/find?q=shelter", "/data", "/functions", "/privacy", "/notices", "/today", f"/entity/{quote(GAUGE)}"]


def test_now_says_first_what_threatens(visit: Any) -> None:
    page = visit("/").page
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("alerts? now"))
    expect(page.get_by_text("Go to higher ground.")).to_be_visible()
    expect(page.locator("strong", has_text="2.91 m").first).to_be_visible()


def test_the_same_in_japanese(visit: Any) -> None:
    page = visit("/", language="ja").page
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("いま、警報が.件あります"))
    expect(page.get_by_text("高い所へ避難してください。")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "ja")


def test_furigana_stand_above_fixed_words(visit: Any) -> None:
    page = visit("/", language="ja").page
    page.locator("summary").first.click()
    page.get_by_label("ふりがな").check()
    expect(page.locator("ruby rt", has_text="けいほう").first).to_be_visible()


@pytest.mark.parametrize("path", ROOMS)
def test_nothing_is_asked_of_another_origin(visit: Any, town: Town, path: str) -> None:
    seen = visit(path)
    expect(seen.page.get_by_role("heading", level=1)).to_be_visible()
    seen.page.wait_for_load_state("load")
    outside = [url for url in seen.requests if not url.startswith((town.url, "data:", "blob:"))]
    assert (outside, seen.errors) == ([], [])


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ROOMS)
def test_axe_finds_nothing(visit: Any, path: str, scheme: str, width: int) -> None:
    page = visit(path, width=width, signed_in=True, color_scheme=scheme, reduced_motion="reduce").page
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text("Just a moment")).to_have_count(0)
    found = Axe().run(page).response["violations"]
    assert [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found] == []


@pytest.mark.parametrize("path", ROOMS)
def test_a_phone_never_scrolls_sideways(visit: Any, path: str) -> None:
    page = visit(path, width=360, language="ja").page
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_map_is_drawn(visit: Any) -> None:
    page = visit("/").page
    expect(page.locator("[data-drawn=yes]")).to_be_visible()


def test_a_change_arrives_without_asking(visit: Any, town: Town) -> None:
    page = visit("/").page
    expect(page.locator("strong", has_text="2.91 m").first).to_be_visible()
    gauge = entities()[0]
    gauge["waterLevel"]["value"] = 3.07
    post(town, "/ngsi-ld/v1/entityOperations/upsert?options=update", [gauge])
    expect(page.locator("strong", has_text="3.07 m").first).to_be_visible()
    gauge["waterLevel"]["value"] = 2.91
    post(town, "/ngsi-ld/v1/entityOperations/upsert?options=update", [gauge])


def test_the_curtain_opens_by_keyboard_and_gives_the_focus_back(visit: Any) -> None:
    page = visit(f"/entity/{quote(GAUGE)}").page
    mark = page.get_by_role("button", name=re.compile("Open to all")).first
    mark.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("Open to all")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(mark).to_be_focused()


def test_one_search_finds_places_and_datasets(visit: Any) -> None:
    page = visit("/find").page
    page.get_by_role("searchbox").fill("避難所3")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("link", name="避難所3")).to_be_visible()
    assert "q=" in page.url


def test_a_dataset_says_where_it_comes_from_and_can_be_taken(visit: Any) -> None:
    page = visit("/data").page
    page.get_by_role("link", name=re.compile("shelters", re.I)).first.click()
    expect(page.get_by_text("8 rows")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    lines = download.value.path().read_text("utf-8-sig").splitlines()
    assert len(lines) == 9


def test_functions_open_in_words(visit: Any) -> None:
    page = visit("/functions").page
    page.locator("td a").first.click()
    expect(page.get_by_text("Purpose")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("table")).to_be_visible()


def test_what_the_city_does_with_data_is_a_picture_and_words(visit: Any) -> None:
    page = visit("/data").page
    page.get_by_role("link", name="What your city does with data").click()
    expect(page.get_by_role("row", name=re.compile("Another resident"))).to_contain_text("may not see it")
    expect(page.get_by_role("heading", name="Watching rivers")).to_be_visible()
    expect(page.get_by_text("The Japanese model: government never reads")).to_be_visible()
    with page.expect_navigation():
        page.get_by_role("link", name="All of it as one page").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What your city does with data")


def test_today_is_for_staff_and_its_list_empties(visit: Any, town: Town) -> None:
    stranger = visit("/today").page
    expect(stranger.get_by_text("This room is for the city’s staff.")).to_be_visible()
    page = visit("/today", signed_in=True).page
    item = page.locator("li", has_text="The river may overflow")
    item.get_by_role("button", name="Confirm").click()
    expect(item).to_have_count(0)
    post(town, "/ngsi-ld/v1/entityOperations/upsert?options=update", [entities()[1]])


def test_an_alert_is_also_cap(town: Town, visit: Any) -> None:
    answer = visit("/").page.request.get(f"{town.url}/api/alerts/{quote(ALERT)}.cap")
    assert answer.headers["content-type"].startswith("application/cap+xml")
    assert "urn:oasis:names:tc:emergency:cap:1.2" in answer.text()


def test_what_is_absent_is_said_in_words(visit: Any) -> None:
    page = visit("/entity/urn:ngsi-ld:Nothing:x").page
    expect(page.get_by_text("We do not have this")).to_be_visible()


def test_without_a_connection_the_last_state_stays(visit: Any) -> None:
    seen = visit("/")
    expect(seen.page.get_by_text("Go to higher ground.")).to_be_visible()
    seen.page.context.set_offline(True)
    expect(seen.page.get_by_text("No connection.").first).to_be_visible()
    expect(seen.page.get_by_text("Go to higher ground.")).to_be_visible()


def test_the_first_view_weighs_under_150_kb_before_the_map() -> None:
    page = (FOLDER / "index.html").read_text()
    first = re.findall(r'(?:src|href)="(/assets/[^"]+)"', page)
    words = max((FOLDER / "assets").glob("ja-*.js"), key=lambda p: p.stat().st_size)
    sizes = [len(gzip.compress((FOLDER / name.lstrip("/")).read_bytes())) for name in first]
    assert sum(sizes) + len(gzip.compress(words.read_bytes())) < 150_000
