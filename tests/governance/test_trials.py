"""A trial evaluated from what was recorded: the effect comes back, bad comparisons are named, decisions fall due."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from noren.city import City
from noren.contract import Declaration, Function, Layer, Stage
from noren.errors import BadInput, Conflict
from noren.governance import trials
from noren.governance.trials import comparisons, decide, phase, shown, story, waiting
from noren.terms.record import listed
from noren.terms.records import BudgetLine, Initiative, Survey, SurveyResult, TrafficFlowObserved, Trial
from tests.governance.conftest import record

ID, INITIATIVE = "urn:ngsi-ld:Trial:town:1", "urn:ngsi-ld:Initiative:town:1"
POINTS = [f"urn:ngsi-ld:TrafficFlowObserved:town:{i}" for i in range(20)]
HERE, THERE = POINTS[:8], POINTS[8:]
SPEED = {"type": "TrafficFlowObserved", "attribute": "averageVehicleSpeed", "treated": HERE, "elsewhere": THERE}


def trial(city: City, **more: Any) -> Trial:
    now = city.clock.now()
    given: dict[str, Any] = {
        "starts_on": now - timedelta(days=14),
        "ends_on": now - timedelta(hours=1),
        "of_initiative": INITIATIVE,
        "comparison": SPEED | {"beforeDays": 14},
    }
    return Trial(id=ID, **given | more)


async def measured(city: City, effect: float) -> None:
    """Readings of four weeks; in the middle all get slower by 2, and the treated by `effect` more."""
    await city.view(city.staff).keep([TrafficFlowObserved(id=id) for id in POINTS])
    draw, middle = np.random.default_rng(5), city.clock.now().replace(second=0, microsecond=0) - timedelta(days=14)
    rows = []
    for number, id in enumerate(POINTS):
        level = 50 + 5 * draw.normal()
        for day in range(-14, 14):
            change = 0.0 if day < 0 else -2 + draw.normal() / 10 + (effect if number < 8 else 0.0)
            rows.append((id, middle + timedelta(days=day, hours=3), float(level + change)))
    await record(city, "TrafficFlowObserved", "averageVehicleSpeed", rows)


@pytest.mark.parametrize("effect", [-5.0, 0.0, 3.0])
async def test_what_was_done_is_found_in_what_was_recorded(city: City, effect: float) -> None:
    pytest.importorskip("scipy")
    await measured(city, effect)
    (found,) = await shown(city.view(city.anonymous), trial(city))
    assert found.effect is not None, found.wrong
    assert found.effect.effect == pytest.approx(effect, abs=0.2)
    assert found.effect.low is not None and found.effect.high is not None
    assert found.effect.low < effect + 0.2 and found.effect.high > effect - 0.2
    assert (found.effect.units, found.effect.units_elsewhere, found.unit) == (8, 12, "KMH")


async def test_points_without_readings_on_both_sides_are_left_out(city: City) -> None:
    pytest.importorskip("scipy")
    await measured(city, -5)
    late = SPEED | {"treated": [*HERE, "urn:ngsi-ld:TrafficFlowObserved:town:none"], "beforeDays": 14}
    (found,) = await shown(city.view(city.anonymous), trial(city, comparison=late))
    assert found.effect is not None and found.effect.units == 8 and found.treated == 9


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"type": "Nonsense"}, "comparison.type"),
        ({"attribute": "nonsense"}, "comparison.attribute"),
        ({"treated": []}, "comparison.treated"),
        ({"treated": "x"}, "comparison[0].treated"),
        ({"elsewhere": HERE[:1]}, "comparison.elsewhere"),
        ({"beforeDays": 0}, "comparison.beforeDays"),
        ({"beforeDays": "long"}, "comparison[0].beforeDays"),
        ({"surprise": 1}, "comparison[0]"),
        ({"treated": [f"urn:{i}" for i in range(1001)]}, "comparison.treated"),
    ],
)
async def test_a_bad_comparison_is_named_by_its_field(city: City, more: Any, where: str) -> None:
    one = trial(city, comparison=SPEED | more)
    with pytest.raises(BadInput) as caught:
        comparisons(one)
    assert caught.value.where == where
    (found,) = await shown(city.view(city.anonymous), one)
    assert found.wrong is not None and found.wrong.where == where


async def test_what_cannot_be_compared_yet_says_why(city: City) -> None:
    view, now = city.view(city.anonymous), city.clock.now()
    (unmeasured,) = await shown(view, trial(city))
    assert unmeasured.wrong is not None and unmeasured.wrong.where == "treated"
    later = trial(city, starts_on=now + timedelta(days=1), ends_on=now + timedelta(days=9))
    (unbegun,) = await shown(view, later)
    assert unbegun.wrong is not None and unbegun.wrong.where == "startsOn"
    assert await shown(view, trial(city, comparison=None)) == []


async def test_a_trial_has_a_phase_in_every_case(city: City) -> None:
    now, day = city.clock.now(), timedelta(days=1)
    assert phase(trial(city), now) == "due"
    assert phase(trial(city, status="decided"), now) == "decided"
    assert phase(trial(city, ends_on=now + day), now) == "running"
    assert phase(trial(city, starts_on=now + day, ends_on=now + 2 * day), now) == "planned"
    assert phase(trial(city, ends_on=None), now) == "open"


async def test_its_story_has_cost_satisfaction_and_decisions(city: City) -> None:
    view, now = city.view(city.staff), city.clock.now()
    survey = Survey(id="urn:ngsi-ld:Survey:town:1", survey_kind="trial", about=ID)
    lines = [
        BudgetLine(id=f"urn:ngsi-ld:BudgetLine:town:{i}", of_initiative=INITIATIVE, year=y, line_kind=kind, actual=sum_)
        for i, (y, kind, sum_) in enumerate(
            [(2025, "cost", 5.0), (2026, "cost", 7.0), (2026, "fee", 99.0), (2027, "cost", None)]
        )
    ]
    result = SurveyResult(
        id="urn:ngsi-ld:SurveyResult:town:1", in_survey=survey.id, factor="satisfaction", estimate=7, measured_at=now
    )
    one = trial(city, name="First", cost_to_date=1.0)
    await view.keep(
        [Initiative(id=INITIATIVE, answers_issues=["urn:ngsi-ld:Issue:town:1"]), one, survey, result, *lines]
    )
    told = await story(view, ID)
    assert told["cost"] == {"amount": 12.0, "from": "budget", "years": [2025, 2026]}
    assert [each.factor for each in told["satisfaction"]] == ["satisfaction"]
    assert told["issues"] == ["urn:ngsi-ld:Issue:town:1"]
    assert (await trials.cost(view, trial(city, of_initiative=None, cost_to_date=3.0))) == {
        "amount": 3.0,
        "from": "trial",
        "years": [],
    }


async def test_a_decision_keeps_what_was_shown_by_then(city: City) -> None:
    pytest.importorskip("scipy")
    await measured(city, -5)
    view = city.view(city.staff)
    await view.keep([Initiative(id=INITIATIVE), trial(city)])
    await decide(view, ID, "keep", {"en": "It works."})
    kept = await view.need(Trial, ID)
    (finding,) = listed(kept.findings)
    assert finding["attribute"] == "averageVehicleSpeed"
    assert finding["effect"] == pytest.approx(-5, abs=0.2)
    with pytest.raises(Conflict):
        await decide(view, ID, "stop", {"en": "No."})


def service(name: str, ends: date | None, stage: Stage = Stage.TRIAL) -> Declaration:
    return Declaration(
        name=name,
        functions=(Function.MOBILITY,),
        layers=(Layer.SAFETY,),
        purpose="mobility",
        reads=("TrafficFlowObserved",),
        owner="roads",
        exit_test="It helps.",
        stage=stage,
        ends=ends,
    )


async def test_trials_and_services_past_their_end_wait_for_a_decision(city: City) -> None:
    view, today = city.view(city.staff), city.clock.now().date()
    past, ahead = today - timedelta(days=2), today + timedelta(days=30)
    await view.keep([trial(city, service="named"), Trial(id=ID + "b", ends_on=city.clock.now() + timedelta(days=1))])
    declared = [
        service("over", past),
        service("named", past),
        service("runs", ahead),
        service("practised", past, Stage.PRACTICE),
    ]
    found = await waiting(view, declared)
    assert [each["id"] for each in found["trials"]] == [ID]
    assert [each["name"] for each in found["services"]] == ["over"]
    await decide(view, ID, "stop", {"en": "No."})
    assert (await waiting(view, declared))["trials"] == []
