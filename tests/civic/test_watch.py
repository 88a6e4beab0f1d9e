"""Issues from data: raised once for each thing noticed, and again only after they were closed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest

from noren.city import City
from noren.civic import issues
from noren.civic.issues import Answer
from noren.civic.watch import raise_issues
from noren.services import all_services
from noren.terms.records import Alert, Dataset, Issue, KeyPerformanceIndicator, Outcome

ALERT, DATASET, MEASURE, OUTCOME = (
    f"urn:ngsi-ld:{kind}:town:1" for kind in ("Alert", "Dataset", "KeyPerformanceIndicator", "Outcome")
)


async def look(city: City) -> list[Issue]:
    declaration = raise_issues.declaration
    await raise_issues(city.view(city.service(declaration), purpose=declaration.purpose))
    return [issue async for issue in city.view(city.anonymous).find(Issue, order="openedAt")]


async def readings(city: City, *values: float) -> None:
    staff, now = city.view(city.staff), city.clock.now()
    await staff.upsert([KeyPerformanceIndicator(id=MEASURE, name="Visits")])
    times = [now - timedelta(days=30 * (len(values) - n)) for n in range(len(values))]
    table: dict[str, Any] = {
        "entity": [MEASURE] * len(values),
        "attribute": ["kpiValue"] * len(values),
        "observed": pa.array(times, pa.timestamp("us", "UTC")),
        "number": list(values),
    }
    await staff.record("KeyPerformanceIndicator", pa.table(table))


def test_it_is_found_as_a_service() -> None:
    assert "raise_issues" in {service.declaration.name for service in all_services()}


async def test_nothing_noticed_is_no_issue(city: City) -> None:
    assert await look(city) == []


async def test_a_grave_alert_is_one_issue(city: City) -> None:
    staff, now = city.view(city.staff), city.clock.now()
    alert = Alert(id=ALERT, category="flood", severity="high", headline={"en": "The river rises"})
    over = Alert(id=ALERT + "b", severity="high", headline={"en": "Over"}, valid_to=now - timedelta(hours=1))
    await staff.upsert([alert, over, Alert(id=ALERT + "c", severity="low", headline={"en": "Small"})])
    (issue,) = await look(city)
    assert (issue.category, issue.raised_by, issue.raised_from) == ("flooding", "data", ALERT)
    assert issue.name == "The river rises"
    assert len(await look(city)) == 1
    await issues.say(staff, issue.id, Answer("solved", {"en": "The water went."}))
    assert len(await look(city)) == 2


async def test_a_dataset_gone_bad_is_an_issue(city: City) -> None:
    quality = [{"kind": "gaps", "severity": "high", "text": {"en": "Half of it is missing"}}]
    await city.view(city.staff).upsert([Dataset(id=DATASET, title="Gauges", quality=quality)])
    (issue,) = await look(city)
    assert (issue.category, issue.name) == ("data", "Gauges: Half of it is missing")


@pytest.mark.parametrize(
    ("target", "values", "falls"), [(90, (60, 50), True), (90, (50, 60), False), (10, (50, 60), True)]
)
async def test_a_measure_that_moves_the_wrong_way_is_an_issue(
    city: City, target: float, values: tuple[float, ...], falls: bool
) -> None:
    await readings(city, *values)
    outcome = Outcome(
        id=OUTCOME, statement={"en": "More people visit"}, measured_by=[MEASURE], base_value=50, target_value=target
    )
    await city.view(city.staff).upsert([outcome])
    assert bool(await look(city)) is falls
