"""The connector to copy."""

from __future__ import annotations

from noren.intake.connectors.hello import Hello, HelloSettings


async def test_it_reports_on_the_city_clock(line, at_work) -> None:  # type: ignore[no-untyped-def]
    start = line.now()
    async with at_work(Hello(HelloSettings(station="roof", every="1h")), line):
        await line.until(lambda: len(line.entities) >= 24)
    first = line.entities[0]
    assert first["id"] == "urn:ngsi-ld:WeatherObserved:town:roof"
    assert first["temperature"]["observedAt"] == "2026-07-01T12:00:00Z"
    assert (line.now() - start).total_seconds() >= 23 * 3600
    day = [entity["temperature"]["value"] for entity in line.entities[:24]]
    assert (min(day), max(day)) == (10.0, 20.0)
