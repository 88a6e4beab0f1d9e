"""`noren flow`: from a company's own file to counts that everybody may see, and the account of what that cost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from noren.city import City
from noren.cli.flow import _release
from noren.errors import Conflict
from noren.intake.inbox import Inbox

pytest.importorskip("opendp")
Typed = Callable[..., tuple[int, str, str]]
CELLS = ("53394611", "53394612", "59999999x")


@pytest.fixture
def company(noren: Callable[..., tuple[int, str]], tmp_path: Path) -> Path:
    folder = tmp_path / "company"
    assert noren("init", folder, "--name", "Telephones", "--timezone", "Asia/Tokyo", "--country", "jp")[0] == 0
    settings = folder / "noren.toml"
    settings.write_text(settings.read_text() + '\n[flow]\npopulations = ["phones"]\nmonth = 0.02\n')
    return folder


def write(file: Path, people: int = 600, days: int = 1) -> Path:
    """Everybody an hour in each of two squares a day, and one in a third alone; some rows are broken."""
    lines = ["time,person,cell,note"]
    for day in range(1, days + 1):
        for person in range(people):
            lines += [f"2026-06-{day:02}T{8 + n:02}:15:00,p{person},{cell}," for n, cell in enumerate(CELLS[:2])]
        lines.append(f"2026-06-{day:02}T08:15:00,p0,{CELLS[2]},")
    lines += ["yesterday,p1,53394611,", "2026-06-01T08:00:00,,53394611,", "2026-06-01T08:00:00,p1,,"]
    file.write_text("\n".join(lines) + "\n")
    return file


def test_counts_become_open_entities_with_their_noise(typed: Typed, company: Path, tmp_path: Path) -> None:
    file, out = write(tmp_path / "seen.csv"), tmp_path / "told.csv"
    words = ("flow", "release", file, "--population", "phones", "--city", company)
    status, text, told = typed(*words, "--out", out, "--licence", "CC-BY-4.0", "--json")
    assert status == 0, told
    report = json.loads(text)
    assert (report["rowsUnread"], report["stopped"], len(report["days"])) == (3, "", 1)
    assert report["days"][0]["cellHours"] == 2 and report["readings"] == 6
    assert CELLS[2] not in out.read_text() and "p0" not in out.read_text()

    async def look() -> None:
        async with City.open(company) as city:
            view = city.view(city.anonymous)
            found = {each["name"]: each async for each in view.find("CrowdFlowObserved")}
            assert set(found) == set(CELLS[:2])
            one = found["53394611"]
            assert abs(one["peopleCount"] - 600) < 7 * one["noise"] and one["margin"] == report["margin"]
            assert one["location"]["coordinates"] == [139.76875, 35.67917]
            card = await view.get("Dataset", one["inDataset"])
            assert card and str(report["margin"]) in card["description"] and card["license"] == "CC-BY-4.0"
            series = await view.series("CrowdFlowObserved", "peopleCount")
            assert str(min(series["observed"].to_pylist())).startswith("2026-06-01 00:00:00")

    asyncio.run(look())


def test_the_account_is_kept_and_not_overdrawn(typed: Typed, company: Path, tmp_path: Path) -> None:
    words = ("flow", "release", write(tmp_path / "seen.csv", days=3), "--population", "phones", "--city", company)
    status, text, told = typed(*words)
    assert status == 1 and text.count("counts told") == 2 and "has been told" in told.replace("\n", " ")
    (month,) = json.loads(typed("flow", "budget", "--city", company, "--json")[1])
    assert (month["releases"], month["rho"], month["limit_rho"]) == (2, 20_000, 20_000)
    again = typed("flow", "budget", company / "data" / "ledger", "--city", company, "--json")
    assert json.loads(again[1]) == [month]
    assert "2026-06" in typed("flow", "budget", "--city", company)[1]
    assert "月" in typed("flow", "budget", "--city", company, language="ja")[1]
    assert typed(*words)[0] == 1


async def test_a_city_that_runs_tells_what_is_handed_over(company: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "seen.csv")
    async with City.open(company) as city:
        assert city.ledger
        work = asyncio.create_task(Inbox(city).run())
        report = await _release(file, company, "phones", None, "", False, None)
        with pytest.raises(Conflict, match="told already"):
            await _release(file, company, "phones", None, "", False, None)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        view = city.view(city.anonymous)
        assert report["readings"] == 6 and await view.count("CrowdFlowObserved") == 2
        assert len((await view.series("CrowdFlowObserved", "peopleCount"))["observed"]) == 2
        assert await view.get("Dataset", "urn:ngsi-ld:Dataset:telephones:flow-phones")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("--population", "tickets"), "settings name"),
        (("--population", "phones", "--places", "absent.csv"), "no such table"),
    ],
)
def test_what_cannot_be_told_is_said(
    typed: Typed, company: Path, tmp_path: Path, change: tuple[str, ...], says: str
) -> None:
    status, _, told = typed("flow", "release", write(tmp_path / "seen.csv"), "--city", company, *change)
    assert status == 1 and says in told.replace("\n", " ")
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    status, _, told = typed("flow", "release", tmp_path / "x.csv", "--city", company, "--population", "phones")
    assert status == 1 and "headings person, cell, time" in told.replace("\n", " ")
