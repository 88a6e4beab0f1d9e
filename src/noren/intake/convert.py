"""Rows to entities and readings by a mapping, whole columns at once; what cannot be kept is reported with its place."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from noren.intake import parse
from noren.intake.gather import fit, harsher
from noren.intake.looks import meaning_of
from noren.intake.mapping import PERSONAL, SKIP, Column, Mapping, unit_of
from noren.intake.names import IN_BRACKETS, digest, slug, stem
from noren.intake.places import NO_GRID, NO_PLACE, UNKNOWN, geometry, impossible, pair_of, put_right, to_wgs84
from noren.intake.source import Batch, Refused
from noren.intake.text import plain
from noren.intake.units import RANGES, conversion
from noren.intake.words import reading_words, role_of, state_words
from noren.terms import COMMON, TYPES
from noren.terms.record import stamp

SERIES = pa.schema(
    [
        ("type", pa.string()),
        ("entity", pa.string()),
        ("attribute", pa.string()),
        ("observed", parse.MOMENT),
        ("number", pa.float64()),
    ]
)
EARLIEST, LATEST = datetime(1950, 1, 1), datetime(2200, 1, 1)
BROKEN_PROMISE = {
    "place": "The heading promises a latitude or longitude, and this is none: mend the heading or the cells.",
    "number": "The heading promises a number, and this is none: mend the heading or the cells.",
}
UNREADABLE = "Letters that the encoding of the file does not have stand as �. Save it as UTF-8 and add it again."
ONE_OF = 4
"""From how many columns on a row of one cell is a note."""
YES, NO = (
    {"true", "yes", "sim", "y", "1", "有", "あり", "○", "可", "ja"},
    {"false", "no", "não", "nao", "n", "0", "無", "なし", "×", "不可", "nej", "nein"},
)


class Place(msgspec.Struct, frozen=True):
    """What the reader must know of the city: its slug for ids, its zone for times."""

    slug: str
    zone: str


class Reader:
    """Turns batches into entities or readings; `refused` gathers what was not kept, `kept` counts rows."""

    def __init__(self, mapping: Mapping, place: Place, dataset: str) -> None:
        self.mapping, self.place, self.dataset = mapping, place, dataset
        self.refused: list[Refused] = []
        self.kept = 0
        self._row = 0
        self.names: dict[str, str] = {}
        self.places: dict[str, Any] = {}
        """Where the stations of a series are, by local name, when its rows say so."""

    def entities(self, batch: Batch) -> list[dict[str, Any]]:
        """One simplified entity a row that can be kept."""
        table, mapping = batch.table, self.mapping
        if not table.num_rows:
            return []
        table, numbers = self._without_notes(table, batch.rows)
        batch = Batch(table, numbers)
        if not table.num_rows:
            return []
        self._doubts(table, batch.rows)
        locations, problems = self._locations(table, batch.rows)
        columns = [
            (c, self._values(name, c, table[name], batch.rows))
            for name, c in mapping.columns.items()
            if c.attribute not in (SKIP, PERSONAL)
        ]
        named = [table[name].to_pylist() for name in mapping.id_columns]
        made = []
        for i in range(table.num_rows):
            if i in problems:
                continue
            entity = self._entity(i, columns, [cells[i] for cells in named])
            if locations is not None and locations[i] is not None:
                entity["location"] = locations[i]
            made.append(entity)
        self.kept += len(made)
        return made

    def _without_notes(self, table: pa.Table, rows: list[int]) -> tuple[pa.Table, list[int]]:
        """The rows without sums of the others and without notes under the table, which are told."""
        filled = np.sum([c.is_valid().to_numpy() for c in table.columns], axis=0)
        keys = [table[name].to_pylist() for name in self.mapping.id_columns]
        named = [name for name, c in self.mapping.columns.items() if c.attribute == "name"]
        keys += [table[name].to_pylist() for name in named]
        kept = []
        for i, number in enumerate(rows):
            first = next((key[i] for key in keys if key[i]), "") or ""
            if keys and reading_words().get(plain(first)) == "sum":
                self.refused.append(Refused(number, "", first[:60], "The row is the sum of the others."))
            elif filled[i] == 1 and table.num_columns >= ONE_OF:
                note = next((c[i].as_py() for c in table.columns if c[i].is_valid), "")
                self.refused.append(Refused(number, "", note[:60], "The row has one cell only, like a note."))
            else:
                kept.append(i)
        return (table, rows) if len(kept) == len(rows) else (table.take(kept), [rows[i] for i in kept])

    def _entity(self, i: int, columns: list[tuple[Column, list[Any]]], keys: list[str | None]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for column, cells in columns:
            value = cells[i]
            if value is None:
                continue
            if column.part:
                held = values.setdefault(column.attribute, {})
                twice = column.kind == "fit" and column.part in held
                held[column.part] = harsher([held[column.part], value]) if twice else value
            elif column.attribute not in values:
                values[column.attribute] = value
        local = self._local(keys, values)
        return {"id": self.urn(self.mapping.type, local), "type": self.mapping.type, "inDataset": self.dataset} | (
            self.mapping.fixed | values
        )

    def _local(self, keys: list[str | None], values: dict[str, Any]) -> str:
        if keys and all(keys):
            joined = slug("-".join(str(key) for key in keys))
            return f"{slug(stem(self.mapping.file))}-{joined}" if self.mapping.numbered else joined
        return "r" + digest(msgspec.json.encode(values, order="sorted").decode())

    def urn(self, kind: str, local: str) -> str:
        """The id of an entity of this city."""
        return f"urn:ngsi-ld:{kind}:{self.place.slug}:{local}"

    def _values(self, name: str, column: Column, cells: pa.ChunkedArray, rows: list[int]) -> list[Any]:
        match column.kind:
            case "number":
                read = self._numbers(name, column, self.mapping.type, cells, rows)
                return [_whole(v) for v in read.to_pylist()]
            case "time":
                times = parse.moments(cells, column.format or parse.ISO, self.mapping.zone or self.place.zone)
                self._report(name, cells, times, rows, "This is not a time in the column's form.")
                return [None if t is None else {"@type": "DateTime", "@value": stamp(t)} for t in times.to_pylist()]
            case "json":
                return [_json(v) for v in cells.to_pylist()]
            case "fit":
                return [fit(v) for v in cells.to_pylist()]
            case "yes-no":
                return [
                    None if v is None else True if v.casefold() in YES else False if v.casefold() in NO else v
                    for v in cells.to_pylist()
                ]
            case "state":
                return [None if v is None else state_words().get(plain(v), "received") for v in cells.to_pylist()]
            case "list":
                return [
                    None if v is None else [part for part in re.split(r"[;、|]\s*", v) if part]
                    for v in cells.to_pylist()
                ]
            case _:
                return self._texts(column, cells.to_pylist())

    def _doubts(self, table: pa.Table, rows: list[int]) -> None:
        """Tell cells that are not what their heading promises, and letters that the file's encoding does not have."""
        for name, column in self.mapping.columns.items():
            if column.kind != "text" or column.attribute in (SKIP, PERSONAL):
                continue
            cells = table[name]
            if (what := promise(name, self.mapping)) and pc.any(lost := pc.invert(_as_promised(cells, what))).as_py():
                self._report(name, cells, pc.if_else(lost, None, cells), rows, BROKEN_PROMISE[what])
            if pc.any(pc.match_substring(cells, "\ufffd")).as_py():
                good = pc.if_else(pc.match_substring(cells, "\ufffd"), None, cells)
                self._report(name, cells, good, rows, UNREADABLE, "mended")

    def _texts(self, column: Column, cells: list[Any]) -> list[Any]:
        known = (
            TYPES[self.mapping.type].attribute(column.attribute)
            if self.mapping.type in TYPES
            else COMMON.get(column.attribute)
        )
        if column.attribute == "address":
            return [None if v is None else {"streetAddress": v} for v in cells]
        if known and known.kind == "texts":
            return [None if v is None else [part for part in re.split(r"[;、|]\s*", v) if part] for v in cells]
        return cells

    def _numbers(
        self, name: str, column: Column, kind: str, cells: pa.ChunkedArray, rows: list[int]
    ) -> pa.ChunkedArray:
        read = parse.numbers(cells, column.decimal)
        self._report(name, cells, read, rows, "This is not a number.")
        scale, offset = conversion(column.unit, unit_of(kind, column.attribute))
        if (scale, offset) != (1.0, 0.0):
            read = pc.round(pc.add(pc.multiply(read, scale), offset), 9)
        if column.attribute in RANGES:
            low, high = RANGES[column.attribute]
            inside = pc.and_(pc.greater_equal(read, low), pc.less_equal(read, high))
            kept = pc.if_else(inside, read, None)
            self._report(
                name, pc.cast(read, pa.string()), kept, rows, f"This is outside what is possible ({low:g} to {high:g})."
            )
            return kept
        return read

    def _report(
        self,
        name: str,
        cells: pa.ChunkedArray,
        read: pa.ChunkedArray,
        rows: list[int],
        what: str,
        fate: Literal["row", "cell", "mended"] = "cell",
    ) -> None:
        lost = pc.and_(pc.is_valid(cells), pc.is_null(read))
        if not pc.any(lost).as_py():
            return
        for i in np.flatnonzero(lost.to_numpy(zero_copy_only=False)):
            if fate == "cell" and str(cells[int(i)].as_py()).casefold() in parse.ABSENT:
                continue
            self.refused.append(Refused(rows[i], name, str(cells[int(i)].as_py())[:60], what, fate))

    # Places

    def _locations(self, table: pa.Table, rows: list[int]) -> tuple[list[Any] | None, set[int]]:
        mapping = self.mapping
        if mapping.wkt:
            return self._shapes(table[mapping.wkt].to_pylist(), rows)
        if mapping.point:
            pairs = [pair_of(text) for text in table[mapping.point].to_pylist()]
            lat = np.array([p[0] if p else np.nan for p in pairs])
            lon = np.array([p[1] if p else np.nan for p in pairs])
            return self._points(lat, lon, rows, mapping.point)
        if mapping.latitude and mapping.longitude:
            read = [
                parse.numbers(parse.degrees(table[name]), mapping.decimal).to_numpy(zero_copy_only=False)
                for name in (mapping.latitude, mapping.longitude)
            ]
            lat, lon = (each * mapping.scale for each in (read[::-1] if mapping.swapped else read))
            return self._points(lat, lon, rows, mapping.latitude)
        return None, set()

    def _points(self, lat: np.ndarray, lon: np.ndarray, rows: list[int], field: str) -> tuple[list[Any], set[int]]:
        if self.mapping.crs == UNKNOWN:
            self.refused += [
                Refused(row, field, f"{y:g}, {x:g}", NO_GRID, "cell") for row, y, x in zip(rows, lat, lon, strict=True)
            ]
            return [None] * len(rows), set()
        if self.mapping.crs not in ("EPSG:4326", ""):
            lon, lat = to_wgs84(self.mapping.crs).transform(lon, lat)
        lat, lon = self._mended(lat, lon, rows, field)
        places, bad = [], set()
        for i, (y, x) in enumerate(zip(lat, lon, strict=True)):
            wrong = impossible(y, x)
            if wrong == NO_PLACE:
                self.refused.append(Refused(rows[i], field, "", wrong, "cell"))
            elif wrong:
                self.refused.append(Refused(rows[i], field, f"{y:g}, {x:g}", wrong))
                bad.add(i)
            places.append(None if wrong else {"type": "Point", "coordinates": [round(float(x), 8), round(float(y), 8)]})
        return places, bad

    def _mended(self, lat: np.ndarray, lon: np.ndarray, rows: list[int], field: str) -> tuple[np.ndarray, np.ndarray]:
        """The places with those put right that lie where most do once exchanged, or once their point is set again."""
        good = np.array([not impossible(y, x) for y, x in zip(lat, lon, strict=True)], bool)
        if good.sum() < 3:
            return lat, lon
        centre = float(np.median(lat[good])), float(np.median(lon[good]))
        lat, lon = lat.copy(), lon.copy()
        for i in np.flatnonzero(~np.isnan(lat) & ~np.isnan(lon)):
            here = float(lat[i]), float(lon[i])
            better, what = put_right(here, centre)
            if what:
                self.refused.append(Refused(rows[i], field, f"{here[0]:g}, {here[1]:g}", what, "mended"))
                lat[i], lon[i] = better
        return lat, lon

    def _shapes(self, texts: list[str | None], rows: list[int]) -> tuple[list[Any], set[int]]:
        shapes, bad = [], set()
        for i, text in enumerate(texts):
            shape = geometry(text, self.mapping.crs)
            if shape in (NO_PLACE, NO_GRID):
                self.refused.append(Refused(rows[i], self.mapping.wkt, (text or "")[:60], str(shape), "cell"))
            elif isinstance(shape, str):
                self.refused.append(Refused(rows[i], self.mapping.wkt, (text or "")[:60], shape))
                bad.add(i)
            shapes.append(None if isinstance(shape, str) else shape)
        return shapes, bad

    # Readings

    def readings(self, batch: Batch) -> pa.Table:
        """The batch as readings in schema `SERIES`; a row without a time is refused whole."""
        table, mapping = batch.table, self.mapping
        observed = self._moments(table, batch.rows)
        stations = self._stations(table, batch.rows)
        self.names |= station_names(mapping, batch)
        self._station_places(batch)
        parts = []
        for name, column in mapping.columns.items():
            if column.kind != "number" or column.attribute in (SKIP, PERSONAL):
                continue
            kind = column.type or mapping.type
            number = self._numbers(name, column, kind, table[name], batch.rows)
            entity = (
                self._fixed(kind, column.station, table.num_rows) if column.station else self._named(kind, stations)
            )
            keep = pc.and_(pc.and_(pc.is_valid(observed), pc.is_valid(number)), pc.is_valid(entity))
            length = table.num_rows
            whole = pa.table(
                [pa.repeat(kind, length), entity, pa.repeat(column.attribute, length), observed, number], schema=SERIES
            )
            parts.append(whole.filter(keep))
        self.kept += table.num_rows - observed.null_count
        self._row += table.num_rows
        return pa.concat_tables(parts) if parts else SERIES.empty_table()

    def _station_places(self, batch: Batch) -> None:
        """Where stations are, from the first row of each that says so."""
        if not (self.mapping.has_place and self.mapping.id_columns):
            return
        first: dict[str, int] = {}
        for i, name in enumerate(batch.table[self.mapping.id_columns[0]].to_pylist()):
            if name is not None and slug(name) not in self.places:
                first.setdefault(slug(name), i)
        if first:
            taken = list(first.values())
            found, _ = self._locations(batch.table.take(taken), [batch.rows[i] for i in taken])
            self.places |= {local: where for local, where in zip(first, found or [], strict=False) if where}

    def _moments(self, table: pa.Table, rows: list[int]) -> pa.ChunkedArray:
        mapping, zone = self.mapping, self.mapping.zone or self.place.zone
        if mapping.step:
            first = parse.moments(pa.chunked_array([[mapping.first]]), parse.ISO, zone)[0].as_py()
            times = [first + timedelta(seconds=mapping.step * (self._row + i)) for i in range(table.num_rows)]
            return pa.chunked_array([pa.array(times, parse.MOMENT)])
        joined = table[mapping.time[0]]
        for name in mapping.time[1:]:
            joined = pc.binary_join_element_wise(joined, table[name], " ")
        if len(mapping.time) > 1:
            joined = pc.replace_substring_regex(joined, r"\s*(UTC|GMT)$", "")
        read = parse.moments(joined, mapping.time_format or parse.ISO, zone)
        first, last = (pa.scalar(each, pa.timestamp("us")).cast(parse.MOMENT) for each in (EARLIEST, LATEST))
        beyond = pc.fill_null(pc.or_(pc.less(read, first), pc.greater(read, last)), False)
        kept = pc.if_else(beyond, None, read)
        self._report(mapping.time[0], joined, kept, rows, "This is no time that a reading can have.", "row")
        return kept

    def _stations(self, table: pa.Table, rows: list[int]) -> pa.ChunkedArray:
        if not self.mapping.id_columns:
            return pa.chunked_array([pa.repeat(self.mapping.station or stem(self.mapping.file), table.num_rows)])
        name = self.mapping.id_columns[0]
        for i in np.flatnonzero(pc.is_null(table[name]).to_numpy(zero_copy_only=False)):
            self.refused.append(Refused(rows[i], name, "", "The row names no station."))
        return table[name]

    def _named(self, kind: str, stations: pa.ChunkedArray) -> pa.ChunkedArray:
        encoded = stations.combine_chunks().dictionary_encode()
        encoded = encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
        urns = pa.array([self.urn(kind, slug(str(name))) for name in encoded.dictionary.to_pylist()], pa.string())
        return pa.chunked_array([pc.take(urns, encoded.indices)])

    def _fixed(self, kind: str, station: str, length: int) -> pa.ChunkedArray:
        return pa.chunked_array([pa.repeat(self.urn(kind, slug(station)), length)])


