"""When a table's rows are: one column or two, and how their times are written."""

from __future__ import annotations

import re

import pyarrow as pa

from noren.intake import parse
from noren.intake.looks import Look
from noren.intake.mapping import Mapping
from noren.intake.words import role_words

_CLOCK = re.compile(r"\d{1,2}(:\d{2}){1,2}")


def time(mapping: Mapping, looks: dict[str, Look]) -> None:
    """Give a mapping the columns of its times, their format and zone."""
    timed = [c for c in looks.values() if c.form and role_words().get(c.heading) in ("time", "date") and c.filled]
    clocks = [c for c in looks.values() if role_words().get(c.heading) == "hour" and c.filled]
    clocks += [c for c in looks.values() if _is_clock(c) and c not in clocks]
    exact = [c for c in timed if c.form and ("%H" in c.form or has_hours(c))]
    if not exact and timed and clocks and _two(mapping, timed[0], clocks[0]):
        return
    chosen = exact or timed or [c for c in looks.values() if c.form and has_hours(c)]
    if chosen:
        best = max(chosen, key=lambda c: (role_words().get(c.heading) == "time", c.distinct))
        mapping.time, mapping.time_format = [best.name], best.form or ""
        mapping.zone = "UTC" if "utc" in best.heading else ""
        return
    for each in looks.values():
        if role_words().get(each.heading) in ("time", "date") and each.numeric:
            form = parse.epoch_format(pa.chunked_array([each.texts], pa.string()))
            if form:
                mapping.time, mapping.time_format = [each.name], form
                return


def _two(mapping: Mapping, date: Look, hour: Look) -> bool:
    joined = [f"{a} {b}" for a, b in zip(date.texts, hour.texts, strict=False)]
    zone = "UTC" if "utc" in hour.heading or all(t.endswith("UTC") for t in joined) else ""
    form = parse.time_format(pa.chunked_array([[_without_zone(t) for t in joined]], pa.string()))
    if form:
        mapping.time, mapping.time_format, mapping.zone = [date.name, hour.name], form, zone
    return bool(form)


def _is_clock(column: Look) -> bool:
    timed = role_words().get(column.heading) == "time"
    return timed and bool(column.texts) and all(_CLOCK.fullmatch(text) for text in column.texts)


def _without_zone(text: str) -> str:
    return re.sub(r"\s*(UTC|GMT|Z)$", "", text)


def has_hours(column: Look) -> bool:
    """Whether its times tell hours and not only days."""
    return any(":" in text or re.search(r"\d{8}\s?\d{4}", text) for text in column.texts)
