"""The librarian's cards: one `Dataset` entity (after DCAT-AP 3) for each thing that was added."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from noren.catalogue.bridging import LIMIT, Floats, columns, moment, rule_of, usual_interval
from noren.catalogue.quality import Finding, series_findings
from noren.terms import ATTRIBUTES
from noren.terms.records import Dataset

if TYPE_CHECKING:
    import pyarrow as pa

    from noren.view import View


class Span(msgspec.Struct):
    """What the readings of a dataset show over time."""

    first: datetime | None = None
    last: datetime | None = None
    interval: float | None = None
    findings: list[Finding] = []
    bridging: dict[str, dict[str, Any]] = {}


async def study(
    view: View,
    measured: dict[str, set[str]],
    entities: Sequence[str],
    *,
    start: datetime | None = None,
    end: datetime | None = None,
) -> Span:
    """Look at what is held of the measured attributes (by type) of these entities in [start, end): span, interval,
    quality. Of more than 500 entities the first are looked at."""
    span = Span()
    for kind, attributes in measured.items():
        own = [id for id in entities if id.split(":")[2] == kind]
        for attribute in sorted(attributes):
            table = await view.series(kind, attribute, ids=own[:500], start=start, end=end)
            series = split(table)
            span.findings += series_findings(series, view.now(), amounts=rule_of(attribute) == "step")
            _stretch(span, attribute, series)
    return span


def split(table: pa.Table) -> dict[str, tuple[Floats, Floats]]:
    """A table of several entities as one series each."""
    if not table.num_rows:
        return {}
    names = table["entity"].combine_chunks().dictionary_encode()
    codes = names.indices.to_numpy()
    shuffled = table.select(["observed", "number"])
    if np.any(np.diff(codes) < 0):
        order = np.argsort(codes, kind="stable")
        codes, shuffled = codes[order], shuffled.take(order)
    edges = np.searchsorted(codes, np.arange(len(names.dictionary) + 1).astype(codes.dtype))
    return {
        str(name): columns(shuffled.slice(int(edges[i]), int(edges[i + 1] - edges[i])))
        for i, name in enumerate(names.dictionary.to_pylist())
    }


def _stretch(span: Span, attribute: str, series: dict[str, tuple[Floats, Floats]]) -> None:
    times = [t for t, _ in series.values() if len(t)]
    if not times:
        return
    first, last = moment(min(t[0] for t in times)), moment(max(t[-1] for t in times))
    span.first = min(filter(None, (span.first, first)))
    span.last = max(filter(None, (span.last, last)))
    intervals = [step for t in times if (step := usual_interval(t))]
    if intervals:
        own = float(np.median(intervals))
        span.interval = min(filter(None, (span.interval, own)))
        rule = rule_of(attribute)
        span.bridging[attribute] = {"rule": rule, "limitSeconds": own * LIMIT if rule == "linear" else 0}


def schema(names: dict[str, tuple[str, str]]) -> list[dict[str, Any]]:
    """Columns with meaning and unit: heading in the file to (attribute, unit)."""
    rows = []
    for heading, (attribute, unit) in names.items():
        term = ATTRIBUTES.get(attribute)
        row: dict[str, Any] = {"name": attribute, "label": heading, "unit": (term.unit if term else "") or unit or None}
        rows.append(row | ({"meaning": term.meaning} if term else {"meaning": {"en": heading, "ja": heading}}))
    return rows


def card(id: str, **facts: Any) -> Dataset:
    """The entity; empty facts are left out. Findings, coverage and layer are given as plain data."""
    kept = {name: value for name, value in facts.items() if value not in (None, "", [], {})}
    return Dataset(id=id, **kept)


def box(bounds: Sequence[float] | None) -> dict[str, Any] | None:
    """West, south, east, north as a polygon."""
    if bounds is None:
        return None
    w, s, e, n = bounds
    if w == e or s == n:
        w, s, e, n = w - 1e-4, s - 1e-4, e + 1e-4, n + 1e-4
    return {"type": "Polygon", "coordinates": [[[w, s], [e, s], [e, n], [w, n], [w, s]]]}


def findings_json(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Findings as plain data, gravest first."""
    order = {"high": 0, "medium": 1, "low": 2}
    plain: list[dict[str, Any]] = msgspec.to_builtins(sorted(findings, key=lambda f: order[f.severity]))
    return plain
