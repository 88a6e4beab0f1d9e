"""Lists of reports: each gets its issue once, the list's answers are the issue's, words about people are covered."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from noren.city import City, create
from noren.civic import issues, reports
from noren.civic.batches import fold_reports
from noren.civic.categories import categories
from noren.civic.issues import Answer
from noren.intake.add import Adder, add_all
from noren.intake.convert import Place
from noren.intake.plans import Options
from noren.services import all_services
from noren.terms.records import Issue, Report
from noren.view import View

HEAD = (
    "service_request_id,service_code,description,lat,long,requested_datetime,updated_datetime,status,status_notes,"
    "agency_responsible,media_url,address"
)
WHEN = "2026-03-20T20:00:00+09:00"


def row(number: str, code: str, text: str, place: str, asked: str, changed: str, state: str, notes: str = "") -> str:
    return ",".join([number, code, text, place, asked, changed, state, notes, "roads", "", ""])


LAMP = row(
    "SR-1", "street-light", "街灯が切れています", "36.1,139.2",
    "2026-03-01T20:00:00+09:00", "2026-03-04T09:00:00+09:00", "closed", "電球を交換しました。",
)  # fmt: skip
AGAIN = row(
    "SR-2", "street-light", "暗くて危ないです", "36.10001,139.20001",
    "2026-03-02T21:00:00+09:00", "2026-03-04T09:00:00+09:00", "closed", "電球を交換しました。",
)  # fmt: skip
LATER = row("SR-3", "street-light", "街灯が切れています", "36.1,139.2", WHEN, WHEN, "open")
BENCH = row(
    "SR-4", "Parks: broken bench", "Call me on 090-1234-5678", "36.2,139.3",
    "2026-03-02T10:00:00+09:00", "2026-03-03T10:00:00+09:00", "in progress", "We look at it.",
)  # fmt: skip


@pytest.fixture
async def city(tmp_path: Path) -> AsyncIterator[City]:
    create(tmp_path / "town", "Town", timezone="Asia/Tokyo")
    async with City.open(tmp_path / "town") as city:
        yield city


async def bring(city: City, rows: Sequence[str]) -> None:
    file = city.folder / "service_requests.csv"
    file.write_text("\n".join([HEAD, *rows]) + "\n", "utf-8")
    adder = Adder(city.view(city.staff), city.folder, Place(city.config.slug, city.config.timezone))
    _, wrong = await add_all(adder, [file], Options())
    assert wrong == []


async def fold(city: City) -> list[Issue]:
    declaration = fold_reports.declaration
    await fold_reports(city.view(city.service(declaration), purpose=declaration.purpose))
    return [issue async for issue in city.view(city.anonymous).find(Issue, order="openedAt")]


def test_it_is_found_as_a_service() -> None:
    assert "fold_reports" in {service.declaration.name for service in all_services()}


async def test_a_lamp_that_two_reported_is_one_issue_and_one_that_fails_again_another(city: City) -> None:
    await bring(city, [LAMP, AGAIN, LATER])
    first, second = await fold(city)
    assert (first.report_count, second.report_count) == (2, 1)
    assert (first.status, second.status) == ("solved", "received")
    assert first.closed_reason == {"ja": "電球を交換しました。"}
    assert [each["state"] for each in issues.listed(first.answers)] == ["solved"]
    assert (first.department, first.layers, first.functions) == ("roads", ["safety"], ["mobility", "disaster"])
    assert first.opened_at and first.due_at and (first.due_at - first.opened_at).days == 3


async def test_nothing_of_it_is_shown_before_it_was_looked_at_and_telephones_are_covered(city: City) -> None:
    await bring(city, [BENCH])
    view = city.view(city.anonymous)
    (before,) = [each async for each in view.find(Report)]
    assert before.description is None
    (issue,) = await fold(city)
    (after,) = [each async for each in view.find(Report)]
    assert "090" not in f"{after.description} {issue.description} {issue.name}"
    assert (after.category, after.form_answers) == ("parks", {"service": "Parks: broken bench"})
    assert (after.moderation, after.channel, issue.status) == ("published", "file", "at-work")


async def test_a_second_run_and_a_second_copy_change_nothing(city: City) -> None:
    await bring(city, [LAMP, AGAIN, LATER])
    once = await fold(city)
    assert await fold(city) == once
    await bring(city, [LAMP, AGAIN, LATER])
    assert await fold(city) == once


async def test_a_newer_copy_brings_the_answer(city: City) -> None:
    await bring(city, [LATER])
    await fold(city)
    await bring(city, [LATER.replace(f"{WHEN},open,", "2026-03-22T08:00:00+09:00,closed,Lamp replaced.")])
    (issue,) = await fold(city)
    assert (issue.status, issue.closed_reason) == ("solved", {"en": "Lamp replaced."})


async def test_what_staff_answered_here_later_stays(city: City) -> None:
    await bring(city, [LATER])
    (issue,) = await fold(city)
    await issues.say(city.view(city.staff), issue.id, Answer("declined", {"ja": "私有地です。"}))
    await bring(city, [LATER.replace(",open,,", ",in progress,We look at it.,")])
    (issue,) = await fold(city)
    assert issue.status == "declined"
    assert [each["state"] for each in issues.listed(issue.answers)] == ["at-work", "declined"]


async def test_a_live_report_joins_the_issue_of_a_list(city: City) -> None:
    recent = city.clock.now() - timedelta(days=2)
    await bring(city, [LATER.replace(WHEN, f"{recent:%Y-%m-%dT%H:%M:%SZ}")])
    (listed,) = await fold(city)
    draft = reports.Draft(description="まだ暗いです", category="street-light", place=(139.2, 36.1))
    receipt = await reports.submit(city.view(city.staff), draft, categories())
    assert (receipt.issue, receipt.is_first) == (listed.id, False)


async def test_what_staff_took_away_stays_away_when_the_list_comes_again(city: City) -> None:
    await bring(city, [LATER])
    await fold(city)
    await reports.moderate(city.view(city.staff), "SR-3", categories(), publish=False, reason={"ja": "同じ内容です。"})
    await bring(city, [LATER])
    await fold(city)
    found = await reports.find(city.view(city.anonymous), "SR-3")
    assert (found.moderation, found.description) == ("removed", None)


async def test_the_number_of_the_list_is_found(city: City) -> None:
    await bring(city, [LAMP])
    await fold(city)
    found = await reports.find(city.view(city.anonymous), " SR-1 ")
    assert found.description == "街灯が切れています"


async def test_ten_thousand_take_no_whole_looks_at_the_city(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        f"SR-{i},street-light,街灯{i % 700}が切れています,{36 + i % 2500 / 500:.5f},{139 + i % 2500 % 50 / 500:.5f},"
        f"2026-0{1 + i % 6}-10T20:00:00+09:00,,open,,roads,,"
        for i in range(10_000)
    ]
    await bring(city, rows)
    looks, find = [], View.find
    monkeypatch.setattr(View, "find", lambda self, kind, **how: looks.append(kind) or find(self, kind, **how))
    found = await fold(city)
    assert len(looks) < 100
    assert sum(issue.report_count or 0 for issue in found) == 10_000
