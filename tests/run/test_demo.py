"""The sample city is made once, whole or not at all, and opens with its sensors at work."""

from __future__ import annotations

from pathlib import Path

import pytest

from noren.city import City
from noren.city.config import FILE
from noren.civic import polls, voting
from noren.errors import AlreadyExists, Conflict
from noren.intake.feeds.entry import entry
from noren.run.demo import Demo, demo
from noren.terms.records import Initiative, Issue, Poll, PrivacyNotice, Report

PEOPLE = 700


def _make(folder: Path) -> tuple[Demo, list[float]]:
    shares: list[float] = []
    found = demo(folder, PEOPLE, 3, 3, lambda step, share: shares.append(share))
    return found, shares


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Demo, list[float]]:
    return _make(tmp_path_factory.mktemp("demo") / "city")


def test_every_file_came_in(made: tuple[Demo, list[float]]) -> None:
    found, shares = made
    assert found.made
    assert found.wrong == []
    assert len(found.added) >= 38
    assert shares == sorted(shares)
    assert [path.name for path in found.folder.parent.iterdir()] == ["city"]


async def test_the_city_holds_people_gauges_and_their_history(made: tuple[Demo, list[float]]) -> None:
    async with City.open(made[0].folder) as city:
        view = city.view(city.staff)
        residents = [b.get("residents", 0) async for b in view.find("Building")]
        gauges = [g async for g in view.find("WaterObserved")]
        assert sum(residents) == PEOPLE
        assert len(gauges) == 5
        assert all(g["location"] and g["name"] and g["floodLevel"] and g["gaugeZero"] for g in gauges)
        levels = await view.series("WaterObserved", "waterLevel", ids=[gauges[1]["id"]])
        assert levels.num_rows > 3 * 144 - 60
        assert {"terrain", "water"} <= view.coverages().keys()


async def test_what_is_counted_at_places_is_said_there(made: tuple[Demo, list[float]]) -> None:
    async with City.open(made[0].folder) as city:
        view = city.view(city.anonymous)
        found = [each async for each in view.find(PrivacyNotice)]
        assert len(found) >= 2
        for each in found:
            (thing,) = [await view.get(id.split(":")[2], id) for id in each.notice_of or []]
            assert thing and thing["location"] == each.location
            assert each.collects and each.collects.keys() == set(city.config.languages)


async def test_whoever_has_a_slip_can_vote(made: tuple[Demo, list[float]]) -> None:
    folder = made[0].folder
    code = (folder / "town" / "slips.txt").read_text("utf-8").split()[0]
    async with City.open(folder) as city:
        counter = city.view(city.counter)
        (poll,) = [each async for each in counter.find(Poll)]
        choice = polls.row(poll, counter.now())["choices"][0]["id"]
        receipt = await voting.cast(counter, poll.id, voting.Vote(code=code, choices=(choice,)))
        assert receipt
        with pytest.raises(Conflict):
            await voting.cast(counter, poll.id, voting.Vote(code=code, choices=(choice,)))


async def test_what_residents_reported_is_folded_and_plans_hang_on_it(
    made: tuple[Demo, list[float]],
) -> None:
    async with City.open(made[0].folder) as city:
        view = city.view(city.anonymous)
        reports = [each async for each in view.find(Report)]
        issues = {each.id: each async for each in view.find(Issue)}
        assert len(issues) < len(reports) == sum(each.report_count or 0 for each in issues.values())
        assert all(each.in_issue in issues and each.description for each in reports)
        wanted = {id async for each in view.find(Initiative) for id in each.answers_issues or ()}
        assert wanted and wanted <= issues.keys()
        measure = "urn:ngsi-ld:KeyPerformanceIndicator:kawabe:rivers"
        assert (await view.series("KeyPerformanceIndicator", "kpiValue", ids=[measure])).num_rows == 10


def test_sensors_are_set_up_for_storm_and_calm(made: tuple[Demo, list[float]]) -> None:
    city = City.open(made[0].folder)
    entries = [entry(raw, FILE) for raw in city.config.feeds]
    assert {each.common.only for each in entries} == {"storm", "calm"}
    assert city.config.clock.speed > 100
    city.clock.close()


def test_it_is_made_once(made: tuple[Demo, list[float]]) -> None:
    again, _ = _make(made[0].folder)
    assert not again.made


def test_another_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(AlreadyExists):
        _make(tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_an_attempt_that_was_stopped_is_begun_anew(tmp_path: Path) -> None:
    rest = tmp_path / ".city.part"
    rest.mkdir()
    (rest / FILE).write_text("half")

    def stop(step: str, share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        demo(tmp_path / "city", PEOPLE, 3, 3, stop)
    assert not (tmp_path / "city").exists()
