"""The door in a real browser: demo accounts, passkeys of Chromium's own virtual authenticator, one's own account."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from tests.portal.conftest import Town, noren

pytestmark = pytest.mark.browser


@pytest.fixture
def door(visit: Any, town: Town) -> Any:
    """The page as http://localhost, where browsers make passkeys, with an authenticator in the machine."""

    def opened(path: str = "/signin", **more: Any) -> Page:
        page: Page = visit("/health", **more).page
        devtools = page.context.new_cdp_session(page)
        devtools.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        page.goto(local(town) + path)
        return page

    return opened


def local(town: Town) -> str:
    return town.url.replace("127.0.0.1", "localhost")


def take(page: Page, name: str, kind: str = "Resident") -> None:
    demo = page.locator("section", has_text="Demo accounts")
    demo.get_by_role("textbox").fill(name)
    demo.get_by_role("combobox").select_option(label=kind)
    page.get_by_role("button", name="Sign in as this person").click()
    page.wait_for_url("**/today" if kind != "Resident" else lambda url: url.endswith("/"))


def test_a_passkey_is_made_and_signs_in(door: Any) -> None:
    page: Page = door()
    take(page, "Hana")
    page.goto(page.url + "me")
    expect(page.locator("#room").get_by_text("Signed in as Hana")).to_be_visible()
    page.get_by_role("button", name="Add a passkey on this device").click()
    expect(page.get_by_text("The passkey is kept.")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(lambda url: url.endswith("/"))
    page.goto(page.url + "signin?then=/me")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.locator("#room").get_by_text("Signed in as Hana")).to_be_visible()
    page.get_by_role("button", name="Remove Chrome · Linux").click()
    expect(page.get_by_text("You have no passkey yet.")).to_be_visible()
    page.goto(page.url.replace("/me", "/signin"))
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_be_visible()


@pytest.mark.parametrize("then", ["javascript:document.title='x'", "//example.org", "https://example.org"])
def test_a_link_to_the_door_leads_nowhere_else(door: Any, then: str) -> None:
    page: Page = door(f"/signin?then={quote(then)}")
    take(page, "Hana")
    expect(page.get_by_role("link", name="Now")).to_have_attribute("aria-current", "page")


def test_staff_of_a_demo_reach_their_rooms(door: Any) -> None:
    page: Page = door()
    take(page, "Desk", "City staff")
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    expect(page.get_by_role("link", name="Functions")).to_be_visible()


def test_a_session_ended_elsewhere_is_said(door: Any, town: Town) -> None:
    page: Page = door()
    take(page, "Ren")
    other: BrowserContext = page.context.browser.new_context()  # type: ignore[union-attr]
    other.request.post(local(town) + "/api/identity/demo", data={"name": "Ren"}, headers={"Origin": local(town)})
    page.goto(local(town) + "/me")
    page.get_by_role("button", name="End all others").click()
    expect(page.get_by_role("button", name="End all others")).to_have_count(0)
    assert other.request.get(local(town) + "/api/identity/me").status == 401
    id = page.request.get(local(town) + "/api/identity/me").json()["id"]
    noren("identity", "session", "revoke", "--holder", id, "--city", str(town.folder))
    page.goto(local(town) + "/")
    expect(page.get_by_text("You were signed out because your session ended.")).to_be_visible()
    other.close()


def test_an_invitation_leads_to_a_passkey(door: Any, town: Town) -> None:
    id, invitation = noren("identity", "account", "add", "Mori", "--city", str(town.folder)).split()
    noren("identity", "role", "give", id, "operator", "--city", str(town.folder))
    page: Page = door()
    page.get_by_text("Token or invitation").first.click()
    page.locator("#token").fill(invitation)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator("#room").get_by_text("Signed in as Mori")).to_be_visible()
    expect(page.get_by_role("button", name="Add a passkey on this device")).to_be_visible()


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("path", ["/signin", "/me"])
def test_the_pages_can_be_used_by_everybody(door: Any, town: Town, path: str, width: int, language: str) -> None:
    page: Page = door("/signin", width=width, language=language)
    page.request.post(local(town) + "/api/identity/demo", data={"name": "花", "kind": "resident"})
    if path == "/signin":
        page.request.delete(local(town) + "/api/session", headers={"Origin": local(town)})
    page.goto(local(town) + path)
    expect(page.locator("h2").first).to_be_visible()
    found = Axe().run(page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
