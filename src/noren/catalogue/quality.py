"""How good a dataset is, in findings: gaps, duplicates, impossible values, jumps, flat lines, sensors that disagree.

Every check is a plain function on arrays; `series_findings` puts them together. A finding says what, how often, how
grave, and where to look, in the languages of the catalogue of messages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec
import numpy as np

from noren.catalogue.bridging import Floats, gaps_of, moment, usual_interval
from noren.messages import say

Severity = Literal["high", "medium", "low"]
LANGUAGES = ("en", "ja")
EXAMPLES = 5
JUMP = 12.0
"""A step counts as a jump beyond this many times the spread of the steps (median absolute deviation), both ways."""
FLAT_HOURS = 12.0
SHIFT, ALONE, AROUND, MOVING, GAP = 60.0, 3.0, 12, 200, 8
"""A lasting step is told beyond this many times the usual step and this many times the third largest, by so many
readings on either side, in a series with so many steps, between readings no farther apart than so many are usually."""
AGREE = 0.8
"""Sensors that usually move together: correlation of their overlap from which a disagreement is told."""


class Finding(msgspec.Struct):
    """One remark on the quality; `text` is by language."""

    kind: str
    severity: Severity
    count: int
    text: dict[str, str]
    examples: list[dict[str, Any]] = []


def finding(
    kind: str, severity: Severity, count: int, examples: Iterable[dict[str, Any]] = (), **words: object
) -> Finding:
    """A finding in words: the message `quality.<kind>`."""
    text = {lang: say(lang, f"quality.{kind}", count=f"{count:,}", **words) for lang in LANGUAGES}
    return Finding(kind, severity, count, text, list(examples)[:EXAMPLES])


def duplicates(times: Floats, values: Floats) -> tuple[int, int, list[float]]:
    """Readings that repeat a time: how many say the same, how many contradict, and times of those that do."""
    order = np.argsort(times, kind="stable")
    t, v = times[order], values[order]
    again = np.flatnonzero(np.diff(t) == 0)
    conflict = again[~np.isclose(v[again], v[again + 1], equal_nan=True)]
    return len(again) - len(conflict), len(conflict), [float(t[i]) for i in conflict[:EXAMPLES]]


def jumps(values: Floats) -> np.ndarray[Any, np.dtype[np.intp]]:
    """Places of lone spikes: readings that leave both neighbours, in opposite directions, by far more than usual."""
    steps = np.diff(values)
    moved = np.abs(steps[steps != 0])
    if len(moved) < 20:
        return np.array([], dtype=np.intp)
    limit = JUMP * max(float(np.median(moved)), 1e-9)
    out, back = steps[:-1], steps[1:]
    return np.flatnonzero((np.abs(out) > limit) & (np.abs(back) > limit) & (np.sign(out) != np.sign(back))) + 1


def flat(times: Floats, values: Floats) -> tuple[float, float] | None:
    """Longest stretch without the least change, in seconds since 1970, when it is suspiciously long; else None.

    Only for a sensor that otherwise moves: less than a third of its steps stand still.
    """
    if len(values) < 50 or np.mean(np.diff(values) == 0) > 1 / 3:
        return None
    changes = np.concatenate([[0], np.flatnonzero(np.diff(values)) + 1, [len(values) - 1]])
    lengths = times[changes[1:]] - times[changes[:-1]]
    longest = int(np.argmax(lengths))
    if lengths[longest] < FLAT_HOURS * 3600:
        return None
    return float(times[changes[longest]]), float(times[changes[longest + 1]])


def shifts(times: Floats, values: Floats) -> list[int]:
    """Places of at most two steps after which a slow series goes on at another height, as if the sensor had been moved,
    or moved and set right again. Lone spikes are no steps, nor is what happened in a gap."""
    kept = np.delete(np.arange(len(values)), jumps(values))
    waited = np.diff(times[kept])
    steps = np.where(waited <= GAP * np.median(waited), np.abs(np.diff(values[kept])), 0.0) if len(waited) else waited
    moved = steps[steps > 0]
    if len(moved) < MOVING:
        return []
    limit = max(SHIFT * float(np.median(moved)), ALONE * float(np.partition(steps, -3)[-3]))
    return [int(kept[at + 1]) for at in np.flatnonzero(steps >= limit) if _stays(values[kept], int(at))]


def _stays(values: Floats, at: int) -> bool:
    before, after = values[max(at + 1 - AROUND, 0) : at + 1], values[at + 1 : at + 1 + AROUND]
    step = abs(float(values[at + 1] - values[at]))
    return len(after) == AROUND and abs(float(np.median(after) - np.median(before))) > step / 2


def disagreement(a: tuple[Floats, Floats], b: tuple[Floats, Floats]) -> tuple[int, float] | None:
    """Two series of one kind that should agree: how many common times differ by more than the spread allows, and the
    largest difference; None when they have fewer than 24 times in common or never agreed."""
    once = bool(np.all(np.diff(a[0]) > 0) and np.all(np.diff(b[0]) > 0))
    common, i, j = np.intersect1d(a[0], b[0], assume_unique=once, return_indices=True)
    if len(common) < 24:
        return None
    x, y = a[1][i], b[1][j]
    if np.std(x) == 0 or np.std(y) == 0 or np.corrcoef(x, y)[0, 1] < AGREE:
        return None
    apart = np.abs((x - y) - np.median(x - y))
    limit = max(8 * float(np.median(apart)), 0.1 * float(np.std(x)))
    wrong = apart > limit
    return (int(wrong.sum()), float(apart[wrong].max())) if wrong.mean() > 0.005 else None


def series_findings(
    series: Mapping[str, tuple[Floats, Floats]], now: datetime | None = None, *, amounts: bool = False
) -> list[Finding]:
    """Findings over the series of one attribute, by the name of their entity; times in seconds, sorted.

    `amounts` says that the values are counts or amounts, which may rest at nothing and leap from it.
    """
    steady = [] if amounts else [*_spikes(series), *_shifted(series), *_stuck(series), *_apart(series)]
    found = [*_gaps(series), *_doubles(series), *steady]
    return found + (_silent(series, now) if now else [])


def _gaps(series: Mapping[str, tuple[Floats, Floats]]) -> list[Finding]:
    gaps = [(e - s, name, s, e) for name, (t, _) in series.items() for s, e in gaps_of(np.unique(t), usual_interval(t))]
    if not gaps:
        return []
    gaps.sort(reverse=True)
    longest = gaps[0][0]
    examples = [{"entity": name, "from": _iso(s), "to": _iso(e)} for _, name, s, e in gaps]
    severity: Severity = "high" if longest > 86400 else "medium"
    return [finding("gap", severity, len(gaps), examples, longest=_length(longest), start=_day(gaps[0][2]))]


def _doubles(series: Mapping[str, tuple[Floats, Floats]]) -> list[Finding]:
    same = contrary = 0
    examples = []
    for name, (t, v) in series.items():
        equal, differing, where = duplicates(t, v)
        same, contrary = same + equal, contrary + differing
        examples += [{"entity": name, "at": _iso(at)} for at in where]
    found = [finding("duplicate", "low", same)] if same else []
    return found + ([finding("conflict", "high", contrary, examples)] if contrary else [])


def _spikes(series: Mapping[str, tuple[Floats, Floats]]) -> list[Finding]:
    spots = [(name, t[i], v[i]) for name, (t, v) in series.items() for i in jumps(v)]
    examples = [{"entity": name, "at": _iso(t), "value": float(v)} for name, t, v in spots]
    return [finding("jump", "medium", len(spots), examples)] if spots else []


def _shifted(series: Mapping[str, tuple[Floats, Floats]]) -> list[Finding]:
    places = [(name, t[i], v[i] - v[i - 1]) for name, (t, v) in series.items() for i in shifts(t, v)]
    return [
        finding(
            "shift",
            "high",
            1,
            [{"entity": name, "at": _iso(at), "by": round(float(by), 3)}],
            name=_short(name),
            day=_day(at),
            by=short(abs(by)),
        )
        for name, at, by in places[:10]
    ]


def _stuck(series: Mapping[str, tuple[Floats, Floats]]) -> list[Finding]:
    stuck = [(name, span) for name, (t, v) in series.items() if (span := flat(t, v))]
    return [
        finding(
            "flat",
            "high",
            1,
            [{"entity": name, "from": _iso(s), "to": _iso(e)}],
            name=_short(name),
            hours=f"{(e - s) / 3600:.0f}",
        )
        for name, (s, e) in stuck[:10]
    ]


def _apart(series: Mapping[str, tuple[Floats, Floats]], most: int = 40) -> list[Finding]:
    names = list(series)[:most]
    wrong: dict[str, list[tuple[int, float, str]]] = {}
    for i, a in enumerate(names):
        for b in names[i + 1 :]:
            result = disagreement(series[a], series[b])
            if result:
                wrong.setdefault(a, []).append((*result, b))
                wrong.setdefault(b, []).append((*result, a))
    if not wrong:
        return []
    worst = max(wrong, key=lambda name: (len(wrong[name]), sum(count for count, _, _ in wrong[name])))
    count, apart, other = max(wrong[worst])
    return [
        finding(
            "disagree",
            "high",
            count,
            [{"entity": worst, "with": other}],
            name=_short(worst),
            other=_short(other),
            apart=short(apart),
        )
    ]


def _silent(series: Mapping[str, tuple[Floats, Floats]], now: datetime) -> list[Finding]:
    newest = max((t[-1] for t, _ in series.values() if len(t)), default=0.0)
    old = [
        n for n, (t, _) in series.items() if len(t) > 2 and newest - t[-1] > max(86400.0, 50 * (usual_interval(t) or 0))
    ]
    return [finding("stale", "medium", len(old), [{"entity": name} for name in old])] if old else []


_FATES = {"row": "refused", "cell": "left_out", "mended": "mended"}


def refused_findings(refused: Iterable[Any], most: int = 2_000) -> list[Finding]:
    """What was not kept, one finding a reason, with the first rows as examples."""
    by_reason: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    counts: dict[tuple[str, str, str], int] = {}
    for each in refused:
        key = (each.what, each.field, _FATES[each.fate])
        counts[key] = counts.get(key, 0) + 1
        if len(by_reason.setdefault(key, [])) < EXAMPLES:
            by_reason[key].append({"row": each.row, "field": each.field, "value": each.value})
    reasons = sorted(counts, key=lambda key: -counts[key])[:most]
    return [
        Finding(
            key[2],
            "medium" if key[2] == "refused" else "low",
            counts[key],
            {
                lang: say(lang, f"quality.{key[2]}", count=f"{counts[key]:,}", what=key[0], field=key[1] or "—")
                for lang in LANGUAGES
            },
            by_reason[key],
        )
        for key in reasons[:12]
    ]


def _iso(seconds: float) -> str:
    return moment(seconds).isoformat().replace("+00:00", "Z")


def _day(seconds: float) -> str:
    return moment(seconds).strftime("%Y-%m-%d")


def _length(seconds: float) -> str:
    return f"{seconds / 86400:.1f} d" if seconds >= 86400 else f"{seconds / 3600:.1f} h"


def short(number: float) -> str:
    """A number in three figures, without an exponent."""
    return f"{float(f'{number:.3g}'):,g}"


def _short(name: str) -> str:
    return name.rsplit(":", 1)[-1]
