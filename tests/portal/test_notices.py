"""What is collected at places: staff put a notice up, everybody finds it in the list, on the thing and on the map."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.portal.conftest import GAUGE, Town, post

pytestmark = pytest.mark.browser
SAID = {"en": "It counts how many people pass in an hour.", "ja": "1時間に通る人の数を数えます。"}


def is_accessible(page: Page) -> bool:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    return True


def test_staff_put_a_notice_up_from_the_page_of_what_collects(visit: Any, town: Town) -> None:
    page = visit(f"/entity/{quote(GAUGE)}", width=360, signed_in=True).page
    page.get_by_role("link", name="Put up a notice of what is collected here").click()
    expect(page.get_by_label("Name of the place")).to_have_value("大橋")
    for language, words in (("English", SAID["en"]), ("日本語", SAID["ja"])):
        page.get_by_label(f"What is collected ({language})").fill(words)
    page.get_by_label("What it is used for").select_option("statistics")
    page.get_by_label("Days it is kept").fill("7")
    assert is_accessible(page)
    page.get_by_role("button", name="Put it up").click()
    expect(page.get_by_role("status")).to_contain_text("It is up, with the code")
    expect(page.locator("article", has_text=SAID["en"])).to_contain_text("7 days")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    stranger = visit(f"/entity/{quote(GAUGE)}", language="ja").page
    notice = stranger.locator("article", has_text=SAID["ja"])
    expect(notice).to_contain_text("7日間")
    assert is_accessible(stranger)
    with stranger.context.expect_page() as opened:
        notice.get_by_role("link", name="印刷用の掲示").click()
    expect(opened.value.locator("svg")).to_be_visible()
    expect(opened.value.locator("body")).to_contain_text(SAID["en"])
    assert is_accessible(opened.value)


def test_what_is_not_plain_is_said_in_the_readers_language(visit: Any) -> None:
    page = visit(f"/notices?of={quote(GAUGE)}", language="ja", signed_in=True).page
    expect(page.get_by_label("場所の名前")).to_have_value("大橋")
    page.get_by_label("集めるもの（English）").fill("It counts!")
    page.get_by_label("集めるもの（日本語）").fill("人の数。")
    page.get_by_label("使いみち").select_option("statistics")
    page.get_by_role("button", name="掲示する").click()
    expect(page.get_by_role("alert")).to_contain_text(re.compile("[ぁ-ん]"))


def test_notices_are_a_layer_of_the_map_and_a_list(visit: Any, town: Town) -> None:
    place = {"type": "Point", "coordinates": [139.01, 35.6]}
    said = {"name": "Square", "collects": SAID, "used_for": "statistics", "kept_days": 0, "location": place}
    post(town, "/api/notices", said)
    page = visit("/notices").page
    expect(page.locator("article", has_text="Square")).to_contain_text("It is not kept.")
    page.get_by_role("link", name="See them on the map").click()
    expect(page.locator("[data-drawn=yes]")).to_be_visible()
    layers = page.request.get(town.url + "/tiles/layers.json").json()
    if any(layer["type"] == "PrivacyNotice" for layer in layers):  # a layer is made anew a while after a change
        page.get_by_text("What the map shows").click()
        expect(page.get_by_role("checkbox", name=re.compile("What is collected at a place"))).to_be_checked()


def test_searches_for_people_are_counted_for_everybody(visit: Any, town: Town) -> None:
    page = visit("/privacy").page
    answer = page.request.post(town.url + "/api/search-requests", data={"what": "vehicle"})
    assert answer.status == 403
    page.reload()
    section = page.get_by_role("region", name="Searches for people")
    expect(section).to_contain_text("Nobody may search.")
    expect(section).to_contain_text("Asked by: somebody not signed in")
    section.get_by_text("Each request", exact=True).click()
    expect(section.get_by_role("listitem")).to_contain_text("A vehicle")
    section.get_by_text("The law in force, word by word").click()
    expect(section.locator("pre")).to_contain_text("Nobody searches for a person or a vehicle")
    assert is_accessible(page)


def test_staff_rooms_lie_behind_one_entry(visit: Any) -> None:
    page = visit("/", width=360, signed_in=True).page
    rooms = page.get_by_role("navigation", name="Rooms").get_by_role("link")
    expect(rooms).to_have_count(7)
    rooms.last.click()
    work = page.get_by_role("navigation", name="Work").get_by_role("link")
    expect(work.first).to_have_attribute("aria-current", "page")
    work.get_by_text("Functions").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Functions")
    page.goto(page.url.replace("/functions", "/emergency"))
    expect(work.last).to_be_in_viewport()
    stranger = visit("/functions", width=360).page
    expect(stranger.get_by_role("heading", level=1)).to_be_visible()
    expect(stranger.get_by_role("navigation", name="Work")).to_have_count(0)
