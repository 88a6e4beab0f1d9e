"""Trials have a true effect that whoever compares finds, on sensors that exist, and none where nothing was tried."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.csv as pc
import pytest

from noren.governance.comparison import Effect, Unit, effect, halves
from noren.sample import Made
from noren.sample.layout import Town
from noren.sample.loop import trials_of
from noren.sample.trials import FAULTY, Tried, changes

FILES = {
    "averageVehicleSpeed": ("traffic_5min.csv", "計測日時", "検知器ID", "平均速度(km/h)"),
    "intensity": ("traffic_5min.csv", "計測日時", "検知器ID", "交通量(台/5分)"),
    "consumption": ("water_meters_hourly.csv", "timestamp", "meter_id", "consumption (m3)"),
}
BIG = 30_000


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A town with enough detectors to compare."""
    from noren.sample import generate

    return generate(tmp_path_factory.mktemp("sample") / "large", BIG, 2, 16)


@pytest.fixture(scope="module")
def trials(large: Made) -> dict[str, Tried]:
    from noren.sample import Site
    from noren.sample.layout import make_town

    return {each.key: each for each in trials_of(make_town(Site(BIG, 2, 16)))}


def seconds(times: np.ndarray) -> np.ndarray:
    """Local times without a zone, as the files of the town have them."""
    return times.astype("datetime64[s]").astype(float)


def units(folder: Path, trial: Tried, ids: tuple[str, ...]) -> dict[str, Unit]:
    file, when, which, what = FILES[trial.attribute]
    table = pc.read_csv(folder / file, convert_options=pc.ConvertOptions(column_types={when: "string"}))
    times = seconds(np.array([str(t)[:19].replace(" ", "T") for t in table[when].to_pylist()], "datetime64[s]"))
    names, values = table[which].to_numpy(zero_copy_only=False), table[what].to_numpy(zero_copy_only=False)
    start, end = (float(np.datetime64(t.replace(tzinfo=None), "s").astype(float)) for t in (trial.start, trial.end))
    found = {}
    for id in ids:
        own = (names == id) & ~np.isnan(values.astype(float))
        unit = halves(times[own], values[own].astype(float), start, end, start - times.min())
        assert unit is not None
        found[id] = unit
    return found


def shown(folder: Path, trial: Tried) -> Effect:
    return effect(units(folder, trial, trial.treated), units(folder, trial, trial.elsewhere))


@pytest.mark.parametrize("key", ["slow-streets", "station-stalls", "night-pressure"])
def test_difference_in_differences_finds_the_effect(large: Made, trials: dict[str, Tried], key: str) -> None:
    trial = trials[key]
    found = shown(large.folder, trial)
    assert found.effect < 0
    assert found.effect / found.before == pytest.approx(trial.effect - 1, abs=0.06)
    assert found.high is not None and found.high < 0
    assert found.chance is not None and found.chance < 0.05


def test_where_nothing_was_tried_nothing_is_found(large: Made, trials: dict[str, Tried]) -> None:
    trial = trials["slow-streets"]
    half = len(trial.elsewhere) // 2
    one, other = (units(large.folder, trial, part) for part in (trial.elsewhere[:half], trial.elsewhere[half:]))
    found = effect(one, other)
    assert abs(found.effect) < 0.05 * found.before


def test_a_sensor_is_on_one_side_of_one_trial_and_sound(town: Town) -> None:
    for trial in trials_of(town):
        assert trial.treated and trial.elsewhere
        assert trial.start < trial.end
    by_kind: dict[str, list[str]] = {}
    for trial in trials_of(town):
        by_kind.setdefault(trial.kind, []).extend((*trial.treated, *trial.elsewhere))
    for ids in by_kind.values():
        assert len(ids) == len(set(ids))
        assert not FAULTY & set(ids)


def test_one_is_decided_one_due_and_one_running(town: Town) -> None:
    now = town.site.live_start
    ends = {each.key: each.end for each in trials_of(town)}
    assert ends["night-pressure"] < ends["slow-streets"] < now < ends["station-stalls"]


def test_an_effect_holds_from_its_start_to_its_end_at_its_sensors(town: Town) -> None:
    trial = next(each for each in trials_of(town) if each.key == "slow-streets")
    ids = (trial.treated[0], trial.elsewhere[0])
    edges = [trial.start, trial.end]
    times = np.array([each.replace(tzinfo=None) for each in edges], "datetime64[s]")
    assert changes([trial], trial.attribute, ids, times).tolist() == [[trial.effect, 1.0], [1.0, 1.0]]
    assert changes([trial], "other", ids, times).tolist() == [[1.0, 1.0], [1.0, 1.0]]
