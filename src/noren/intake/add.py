"""`noren add`: from a file to entities, readings and a card in the catalogue, by a mapping that can be corrected."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from noren.catalogue import datasets
from noren.catalogue.quality import Finding, finding, refused_findings, short
from noren.errors import NorenError
from noren.intake import gtfs, mapping, rasters, realtime
from noren.intake.convert import Place, Reader
from noren.intake.counted import leave_out, sifted
from noren.intake.mapping import Mapping
from noren.intake.names import slug, stem
from noren.intake.plans import Options, Plan, plan
from noren.intake.relating import datasets_of, related, relation
from noren.intake.source import Refused, Source
from noren.terms.eyes import shown

if TYPE_CHECKING:
    from noren.view import View

BATCH = 1_000
FLUSH = 400_000
Tick = Callable[[str, int], None]


class Added(msgspec.Struct):
    """What became of one thing in a file."""

    file: str
    dataset: str
    title: str
    type: str
    kept: int
    refused: int
    readings: int
    first: datetime | None
    last: datetime | None
    findings: list[Finding]
    mapping: str


class Adder:
    """Keeps planned things in one city; `tick` is told how many rows have been kept."""

    def __init__(self, view: View, folder: Path, place: Place, tick: Tick = lambda name, rows: None) -> None:
        self.view, self.folder, self.place, self.tick = view, folder, place, tick

    async def add(self, plan: Plan, options: Options) -> Added:
        """Keep what was planned; good rows stay whatever the others are."""
        id = f"urn:ngsi-ld:Dataset:{self.place.slug}:{slug(plan.item.name)}"
        left_out = leave_out(plan.mapping)
        reader = Reader(plan.mapping, self.place, id)
        reader.refused += left_out
        work = _Work(self, plan, reader, options)
        await work.run()
        path = mapping.path_for(self.folder, Path(plan.item.name))
        mapping.write(plan.mapping, path)
        return await work.catalogue(id, path)


class _Work:
    """One thing on its way in: what it has brought so far."""

    def __init__(self, adder: Adder, plan: Plan, reader: Reader, options: Options) -> None:
        self.adder, self.plan, self.reader, self.options = adder, plan, reader, options
        self.view = adder.view
        self.types: dict[str, int] = {}
        self.entities: dict[str, None] = {}
        self.measured: dict[str, set[str]] = {}
        self.bounds: list[float] | None = None
        self.geometry = ""
        self.readings = 0
        self.repeated = self.doubles = self.contrary = self.against = 0
        self.apart = 0.0
        self.first: datetime | None = None
        self.last: datetime | None = None

    async def run(self) -> None:
        match self.plan.item.form:
            case "raster":
                await self._raster()
            case "gtfs":
                for entities in await asyncio.to_thread(lambda: list(gtfs.entities(self.plan.path, self.reader))):
                    await self._keep(entities)
            case "gtfs-rt":
                await self._keep(await asyncio.to_thread(realtime.entities, self.plan.path, self.reader))
            case "ngsi-ld" | "settled":
                await self._settled(self.plan.item.entities)
            case _:
                source = self.plan.item.source
                assert source is not None  # noqa: S101 - a table has one
                await (self._series(source) if self.plan.mapping.kind == "series" else self._table(source))

    async def _raster(self) -> None:
        raster = await asyncio.to_thread(rasters.look, self.plan.path)
        await asyncio.to_thread(rasters.keep, self.plan.path, self.adder.folder)
        self.bounds, self.reader.kept = raster.bounds, raster.width * raster.height

    async def _settled(self, entities: list[dict[str, Any]]) -> None:
        made = []
        for each in entities:
            own = self._named_here(each) if self.plan.item.form == "settled" else each
            key = str(own.get("id", slug(stem(self.plan.item.name))))
            if ":" not in key:
                own = own | {"id": self.reader.urn(str(own["type"]), slug(key))}
            made.append({k: v for k, v in own.items() if k != "@context"} | {"inDataset": self.reader.dataset})
        self.reader.kept = len(made)
        await self._keep(made)

    def _named_here(self, entity: dict[str, Any]) -> dict[str, Any]:
        """What was recognised for single stations, with ids of this city in place of the stations' own."""
        if "appliesTo" not in entity:
            return entity
        gauges = [self.reader.urn("WaterObserved", slug(each)) for each in entity["appliesTo"]]
        return entity | {"id": self.reader.urn(entity["type"], slug(entity["id"])), "appliesTo": gauges}

    async def _table(self, source: Source) -> None:
        for batch in source.open(self.reader.refused):
            entities = await asyncio.to_thread(self.reader.entities, batch)
            await self._keep(entities)
            self.adder.tick(source.name, self.reader.kept)

    async def _keep(self, entities: list[dict[str, Any]]) -> None:
        relations = [related(entity) for entity in entities]
        for start in range(0, len(relations), BATCH):
            part = relations[start : start + BATCH]
            for entity, outcome in zip(part, await self.view.upsert(part), strict=True):
                if outcome.error is not None:
                    self.reader.kept -= 1
                    self.reader.refused.append(Refused(0, shown(entity["id"]), outcome.error.where, outcome.error.what))
                    continue
                self.repeated += outcome.id in self.entities
                self.entities[outcome.id] = None
                kind = str(entity["type"][0] if isinstance(entity["type"], list) else entity["type"])
                self.types[kind] = self.types.get(kind, 0) + 1
                self._cover(entity.get("location"))

    def _cover(self, location: Any) -> None:
        place = location.get("value", location) if isinstance(location, dict) else None
        if not isinstance(place, dict) or "type" not in place:
            return
        self.geometry = self.geometry or str(place["type"])
        for x, y in _corners(place.get("coordinates")):
            b = self.bounds
            self.bounds = [x, y, x, y] if b is None else [min(b[0], x), min(b[1], y), max(b[2], x), max(b[3], y)]

    async def _series(self, source: Source) -> None:
        waiting: list[pa.Table] = []
        rows = 0
        for batch in source.open(self.reader.refused):
            part = await asyncio.to_thread(self.reader.readings, batch)
            if self.options.until is not None:
                part = part.filter(pc.less(part["observed"], pa.scalar(self.options.until, part["observed"].type)))
            waiting.append(part)
            rows += part.num_rows
            self.adder.tick(source.name, self.reader.kept)
            if rows > FLUSH:
                await self._record(pa.concat_tables(waiting))
                waiting, rows = [], 0
        if waiting:
            await self._record(pa.concat_tables(waiting))

    async def _record(self, table: pa.Table) -> None:
        if not table.num_rows:
            return
        span = pc.min_max(table["observed"]).as_py()
        self.first = min(filter(None, (self.first, span["min"])))
        self.last = max(filter(None, (self.last, span["max"])))
        await self._stations(table)
        for kind in pc.unique(table["type"]).to_pylist():
            own, wrong = sifted(kind, table.filter(pc.equal(table["type"], kind)).drop_columns(["type"]))
            self.reader.refused += wrong
            self.measured.setdefault(kind, set()).update(pc.unique(own["attribute"]).to_pylist())
            own = await self._once(kind, own)
            self.readings += await self.view.record(kind, own)

    async def _once(self, kind: str, table: pa.Table) -> pa.Table:
        """One reading a time: the last of those in the file; what differs from it, or from what is held, is counted."""
        keys = ["entity", "attribute", "observed"]
        grouped = table.group_by(keys, use_threads=False).aggregate(
            [("number", "last"), ("number", "min"), ("number", "max"), ("number", "count")]
        )
        spread = pc.subtract(grouped["number_max"], grouped["number_min"])
        contrary = pc.sum(pc.greater(spread, 1e-9)).as_py() or 0
        self.doubles += table.num_rows - grouped.num_rows - contrary
        self.contrary += contrary
        single = grouped.select([*keys, "number_last"]).rename_columns([*keys, "number"])
        if single.num_rows <= FLUSH:
            await self._compare(kind, single)
        return single

    async def _compare(self, kind: str, fresh: pa.Table) -> None:
        """Count where these readings differ from ones that came in another file for the same times."""
        span = pc.min_max(fresh["observed"]).as_py()
        ids = pc.unique(fresh["entity"]).to_pylist()
        for attribute in pc.unique(fresh["attribute"]).to_pylist():
            end = span["max"] + timedelta(microseconds=1)
            held = await self.view.series(kind, attribute, ids=ids, start=span["min"], end=end)
            if not held.num_rows:
                continue
            own = fresh.filter(pc.equal(fresh["attribute"], attribute)).select(["entity", "observed", "number"])
            both = own.join(
                held.select(["entity", "observed", "number"]).combine_chunks(),
                ["entity", "observed"],
                right_suffix="_held",
                join_type="inner",
            )
            apart = pc.abs(pc.subtract(both["number"], both["number_held"]))
            wrong = pc.sum(pc.greater(apart, 1e-9)).as_py() or 0
            if wrong:
                self.apart = max(self.apart, pc.max(apart).as_py())
                self.against += wrong

    async def _stations(self, table: pa.Table) -> None:
        pairs = table.group_by(["type", "entity"]).aggregate([]).to_pylist()
        fresh = [p for p in pairs if p["entity"] not in self.entities]
        made = []
        for pair in fresh:
            self.entities[pair["entity"]] = None
            self.types[pair["type"]] = self.types.get(pair["type"], 0) + 1
            held = await self.view.get(pair["type"], pair["entity"])
            local = pair["entity"].rsplit(":", 1)[-1]
            twin = None if held and held.get("location") else await self._twin(pair["type"], local)
            entity = {"id": pair["entity"], "type": pair["type"]}
            entity |= {"inDataset": relation(datasets_of(held, self.reader.dataset))}
            if self._is_whole_file(local) and self.options.title:
                entity["name"] = self.options.title
            elif not (held and held.get("name")):
                entity["name"] = (twin or {}).get("name") or self._called(local)
            if where := self.reader.places.get(local) or (twin or {}).get("location"):
                entity["location"] = where
            self._cover((held or {}).get("location") or entity.get("location"))
            made.append(entity)
        for start in range(0, len(made), BATCH):
            await self.view.upsert(made[start : start + BATCH])

    def _is_whole_file(self, local: str) -> bool:
        """Whether the file holds one station and names none, so that the file's title is the station's name."""
        own = self.reader.names.get(local, local)
        return own == self.plan.mapping.station == stem(self.plan.mapping.file)

    def _called(self, local: str) -> str:
        own = self.reader.names.get(local, local)
        return own[:1].upper() + own[1:] if self._is_whole_file(local) else own

    async def _twin(self, kind: str, local: str) -> dict[str, Any] | None:
        """The same thing under another type: a road section whose counts come in another file."""
        for other in _TWINS.get(kind, ()):
            found = await self.view.get(other, self.reader.urn(other, local))
            if found:
                return found
        return None

    def _doubled(self) -> list[Finding]:
        found = []
        if self.doubles or self.repeated:
            found.append(finding("duplicate", "low", self.doubles + self.repeated))
        if self.contrary:
            found.append(finding("conflict", "high", self.contrary))
        if self.against:
            found.append(finding("contradict", "high", self.against, apart=short(self.apart)))
        return found

    async def _studied(self) -> datasets.Span:
        """What the readings show, over the time that this file tells of: other files told the rest."""
        if not self.measured or self.last is None:
            return datasets.Span()
        end = self.last + timedelta(microseconds=1)
        return await datasets.study(self.view, self.measured, list(self.entities), start=self.first, end=end)

    async def catalogue(self, id: str, path: Path) -> Added:
        """Write the card of what came in."""
        plan, reader = self.plan, self.reader
        span = await self._studied()
        findings = [*span.findings, *refused_findings(reader.refused)]
        findings += self._doubled()
        refused = len({(r.row, r.field if r.row == 0 else "") for r in reader.refused if r.fate == "row"})
        source = plan.item.source
        card = datasets.card(
            id,
            title=plan.mapping.title or plan.item.name,
            description=(source.lead.get("description") if source else None),
            publisher=plan.mapping.publisher,
            license=plan.mapping.licence,
            attribution=plan.mapping.attribution,
            source=plan.mapping.source,
            entity_types=list(self.types),
            file=plan.path.name,
            format=_format(plan),
            rows_kept=reader.kept,
            rows_refused=refused,
            first_observed=span.first,
            last_observed=span.last,
            interval=span.interval,
            bridging=span.bridging,
            coverage=datasets.box(self.bounds),
            schema={"columns": datasets.schema(_named(plan.mapping))},
            quality=datasets.findings_json(findings) or None,
            layer=_layer(self.geometry, list(self.types)),
        )
        for outcome in await self.view.upsert([card], options="replace"):
            if outcome.error:
                raise outcome.error
        shown = ", ".join(self.types) or plan.mapping.type
        return Added(
            plan.item.name,
            id,
            card.title or "",
            shown,
            reader.kept,
            refused,
            self.readings,
            span.first,
            span.last,
            findings,
            str(path),
        )


