"""Text to numbers and times, whole columns at once; what cannot be read becomes empty, and the caller reports it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

NumberStyle = Literal["point", "comma"]
MOMENT = pa.timestamp("us", "UTC")
_LOCAL = pa.timestamp("us")
ISO, EPOCH_S, EPOCH_MS, ERA, DAYS = "iso", "epoch seconds", "epoch milliseconds", "era", "spreadsheet days"
_DAY_NOUGHT = datetime(1899, 12, 30)
"""Day 0 of a spreadsheet's dates."""
_POINT = r"^[+-]?(\d+\.?\d*|\.\d+|\d{1,3}(,\d{3})+(\.\d+)?)([eE][+-]?\d+)?$"
_COMMA = r"^[+-]?(\d+|\d*,\d+|\d{1,3}(\.\d{3})+(,\d+)?)$"
_COUNTED = (
    r"(\d)\s*(人|名|台|戸|世帯|室|床|円|件|基|本|か所|箇所|㎡|m2|m²|㎥|m3|%|％|°C|℃|°F|km/h|m/s|mm|cm|km|m|hPa|kWh|"
    r"kW|[µμ]g/m[³3]|ppm|ha|kg|歳)(程度|以上)?$"
)
"""A number with what it counts ("120人")."""
_PARTED = "(\\d)[ '’\u00a0\u202f\u2009](\\d{3})"
"""Thousands parted by a space or an apostrophe."""
_DEGREES = re.compile(
    "^([NSEWO北南東西]|北緯|南緯|東経|西経)?\\s*([+-]?\\d{1,3})\\s*[°度º:]\\s*(\\d{1,2})\\s*[′'’分:]\\s*(\\d{1,2}(?:[.,]\\d+)?)\\s*"
    "(?:″|\"|”|''|秒)?\\s*([NSEWO])?$"
)
"""Degrees, minutes and seconds, with the side of the equator or of Greenwich before or behind."""
_SIDED = re.compile(r"^([+-]?\d{1,3}[.,]\d+)\s*°?\s*([NSEWO])$")
_ISO = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?)?$"
_ZONED = r"(Z|[+-]\d{2}:?\d{2})$"
FORMATS = (
    "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d %H%M", "%Y/%m/%d %H", "%Y/%m/%d",
    "%Y-%m-%d %H%M", "%Y-%m-%d %H", "%Y%m%d %H:%M:%S", "%Y%m%d %H:%M", "%Y%m%d %H%M", "%Y%m%d%H%M%S",
    "%Y%m%d%H%M", "%Y%m%d",
    "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y %H%M",
    "%d/%m/%Y",
    "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%d-%m-%Y %H:%M:%S", "%d-%m-%Y %H:%M", "%d-%m-%Y",
    "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p", "%d/%m/%Y %I:%M:%S %p", "%d-%b-%Y %H:%M:%S", "%d-%b-%Y %H:%M",
    "%d-%b-%Y", "%d %b %Y", "%d %b %Y %H:%M", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%b %d, %Y %I:%M:%S %p",
    "%Y.%m.%d %H:%M:%S", "%Y.%m.%d %H:%M", "%Y.%m.%d", "%Y-%m-%dT%H:%M:%S.%f",
    "%Y年%m月%d日 %H時%M分", "%Y年%m月%d日 %H:%M", "%Y年%m月%d日", "%Y年%m月",
)  # fmt: skip
_EARLIEST = pa.scalar(datetime(1800, 1, 1), _LOCAL)
_ERAS = {"令和": 2018, "R": 2018, "平成": 1988, "H": 1988, "昭和": 1925, "S": 1925}
_ERA_DATE = re.compile(r"(令和|平成|昭和|[RHS])\s*(元|\d{1,2})[年./-](\d{1,2})[月./-](\d{1,2})日?")
ABSENT = frozenset(
    {"-", "－", "ー", "―", "–", "—", "…", "...", "*", "**", "***", "?", "na", "n/a", "nan", "null", "none"}
)
"""How tables say that a cell holds nothing."""
_WIDE = str.maketrans("０１２３４５６７８９．，－＋／：", "0123456789.,-+/:")


