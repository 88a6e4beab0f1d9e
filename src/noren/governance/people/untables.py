"""Inputs in the form of the United Nations' World Population Prospects (files of the R package `wpp2019`).

Tab-separated: popM, popF (thousands by age and year), mxM, mxF (death rates by age and period), tfr and tfrprojMed,
percentASFR (shares of births by age, in per cent), sexRatio, migration (net total of a period, thousands).
"""

from __future__ import annotations

import csv
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from noren.errors import BadInput, NotFound
from noren.governance.people import migration
from noren.governance.people.lifetable import life_table, survivorship
from noren.governance.people.project import spread_births
from noren.governance.people.records import SEXES, Floats, Population, Rates, known_year
from noren.governance.people.scenario import Scenario

FILES = ("popM", "popF", "mxM", "mxF", "tfr", "tfrprojMed", "percentASFR", "sexRatio", "migration")
_THOUSAND = 1000.0
_LABELS = ("country_code", "name", "age", "last.observed")


class UnTables:
    """The tables of one place in a folder; raises `BadInput` naming file, row and column of what cannot be used."""

    def __init__(self, folder: Path, place: str, start: int | None = None) -> None:
        missing = [name for name in FILES if not (folder / f"{name}.tsv").is_file()]
        if missing:
            raise BadInput("Tables are missing.", where=str(folder), hint=f"Add: {', '.join(missing)} (.tsv).")
        self._tables = {name: _read(folder / f"{name}.tsv", place) for name in FILES}
        self.folder, self.place = folder, self._tables["popM"][0].get("name") or place
        self._start = known_year([int(column) for column in self._columns("popM")], start)

    @cached_property
    def years(self) -> list[int]:
        """Years for which the population by age is given, up to the one to begin with."""
        return [year for year in map(int, self._columns("popM")) if year <= self._start]

    @cached_property
    def width(self) -> int:
        """Years of a class of age, and of a step."""
        return 5

    def population(self, year: int | None = None) -> Population:
        """People by sex and age in `year`, the newest when left out."""
        year = self.years[-1] if year is None else year
        counts = np.stack([self._column(name, str(year)) for name in ("popM", "popF")]) * _THOUSAND
        return Population(year, self.width, counts)

    def rates(self, year: int, scenario: Scenario, step: int = 0) -> Rates:
        """Rates of the period that begins in `year`, the step-th of the projection, changed as the scenario says."""
        basic = self._rates(year)
        tfr, shares = float(self._column(self._fertility(year), _period(year))[0]), self._shares(year)
        moved = migration.pattern(self.past, step, self._net(year) == self._net(self.years[-2]))
        return Rates(
            scenario.survival(basic.survival),
            spread_births(scenario.children_at(tfr, step * self.width), shares, self.width, self._classes),
            basic.boys,
            moved * self._net(year) * scenario.migration,
        )

    def expectancy(self, year: int) -> dict[str, float]:
        """Life expectancy at birth by sex in the period that begins in `year`."""
        found = zip(SEXES, ("mxM", "mxF"), strict=True)
        return {sex: life_table(self._column(name, _period(year)), sex).expectancy for sex, name in found}

    @cached_property
    def _classes(self) -> int:
        return len(self._table("popM"))

    def _fertility(self, year: int) -> str:
        return "tfr" if _period(year) in self._columns("tfr") else "tfrprojMed"

    def _shares(self, year: int) -> Floats:
        """Shares of births by class of age; refused when they do not add up to 100 %."""
        given = self._column("percentASFR", _period(year))
        if abs(given.sum() - 100) > 0.5:
            raise BadInput(
                f"The shares of births by age add up to {given.sum():.1f} %, not 100 %.",
                where=f"percentASFR.tsv, {self.place}, column {_period(year)}",
                hint="Correct the shares.",
            )
        shares = np.zeros(self._classes)
        shares[3 : 3 + len(given)] = given / given.sum()
        return shares

    def _rates(self, year: int) -> Rates:
        """Survival, births and sex ratio of a period, without migration."""
        period = _period(year)
        tables = [life_table(self._column(n, period), s) for s, n in zip(SEXES, ("mxM", "mxF"), strict=True)]
        survival = np.stack([survivorship(table, self.width, self._classes) for table in tables])
        children = float(self._column(self._fertility(year), period)[0])
        births = spread_births(children, self._shares(year), self.width, self._classes)
        boys = float(self._column("sexRatio", period)[0])
        return Rates(survival, births, boys, np.zeros((2, self._classes)))

    @cached_property
    def past(self) -> Floats:
        """Net arrivals by sex and age in the steadier of the last two periods that have a count at both ends."""
        periods = list(pairwise(self.years))[-2:]
        found = [migration.residual(self.population(a), self.population(b), self._rates(a)) for a, b in periods]
        return migration.steadier(found)

    def _net(self, year: int) -> float:
        return float(self._column("migration", _period(year))[0]) * _THOUSAND

    def _table(self, name: str) -> list[dict[str, Any]]:
        return self._tables[name]

    def _columns(self, name: str) -> list[str]:
        return [column for column in self._table(name)[0] if column not in (*_LABELS, "")]

    def _column(self, name: str, column: str) -> Floats:
        return np.array([_number(row, name, column, self.place) for row in self._table(name)])


def _period(year: int) -> str:
    return f"{year}-{year + 5}"


def _read(path: Path, place: str) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    own = [
        {**row, "": number}
        for number, row in enumerate(rows, 2)
        if place.strip().casefold() in ((row.get("name") or "").casefold(), row.get("country_code"))
    ]
    if not own:
        names = sorted({str(row.get("name")) for row in rows})
        hint = f"Name one with --place; it has: {', '.join(names[:20])}." if names else "The table is empty."
        raise NotFound(f"There is no place {place!r}.", where=str(path), hint=hint)
    return own


def _number(row: dict[str, Any], name: str, column: str, place: str) -> float:
    where = f"{name}.tsv, row {row['']}, column {column}"
    if column not in row:
        raise BadInput(f"There is nothing for {column}.", where=f"{name}.tsv, {place}", hint="Ask for an earlier year.")
    try:
        value = float(row[column])
    except (TypeError, ValueError):
        raise BadInput(f"{row[column]!r} is not a number.", where=where, hint="Complete the table.") from None
    if value < 0 and name != "migration":
        raise BadInput(f"{value:g} is below zero.", where=where, hint="Correct the cell.")
    return value
