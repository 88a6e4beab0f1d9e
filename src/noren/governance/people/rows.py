"""Rows of a register as counts by sex and age, in whichever form the table is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import msgspec
import numpy as np

from noren.errors import BadInput, NotFound
from noren.governance.people.classes import Ages, grouped
from noren.governance.people.records import SEXES, Remark
from noren.intake.gather import AGES, gathered
from noren.intake.source import Refused, Source
from noren.intake.text import plain

TOLERANCE = 0.01
"""A stated total may differ so far from what its parts add up to before the file is refused."""
_COLUMNS = {
    "district": "district;area;town;name;place;neighbourhood;地域名;町丁名;町名;町字名;地区;地区名;名称",
    "sex": "sex;gender;性別;男女;男女別",
    "age": "age;ages;age class;age group;age grp;年齢;年齢階級;年齢区分;年齢別;"
    "年齢各歳;年齢 各歳;年齢5歳階級;年齢 5歳階級;各歳",
    "count": "count;people;population;persons;residents;number;人口;人数;住民数",
    "thousands": "population thousand;population thousands;人口 千人",
    "year": "year;date;time;年;年次;西暦;調査年;調査年月日;基準日",
    "city": "city;municipality;市区町村名;市町村名",
    "country": "location;country;country or area;region subregion country or area;国;国名",
    "code": "loc id;location code;country code",
    "iso": "iso3 code;iso3 alpha code",
    "variant": "variant",
    "all": "total;total population;総人口;総数;男女計",
    "male": "male;males;men;男;男性;男性人口;男 人口",
    "female": "female;females;women;女;女性;女性人口;女 人口",
    "male thousands": "pop male;male population thousands;男 千人;男性 千人",
    "female thousands": "pop female;female population thousands;女 千人;女性 千人",
}
_PAIRS = (("sex", "count"), ("sex", "thousands"), ("male", "female"), ("male thousands", "female thousands"))
"""Columns, beside that of the age, that together say who is counted."""
_LIKELIEST = ("", "medium", "median", "estimates", "中位")
_ROLES = {heading: role for role, headings in _COLUMNS.items() for heading in headings.split(";")}
_SEXES = ("male m men man 男 男性 1", "female f women woman 女 女性 2")
_SEX = {word: sex for sex, words in enumerate(_SEXES) for word in words.split()}
_TOTALS = frozenset(["total", "all", "both", "sum", "合計", "総数", "計", "総計", "市計", "男女計", "全市", "全体"])
_YEAR = re.compile(r"(?<!\d)(19|20)\d\d(?!\d)")


class Row(msgspec.Struct, frozen=True):
    """Counts of one row of a file: `ages` by (sex, first age, age after the last)."""

    number: int
    year: int
    district: str
    ages: dict[Ages, float]
    city: str = ""


def rows_of(source: Source, remarks: list[Remark], place: str = "") -> Iterator[Row]:
    """Rows that count people; nothing from a table of something else. Of a table of countries, only `place`'s."""
    roles = _roles(source)
    wide = gathered({name: source.labels.get(name, name) for name in source.columns}).get(AGES, {})
    by_sex = {name: part for name, part in wide.items() if part.split()[0] in SEXES}
    if by_sex:
        yield from _wide(source, roles, by_sex, remarks)
    elif "age" in roles and any(set(pair) <= roles.keys() for pair in _PAIRS):
        yield from _long(source, roles, remarks, place)


def _roles(source: Source) -> dict[str, str]:
    """Column by role; the first that fits."""
    roles: dict[str, str] = {}
    for name in source.columns:
        role = _ROLES.get(plain(source.labels.get(name, name)))
        if role:
            roles.setdefault(role, name)
    return roles


def _cells(source: Source, remarks: list[Remark]) -> Iterator[tuple[int, dict[str, str | None]]]:
    refused: list[Refused] = []
    for batch in source.open(refused):
        yield from zip(batch.rows, batch.table.to_pylist(), strict=True)
    remarks.extend(Remark(source.name, r.row, r.field, r.what, "left out") for r in refused)


def _wide(source: Source, roles: dict[str, str], columns: dict[str, str], remarks: list[Remark]) -> Iterator[Row]:
    parts = {name: part(text) for name, text in columns.items()}
    for number, cells in _cells(source, remarks):
        ages = {ages: _count(cells[name], source.name, number, name) for name, ages in parts.items()}
        _check_totals(source.name, number, cells, roles, ages, remarks)
        yield _row(source, number, cells, roles, ages)


def part(text: str) -> Ages:
    """Sex and ages of a part of `populationByAge`: `male 0-4`."""
    sex, _, ages = text.partition(" ")
    low, high = grouped(ages)
    return SEXES.index(sex), low, high


def _long(source: Source, roles: dict[str, str], remarks: list[Remark], place: str) -> Iterator[Row]:
    """One row for a district and year, which stands where its first count does."""
    columns = _columns(source, roles)
    found: dict[tuple[str, str], Row] = {}
    for number, cells in _asked(source, roles, remarks, place):
        age = _text(cells, roles, "age")
        for told, field, unit in columns:
            sex = told or _text(cells, roles, "sex")
            if is_total(sex) or is_total(age):
                continue
            if _sex(sex) is None:
                where = f"{source.name}, row {number}, {roles['sex']}"
                raise BadInput(f"{sex!r} is no sex that Noren knows.", where=where, hint="Write male or female.")
            count, ages = _count(cells[field], source.name, number, field) * unit, _ages(sex, age)
            if ages is None:
                what = f"{count:g} people of age {age!r}"
                remarks.append(Remark(source.name, number, roles["age"], what, "left out"))
                continue
            key = (_text(cells, roles, "year"), _text(cells, roles, "district"))
            row = found[key] if key in found else found.setdefault(key, _row(source, number, cells, roles, {}))
            if ages in row.ages:
                raise twice(row, ages, f"{source.name}, row {number}")
            row.ages[ages] = count
    yield from found.values()


