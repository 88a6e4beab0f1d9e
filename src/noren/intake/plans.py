"""What shall be kept of a file, and how: by its mapping, or by a guess that is shown before anything is kept."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from noren.broker.contexts import ContextRegistry
from noren.city import config
from noren.errors import BadInput, NorenError
from noren.intake import guess, mapping, rasters, recognise
from noren.intake.grids import Whereabouts, country_of
from noren.intake.items import Item
from noren.intake.mapping import Mapping
from noren.intake.names import stem
from noren.intake.source import Source


class Plan(msgspec.Struct):
    """One thing in a file and how it would be kept; shown before anything is."""

    path: Path
    item: Item
    mapping: Mapping
    known: bool
    """The mapping was there already."""


class Options(msgspec.Struct, frozen=True):
    """What the user says beyond the files."""

    type: str = ""
    title: str = ""
    licence: str = ""
    owner: str = ""
    source: str = ""
    until: datetime | None = None
    """Readings from then on are left out."""


def plan(path: Path, city: Path, options: Options) -> list[Plan]:
    """What the file holds and how it would be kept, by its mapping or by a guess; nothing is changed.

    Raises `BadInput` for a file that cannot be read or a mapping that does not fit it.
    """
    plans = []
    contexts = ContextRegistry(city / "contexts")
    where = _whereabouts(city)
    for item in recognise.recognise(path):
        item.entities = [_in_own_words(each, contexts, path.name) for each in item.entities]
        place = mapping.path_for(city, Path(item.name))
        known = place.is_file()
        found = mapping.read(place) if known else _guess(path, item, options, where)
        if item.source is not None:
            _check_rows(item.source)
            mapping.check(found, item.source.columns)
        for name, value in (
            ("title", options.title),
            ("licence", options.licence),
            ("publisher", options.owner),
            ("source", options.source),
        ):
            if value:
                setattr(found, name, value)
        plans.append(Plan(path, item, found, known))
    return plans


def _in_own_words(entity: dict[str, Any], contexts: ContextRegistry, file: str) -> dict[str, Any]:
    """An entity with the names that the city uses, as its own context explains them; raises for an unknown context."""
    if "@context" not in entity:
        return entity
    try:
        given, own = contexts.get(entity["@context"]), contexts.get()
    except NorenError as error:
        error.where = f"{file}, {entity.get('id', '')} @context"
        raise
    kinds = entity["type"] if isinstance(entity["type"], list) else [entity["type"]]

    def word(name: str) -> str:
        known = own.compact(given.expand(name))
        return name if ":" in known else known

    named = [word(kind) for kind in kinds]
    renamed = {word(k): v for k, v in entity.items() if k not in ("id", "type", "@context")}
    return {"id": entity["id"], "type": named if len(named) > 1 else named[0]} | renamed


def _check_rows(source: Source) -> None:
    if not source.sample(1).num_rows:
        raise BadInput("The table has headings and no rows.", where=source.name, hint="Ask its source for the rows.")


def _whereabouts(folder: Path) -> Whereabouts:
    """What the city's settings say of where it lies."""
    settings = config.read(folder)
    return Whereabouts(settings.country or country_of(settings.timezone), settings.centre)


def _guess(path: Path, item: Item, options: Options, where: Whereabouts) -> Mapping:
    if item.source is not None:
        return guess.mapping_for(item.source, wanted=options.type, where=where)
    title = stem(item.name)
    if item.form == "raster":
        return Mapping(item.name, "coverage", "Coverage", title=title, role=rasters.look(path).role)
    kinds = {str(e.get("type")) for e in item.entities}
    if item.form == "gtfs-rt":
        return Mapping(item.name, "gtfs", "GtfsTrip", title=title)
    if item.form == "gtfs":
        return Mapping(item.name, "gtfs", "GtfsStop", title=title)
    return Mapping(item.name, "ngsi-ld", kinds.pop() if len(kinds) == 1 else "several", title=title)
