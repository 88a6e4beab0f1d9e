"""From a report to its answer in a real browser: by keyboard, on a small phone, enlarged, and as staff."""

from __future__ import annotations

import json
import re
import urllib.request
from typing import Any
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from noren.messages import say
from tests.portal.conftest import Town, post

pytestmark = pytest.mark.browser
LOADING = re.compile("|".join(re.escape(say(language, "portal.loading")) for language in ("en", "ja")))


def hand_in(town: Town, text: str, **more: Any) -> Any:
    body = json.dumps({"description": text} | more).encode()
    request = urllib.request.Request(town.url + "/api/voice/reports", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


@pytest.fixture(scope="module")
def pages(town: Town) -> list[str]:
    """Addresses of the room's pages, with what makes them hard: long words, held words, late answers."""
    long = hand_in(town, "Donaudampfschifffahrtsgesellschaft" * 20, category="parks")
    issue = quote(long["issue"], safe="")
    answer = {"state": "declined", "text": {"en": "No money this year. " * 20, "ja": "今年は予算がありません。" * 20}}
    post(town, f"/api/voice/issues/{issue}/answers", answer)
    held = hand_in(town, "Whoever planned this is an idiot", category="transparency")
    return ["/voice/report", "/voice/issues", f"/voice/issues/{issue}", f"/voice/report/{held['reference']}"]


def opened(page: Page) -> Page:
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text(LOADING)).to_have_count(0)
    return page


@pytest.mark.parametrize("which", range(4))
@pytest.mark.parametrize("signed_in", [False, True])
def test_axe_finds_nothing(visit: Any, pages: list[str], which: int, signed_in: bool) -> None:
    page = opened(visit(pages[which], width=360, signed_in=signed_in, reduced_motion="reduce").page)
    found = Axe().run(page).response["violations"]
    assert [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found] == []


@pytest.mark.parametrize("which", range(4))
@pytest.mark.parametrize("language", ["en", "ja"])
def test_four_times_as_large_it_never_scrolls_sideways(visit: Any, pages: list[str], which: int, language: str) -> None:
    page = opened(visit(pages[which], width=320, language=language, signed_in=True).page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_by_keyboard_alone_a_report_goes_in_and_the_number_is_read_first(visit: Any) -> None:
    page = opened(visit("/voice/report", width=360, language="ja").page)
    page.get_by_label("どんなことですか").focus()
    page.keyboard.type("公園のベンチがこわれています")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('form button.main')"):
            break
    page.keyboard.press("Enter")
    expect(page.locator(".number")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_be_focused()


def test_what_is_wrong_is_said_beside_its_field(visit: Any) -> None:
    page = opened(visit("/voice/report", language="ja").page)
    page.locator("textarea").fill("公園のベンチがこわれています")
    choose = page.get_by_label("写真を選ぶ")
    choose.set_input_files({"name": "memo.txt", "mimeType": "text/plain", "buffer": b"no picture"})
    expect(page.get_by_text("1枚を選びました")).to_be_visible()
    page.locator("form button.main").click()
    expect(page.locator(".pictures [role=alert]")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(1)
    expect(choose).to_be_focused()
    expect(page.locator("textarea")).to_have_value("公園のベンチがこわれています")


def test_why_it_was_refused_is_said_in_the_language_chosen(visit: Any) -> None:
    page = opened(visit("/voice/report?lang=ja", language="en").page)
    page.locator("textarea").fill("   ")
    page.locator("form button.main").click()
    expect(page.get_by_role("alert")).to_contain_text("どんなことかが書かれていません。 短くてもかまいません。")


def test_staff_take_a_word_out_and_publish(visit: Any, town: Town) -> None:
    held = hand_in(town, "Only an idiot parks here", category="bicycle")
    page = opened(visit("/voice/issues", signed_in=True).page)
    item = page.locator("li", has=page.get_by_text(held["reference"]))
    item.locator("textarea").fill("Somebody parks here")
    item.get_by_role("button", name="Publish").click()
    expect(page.get_by_text(held["reference"])).to_have_count(0)
    page = opened(visit(f"/voice/report/{held['reference']}").page)
    expect(page.get_by_text("Somebody parks here").first).to_be_visible()
    answering = opened(visit(f"/voice/issues/{quote(held['issue'], safe='')}", signed_in=True).page)
    answering.locator("summary", has_text="Answer").first.click()
    answering.get_by_label("It is now").select_option("planned")
    answering.get_by_label("English").fill("A rack comes in May.")
    answering.get_by_role("button", name="Publish the answer").click()
    expect(answering.get_by_text("A rack comes in May.").first).to_be_visible()
    expect(answering.get_by_text("Planned").first).to_be_visible()
