"""The room Mine in a real browser: a parent looks, reads a notice, allows, ends it, takes a proof along."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from noren import sample
from noren.city import City, create
from noren.trust import OWN, Principal
from noren.trust.ledger import Policy, Receipt, entry_of
from tests.portal.conftest import Town, served

pytestmark = pytest.mark.browser
PARTS = ["held", "uses", "asked", "allowed", "points", "help", "told", "leave"]


class Sample(Town):
    """A town with a family: the token is the parent's."""

    child: str

    @property
    def childs(self) -> str:
        """What the parent adds to an address to look at the child's side."""
        return f"?for={self.child}"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sample]:
    folder = tmp_path_factory.mktemp("mine") / "kawabe"
    create(folder, "Kawabe", name_ja="川辺市", languages=("ja", "en"))

    async def bank() -> tuple[str, str]:
        async with City.open(folder) as city:
            family = await sample.open_bank(city)
            who = Principal(id=family.parent, kind="resident", purposes=frozenset({OWN}), default_purpose=OWN)
            return city.tokens.issue(who, seconds=3600), family.child

    with ThreadPoolExecutor(1) as aside:  # the browser has this thread's loop
        token, child = aside.submit(lambda: asyncio.run(bank())).result()
    with served(folder) as url:
        yield Sample(url, token, folder, child)


def opened(page: Page) -> Page:
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    return page


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_part_is_for_everybody(visit: Any, town: Sample, part: str, language: str) -> None:
    seen = visit(f"/mine/{part}{town.childs}", width=320, language=language, signed_in=True, reduced_motion="reduce")
    page = opened(seen.page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth") and seen.errors == []
    found = Axe().run(page).response["violations"]
    assert [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found] == []


def test_whoever_has_not_signed_in_sees_nothing(visit: Any) -> None:
    page = visit("/mine/held").page
    expect(page.get_by_role("status")).to_be_visible()
    expect(page.get_by_text("Kawabe Clinic")).to_have_count(0)


def test_a_notice_is_understood_before_anything_is_allowed(visit: Any) -> None:
    page = visit("/mine/asked", signed_in=True).page
    page.get_by_role("link", name="Kawabe Mutual Insurance").click()
    for right in (False, True):
        article = page.locator("article")
        expect(article).to_contain_text("Conditions that helpers must know")
        said = article.inner_text().lower()
        answers = page.locator("fieldset label")
        which = [each.inner_text().strip().lower() in said for each in answers.all()].index(right)
        answers.nth(which).click()
        page.get_by_role("button", name="Yes, I allow it").click()
        if not right:
            expect(page.get_by_role("alert")).to_contain_text("nothing was allowed")
    expect(page.get_by_role("heading", name="You allowed it")).to_be_visible()
    page.get_by_role("link", name="See what you allowed").click()
    expect(page.get_by_text("Conditions that helpers must know")).to_be_visible()
    page.get_by_role("button", name="End it").click()
    expect(page.get_by_text("ended by you")).to_be_visible()


def test_a_proof_is_taken_along_and_holds_without_the_city(visit: Any, town: Sample, tmp_path: Path) -> None:
    page = visit(f"/mine/uses{town.childs}", signed_in=True).page
    expect(page.get_by_text("Kawabe First School")).to_be_visible()
    kept: dict[str, Path] = {}
    page.on("download", lambda download: kept.update({download.suggested_filename: download.path()}))
    row = page.get_by_role("listitem").filter(has_text="Kawabe First School")
    row.get_by_role("button", name="Save the proof").click()
    for _ in range(600):
        if len(kept) == 2:
            break
        page.wait_for_timeout(50)
    (document,) = [path for name, path in kept.items() if name.endswith(".json")]
    (receipt,) = [path for name, path in kept.items() if name.endswith(".tlog-proof")]
    policy = Policy.parse(page.request.get(f"{town.url}/ledger/policy").body())
    proof = Receipt.parse(receipt.read_bytes())
    proof.verify(entry_of(proof, document), policy)


def test_what_is_wrong_is_put_right(visit: Any) -> None:
    page = visit("/mine/held", signed_in=True).page
    page.get_by_role("button", name="Correct: Blood group").click()
    page.get_by_role("textbox", name="Blood group").fill("AB")
    page.get_by_role("button", name="Correct it").click()
    expect(page.get_by_role("definition").filter(has_text="AB")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Correct: Blood group"))).to_be_visible()


def token(town: Town, name: str, kind: str, organisation: str, how: str, role: str, purpose: str) -> str:
    who = Principal(
        id=f"urn:noren:{kind}:kawabe:{name}",
        kind=kind,  # type: ignore[arg-type]
        organisation=organisation,
        organisation_kind=how,  # type: ignore[arg-type]
        purposes=frozenset({purpose}),
        default_purpose=purpose,
        roles=frozenset({role}),
    )
    return City.open(town.folder).tokens.issue(who, seconds=3600)


@pytest.fixture
def enter(visit: Any, town: Town) -> Any:
    """Opens a page as somebody."""

    def as_somebody(path: str, *who: str, **how: Any) -> Page:
        seen = visit("/", **how)
        seen.page.request.post(town.url + "/api/session", data={"token": token(town, *who)})
        seen.page.goto(town.url + path)
        return opened(seen.page)

    return as_somebody


BOARD = ("board", "organisation", "University", "research", "ethics-board", "public-information")
CLINICIAN = ("night-duty", "staff", "Kawabe Clinic", "health", "clinician", "emergency-care")
REVIEWER = ("reviewer", "staff", "University", "research", "reviewer", "public-information")


@pytest.mark.parametrize(("path", "who"), [("/recipients", BOARD), ("/emergency", CLINICIAN), ("/emergency", REVIEWER)])
def test_the_desks_are_for_everybody(enter: Any, path: str, who: tuple[str, ...]) -> None:
    page = enter(path, *who, width=320, reduced_motion="reduce")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    found = Axe().run(page).response["violations"]
    assert [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found] == []


def test_a_clinician_sees_what_was_opened_and_a_reviewer_judges(enter: Any, town: Sample) -> None:
    page = enter("/emergency", *CLINICIAN)
    page.get_by_label("Number of the person").fill(town.child)
    page.get_by_label("Why it is needed now").fill("Found at the river bank, does not answer.")
    page.get_by_label("Allergies").check()
    page.get_by_role("button", name="Open it").click()
    expect(page.get_by_role("definition")).to_have_text(["Egg, Cashew"])
    page = enter("/emergency", *REVIEWER)
    row = page.get_by_role("listitem").filter(has_text="river bank")
    row.get_by_label("What you found").fill("The child was in danger; nothing else was looked at.")
    row.get_by_role("button", name="It was right").click()
    expect(page.get_by_text("river bank")).to_have_count(0)


def test_the_board_stops_a_recipient_for_all_to_see(enter: Any, visit: Any) -> None:
    page = enter("/recipients", *BOARD)
    row = page.get_by_role("listitem").filter(has_text="Kawabe Mutual Insurance")
    row.get_by_text("Stop this recipient at once").click()
    row.get_by_label("English").fill("It kept what it had to delete, and told nobody.")
    row.get_by_label("日本語").fill("削除すべき情報を持ちつづけ、だれにも知らせなかったためです。")
    row.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("stopped by the ethics board")).to_be_visible()
    page = visit("/recipients").page
    expect(page.get_by_text("It kept what it had to delete")).to_be_visible()
