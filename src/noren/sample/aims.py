"""Where the town wants to be: a vision with outcomes, their measures with ten years of readings, steps and rules."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from noren.sample import files
from noren.sample.site import CITY, CITY_EN, Site
from noren.sample.tables import Row, both, rows
from noren.terms.records import KeyPerformanceIndicator, Outcome, Record, Vision

SLUG = "kawabe"
"""How the city calls itself in ids when it is named as the town is."""
BASE_YEAR, TARGET_YEAR, FIRST_YEAR = 2025, 2035, 2016
_STATEMENT = {
    "ja": "だれもが安心して暮らし、声がとどき、川とともに歩くまち",
    "en": "A town where everybody is safe, is heard, and lives with the river",
}


def urn(kind: str, local: str) -> str:
    """Id of an entity of the town."""
    return f"urn:ngsi-ld:{kind}:{SLUG}:{local}"


def day(text: str) -> datetime:
    """Midnight (UTC) of a date."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def write_aims(site: Site, folder: Path) -> None:
    """The vision with outcomes and measures as NGSI-LD, and what the measures were each year as a table."""
    aims = rows("outcomes")
    files.write_entities(folder / "vision.jsonld", [_vision(), *(each for row in aims for each in _outcome(row))])
    draw = site.rng("measures")
    lines = [
        [row["key"], row["measure_ja"], f"{year}-12-01", f"{value:g}"]
        for row in aims
        for year, value in _history(row, draw).items()
    ]
    files.write_table(folder / "measures.csv", ["指標ID", "指標名", "調査日", "指標値"], lines)


def _vision() -> Vision:
    return Vision(
        id=urn("Vision", str(TARGET_YEAR)),
        name=f"{CITY} {TARGET_YEAR} / {CITY_EN} {TARGET_YEAR}",
        statement=_STATEMENT,
        target_year=float(TARGET_YEAR),
        decided_at=day("2025-03-20"),
    )


def _outcome(row: Row) -> list[Record]:
    measure = urn("KeyPerformanceIndicator", row["key"])
    kpi = KeyPerformanceIndicator(
        id=measure, name=row["measure_ja"], alternate_name=row["measure_en"], unit_text=row["unit"]
    )
    outcome = Outcome(
        id=urn("Outcome", row["key"]),
        in_vision=urn("Vision", str(TARGET_YEAR)),
        title=row["title_ja"],
        statement=both(row, "title"),
        layers=row["layers"].split(";"),
        functions=row["functions"].split(";"),
        measured_by=[measure],
        base_year=float(BASE_YEAR),
        base_value=float(row["base"]),
        target_year=float(TARGET_YEAR),
        target_value=float(row["target"]),
        interim_targets={str(BASE_YEAR + 5): round((float(row["base"]) + float(row["target"])) / 2, 2)},
        steps=[_step(text, row, first=not i) for i, text in enumerate(row["steps"].split("|"))],
    )
    return [kpi, outcome]


def _step(text: str, row: Row, first: bool) -> dict[str, object]:
    """The rule stands in the way of an outcome's first step, on which the others wait."""
    name, takes, by, needs, ja, en = text.split(":")
    return {
        "name": name,
        "takesYears": float(takes),
        "by": int(by),
        "needs": [needs] if needs else [],
        "rule": row["rule_ja"] if first else "",
        "title": {"ja": ja, "en": en},
    }


def _history(row: Row, draw: np.random.Generator) -> dict[int, float]:
    """Ten years that end at the base value: a drift, and the luck of each year."""
    years = range(FIRST_YEAR, BASE_YEAR + 1)
    luck = draw.normal(0, float(row["noise"]), len(years))
    luck[-1] = 0.0
    digits = 0 if float(row["base"]) >= 1000 else 1
    return {
        year: round(float(row["base"]) + float(row["drift"]) * (year - BASE_YEAR) + float(off), digits)
        for year, off in zip(years, luck, strict=True)
    }
