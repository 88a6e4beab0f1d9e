"""One report, followed from a phone to the city's answer, in a real browser."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page, expect

from tests.portal.conftest import Seen, Town

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
SLOW = 60_000
"""Milliseconds that a slow machine may take."""
PHONE = 360
LAMP = "The street light by the bridge is out and it is dark"
AGAIN = "No light at the bridge at night"
NUMBER = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}")
HERE = {"longitude": 139.0101, "latitude": 35.6002}
NEXT_DOOR = {"longitude": 139.0102, "latitude": 35.6003}


def picture() -> dict[str, Any]:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), (20, 20, 60)).save(out, "JPEG")
    return {"name": "lamp.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def report(visit: Any, text: str, where: dict[str, float], **more: Any) -> tuple[str, Page]:
    """Hand something in on a phone; returns its number and the page that shows it."""
    page: Page = visit("/voice/report", width=PHONE, geolocation=where, permissions=["geolocation"]).page
    page.get_by_label("What happened?").fill(text)
    page.get_by_role("button", name="Here").click()
    expect(page.get_by_text("The place is marked.")).to_be_visible(timeout=SLOW)
    if more.get("photo"):
        page.locator("input[type=file]").set_input_files([picture()])
    page.get_by_role("button", name="Send").click()
    number = page.locator(".number")
    expect(number).to_have_text(NUMBER, timeout=SLOW)
    return number.inner_text(), page


@pytest.fixture(scope="module")
def told() -> dict[str, str]:
    """What one test hands on to the next: they tell one story, in the order of the file."""
    return {}


def test_a_resident_reports_on_a_phone_and_follows_the_number(visit: Any, told: dict[str, str]) -> None:
    told["first"], page = report(visit, LAMP, HERE, photo=True)
    page.get_by_role("link", name="See what becomes of it").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(told["first"], timeout=SLOW)
    expect(page.get_by_text(LAMP)).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("The city answers by")).to_be_visible(timeout=SLOW)


def test_a_second_report_is_folded_into_the_first(visit: Any, told: dict[str, str]) -> None:
    told["second"], page = report(visit, AGAIN, NEXT_DOOR)
    assert told["second"] != told["first"]
    expect(page.get_by_text("Others have told this, too")).to_be_visible(timeout=SLOW)


def test_staff_see_it_publish_the_picture_and_answer(visit: Any, told: dict[str, str]) -> None:
    page = visit("/voice", signed_in=True).page
    waiting = page.locator("li", has_text=told["first"])
    expect(waiting.get_by_role("img")).to_be_visible(timeout=SLOW)
    waiting.get_by_role("button", name="Publish").click()
    expect(waiting).to_have_count(0, timeout=SLOW)
    page.get_by_role("link", name=LAMP).click()
    expect(page.get_by_text("reported 2 times")).to_be_visible(timeout=SLOW)
    told["issue"] = page.url.rsplit("/", 1)[1]
    answer(page, "Seen", "We look at the lamp this week.")
    answer(page, "Solved", "The lamp was replaced.")


def answer(page: Page, state: str, words: str) -> None:
    page.locator("summary", has_text=re.compile("^Answer$")).click()
    page.get_by_label("It is now").select_option(label=state)
    page.get_by_label("English").fill(words)
    page.get_by_role("button", name="Publish the answer").click()
    expect(page.locator("ol.answers li", has_text=words)).to_be_visible(timeout=SLOW)
    if page.get_by_label("English").is_visible():
        page.locator("summary", has_text=re.compile("^Answer$")).click()


@pytest.mark.parametrize("which", ["first", "second"])
def test_whoever_reported_reads_the_answer(visit: Any, told: dict[str, str], which: str) -> None:
    page = visit("/voice", width=PHONE).page
    page.get_by_label("Your number").fill(told[which].lower().replace("-", " "))
    page.get_by_role("button", name="Look it up").click()
    expect(page.get_by_text("The lamp was replaced.")).to_be_visible(timeout=SLOW)
    page.get_by_role("link", name="The whole issue").click()
    expect(page.get_by_text("We look at the lamp this week.")).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("img", name="Picture that came with the report")).to_be_visible(timeout=SLOW)
    for number in (told["first"], told["second"]):
        expect(page.get_by_text(number)).to_be_visible(timeout=SLOW)


VISION = Path(__file__).parents[2] / "portal" / "src" / "rooms" / "vision"
ROOMS = ["/voice", "/voice/report", "issue", *(["/vision"] if VISION.is_dir() else [])]
"""The room Vision is looked at as soon as it has a page."""


def opened(visit: Any, told: dict[str, str], path: str, **how: Any) -> Seen:
    seen: Seen = visit(f"/voice/issues/{quote(told['issue'], safe='%')}" if path == "issue" else path, **how)
    expect(seen.page.get_by_role("heading", level=1)).to_be_visible(timeout=SLOW)
    expect(seen.page.get_by_text("Just a moment")).to_have_count(0, timeout=SLOW)
    return seen


@pytest.mark.parametrize("width", [PHONE, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ROOMS)
def test_axe_finds_nothing(visit: Any, told: dict[str, str], path: str, scheme: str, width: int) -> None:
    page = opened(visit, told, path, width=width, signed_in=True, color_scheme=scheme, reduced_motion="reduce").page
    found = Axe().run(page).response["violations"]
    assert [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found] == []


@pytest.mark.parametrize("path", ROOMS)
def test_a_phone_never_scrolls_sideways_and_nothing_is_asked_elsewhere(
    visit: Any, told: dict[str, str], town: Town, path: str
) -> None:
    seen = opened(visit, told, path, width=PHONE, language="ja")
    seen.page.wait_for_load_state("load")
    assert seen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    outside = [url for url in seen.requests if not url.startswith((town.url, "data:", "blob:"))]
    assert (outside, seen.errors) == ([], [])
