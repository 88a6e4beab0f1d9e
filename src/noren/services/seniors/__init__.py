"""Seniors' welfare: declared, not yet built."""

from noren.contract import Function, Layer, service
from noren.terms.records import District, GtfsStop, MeterReading, PointOfInterest, SeniorFacility


@service(
    functions=[Function.SENIORS],
    layers=[Layer.SECURITY],
    purpose="senior-care",
    reads=[District, SeniorFacility],
    needs={"District": ("populationByAge",), "SeniorFacility": ("capacity",)},
    title={"en": "Places in care, ten years on", "ja": "十年後の介護の定員"},
    summary={
        "en": "Sets the places that facilities offer against the people who will be eighty, district by district.",
        "ja": "施設の定員と、将来八十歳以上になる人数を地区ごとに比べます。",
    },
    serves=("care-places",),
    measures=("people waiting for a place", "months waited"),
    cost="One officer week a year.",
    gains="Old people and those who care for them at home.",
    exit_test="The care plan's figures come from it within two years, or it ends.",
    built=False,
)
async def foresee_care_places(view: object) -> None:
    """Compares places in care with those who will need them."""


@service(
    functions=[Function.SENIORS, Function.MOBILITY],
    layers=[Layer.VIBRANCY],
    purpose="senior-care",
    reads=[District, GtfsStop, PointOfInterest],
    optional=[MeterReading],
    needs={"District": ("populationByAge",), "GtfsStop": ("location",)},
    title={"en": "Who can no longer go shopping", "ja": "買い物に困る地域"},
    summary={
        "en": "Finds where people over seventy-five have neither a shop nor a stop within walking distance.",
        "ja": "七十五歳以上の方が、歩いて行ける店も停留所もない地域を見つけます。",
    },
    serves=("accessibility", "shopping"),
    measures=("people over seventy-five without shop or stop within 500 m",),
    cost="None beyond the data.",
    gains="Old people who do not drive.",
    exit_test="One line or shop bus is changed because of it within a year, or it ends.",
    built=False,
)
async def find_shopping_deserts(view: object) -> None:
    """Finds where old people have neither shop nor stop near."""
