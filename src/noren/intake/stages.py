"""Stages of rivers by their names in any usual language, of a whole city and of single stations."""

from __future__ import annotations

from typing import Any

from noren.intake import text

THRESHOLDS = {
    "alertLevel": ("atencao", "alerta", "alert", "attention", "警戒", "注意", "action"),
    "floodLevel": ("inundacao", "flood", "氾濫危険", "危険", "hochwasser", "oversvømmelse"),
    "severeLevel": ("severa", "critica", "severe", "major", "氾濫発生", "計画高水位"),
}
STAGE = frozenset(("cota", "stage", "level", "nivel", "threshold", "水位", "pegel"))
"""Words that say no more than that a number is a stage."""


def thresholds(value: Any) -> dict[str, Any] | None:
    """Stages by their names in any usual language as `StageThresholds`, None when there are fewer than two."""
    if not isinstance(value, dict):
        return None
    numbers = {text.plain(str(key)): number for key, number in value.items() if isinstance(number, int | float)}
    found: dict[str, Any] = {}
    for attribute, words in THRESHOLDS.items():
        named = [number for key, number in numbers.items() if key in words] or [
            number for key, number in numbers.items() if any(word in key.split() for word in words)
        ]
        if named:
            found[attribute] = min(named)
    return (
        {"type": "StageThresholds"} | found
        if len(found) > 1 and found == dict(sorted(found.items(), key=lambda i: i[1]))
        else None
    )


def thresholds_of(value: dict[str, Any], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Stages of single stations (`cota_cais_maua`), by the words of their names in the keys.

    `rows` are the stations; a key counts where its words fit one of them alone. Without a word for another stage it is
    the flood stage.
    """
    known = {word for words in THRESHOLDS.values() for word in words}
    found: dict[str, dict[str, Any]] = {}
    for key, number in value.items():
        words = set(text.plain(str(key)).split())
        own = words - known - STAGE
        fits = [row for row in rows if own and own <= set(text.plain(str(row.get("name") or "")).split())]
        if isinstance(number, int | float) and words & (known | STAGE) and len(fits) == 1:
            name, local = str(fits[0]["name"]), str(fits[0].get("id") or fits[0]["name"])
            kind = next((each for each, said in THRESHOLDS.items() if words & set(said)), "floodLevel")
            table = {"id": local, "type": "StageThresholds", "name": name, "appliesTo": [local]}
            found.setdefault(local, table)[kind] = number
    return list(found.values())
