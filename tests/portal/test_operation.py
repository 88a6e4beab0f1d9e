"""Operation: two operators at their desks set signals and a gate, and stop what must be stopped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from noren.commands import example
from noren.commands.simulated import folder_of
from tests.portal.conftest import Town, noren

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def wired(town: Town) -> Town:
    """The town with a junction and a sluice, which the running city takes up by itself."""
    example.write(town.folder, "hashimoto")
    return town


@pytest.fixture
def desk(browser: Browser, wired: Town) -> Iterator[Any]:
    """Opens the page as an operator, with their own account and key."""
    contexts = []

    def sit(name: str, width: int = 1440, language: str = "en-GB", key: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 800}, locale=language, service_workers="block"
        )
        contexts.append(context)
        made = json.loads(noren("token", name, "--city", str(wired.folder), "--role", "operator", "--json"))
        context.request.post(wired.url + "/api/session", data={"token": made["token"]})
        page = context.new_page()
        page.goto(wired.url + "/operation")
        if key:
            page.locator("input[type=file]").set_input_files(folder_of(wired.folder) / f"{name}.key")
        return page

    yield sit
    for context in contexts:
        context.close()


def is_accessible(page: Page) -> bool:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    return True


def test_two_people_move_the_gate_and_stop_it(desk: Any) -> None:
    one, two = desk("desk-1"), desk("desk-2", 360, "ja-JP")
    expect(one.get_by_text("You sign as desk-1.")).to_be_visible()
    gate = one.locator("article", has_text="River sluice gate")
    expect(gate).to_contain_text("connected")
    gate.locator("summary").click()
    gate.get_by_label("Opening (%)").fill("40")
    gate.get_by_label("Reason").fill("high water")
    gate.get_by_role("button", name="Sign, and ask for approval").click()
    expect(one.get_by_text("You asked for this: somebody else must approve it.")).to_be_visible()
    assert is_accessible(one)

    two.get_by_role("button", name="承認して送る").click()
    expect(two.locator("article", has_text="川辺水門").locator("strong").first).to_have_text("40")
    two.get_by_role("button", name="緊急停止：水門").click()
    assert is_accessible(two)
    two.get_by_label("理由").first.fill("ひび割れ")
    two.get_by_role("button", name="停止する").click()
    expect(two.get_by_text("解除には2人が必要です（現在0人）。")).to_be_visible()
    expect(two.locator("article", has_text="川辺水門").locator("strong").first).to_have_text("100")
    assert is_accessible(two)
    assert two.evaluate("document.documentElement.scrollWidth") == 360

    two.get_by_role("button", name="解除してよい").click()
    one.get_by_role("button", name="The stop may end").click()
    expect(one.get_by_role("button", name="Emergency stop: Gates")).to_be_visible()


def test_what_is_refused_is_said_in_words(desk: Any) -> None:
    one = desk("desk-1")
    pump = one.locator("article", has_text="Drainage pump")
    pump.locator("summary").click()
    pump.get_by_label("Operation").select_option(label="running")
    pump.get_by_label("Reason").fill("rain")
    pump.get_by_role("button", name="Sign and send").click()
    expect(pump.locator("strong").first).to_have_text("running")
    gate = one.locator("article", has_text="River sluice gate")
    gate.locator("summary").click()
    gate.get_by_label("Opening (%)").fill("0")
    gate.get_by_label("Reason").fill("a test")
    gate.get_by_role("button", name="Sign, and ask for approval").click()
    expect(one.get_by_role("alert")).to_contain_text("No pumping against a closed gate")


def test_without_a_key_nothing_can_be_sent(desk: Any) -> None:
    page = desk("desk-1", key=False)
    page.locator("summary").first.click()
    expect(page.locator("article button.main").first).to_be_disabled()
    assert is_accessible(page)
