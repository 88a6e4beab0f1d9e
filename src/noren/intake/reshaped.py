"""Tables laid out for people, as one reading a row: an hour a column, or what is measured named in a column of its own.

The rows keep the numbers that they have in the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import msgspec
import pyarrow as pa

from noren.intake import parse
from noren.intake.looks import meaning_of
from noren.intake.names import IN_BRACKETS, stem
from noren.intake.source import BATCH, Batch, Refused, Source
from noren.intake.text import plain
from noren.intake.words import meanings, occurs, reading_words, role_words

DATE = "date"
"""Heading of the dates that a table of years, months and days is given."""
MOMENT = "time"
"""Heading of the times that a table of hours is given."""
_HOUR = re.compile(r"^(?:h|hour|hora|heure|klokken|uhr)? ?(\d{1,2}) ?(?:時|時台|h|hr|hrs|uhr|시|點|00)?$")
_HOURS = 12
"""From how many columns of hours on a table is one of hours."""
_MOST = 30
Row = tuple[int, dict[str, str | None]]
Rows = Callable[[pa.Table, list[int]], Iterator[Row]]


def reshaped(source: Source) -> Source:
    """The table with a reading a row, if it is laid out otherwise; else as it is."""
    return by_measure(by_hour(by_date(source)))


def by_date(source: Source) -> Source:
    """A table with year, month and day in three columns as one with a date."""
    role = {reading_words().get(_bare(name)): name for name in source.columns}
    year, month, day = (role.get(part) for part in ("year", "month", "day"))
    dated = any(role_words().get(_bare(name)) in ("date", "time") for name in source.columns if name != day)
    if not (year and month and day) or dated:
        return source
    columns = [DATE, *(name for name in source.columns if name not in (year, month, day))]

    def rows(table: pa.Table, numbers: list[int]) -> Iterator[Row]:
        for number, row in zip(numbers, table.to_pylist(), strict=True):
            parts = [(row[name] or "").zfill(2) for name in (year, month, day)]
            yield number, row | {DATE: "-".join(parts)}

    return _like(source, columns, rows)


def by_hour(source: Source) -> Source:
    """A table with a day a row and an hour a column as one with an hour a row."""
    hours = {name: int(m[1]) for name in source.columns if (m := _HOUR.match(plain(source.labels.get(name) or name)))}
    days = [name for name in source.columns if role_words().get(_bare(name)) in ("date", "time")]
    if not (_HOURS <= len(hours) <= 25 and max(hours.values()) <= 24 and days):
        return source
    day = days[0]
    form = parse.time_format(source.sample()[day])
    if form is None or (_measures(source) and by_measure(source) is source and not _one_measure(source)):
        return source
    value = _measured(source)
    columns = [MOMENT, *(name for name in source.columns if name not in hours and name != day), value]

    def rows(table: pa.Table, numbers: list[int]) -> Iterator[Row]:
        dates = parse.moments(table[day], form, "UTC").to_pylist()
        for number, date, row in zip(numbers, dates, table.to_pylist(), strict=True):
            for name, hour in hours.items():
                if row[name] is not None:
                    yield number, row | {MOMENT: _at(date, hour, row[day]), value: row[name]}

    return _like(source, columns, rows)


def _at(date: datetime | None, hour: int, given: str | None) -> str | None:
    """The hour of a day as local time; a date that is none stays as it is, for the report of bad rows."""
    return (date.replace(tzinfo=None) + timedelta(hours=hour)).isoformat() if date else given


def _measures(source: Source) -> bool:
    return any(reading_words().get(_bare(name)) == "measure" for name in source.columns)


def _one_measure(source: Source) -> bool:
    """Whether all rows say that they measure the same, and it is something known."""
    name = next(name for name in source.columns if reading_words().get(_bare(name)) == "measure")
    said = set(source.sample()[name].drop_null().to_pylist())
    return all(meaning_of(_bare(text)) is not None for text in said)


def _measured(source: Source) -> str:
    """What a table without a heading for it measures: the longest word of its name that means something."""
    name = f"{stem(source.name.rsplit('#', 1)[-1])} {plain(source.lead.get('title', ''))}"
    words = [word for word in meanings() if len(word) > 1 and occurs(word, name)]
    return max(words, key=len, default="value")


def by_measure(source: Source) -> Source:
    """A table whose rows say what they measure (`parameter`, `value`, `unit`) as one with a column a measure."""
    role = {reading_words().get(_bare(name)): name for name in source.columns}
    what, value, unit = role.get("measure"), role.get("value"), role.get("unit")
    if not what or not value:
        return source
    sample = source.sample()
    pairs = zip(sample[what].to_pylist(), sample[unit].to_pylist() if unit else [None] * sample.num_rows, strict=True)
    named = {name: f"{name} ({of})" if of else name for name, of in pairs if name}
    known = sum(meaning_of(plain(IN_BRACKETS.sub(" ", name))) is not None for name in named)
    if not named or len(named) > _MOST or known < 0.5 * len(named):
        return source
    own = list(dict.fromkeys(named.values()))
    columns = [*(name for name in source.columns if name not in (what, value, unit)), *own]

    def rows(table: pa.Table, numbers: list[int]) -> Iterator[Row]:
        for number, row in zip(numbers, table.to_pylist(), strict=True):
            yield number, row | {named.get(row[what] or "", ""): row[value]}

    return _like(source, columns, rows)


def _bare(heading: str) -> str:
    return plain(IN_BRACKETS.sub(" ", heading))


def _like(source: Source, columns: list[str], rows: Rows) -> Source:
    def read(refused: list[Refused]) -> Iterator[Batch]:
        for batch in source.open(refused):
            for start in range(0, batch.table.num_rows, BATCH):
                made = list(rows(batch.table.slice(start, BATCH), batch.rows[start : start + BATCH]))
                cells = [pa.array([row.get(name) for _, row in made], pa.string()) for name in columns]
                yield Batch(pa.Table.from_arrays(cells, names=columns), [number for number, _ in made])

    return msgspec.structs.replace(source, columns=columns, open=read)
