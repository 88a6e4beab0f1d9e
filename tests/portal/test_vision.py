"""The room Vision in a real browser: written by NGSI-LD like anyone's data, read by a resident, decided by staff."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from noren.terms.records import (
    BudgetLine,
    District,
    Initiative,
    Issue,
    KeyPerformanceIndicator,
    Outcome,
    Regulation,
    Survey,
    SurveyResult,
    Trial,
    Vision,
)
from tests.governance.test_ahead import by_age
from tests.portal.conftest import Town, post

pytestmark = pytest.mark.browser
PARTS = ["outcomes", "initiatives", "trials", "rules", "life", "money", "people"]


def urn(type: str) -> str:
    return f"urn:ngsi-ld:{type}:hashimoto:1"


def written() -> Iterator[Any]:
    now = datetime.now(UTC)
    yield Issue(
        id=urn("Issue"), name="Cars drive too fast", category="road-safety", status="seen", opened_at=now, due_at=now
    )
    yield Regulation(id=urn("Regulation"), title="Speed limits", version="2", review_on=now)
    yield Vision(id=urn("Vision"), name="Hashimoto 2040", statement={"en": "On foot", "ja": "歩けるまち"})
    yield KeyPerformanceIndicator(id=urn("KeyPerformanceIndicator"), name="Walks", unit_text="%", kpi_value=40)
    step = {"name": "plan", "takesYears": 3, "by": now.year + 1, "rule": urn("Regulation")}
    yield Outcome(
        id=urn("Outcome"),
        title="Walking",
        in_vision=urn("Vision"),
        measured_by=[urn("KeyPerformanceIndicator")],
        base_year=2020,
        base_value=40,
        target_year=2060,
        target_value=60,
        steps=[step],
    )
    yield Initiative(
        id=urn("Initiative"),
        name="Slow streets",
        answers_issues=[urn("Issue")],
        serves_outcomes=[urn("Outcome")],
        initiative_stage="trial",
        costs=[{"year": 2026, "amount": 1000, "payer": "City"}],
        gains=[{"who": "Residents", "kind": "value", "amount": 900, "first": 2027, "last": 2030}],
    )
    yield Trial(id=urn("Trial"), name="First stretch", of_initiative=urn("Initiative"), ends_on=now - timedelta(days=1))
    yield BudgetLine(id=urn("BudgetLine"), of_initiative=urn("Initiative"), year=2026, payer="City", planned=1000)
    yield Survey(id=urn("Survey"), survey_kind="yearly")
    yield SurveyResult(
        id=urn("SurveyResult"),
        in_survey=urn("Survey"),
        factor="trust",
        estimate=5,
        estimate_low=4,
        estimate_high=6,
        measured_at=now,
    )
    yield District(id=urn("District"), name="east", population_by_age=by_age(50))


@pytest.fixture(scope="module", autouse=True)
def seeded(town: Town) -> None:
    post(town, "/ngsi-ld/v1/entityOperations/upsert", [each.entity() for each in written()])


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("part", PARTS)
def test_every_part_reads_well_and_fits_its_screen(visit: Any, part: str, width: int) -> None:
    scheme, language = ("light", "ja") if width == 360 else ("dark", "en")
    seen = visit(f"/vision/{part}", width=width, language=language, color_scheme=scheme, reduced_motion="reduce")
    page = seen.page
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("main [role=status]")).to_have_count(0)
    found = Axe().run(page).response["violations"]
    assert [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert "portal." not in page.locator("main").inner_text()
    assert seen.errors == []


def test_a_resident_goes_from_an_outcome_to_its_issue(visit: Any) -> None:
    page = visit("/vision/outcomes").page
    expect(page.get_by_text("It had to start by")).to_be_visible()
    expect(page.get_by_text("A trend needs readings of three different years")).to_be_visible()
    page.get_by_role("link", name="Slow streets").click()
    expect(page.get_by_role("heading", name="Slow streets", level=1)).to_be_visible()
    page.get_by_role("link", name="Cars drive too fast").click()
    expect(page.get_by_role("heading", name="Cars drive too fast", level=1)).to_be_visible()
    expect(page.get_by_role("link", name="First stretch")).to_be_visible()


def test_staff_are_asked_for_a_decision_and_everybody_reads_it(visit: Any) -> None:
    page = visit("/today", signed_in=True, width=360).page
    page.get_by_role("link", name="First stretch").click()
    page.get_by_role("button", name="Decide and publish").click()
    expect(page.get_by_role("alert")).to_contain_text("It is not said why")
    page.get_by_label("English").fill("It is quieter now.")
    page.get_by_role("button", name="Decide and publish").click()
    expect(page.get_by_text("It is quieter now.")).to_be_visible()
    reader = visit(f"/voice/issues/{quote(urn('Issue'))}").page
    expect(reader.get_by_text("It is quieter now.")).to_be_visible()
