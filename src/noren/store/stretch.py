"""SQL for DuckDB: one stretch of history from the merged months, the parts that came later and the change log.

What came later is small. It is merged in itself, rows of the merged months that it may replace are set apart by a
hash join, and only those are compared; the rest of the months streams through untouched.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from noren.errors import BadInput
from noren.store.codec import micros
from noren.store.interface import Aggregate, HistoryQuery

_COLUMNS = "entity, attribute, dataset, observed, modified, number, value, meta"
_KEY = "entity, attribute, coalesce(dataset, ''), coalesce(observed, modified), observed IS NULL"
_SAME = """l.entity = b.entity AND l.attribute = b.attribute AND coalesce(l.dataset, '') = coalesce(b.dataset, '')
 AND coalesce(l.observed, l.modified) = coalesce(b.observed, b.modified)
 AND (l.observed IS NULL) = (b.observed IS NULL)"""
SORTED = "entity, attribute, coalesce(observed, modified), coalesce(dataset, '')"

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


def merged(rows: str) -> str:
    """Of rows with a `rank`, the last modified of each instance; of equals the one of highest rank."""
    return (
        f"SELECT {_COLUMNS}, rank FROM ({rows}) "
        f"QUALIFY row_number() OVER (PARTITION BY {_KEY} ORDER BY modified DESC, rank DESC) = 1"
    )


def files(paths: Sequence[Path], rank: bool = False) -> str:
    """Rows of Parquet files; with `rank`, later files rank higher."""
    if not rank:
        return f"SELECT {_COLUMNS}, 0 AS rank FROM read_parquet([{_texts(map(str, paths))}])"
    return " UNION ALL ".join(
        f"SELECT {_COLUMNS}, {n} AS rank FROM read_parquet([{_texts([str(path)])}])" for n, path in enumerate(paths, 1)
    )


def spanning(query: HistoryQuery, wholes: Sequence[Path], parts: Sequence[Path], hot: bool, apart: bool) -> str:
    """The rows that answer `query`. `hot` says that a table `hot` stands for the change log; `apart`, that no
    instance occurs in two of the merged files."""
    early = _conditions(query, "observed")
    late = [f"SELECT * FROM ({files(parts, rank=True)}) WHERE {early}"] if parts else []
    if hot:
        late.append(f"SELECT {_COLUMNS}, {len(parts) + 1} + position AS rank FROM hot WHERE {early}")
    if not wholes and not late:
        return f"SELECT {_COLUMNS} FROM nothing"
    base = f"SELECT * FROM ({files(wholes)}) WHERE {early}" if wholes else ""
    if wholes and not apart:
        late, base = [*late, base], ""
    rows = _joined(base, " UNION ALL ".join(late))
    return f"SELECT {_COLUMNS} FROM ({rows}) WHERE {_conditions(query, query.time)} AND {_counts(query)}"


def _joined(base: str, late: str) -> str:
    if not late:
        return base
    if not base:
        return merged(late)
    return f"""WITH b AS ({base}), l AS MATERIALIZED ({merged(late)}),
 clash AS (SELECT b.* FROM b SEMI JOIN l ON {_SAME})
 SELECT b.* FROM b ANTI JOIN l ON {_SAME}
 UNION ALL {merged("SELECT * FROM clash UNION ALL SELECT * FROM l")}"""


def _conditions(query: HistoryQuery, time: str) -> str:
    """Conditions that rows meet; on the time of modification only after merging, since the last one wins."""
    found = ["true"]
    if query.ids:
        found.append(f"entity IN ({_texts(query.ids)})")
    if query.attributes:
        found.append(f"attribute IN ({_texts(query.attributes)})")
    if query.time == time:
        if query.start is not None:
            found.append(f"{time} >= {_instant(query.start)}")
        if query.end is not None:
            found.append(f"{time} < {_instant(query.end)}")
    return " AND ".join(found)


def _counts(query: HistoryQuery) -> str:
    return "observed IS NOT NULL" if query.time == "observed" else "true"


def history(query: HistoryQuery, rows: str) -> str:
    """The rows in order, at most `last` newest an entity and attribute."""
    last = ""
    if query.last is not None:
        newest = f"row_number() OVER (PARTITION BY entity, attribute ORDER BY {query.time} DESC)"
        last = f"QUALIFY {newest} <= {int(query.last)}"
    return f"SELECT {_COLUMNS} FROM ({rows}) {last} ORDER BY entity, attribute, {query.time}, modified"


def aggregate(query: HistoryQuery, rows: str, methods: Sequence[Aggregate], period: float | None) -> str:
    """One row an entity, attribute and period; `BadInput` for a method or period that makes no sense."""
    unknown = [method for method in methods if method not in _METHODS]
    if unknown:
        raise BadInput(f"“{unknown[0]}” is no aggregation.", where="methods", hint=f"One of {', '.join(_METHODS)}.")
    if period is not None and not period >= 1e-6:
        raise BadInput("The period must be longer than nothing.", where=f"period {period}")
    results = "".join(f", {_METHODS[method]} AS {method}" for method in methods)
    values = f"SELECT *, epoch_us({query.time}) AS t FROM ({rows}) WHERE number IS NOT NULL OR value IS NOT NULL"
    return _whole(query, values, results) if period is None else _periods(query, values, results, round(period * 1e6))


def _whole(query: HistoryQuery, values: str, results: str) -> str:
    start = "min(t)" if query.start is None else micros(query.start)
    end = "max(t)" if query.end is None else micros(query.end)
    return f"""SELECT entity, attribute, make_timestamptz({start}) AS start, make_timestamptz({end}) AS "end"{results}
 FROM ({values}) GROUP BY entity, attribute ORDER BY entity, attribute"""


def _periods(query: HistoryQuery, values: str, results: str, period: int) -> str:
    if query.start is not None:
        source, origin = f"SELECT *, {micros(query.start)} AS origin FROM ({values})", "any_value(origin)"
    else:
        source = f"SELECT *, min(t) OVER (PARTITION BY entity, attribute) AS origin FROM ({values})"
        origin = "any_value(origin)"
    begin = f"{origin} + n * {period}"
    end = f"{origin} + (n + 1) * {period}"
    return f"""SELECT entity, attribute, make_timestamptz({begin}) AS start, make_timestamptz({end}) AS "end"{results}
 FROM (SELECT *, (t - origin) // {period} AS n FROM ({source}))
 GROUP BY entity, attribute, n ORDER BY entity, attribute, n"""


def _instant(at: datetime) -> str:
    return f"make_timestamptz({micros(at)})"


def _texts(texts: Sequence[str] | map[str]) -> str:
    """SQL literals; a quote is the only character that ends one."""
    return ", ".join("'" + text.replace("'", "''") + "'" for text in texts)
