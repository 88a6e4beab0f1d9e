"""Outcomes worked out: targets, outlook and late steps by the city's clock; what cannot be read is named, no more."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from noren.city import City
from noren.governance import vision
from noren.governance.vision import Aim, Measure, aim, backwards
from noren.terms.records import Initiative, KeyPerformanceIndicator, Outcome, Regulation, Trial, Vision
from tests.governance.conftest import record, year

NOW = datetime(2026, 7, 1, tzinfo=UTC)
KPI = "urn:ngsi-ld:KeyPerformanceIndicator:town:1"


def outcome(**more: Any) -> Outcome:
    given: dict[str, Any] = {"base_year": 2020, "base_value": 40, "target_year": 2040, "target_value": 60}
    return Outcome(id="urn:ngsi-ld:Outcome:town:1", **given | more)


def measure(*values: float, first: int = 2020) -> Measure:
    return Measure(KPI, "Walks", "%", {first + i: each for i, each in enumerate(values)})


def worked_out(*values: float, **more: Any) -> Aim:
    return aim(outcome(**more), [measure(*values)], NOW)


def test_targets_lie_on_a_line_unless_somebody_stated_them() -> None:
    drawn = worked_out(40, 41, 42).targets
    assert [(each.year, each.value, each.own) for each in drawn] == [
        (2025, 45, False),
        (2030, 50, False),
        (2035, 55, False),
        (2040, 60, True),
    ]
    own = worked_out(40, 41, 42, interim_targets={"2030": 55}).targets
    assert [(each.year, each.value, each.own) for each in own] == [(2030, 55, True), (2040, 60, True)]


def test_the_gap_is_shown_every_year_from_now_to_the_target() -> None:
    found = worked_out(40, 41, 42, 43)
    assert [each.year for each in found.ahead] == list(range(2026, 2041))
    assert (found.ahead_from, found.lacks, found.wrong) == ("trend", [], [])
    assert (found.ahead[-1].expected, found.ahead[-1].gap) == (pytest.approx(60), pytest.approx(0))


@pytest.mark.parametrize(
    ("values", "more", "lacks"),
    [
        ((40, 41), {}, ["readings"]),
        ((40, 41, 42), {"base_value": None}, ["base"]),
        ((40, 41, 42), {"target_year": None}, ["target"]),
        ((40, 41, 42), {"base_year": 2000, "target_year": 2024}, ["over"]),
    ],
)
def test_what_is_missing_is_said(values: tuple[float, ...], more: Any, lacks: list[str]) -> None:
    found = worked_out(*values, **more)
    assert (found.lacks, found.ahead, found.wrong) == (lacks, [], [])


def test_without_a_measure_there_is_no_outlook() -> None:
    assert aim(outcome(), [], NOW).lacks == ["measure"]


def test_a_stated_outlook_holds_before_the_trend() -> None:
    stated = [{"year": 2040, "expected": 50, "low": 45, "high": 55, "target": 60, "gap": 10}]
    found = worked_out(40, 41, 42, outlook=stated[0])
    assert (found.ahead_from, [each.gap for each in found.ahead]) == ("stated", [10])


def test_steps_are_late_by_the_citys_clock_unless_they_have_begun() -> None:
    steps = [
        {"name": "paths", "takesYears": 8, "by": 2038, "needs": ["rule"]},
        {"name": "rule", "takesYears": 4.5, "by": 2035, "rule": "urn:r"},
        {"name": "plan", "takesYears": 1, "by": 2026, "begun": True},
    ]
    found = worked_out(40, 41, 42, steps=steps).starts
    assert [(each.step.name, each.latest, each.late) for each in found] == [
        ("plan", date(2025, 1, 1), False),
        ("rule", date(2025, 7, 2), True),
        ("paths", date(2030, 1, 1), False),
    ]


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"target_year": 2e9}, "targetYear"),
        ({"base_year": -5}, "baseYear"),
        ({"base_year": 2040}, "targetYear"),
        ({"interim_targets": {"soon": 5}}, "interimTargets"),
        ({"interim_targets": [1, 2]}, "interimTargets"),
        ({"interim_targets": {"20300": 5}}, "interimTargets"),
        ({"steps": [{"name": "a", "takesYears": "x", "by": 2030}]}, "steps[0].takesYears"),
        ({"steps": [{"name": "a", "takesYears": 1, "by": 99999}]}, "steps, a, by"),
        ({"steps": [{"name": "a", "takesYears": 1e9, "by": 2030}]}, "steps, a, takesYears"),
        ({"steps": "nonsense"}, "steps[0]"),
        ({"steps": [{"name": f"s{i}", "takesYears": 1, "by": 2030} for i in range(301)]}, "steps"),
        ({"steps": [{"name": "a", "takesYears": 1, "by": 2030, "needs": ["a"]}]}, "needs"),
        ({"outlook": {"year": 2030}}, "outlook"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_field_and_costs_nothing_else(more: Any, where: str) -> None:
    found = worked_out(40, 41, 42, 43, **more)
    assert [each.where for each in found.wrong] == [where]
    assert found.targets or where in ("targetYear", "baseYear", "interimTargets")


def test_targets_that_go_back_and_forth_are_marked() -> None:
    assert backwards(worked_out(40, 41, 42, interim_targets={"2030": 55, "2035": 45}))
    assert not backwards(worked_out(40, 41, 42, interim_targets={"2030": 45, "2035": 55}))


async def test_everything_hangs_together(city: City) -> None:
    view = city.view(city.staff)
    rule = Regulation(id="urn:ngsi-ld:Regulation:town:1", title="Speed")
    goal = Vision(id="urn:ngsi-ld:Vision:town:1", name="2040", target_year=2040)
    step = {"name": "rule", "takesYears": 2, "by": 2035, "rule": rule.id}
    one = outcome(in_vision=goal.id, measured_by=[KPI], steps=step, interim_targets={"2030": 52})
    other = Outcome(id=one.id + "b", measured_by=[KPI], target_year=2040, target_value=70)
    work = Initiative(id="urn:ngsi-ld:Initiative:town:1", serves_outcomes=[one.id], rules_to_change=[rule.id])
    tried = Trial(id="urn:ngsi-ld:Trial:town:1", touched_rules=[rule.id])
    await view.keep([KeyPerformanceIndicator(id=KPI, name="Walks", unit_text="%"), rule, goal, one, other, work, tried])
    # New Year's morning in Tokyo is still the old year in UTC.
    newyear = datetime(2021, 12, 31, 20, tzinfo=UTC)
    await record(
        city,
        "KeyPerformanceIndicator",
        "kpiValue",
        [(KPI, year(2020, 3), 40.0), (KPI, year(2020, 9), 42.0), (KPI, newyear, 43.0), (KPI, year(2024), 45.0)],
    )
    found = await vision.gather(city.view(city.anonymous))
    assert [each["id"] for each in found["visions"]] == [goal.id]
    assert found["contradictions"] == [{"one": one.id, "other": other.id, "year": 2040}]
    (first,) = [each for each in found["outcomes"] if each["id"] == one.id]
    assert first["measures"][0].years == {2020: 41.0, 2022: 43.0, 2024: 45.0}
    assert [each.value for each in first["targets"]] == [52, 60]
    assert first["starts"][0]["rule"] == {"id": rule.id, "name": "Speed"}
    assert [each["id"] for each in first["initiatives"]] == [work.id]
    (told,) = await vision.rules(view)
    assert [[each["id"] for each in told[name]] for name in ("trials", "initiatives", "outcomes")] == [
        [tried.id],
        [work.id],
        [one.id],
    ]


async def test_nothing_stated_is_nothing_shown(city: City) -> None:
    found = await vision.gather(city.view(city.anonymous))
    assert found == {"visions": [], "outcomes": [], "contradictions": []}


def test_late_follows_the_clock() -> None:
    step = {"name": "a", "takesYears": 1, "by": 2028}
    early = aim(outcome(steps=step), [], datetime(2026, 12, 31, tzinfo=UTC))
    late = aim(outcome(steps=step), [], datetime(2027, 1, 1, tzinfo=UTC) + timedelta(days=1))
    assert [each.late for each in (*early.starts, *late.starts)] == [False, True]