_TWINS: dict[str, tuple[str, ...]] = {
    "TrafficFlowObserved": ("RoadSegment", "Device"),
    "OffStreetParking": ("PointOfInterest",),
    "MeterReading": ("Device", "PointOfInterest"),
}


def _named(found: Mapping) -> dict[str, tuple[str, str]]:
    return {n: (c.attribute, c.unit) for n, c in found.columns.items() if c.attribute != mapping.SKIP}


def _format(plan: Plan) -> str:
    return (
        plan.item.source.format
        if plan.item.source
        else {"raster": "GeoTIFF", "gtfs": "GTFS", "gtfs-rt": "GTFS Realtime"}.get(plan.item.form, "NGSI-LD")
    )


def _layer(geometry: str, types: list[str]) -> dict[str, Any] | None:
    if not geometry:
        return None
    kind = {"Point": "circle", "MultiPoint": "circle", "LineString": "line", "MultiLineString": "line"}.get(
        geometry, "fill"
    )
    return {"kind": "building" if types == ["Building"] else kind, "color": "auto", "label": "name"}


def _corners(coordinates: Any) -> Iterator[tuple[float, float]]:
    if isinstance(coordinates, list) and coordinates:
        if isinstance(coordinates[0], int | float):
            yield coordinates[0], coordinates[1]
        else:
            for part in coordinates:
                yield from _corners(part)


async def add_all(adder: Adder, paths: Iterable[Path], options: Options) -> tuple[list[Added], list[NorenError]]:
    """Add files one after another; one that cannot be read costs no other."""
    done: list[Added] = []
    wrong: list[NorenError] = []
    for path in paths:
        try:
            for each in await asyncio.to_thread(plan, path, adder.folder, options):
                done.append(await adder.add(each, options))
        except NorenError as error:
            wrong.append(error)
    return done, wrong
