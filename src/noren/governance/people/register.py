"""A city's own counts: residents by district, sex and age, of one or several years.

Two forms are read, from whatever tables `noren.intake` reads: one row a district with a column for each sex and age (as
Japan's recommended data set 地域・年齢別人口), or one row a count with columns district, sex, age and count.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from noren.errors import BadInput
from noren.governance.people.classes import Ages, laid_out, without_sums
from noren.governance.people.records import SEXES, Floats, Population, Remark
from noren.governance.people.rows import Row, compare, is_total, part, rows_of, twice
from noren.intake.recognise import recognise
from noren.intake.source import Source

SUFFIXES = {".csv", ".tsv", ".txt", ".xlsx", ".xls", ".parquet"}


class Register(msgspec.Struct, frozen=True):
    """Residents at one time: `counts[district, sex, class]` in classes of `width` years, the last open."""

    year: int
    width: int
    districts: list[str]
    counts: Floats
    city: str = ""

    @property
    def whole(self) -> Population:
        """The city: all districts together."""
        return Population(self.year, self.width, np.asarray(self.counts.sum(0)))


def read_registers(path: Path, place: str = "") -> tuple[list[Register], list[Remark]]:
    """Registers in a file or folder, oldest first, in the same classes, and what did not fit.

    `place`: the country, where tables have several. Raises `BadInput` for counts that are negative or no numbers,
    missing ages, an unknown year, and totals that are more than 1 % off.
    """
    remarks: list[Remark] = []
    rows: dict[int, list[tuple[str, Row]]] = defaultdict(list)
    for source in _sources(path, remarks):
        for row in rows_of(source, remarks, place):
            rows[row.year].append((source.name, row))
    if not rows:
        raise BadInput(
            "There is no register of residents by sex and age here.",
            where=str(path),
            hint="Give a table with columns district, sex, age and count, or age, male and female, "
            "or one column for each sex and age.",
        )
    found = [_register(year, rows[year], remarks) for year in sorted(rows)]
    return alike(found), remarks


def of_districts(entities: Iterable[dict[str, Any]], year: int) -> tuple[Register, list[Remark]]:
    """The register that entities of type `District` hold in `populationByAge`; raises `BadInput` as for a file."""
    remarks: list[Remark] = []
    rows = []
    for number, each in enumerate(entities, 1):
        told = each.get("populationByAge") or {}
        ages = {part(key): float(count) for key, count in told.items() if key.split()[0] in SEXES}
        if ages:
            rows.append(("District", Row(number, year, str(each.get("name") or each["id"]), ages)))
        else:
            remarks.append(
                Remark("District", number, "populationByAge", f"{each['id']} has no people by age", "left out")
            )
    if not rows:
        raise BadInput(
            "No district says its people by sex and age.", hint="Add the city's register by district and age."
        )
    return _register(year, rows, remarks), remarks


def _sources(path: Path, remarks: list[Remark]) -> Iterator[Source]:
    files = [path] if path.is_file() else sorted(p for p in path.glob("*") if p.suffix.lower() in SUFFIXES)
    if not path.exists():
        raise BadInput("There is nothing of this name.", where=str(path), hint="Check the name of the folder.")
    for file in files:
        try:
            items = recognise(file)
        except BadInput as error:
            if path.is_file():
                raise
            remarks.append(Remark(file.name, 0, "", f"Not read: {error.what}", "left out"))
            continue
        yield from (item.source for item in items if item.source is not None)


def _register(year: int, rows: list[tuple[str, Row]], remarks: list[Remark]) -> Register:
    """One year's rows laid out as districts x sexes x classes."""
    by_district: dict[str, dict[Ages, float]] = {}
    places: dict[str, tuple[str, int]] = {}
    for file, row in rows:
        known = by_district.setdefault(row.district, {})
        places.setdefault(row.district, (file, row.number))
        for ages in known.keys() & row.ages.keys():
            raise twice(row, ages, f"{file}, row {row.number}")
        known.update(row.ages)
    totals = [name for name in by_district if is_total(name)] if len(by_district) > 1 else []
    parts = {name: ages for name, ages in by_district.items() if name not in totals}
    width, counts = laid_out(without_sums(parts), places)
    for name in totals:
        compare(*places[name], "total", sum(by_district[name].values()), float(counts.sum()), remarks)
    city = next((row.city for _, row in rows if row.city), "")
    return Register(year, width, list(parts), counts, city)


def alike(found: Iterable[Register]) -> list[Register]:
    """All in the widest classes and the lowest open age of any."""
    registers = list(found)
    width = max(r.width for r in registers)
    opened = min(r.whole.open_age for r in registers) // width * width
    return [
        Register(r.year, width, r.districts, _regrouped(r.counts, r.width, width, opened), r.city) for r in registers
    ]


def _regrouped(counts: Floats, width: int, wider: int, opened: int) -> Floats:
    starts = np.arange(counts.shape[2]) * width
    place = np.minimum(starts, opened) // wider
    return np.asarray(np.stack([counts[:, :, place == p].sum(2) for p in range(opened // wider + 1)], axis=2))
