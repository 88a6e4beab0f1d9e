"""The roadmap drawn: a line of time with a bar for everything that has a start and an end, as SVG in plain shapes."""

from __future__ import annotations

import math
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import datetime
from html import escape
from itertools import accumulate

import msgspec

from noren.governance.pages.blocks import plain

Scale = Callable[[float], float]
_WIDTH, _ROW, _TOP, _EDGE = 720, 36, 26, 12
_COLOURS = {"step": "#7a5200", "initiative": "#233f6e", "trial": "#4f7cc4", "aim": "#b3341a"}
_FONT = "'BIZ UDPGothic','Noto Sans CJK JP','Noto Sans JP','Hiragino Sans',sans-serif"
_LETTER = 6.2
"""Points that half a Japanese letter takes at most."""
MOST = 18
"""Rows of one drawing, so that it fits a page."""


class Bar(msgspec.Struct):
    """Something on the line of time, in years with fractions; without an end it goes on, without a length it is a
    moment. `kind`: step, initiative, trial, aim."""

    label: str
    kind: str
    start: float
    end: float | None


def year(time: datetime) -> float:
    """A time as a year with its fraction."""
    first = time.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    return time.year + (time - first).total_seconds() / (366 * 86400)


def drawings(bars: Sequence[Bar], now: float) -> list[str]:
    """The line of time as SVG, cut into pieces that fit a page, all on the same scale."""
    if not bars:
        return []
    first = math.floor(min(now, *(bar.start for bar in bars)))
    last = math.ceil(max(now + 1, *(bar.start if bar.end is None else bar.end for bar in bars)))
    return [_drawing(bars[i : i + MOST], now, first, last) for i in range(0, len(bars), MOST)]


def _drawing(bars: Sequence[Bar], now: float, first: int, last: int) -> str:
    height = _TOP + _ROW * len(bars) + 8

    def x(time: float) -> float:
        return round(_EDGE + (min(max(time, first), last) - first) / (last - first) * (_WIDTH - 2 * _EDGE), 1)

    parts = [_axis(x, first, last, height)]
    parts += [_bar(bar, x, _TOP + _ROW * i, last) for i, bar in enumerate(bars)]
    parts.append(
        f'<path d="M{x(now)} {_TOP - 6}V{height}" stroke="#b3341a" stroke-width="1.5" stroke-dasharray="4 3"/>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" '
        f'font-family="{_FONT}" font-size="11"><rect width="{_WIDTH}" height="{height}" fill="#fff"/>'
        f"{''.join(parts)}</svg>"
    )


def _axis(x: Scale, first: int, last: int, height: int) -> str:
    step = max(1, math.ceil((last - first) / 14))
    marks = []
    for at in range(first, last + 1, step):
        anchor = "end" if at == last else "start" if at == first else "middle"
        marks.append(
            f'<path d="M{x(at)} {_TOP - 6}V{height}" stroke="#d9dce3"/>'
            f'<text x="{x(at)}" y="14" fill="#545c6b" text-anchor="{anchor}">{at}</text>'
        )
    return "".join(marks)


def _bar(bar: Bar, x: Scale, top: int, last: int) -> str:
    colour, left = _COLOURS[bar.kind], x(bar.start)
    label = _label(bar.label, left, top + 12)
    if bar.kind == "aim":
        y = top + 24
        return f'{label}<path d="M{left - 7} {y}L{left} {y - 7}L{left + 7} {y}L{left} {y + 7}Z" fill="{colour}"/>'
    width = max(3.0, round(x(last if bar.end is None else bar.end) - left, 1))
    fade = ' fill-opacity="0.55"' if bar.end is None else ""
    return f'{label}<rect x="{left}" y="{top + 18}" width="{width}" height="11" rx="2" fill="{colour}"{fade}/>'


def _label(words: str, left: float, y: int) -> str:
    """Above its bar, moved to the left where it would leave the drawing; on white, so that no line crosses it."""
    words = shortened(plain(words))
    place = max(_EDGE, min(left, round(_WIDTH - _EDGE - _LETTER * _wide(words), 1)))
    halo = 'stroke="#fff" stroke-width="3" paint-order="stroke"'
    return f'<text x="{place}" y="{y}" fill="#1b1f27" {halo}>{escape(words)}</text>'


def _wide(words: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in words)


def shortened(label: str, most: int = 112) -> str:
    """A label cut where the drawing ends; a Japanese letter is as wide as two others.

    >>> shortened("道" * 4, 6)
    '道道…'
    """
    label = " ".join(label.split())
    ends = list(accumulate(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in label))
    if not ends or ends[-1] <= most:
        return label
    return label[: bisect_right(ends, most - 2)] + "…"
