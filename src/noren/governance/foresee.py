"""The service that keeps the people ahead as entities, so that plans, programs and other services can read them.

Found by the entry point `noren.services`. It works anew only when the districts' people changed.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from noren.contract import Function, Layer, service
from noren.governance import ahead
from noren.governance.people import SCENARIOS
from noren.governance.people.records import Population
from noren.terms.records import District, PopulationProjection

if TYPE_CHECKING:
    from noren.view import View

_DONE = "governance.foresee"


@service(
    functions=[Function.ADMINISTRATION, Function.FINANCE],
    layers=[Layer.SECURITY],
    purpose="urban-planning",
    reads=[District],
    writes=[PopulationProjection],
    needs={"District": ("populationByAge",)},
    on=[District],
    every="1d",
    stage="practice",
    title={"en": "People ahead", "ja": "これからの人口"},
    summary={
        "en": "Works out who will live here by age to 2050, in several scenarios, from the city's own register.",
        "ja": "市の住民のデータから、2050年までの年齢別の人口を、いくつかの見通しで計算します。",
    },
    serves=("transparency", "schools", "care-places"),
    measures=("difference between the projection and the next count",),
    owner="planning office",
    exit_test="Every five years: the city's total within two per cent of the next count, or the method is changed.",
    cost="The register by district, sex and age, once a year.",
    gains="Whoever plans schools, care, buses or buildings.",
)
async def foresee_people(view: View) -> None:
    """Writes a `PopulationProjection` of the whole city for each scenario."""
    if not await view.count(District, q="populationByAge"):
        return
    counted = await ahead.counts(view)
    if view.home.memory.get(_DONE) == counted.key:
        return
    found, slug = await asyncio.to_thread(ahead.scenarios, counted), view.home.slug
    await view.keep(
        [
            PopulationProjection(
                id=f"urn:ngsi-ld:PopulationProjection:{slug}:{name}",
                name=SCENARIOS[name].name,
                scenario=name,
                projection={str(people.year): by_age(people) for people in every},
            )
            for name, every in found.items()
        ]
    )
    view.home.memory[_DONE] = counted.key


def by_age(people: Population) -> dict[str, Any]:
    """People by sex and class of ages, to a tenth."""
    men, women = people.counts.round(1).tolist()
    return {
        "male": dict(zip(people.labels, men, strict=True)),
        "female": dict(zip(people.labels, women, strict=True)),
    }
