"""SQL for DuckDB: one stretch of history from segments, corrections and the change log.

Corrections and log are small. They are merged in themselves, rows of the segments that they may replace are set
apart by a hash join, and only those are compared; the rest of the segments streams through untouched.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from noren.errors import BadInput
from noren.store.codec import micros
from noren.store.interface import STRUCK, Aggregate, HistoryQuery

_COLUMNS = "entity, attribute, dataset, observed, modified, number, value, meta"
_KEY = "entity, attribute, coalesce(dataset, ''), coalesce(observed, modified), observed IS NULL"
_SAME = """l.entity = b.entity AND l.attribute = b.attribute AND coalesce(l.dataset, '') = coalesce(b.dataset, '')
 AND coalesce(l.observed, l.modified) = coalesce(b.observed, b.modified)
 AND (l.observed IS NULL) = (b.observed IS NULL)"""
SORTED = "entity, attribute, coalesce(observed, modified), coalesce(dataset, '')"

_IS_STRUCK = f"(coalesce(meta, '') = '{STRUCK}')"

_METHODS: dict[Aggregate, str] = {
    "totalCount": "count(*)",
    "distinctCount": "count(DISTINCT coalesce(value, number::VARCHAR))",
    "sum": "sum(number)",
    "avg": "avg(number)",
    "min": "min(number)",
    "max": "max(number)",
    "stddev": "stddev_pop(number)",
    "sumsq": "sum(number * number)",
}

_COUNTING = {"totalCount", "distinctCount"}


def repeats(rows: str) -> str:
    """Whether any instance may occur twice; cheaper than merging, and nearly always the answer is no."""
    return f"SELECT count(*) > count(DISTINCT hash({_KEY})) FROM ({rows})"


def clashes(there: Sequence[Path], bounds: tuple[str, str, int, int]) -> str:
    """Whether a file has an instance of the table `incoming`, between whose first and last entity and time all of its
    rows lie; row groups outside these bounds are not even read."""
    first, last, begin, end = bounds
    entity = f"entity BETWEEN {_texts([first])} AND {_texts([last])}"
    span = f"BETWEEN make_timestamptz({begin}) AND make_timestamptz({end})"
    time = f"(observed {span} OR observed IS NULL AND modified {span})"
    base = f"SELECT * FROM ({files(there)}) WHERE {entity} AND {time}"
    return f"SELECT count(*) > 0 FROM ({base}) b SEMI JOIN incoming l ON {_SAME}"


def merged(rows: str) -> str:
    """Of rows with a `rank`, the last modified of each instance; of equals what strikes out, then the highest rank."""
    return (
        f"SELECT {_COLUMNS}, rank FROM ({rows}) "
        f"QUALIFY row_number() OVER (PARTITION BY {_KEY} ORDER BY modified DESC, {_IS_STRUCK} DESC, rank DESC) = 1"
    )


def files(paths: Sequence[Path], rank: bool = False) -> str:
    """Rows of Parquet files; with `rank`, later files rank higher."""
    if not rank:
        return f"SELECT {_COLUMNS}, 0 AS rank FROM read_parquet([{_texts(map(str, paths))}])"
    return " UNION ALL ".join(
        f"SELECT {_COLUMNS}, {n} AS rank FROM read_parquet([{_texts([str(path)])}])" for n, path in enumerate(paths, 1)
    )


def spanning(query: HistoryQuery, segments: Sequence[Path], late: Sequence[Path], hot: bool, apart: bool) -> str:
    """The rows that answer `query`. `hot` says that a table `hot` stands for the change log; `apart`, that no
    instance occurs in two of the segments."""
    by_observation = query.time == "observed"
    early = _all([*_series(query), *(_span(query) if by_observation else ())])
    over = [f"SELECT * FROM ({files(late, rank=True)}) WHERE {early}"] if late else []
    if hot:
        over.append(f"SELECT {_COLUMNS}, {len(late) + 1} + position AS rank FROM hot WHERE {early}")
    base = f"SELECT * FROM ({files(segments)}) WHERE {early}" if segments else ""
    if not base and not over:
        return f"SELECT {_COLUMNS} FROM nothing"
    if base and not apart:
        over, base = [*over, base], ""
    rows = joined(base, " UNION ALL ".join(over))
    return f"SELECT {_COLUMNS} FROM ({rows}) WHERE {_counts(query)}"


def joined(base: str, late: str) -> str:
    """What was merged before, together with what came later; either may be empty."""
    if not late:
        return base
    if not base:
        return merged(late)
    return f"""WITH b AS ({base}), l AS MATERIALIZED ({merged(late)}),
 clash AS (SELECT b.* FROM b SEMI JOIN l ON {_SAME})
 SELECT b.* FROM b ANTI JOIN l ON {_SAME}
 UNION ALL {merged("SELECT * FROM clash UNION ALL SELECT * FROM l")}"""


def _series(query: HistoryQuery) -> list[str]:
    """Conditions on entity and attribute."""
    found = []
    if query.ids:
        found.append(f"entity IN ({_texts(query.ids)})")
    if query.attributes:
        found.append(f"attribute IN ({_texts(query.attributes)})")
    return found


def _span(query: HistoryQuery) -> list[str]:
    """Conditions on the time; what was never observed passes them where it is asked for, too."""
    bounds = [f"{query.time} >= {_instant(query.start)}"] if query.start is not None else []
    bounds += [f"{query.time} < {_instant(query.end)}"] if query.end is not None else []
    never = f" OR {query.time} IS NULL" if query.undated else ""
    return [f"({bound}{never})" for bound in bounds]


def _counts(query: HistoryQuery) -> str:
    """What must hold after merging: only now is it known which time of modification won."""
    if query.time != "observed":
        return _all(_span(query))
    return "true" if query.undated else "observed IS NOT NULL"


def _all(conditions: Sequence[str]) -> str:
    return " AND ".join(conditions) or "true"


def history(query: HistoryQuery, rows: str) -> str:
    """The rows in order without what was struck out, at most `last` newest an entity and attribute."""
    last = ""
    if query.last is not None:
        newest = f"row_number() OVER (PARTITION BY entity, attribute ORDER BY {query.time} DESC, modified DESC)"
        last = f"QUALIFY {newest} <= {int(query.last)}"
    kept = f"SELECT {_COLUMNS} FROM ({rows}) WHERE NOT {_IS_STRUCK} {last}"
    return f"{kept} ORDER BY entity, attribute, {query.time}, modified, dataset NULLS FIRST"


def first(query: HistoryQuery, rows: str) -> str:
    """The time of the first instance."""
    return f"SELECT min({query.time}) FROM ({rows})"


def aggregate(query: HistoryQuery, rows: str, methods: Sequence[Aggregate], period: float | None) -> str:
    """One row an entity, attribute and period in which a method finds anything. Without a start all values are held
    in memory, to find the first: for narrow stretches. `BadInput` for a method or period that makes no sense."""
    unknown = [method for method in methods if method not in _METHODS]
    if unknown:
        raise BadInput(f"“{unknown[0]}” is no aggregation.", where="methods", hint=f"One of {', '.join(_METHODS)}.")
    if period is not None and not period >= 1e-6:
        raise BadInput("The period must be longer than nothing.", where=f"period {period}")
    results = "".join(f", {_METHODS[method]} AS {method}" for method in methods)
    counted = not _COUNTING.isdisjoint(methods)
    what = "number IS NOT NULL OR value IS NOT NULL" if counted else "number IS NOT NULL"
    values = f"SELECT *, epoch_us({query.time}) AS t FROM ({rows}) WHERE {what}"
    return _whole(query, values, results) if period is None else _periods(query, values, results, round(period * 1e6))


def _whole(query: HistoryQuery, values: str, results: str) -> str:
    start = "min(t)" if query.start is None else micros(query.start)
    end = "max(t)" if query.end is None else micros(query.end)
    return f"""SELECT entity, attribute, make_timestamptz({start}) AS start, make_timestamptz({end}) AS "end"{results}
 FROM ({values}) GROUP BY entity, attribute ORDER BY entity, attribute"""


def _periods(query: HistoryQuery, values: str, results: str, period: int) -> str:
    kept, origin = "", f"SELECT {query.start and micros(query.start)} AS first"
    if query.start is None:
        kept = f"WITH v AS MATERIALIZED ({values})"
        values, origin = "FROM v", "SELECT min(t) AS first FROM v"
    groups = f"SELECT entity, attribute, (t - ({origin})) // {period} AS n{results} FROM ({values}) GROUP BY ALL"
    begin, end = f"first + n * {period}", f"first + (n + 1) * {period}"
    names = f'entity, attribute, make_timestamptz({begin}) AS start, make_timestamptz({end}) AS "end"'
    found = f"SELECT {names}, * EXCLUDE (entity, attribute, n, first) FROM ({groups}), ({origin})"
    return f"{kept} {found} ORDER BY entity, attribute, start"


def _instant(at: datetime) -> str:
    return f"make_timestamptz({micros(at)})"


def _texts(texts: Sequence[str] | map[str]) -> str:
    """SQL literals; a quote is the only character that ends one."""
    return ", ".join("'" + text.replace("'", "''") + "'" for text in texts)
