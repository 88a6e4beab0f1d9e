"""The town's vision and plan: whatever they name exists, stages and ends are stated, money adds up."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from noren.contract import Function, Layer
from noren.governance import initiatives
from noren.governance.backcast import Step, latest_starts, outlook
from noren.sample import tables
from noren.sample.aims import BASE_YEAR, FIRST_YEAR
from noren.sample.layout import Town
from noren.sample.tables import rows
from noren.terms.records import RECORDS, Initiative, Outcome, Trial

TABLES = Path(tables.__file__).parent
ELSEWHERE = {"Issue", "Dataset", "TrafficFlowObserved", "MeterReading"}
"""What other files of the town hold."""


@pytest.fixture(scope="module")
def entities(folder: Path) -> list[dict[str, Any]]:
    return [each for name in ("vision", "plan") for each in json.loads((folder / f"{name}.jsonld").read_text("utf-8"))]


def of(entities: list[dict[str, Any]], name: str) -> list[Any]:
    return [RECORDS[name].of(each) for each in entities if each["type"] == name]


def targets(value: Any) -> list[str]:
    if isinstance(value, dict) and value.get("type") == "Relationship":
        found = value["object"]
        return found if isinstance(found, list) else [found]
    return [each for inner in value.values() for each in targets(inner)] if isinstance(value, dict) else []


def test_whatever_is_named_is_there(entities: list[dict[str, Any]], folder: Path) -> None:
    ids = {each["id"] for each in entities}
    assert len(ids) == len(entities)
    numbers = {row["service_request_id"] for row in _table(folder / "service_requests.csv")}
    for each in entities:
        for target in targets(each):
            _, _, kind, _, local = target.split(":")
            if kind == "Issue":
                assert local in numbers
            elif kind == "Dataset":
                assert (folder / local).is_file()
            else:
                assert kind in ELSEWHERE or target in ids, target


def test_trials_name_sensors_of_the_town(entities: list[dict[str, Any]], folder: Path) -> None:
    known = {
        "TrafficFlowObserved": {row["検知器ID"] for row in _table(folder / "traffic_detectors.csv")},
        "MeterReading": {row["meter_id"] for row in _table(folder / "district_meters.csv")},
    }
    for trial in of(entities, "Trial"):
        (compared,) = trial.comparison
        for id in (*compared["treated"], *compared["elsewhere"]):
            assert id.rsplit(":", 1)[1] in known[compared["type"]]


def _table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))


def test_one_trial_waits_for_its_decision(entities: list[dict[str, Any]], town: Town) -> None:
    trials: list[Trial] = of(entities, "Trial")
    assert [each.id.rsplit(":", 1)[1] for each in initiatives.due(trials, town.site.live_start)] == ["slow-streets"]
    assert {each.status for each in trials} == {None, "decided"}
    decided = {each.about for each in of(entities, "Decision")}
    assert {each.id for each in trials if each.status == "decided"} <= decided


def test_initiatives_of_every_stage_state_their_end_before_their_beginning(entities: list[dict[str, Any]]) -> None:
    found: list[Initiative] = of(entities, "Initiative")
    assert {each.initiative_stage for each in found} == {"idea", "trial", "practice", "retired"}
    for each in found:
        assert initiatives.missing(each) == []
        assert initiatives.problems(each) == []


def test_layers_and_functions_are_known_and_all_of_them_wanted(entities: list[dict[str, Any]]) -> None:
    aims: list[Outcome] = of(entities, "Outcome")
    assert 6 <= len(aims) <= 8
    assert {Layer(name) for each in aims for name in each.layers or ()} == set(Layer)
    assert {Function(name) for each in aims for name in each.functions or ()} == set(Function)


def test_steps_can_be_done_in_time_and_the_outlook_follows_from_ten_years(
    entities: list[dict[str, Any]], folder: Path
) -> None:
    measures = _table(folder / "measures.csv")
    for aim in of(entities, "Outcome"):
        steps = msgspec.convert(aim.steps, list[Step])
        assert all(start >= BASE_YEAR - 1 for start in latest_starts(steps).values())
        assert any(step.rule for step in steps)
        key = aim.id.rsplit(":", 1)[1]
        past = [(int(row["調査日"][:4]), float(row["指標値"])) for row in measures if row["指標ID"] == key]
        assert [year for year, _ in past] == list(range(FIRST_YEAR, BASE_YEAR + 1))
        assert past[-1][1] == aim.base_value
        ahead = outlook(past, BASE_YEAR, aim.base_value or 0, {2035: aim.target_value or 0}, 2026)
        assert len(ahead) == 10
        assert ahead[-1].gap > 0


def test_budgets_hold_what_initiatives_cost(entities: list[dict[str, Any]]) -> None:
    lines = of(entities, "BudgetLine")
    for each in of(entities, "Initiative"):
        own = {line.year: line.planned for line in lines if line.of_initiative == each.id}
        assert own == {float(cost["year"]): cost["amount"] for cost in each.costs}
    assert {line.line_kind for line in lines if line.of_initiative is None} == {"cost", "fee", "saving", "subsidy"}


@pytest.mark.parametrize("table", sorted(path.stem for path in TABLES.glob("*.csv")))
def test_no_cell_slips_into_the_next_column(table: str) -> None:
    assert all(None not in row and None not in row.values() for row in rows(table))


def test_texts_stand_in_both_languages() -> None:
    for table in ("outcomes", "initiatives", "regulations", "verdicts", "factors"):
        for row in rows(table):
            for name in row:
                if name.endswith("_ja"):
                    assert row[name] and row[name[:-2] + "en"], (table, row, name)
