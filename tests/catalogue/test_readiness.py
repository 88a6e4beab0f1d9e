"""Which services could run, and what would help most."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.catalogue.readiness import Known, assess, best, matrix, readiness, table
from noren.city import City, create
from noren.contract import Declaration, Function, Layer, Stage
from noren.terms.records import Building, Dataset, WaterObserved

NOW = datetime(2024, 5, 1, tzinfo=UTC)
THERE, ABSENT = Known(there=True), Known(there=False)


def declared(name="watch", reads=("WaterObserved",), **more) -> Declaration:
    return Declaration(
        name=name, functions=(Function.DISASTER,), layers=(Layer.SAFETY,), purpose="flood-warning", reads=reads, **more
    )


def test_it_runs_with_all_it_needs():
    standing = assess(declared(), {"WaterObserved": THERE}, NOW)
    assert standing.state == "runs"
    assert set(standing.reason) == {"en", "ja"}


def test_switched_off_or_retired_it_could_run():
    known = {"WaterObserved": THERE}
    off = assess(declared(), known, NOW, running=set())
    retired = assess(declared(stage=Stage.RETIRED), known, NOW)
    assert off.state == retired.state == "could run"
    assert off.reason != retired.reason


def test_stale_readings_stop_what_waits_for_them_only():
    old = Known(there=True, newest=NOW - timedelta(hours=7), interval=900)
    assert assess(declared(on=("WaterObserved",)), {"WaterObserved": old}, NOW).state == "could run"
    assert assess(declared(on=("WaterObserved",)), {"WaterObserved": old}, NOW).stale == ("WaterObserved",)
    assert assess(declared(), {"WaterObserved": old}, NOW).state == "runs"


def test_a_daily_gauge_may_be_days_old():
    known = Known(there=True, newest=NOW - timedelta(days=5), interval=86400)
    assert not known.stale(NOW)
    assert known.stale(NOW + timedelta(days=2))
    assert not THERE.stale(NOW)


def test_it_lacks_what_is_not_there():
    lacking = assess(declared(reads=("WaterObserved", "Building")), {"WaterObserved": THERE, "Building": ABSENT}, NOW)
    assert (lacking.state, lacking.lacks) == ("lacks", ("Building",))
    assert lacking.reason["en"] == "It would run with: Building."
    assert lacking.reason["ja"] == "建物があれば動きます。"


def test_what_nobody_built_is_not_built_whatever_is_there():
    assert assess(declared(built=False), {"WaterObserved": THERE}, NOW).state == "not built"
    lacking = assess(declared(built=False), {"WaterObserved": ABSENT}, NOW)
    assert (lacking.state, lacking.lacks) == ("not built", ("WaterObserved",))


states = st.fixed_dictionaries(
    {"built": st.booleans(), "there": st.booleans(), "on": st.booleans(), "old": st.booleans()}
)


@given(states)
def test_each_service_is_in_exactly_the_state_that_the_definition_gives(how):
    known = Known(there=how["there"], newest=NOW - timedelta(days=9 if how["old"] else 0))
    state = assess(
        declared(built=how["built"], on=("WaterObserved",)),
        {"WaterObserved": known},
        NOW,
        running={"watch"} if how["on"] else set(),
    ).state
    expected = {
        "not built": not how["built"],
        "lacks": how["built"] and not how["there"],
        "runs": how["built"] and how["there"] and how["on"] and not how["old"],
        "could run": how["built"] and how["there"] and not (how["on"] and not how["old"]),
    }
    assert [name for name, holds in expected.items() if holds] == [state]


def standing(name, lacks, *, weights=None, **more):
    known = dict.fromkeys(lacks, ABSENT)
    return assess(declared(name, reads=tuple(lacks), **more), known, NOW, weights=weights)


def test_the_best_dataset_is_the_one_that_sets_most_free():
    found = best([standing("a", ["Building"]), standing("b", ["Building", "School"]), standing("c", ["School"])])
    assert found.type == "Building" and found.services == ("a", "b")
    assert found.score == pytest.approx(1.5)


def test_open_issues_weigh():
    some = {"serves": ("flooding",)}
    weights = {"flooding": 10}
    lacking = [standing("a", ["Building"]), standing("b", ["School"], weights=weights, **some)]
    assert best(lacking).type == "School"
    assert best(lacking).score == 10


def test_the_unbuilt_count_less_and_the_retired_not_at_all():
    unbuilt = [standing(str(i), ["School"], built=False) for i in range(3)]
    assert best([standing("a", ["Building"]), *unbuilt]).type == "Building"
    assert best([standing("a", ["Building"], stage=Stage.RETIRED)]) is None
    assert best([]) is None


def test_the_matrix_is_plain_data():
    plain = table([standing("a", ["Building"]), assess(declared(), {"WaterObserved": THERE}, NOW)])
    assert plain["layers"] == ["safety", "security", "vibrancy"]
    assert len(plain["functions"]) == 11
    first = plain["services"][0]
    assert (first["name"], first["state"], first["lacks"]) == ("a", "lacks", ["Building"])
    assert first["purposeMeaning"]["en"].startswith("To warn of floods")
    assert plain["best"] == {"type": "Building", "services": ["a"], "score": 1.0}


@pytest.fixture
async def city(tmp_path):
    create(tmp_path / "town", "Town")
    async with City.open(tmp_path / "town") as city:
        city.clock.jump(NOW)
        yield city


async def test_it_looks_at_what_the_city_holds(city):
    view = city.view(city.staff)
    service = declared(
        reads=("WaterObserved", "Building"),
        needs={"WaterObserved": ("waterLevel",), "Building": ("use", "yearBuilt")},
        on=("WaterObserved",),
    )
    (empty,) = await readiness(view, [service])
    assert empty.lacks == ("WaterObserved", "Building")

    gauge = WaterObserved(id="urn:ngsi-ld:WaterObserved:town:1", name="Bridge")
    house = Building(id="urn:ngsi-ld:Building:town:1", use="school")
    await view.upsert([gauge, house])
    (half,) = await readiness(view, [service])
    assert half.lacks == ("WaterObserved", "Building")
    assert half.missing == {"WaterObserved": ("waterLevel",), "Building": ("yearBuilt",)}

    await view.upsert(
        [
            WaterObserved(id=gauge.id, water_level=1.0, observed_at=NOW - timedelta(hours=1)),
            Building(id=house.id, year_built=1970),
        ]
    )
    (whole,) = await readiness(view, [service])
    assert whole.state == "runs"
    assert (await matrix(view, [service], running=set()))["services"][0]["state"] == "could run"

    city.clock.jump(NOW + timedelta(hours=8))
    (stale,) = await readiness(view, [service])
    assert (stale.state, stale.stale) == ("could run", ("WaterObserved",))
    dataset = Dataset(id="urn:ngsi-ld:Dataset:town:1", entity_types=["WaterObserved"], interval=7200.0)
    await view.upsert([dataset])
    (patient,) = await readiness(view, [service])
    assert patient.state == "runs"


async def test_what_the_caller_may_not_see_counts_as_absent(city):
    service = declared(reads=("MeterReading",))
    (unseen,) = await readiness(city.view(city.anonymous), [service])
    assert unseen.lacks == ("MeterReading",)


async def test_the_declared_services_all_find_their_cell(city):
    from noren.services import all_services

    plain = await matrix(city.view(city.staff), [each.declaration for each in all_services()])
    states = {each["name"]: each["state"] for each in plain["services"]}
    assert states["watch_floods"] == "lacks"
    assert set(states.values()) == {"lacks", "not built"}
    assert plain["best"]["type"] == "District"  # people ahead, nursery places and care wait for it