def _columns(source: Source, roles: dict[str, str]) -> list[tuple[str, str, int]]:
    """Columns of counts with the sex that they are of ("": another column says it) and their unit."""
    first, second = next(pair for pair in _PAIRS if set(pair) <= roles.keys())
    unit = 1000 if second.endswith("thousands") else 1
    if first == "sex":
        return [("", roles[second], unit)]
    return [(SEXES[0], roles[first], unit), (SEXES[1], roles[second], unit)]


def _asked(
    source: Source, roles: dict[str, str], remarks: list[Remark], place: str
) -> Iterator[tuple[int, dict[str, str | None]]]:
    """Cells of the country asked for and of the medium variant, where a table has several; `NotFound` for others."""
    wanted, others, found = place.strip().casefold(), set(), False
    keys = [role for role in ("country", "code", "iso") if role in roles]
    for number, cells in _cells(source, remarks):
        if "variant" in roles and plain(_text(cells, roles, "variant")) not in _LIKELIEST:
            continue
        wanted = wanted or _text(cells, roles, "country").casefold()
        if keys and wanted not in {_text(cells, roles, key).casefold() for key in keys}:
            others.add(_text(cells, roles, "country"))
            continue
        found = True
        yield number, cells
    if others and not (found and place):
        hint = f"Name one with --place; it has: {', '.join(sorted(others)[:20])}."
        raise NotFound(f"There is no place {place!r}.", where=source.name, hint=hint)


def _row(
    source: Source, number: int, cells: dict[str, str | None], roles: dict[str, str], ages: dict[Ages, float]
) -> Row:
    year = _year(_text(cells, roles, "year"), source.name)
    return Row(number, year, _text(cells, roles, "district"), ages, _text(cells, roles, _whole(roles)))


def _whole(roles: dict[str, str]) -> str:
    return "country" if "country" in roles else "city"


def _text(cells: dict[str, str | None], roles: dict[str, str], role: str) -> str:
    return (cells[roles[role]] or "") if role in roles else ""


def _count(cell: str | None, file: str, row: int, field: str) -> float:
    try:
        value = float((cell or "").replace(",", ""))
    except ValueError:
        what = f"{cell or 'An empty cell'} is not a number of people."
        raise BadInput(what, where=f"{file}, row {row}, {field}", hint="Write 0 for nobody.") from None
    if not 0 <= value < np.inf:
        raise BadInput(f"{value:g} people cannot be.", where=f"{file}, row {row}, {field}", hint="Correct the cell.")
    return value


# Registers repeat a few hundred words hundreds of thousands of times.
_remembered = lru_cache(maxsize=4096)


@_remembered
def _sex(text: str) -> int | None:
    return _SEX.get(plain(text))


@_remembered
def _ages(sex: str, age: str) -> Ages | None:
    try:
        return (_SEX[plain(sex)], *grouped(age))
    except ValueError:
        return None


@_remembered
def _year(text: str, file: str) -> int:
    told = _YEAR.search(text) or _YEAR.search(file)
    if told is None:
        hint = "Add a column year, or name the file after its year (register-2025.csv)."
        raise BadInput("Nothing says of which year the counts are.", where=file, hint=hint)
    return int(told[0])


def _check_totals(
    file: str,
    number: int,
    cells: dict[str, str | None],
    roles: dict[str, str],
    ages: dict[Ages, float],
    remarks: list[Remark],
) -> None:
    """Stated totals of a row against the ages; the ages hold."""
    sums = [sum(v for (sex, _, _), v in ages.items() if sex == s) for s in (0, 1)]
    for role, found in (("all", sum(sums)), ("male", sums[0]), ("female", sums[1])):
        if role in roles and cells[roles[role]] is not None:
            stated = _count(cells[roles[role]], file, number, roles[role])
            compare(file, number, roles[role], stated, found, remarks)


def twice(row: Row, ages: Ages, where: str) -> BadInput:
    """What is said when a district has two counts of one sex and age."""
    what = f"{row.district or 'The place'} has two counts of {SEXES[ages[0]]} aged {ages[1]} in {row.year}."
    return BadInput(what, where=where, hint="Leave one of them out.")


@_remembered
def is_total(name: str) -> bool:
    """Whether a name stands for all of them together."""
    return plain(name) in _TOTALS


def compare(file: str, row: int, field: str, stated: float, found: float, remarks: list[Remark]) -> None:
    """Mark a total that is not the sum of its parts; raises `BadInput` when it is far off."""
    if abs(stated - found) > max(TOLERANCE * max(stated, found), 1):
        raise BadInput(
            f"The total says {stated:,.0f}, its parts add up to {found:,.0f}.",
            where=f"{file}, row {row}, {field}",
            hint="Correct the total or its parts.",
        )
    if stated != found:
        remarks.append(Remark(file, row, field, f"{stated:,.0f} stated, the parts add up to {found:,.0f}", "mended"))
