"""Childcare: declared, not yet built."""

from noren.contract import Function, Layer, service
from noren.terms.records import District, Nursery, RoadAccident, School


@service(
    functions=[Function.CHILDCARE],
    layers=[Layer.SECURITY],
    purpose="childcare",
    reads=[Nursery, District],
    needs={"Nursery": ("places", "location"), "District": ("populationByAge",)},
    title={"en": "Nursery places near home", "ja": "家の近くの保育の空き"},
    summary={
        "en": "Sets nursery places against children under six within walking distance, now and in three years.",
        "ja": "歩いて通える範囲の保育定員と六歳未満の子どもの数を、今と三年後で比べます。",
    },
    serves=("childcare-places",),
    measures=("children waiting for a place", "distance to the nursery"),
    cost="One officer day a month.",
    gains="Families with small children.",
    exit_test="The waiting list falls in the districts it names within two years, or it ends.",
    built=False,
)
async def match_nursery_places(view: object) -> None:
    """Compares nursery places with children nearby."""


@service(
    functions=[Function.CHILDCARE, Function.EDUCATION],
    layers=[Layer.SAFETY],
    purpose="childcare",
    reads=[School, RoadAccident],
    optional=[Nursery],
    needs={"School": ("location",), "RoadAccident": ("location",)},
    title={"en": "A safe way to school", "ja": "安全な通学路"},
    summary={
        "en": "Shows where within 500 m of a school children were hurt, for walks with parents and police.",
        "ja": "学校から500m以内で子どもがけがをした場所を示し、合同点検に役立てます。",
    },
    serves=("road-safety", "schools"),
    measures=("children injured on the way to school a year",),
    cost="None beyond the accident table.",
    gains="Children who walk to school.",
    exit_test="Every school has walked its list within a year, or it ends.",
    built=False,
)
async def find_safe_school_routes(view: object) -> None:
    """Shows dangerous crossings near schools."""
