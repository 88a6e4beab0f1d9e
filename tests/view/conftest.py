"""A city with open, operational and personal data, and somebody of every kind who looks at it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from noren.city import City, create
from noren.trust import Principal

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
ME = "urn:ngsi-ld:Person:town:me"
GAUGE = "urn:ngsi-ld:WaterObserved:town:1"
DEVICE = "urn:ngsi-ld:Device:town:1"
HOUSE = "urn:ngsi-ld:Building:town:1"


def somebody(kind: str, *, id: str = "", organisation: str = "", how: str = "company", **more: object) -> Principal:
    purposes = frozenset(more.pop("purposes", ("city-operation", "public-information", "own-data")))  # type: ignore[call-overload]
    return Principal(
        id=id or f"urn:noren:{kind}:x",
        kind=kind,  # type: ignore[arg-type]
        organisation=organisation or "town",
        organisation_kind=how if organisation else "government",  # type: ignore[arg-type]
        purposes=purposes,
        default_purpose="public-information" if kind == "anonymous" else "city-operation",
        **more,  # type: ignore[arg-type]
    )


RESIDENT = somebody("resident", id=ME)
NEIGHBOUR = somebody("resident", id="urn:ngsi-ld:Person:town:neighbour")
OTHERS = {
    "anonymous": somebody("anonymous", purposes=("public-information",)),
    "neighbour": NEIGHBOUR,
    "staff": somebody("staff"),
    "operator": somebody("organisation", organisation="Water works", roles=frozenset({"operator", "provider"})),
    "company": somebody("organisation", organisation="Bus company", roles=frozenset({"collector"})),
    "hospital": somebody("organisation", organisation="Hospital", how="health"),
    "service": somebody("service", reads=frozenset({"Person", "*"}), writes=frozenset({"Person", "*"})),
    "device": somebody("device", reads=frozenset({"Person", "*"}), writes=frozenset({"Person", "*"})),
}


@pytest.fixture
async def city(tmp_path: Path) -> AsyncIterator[City]:
    create(tmp_path / "town", "Town")
    async with City.open(tmp_path / "town") as city:
        staff = city.view(city.staff)
        await staff.upsert(
            [
                {
                    "id": GAUGE,
                    "type": "WaterObserved",
                    "name": "Bridge",
                    "waterLevel": {"value": 1.5, "observedAt": "2024-05-01T11:00:00Z"},
                    "location": {"type": "Point", "coordinates": [134.05, 34.34]},
                },
                {"id": DEVICE, "type": "Device", "name": "Logger", "batteryLevel": 0.4},
                {"id": HOUSE, "type": "Building", "name": "Town hall", "height": 20},
            ]
        )
        yield city


@pytest.fixture
def resident() -> Principal:
    """The person whom the tests write about."""
    return RESIDENT


@pytest.fixture(params=sorted(OTHERS))
def other(request: pytest.FixtureRequest) -> Principal:
    """Somebody whom the personal data of the tests is not about."""
    return OTHERS[request.param]


@pytest.fixture
def others() -> dict[str, Principal]:
    """Everybody but the resident, by name."""
    return OTHERS