def half_width(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column with full-width digits made plain; untouched when there are none."""
    if not pc.any(pc.match_substring_regex(column, "[０-９]")).as_py():
        return column
    return pa.chunked_array([[v.translate(_WIDE) if v else v for v in column.to_pylist()]], pa.string())


def degrees(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column of latitudes or longitudes with degrees, minutes and seconds ("34°20′30″N") as decimal degrees."""
    if not pc.any(pc.match_substring_regex(column, "[°º度:]|[NSEWO]$")).as_py():
        return column
    return pa.chunked_array([[_decimal(v) if v else v for v in column.to_pylist()]], pa.string())


def _decimal(text: str) -> str:
    if match := _SIDED.match(text.strip()):
        return f"-{match[1]}" if match[2] in "SWO" else match[1]
    match = _DEGREES.match(text.strip().translate(_WIDE))
    if not match:
        return text
    before, whole, minutes, seconds, behind = match.groups()
    size = abs(int(whole)) + int(minutes) / 60 + float(seconds.replace(",", ".")) / 3600
    west_or_south = whole.startswith("-") or (before or behind or "")[:1] in tuple("SWO南西")
    return f"{-size if west_or_south else size:.7f}"


def numbers(column: pa.ChunkedArray, style: NumberStyle = "point") -> pa.ChunkedArray:
    """The column as float64; null where a cell is no number ("NaN" and "inf" are none)."""
    column = half_width(column)
    form = _COMMA if style == "comma" else _POINT
    fits = pc.match_substring_regex(column, form)
    if not pc.all(fits).as_py():
        column = pc.replace_substring_regex(column, _COUNTED, r"\1")
        column = pc.replace_substring_regex(column, _PARTED, r"\1\2")
        fits = pc.match_substring_regex(column, form)
    kept = pc.if_else(fits, column, None)
    if style == "comma":
        kept = pc.replace_substring(pc.replace_substring(kept, ".", ""), ",", ".")
    else:
        kept = pc.replace_substring(kept, ",", "")
    return pc.cast(kept, pa.float64())


def share_of_numbers(column: pa.ChunkedArray, style: NumberStyle) -> float:
    """Which share of the filled cells are numbers."""
    filled = len(column) - column.null_count
    read = numbers(column, style)
    return (len(read) - read.null_count) / filled if filled else 0.0


def moments(column: pa.ChunkedArray, form: str, zone: str) -> pa.ChunkedArray:
    """The column as times in UTC, read in `form` (a strptime format or one of this module's names).

    `zone` (IANA) holds for times that state none; a time that a clock change doubled is the earlier one.
    """
    column = half_width(column)
    if form == ISO:
        return _iso(column, zone)
    if form in (EPOCH_S, EPOCH_MS):
        scale = 1e6 if form == EPOCH_S else 1e3
        return pc.cast(pc.cast(pc.multiply(numbers(column), scale), pa.int64(), safe=False), MOMENT)
    if form == DAYS:
        days = pc.cast(pc.multiply(numbers(column), 86_400e6), pa.int64(), safe=False)
        return _zoned(pc.add(pa.scalar(_DAY_NOUGHT, _LOCAL), pc.cast(days, pa.duration("us"))), zone)
    if form == ERA:
        column, form = pa.chunked_array([[_western(v) for v in column.to_pylist()]], pa.string()), "%Y-%m-%d"
    local = pc.strptime(column, format=form, unit="us", error_is_null=True)
    return _zoned(pc.if_else(pc.greater(local, _EARLIEST), local, None), zone)


def _iso(column: pa.ChunkedArray, zone: str) -> pa.ChunkedArray:
    has_zone = pc.match_substring_regex(column, _ZONED)
    bare = pc.replace_substring_regex(column, _ZONED, "") if pc.any(has_zone).as_py() else column
    plain = pc.if_else(pc.match_substring_regex(bare, _ISO), bare, None)
    local = _cast(plain)
    if not pc.any(has_zone).as_py():
        return _zoned(local, zone)
    suffix = pc.struct_field(pc.extract_regex(column, r"(?P<zone>Z|[+-]\d{2}:?\d{2})$"), "zone")
    offsets = {text: _offset(text) for text in pc.unique(suffix).to_pylist() if text}
    seconds = pa.chunked_array([[offsets.get(text, 0) for text in suffix.to_pylist()]], pa.int64())
    shifted = pc.subtract(local, pc.cast(pc.multiply(seconds, 1_000_000), pa.duration("us")))
    return pc.if_else(has_zone, pc.assume_timezone(shifted, "UTC"), _zoned(local, zone))


def _cast(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """ISO times; a day that no calendar has (30 February) is null."""
    try:
        return pc.cast(texts, _LOCAL)
    except pa.ArrowInvalid:
        return pa.chunked_array([[_moment(text) for text in texts.to_pylist()]], _LOCAL)


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


def _offset(text: str) -> int:
    if text == "Z":
        return 0
    sign = -1 if text[0] == "-" else 1
    return sign * (int(text[1:3]) * 3600 + int(text[-2:]) * 60)


def _zoned(local: pa.ChunkedArray, zone: str) -> pa.ChunkedArray:
    known = pc.assume_timezone(local.cast(_LOCAL), zone, ambiguous="earliest", nonexistent="latest")
    return known.cast(MOMENT)


def _western(text: str | None) -> str | None:
    match = _ERA_DATE.search(text or "")
    if not match:
        return None
    year = _ERAS[match[1]] + (1 if match[2] == "元" else int(match[2]))
    return f"{year:04}-{int(match[3]):02}-{int(match[4]):02}"


def time_format(column: pa.ChunkedArray) -> str | None:
    """The format that reads nine tenths of the filled cells; None when there is none.

    Day and month are told apart over the whole column: the order that reads more cells wins, the day first in a tie
    only when the month would then not be the part that moves.
    """
    filled = column.drop_null()
    if not len(filled):
        return None
    enough = 0.9 * len(filled)
    if _read(filled, ISO) >= enough:
        return ISO
    best = max(FORMATS, key=lambda form: (_read(filled, form), -FORMATS.index(form)))
    if _read(filled, best) >= enough:
        return _untied(filled, best)
    if sum(_western(text) is not None for text in filled.to_pylist()) >= enough:
        return ERA
    return None


def _read(filled: pa.ChunkedArray, form: str) -> int:
    read = moments(filled, form, "UTC")
    return int(len(read) - read.null_count)


def _untied(filled: pa.ChunkedArray, form: str) -> str:
    other = form.replace("%m/%d", "%d/%m")
    if other == form or _read(filled, other) < _read(filled, form):
        return form
    firsts = {text.split("/")[0] for text in filled.to_pylist()}
    seconds = {text.split("/")[1] for text in filled.to_pylist()}
    return other if len(firsts) > len(seconds) else form


def epoch_format(column: pa.ChunkedArray) -> str | None:
    """Whether a column of numbers counts seconds or milliseconds since 1970, or days as spreadsheets do (of the years
    2000 to 2100, days from 1990 on)."""
    values = numbers(column).drop_null()
    if not len(values):
        return None
    low, high = pc.min(values).as_py(), pc.max(values).as_py()
    if low >= 946_684_800 and high <= 4_102_444_800:
        return EPOCH_S
    if low >= 32_874 and high <= 73_050:
        return DAYS
    return EPOCH_MS if low >= 946_684_800_000 and high <= 4_102_444_800_000 else None