def station_names(mapping: Mapping, batch: Batch) -> dict[str, str]:
    """Local name to the name that people use, of the stations in a batch of a series."""
    if mapping.id_columns:
        names = pc.unique(batch.table[mapping.id_columns[0]].drop_null()).to_pylist()
    else:
        names = [mapping.station or stem(mapping.file), *(c.station for c in mapping.columns.values() if c.station)]
    return {slug(str(name)): str(name) for name in names}


def promise(heading: str, mapping: Mapping) -> str:
    """What a heading promises of its cells though they were taken as text: "place", "number", or "" for nothing."""
    bare = plain(IN_BRACKETS.sub(" ", heading))
    if role_of(bare) in ("latitude", "longitude"):
        return "place"
    meaning = meaning_of(bare, mapping.type)
    own = TYPES[mapping.type].attribute(meaning.attribute) if meaning and mapping.type in TYPES else None
    return "number" if own and own.kind == "number" else ""


def _as_promised(cells: pa.ChunkedArray, what: str) -> pa.ChunkedArray:
    cells = parse.degrees(cells) if what == "place" else cells
    return pc.or_(pc.is_valid(parse.numbers(cells)), pc.is_valid(parse.numbers(cells, "comma")))


def _whole(value: float | None) -> float | int | None:
    return int(value) if value is not None and value.is_integer() and abs(value) < 1e15 else value


def _json(text: str | None) -> Any:
    try:
        return None if text is None else msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
