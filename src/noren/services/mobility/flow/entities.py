"""What a release tells, as entities that anybody may see: one `CrowdFlowObserved` a cell, each hour a reading of it
with the noise that is in it, and the dataset that says how it was made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from noren.messages import say
from noren.services.mobility.flow.budget import epsilon
from noren.services.mobility.flow.release import Told, Wish
from noren.terms.records import CrowdFlowObserved, Dataset, Record

_TYPE = "CrowdFlowObserved"
Place = tuple[float, float]


class Keeper(Protocol):
    """A city, open here or running: the view of its staff has both."""

    async def keep(self, entities: Sequence[Record]) -> None:
        """Keep entities; the first one refused is raised."""
        ...

    async def record(self, type: str, series: pa.Table) -> int:
        """Add history; see `View.record`."""
        ...


async def keep(city: Keeper, told: Sequence[Told], wish: Wish, places: Mapping[str, Place], **about: str) -> int:
    """Write what was told into a city; readings kept. `about` is as for `card`; the first entity that is refused is
    raised."""
    slug = about["slug"]
    cells = sorted({cell for each in told for cell in each.rows["cell"].to_pylist()})
    await city.keep([_cell(slug, wish.population, cell, places.get(cell)) for cell in cells])
    kept = 0
    for each in told:
        if each.rows.num_rows:
            kept += await city.record(_TYPE, _series(slug, wish.population, each))
    await city.keep([card(told, wish, **about)])
    return kept


def cell_id(slug: str, population: str, cell: str) -> str:
    """Id of what is told about a cell."""
    return f"urn:ngsi-ld:{_TYPE}:{slug}:{population}-{cell}"


def dataset_id(slug: str, population: str) -> str:
    """Id of the dataset of a population."""
    return f"urn:ngsi-ld:Dataset:{slug}:flow-{population}"


def _cell(slug: str, population: str, cell: str, place: Place | None) -> CrowdFlowObserved:
    return CrowdFlowObserved(
        id=cell_id(slug, population, cell),
        name=cell,
        location={"type": "Point", "coordinates": list(place)} if place else None,
        in_dataset=dataset_id(slug, population),
    )


def _series(slug: str, population: str, each: Told) -> pa.Table:
    rows = each.rows.num_rows
    ids = [cell_id(slug, population, cell) for cell in each.rows["cell"].to_pylist()]
    values = {
        "peopleCount": each.rows["people"].to_numpy(),
        "noise": np.full(rows, each.how.scale),
        "margin": np.full(rows, each.how.margin),
    }
    return pa.table(
        {
            "entity": ids * len(values),
            "attribute": [name for name in values for _ in range(rows)],
            "observed": pa.concat_arrays([each.rows["time"].combine_chunks()] * len(values)),
            "number": np.concatenate([column.astype(float) for column in values.values()]),
        }
    )


def card(
    told: Sequence[Told], wish: Wish, *, slug: str, language: str = "en", publisher: str = "", licence: str = ""
) -> Dataset:
    """The dataset, whose description says in plain words what was done to the counts, and what it costs."""
    how, times = told[0].how, [each.rows["time"] for each in told if each.rows.num_rows]
    facts: dict[str, Any] = {
        "population": wish.population,
        "contributions": how.contributions,
        "margin": how.margin,
        "threshold": how.threshold,
        "day": f"{epsilon(how.rho):.2f}",
        "month": f"{epsilon(wish.month_rho):.2f}",
    }
    return Dataset(
        id=dataset_id(slug, wish.population),
        title=say(language, "eyes.flow.title", **facts),
        description=say(language, "eyes.flow.made", **facts),
        publisher=publisher or None,
        license=licence or None,
        entity_types=[_TYPE],
        format="noren flow",
        rows_kept=float(sum(each.rows.num_rows for each in told)),
        first_observed=min((column[0].as_py() for column in map(_sorted, times)), default=None),
        last_observed=max((column[-1].as_py() for column in map(_sorted, times)), default=None),
        interval=3600.0,
        layer={"kind": "circle", "color": "auto", "label": "name"},
    )


def _sorted(column: Any) -> Any:
    return column.combine_chunks().sort()
