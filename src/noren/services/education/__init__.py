"""Education: declared, not yet built."""

from noren.contract import Function, Layer, service
from noren.terms.records import District, HazardArea, School, Shelter


@service(
    functions=[Function.EDUCATION],
    layers=[Layer.SECURITY],
    purpose="education",
    reads=[School, District],
    needs={"School": ("pupils", "location"), "District": ("populationByAge",)},
    title={"en": "Pupils in ten years", "ja": "十年後の児童・生徒数"},
    summary={
        "en": "Foresees each school's pupils for ten years, so that buildings and teachers are planned in time.",
        "ja": "学校ごとの十年間の児童・生徒数を見通し、校舎と教職員を早めに計画します。",
    },
    serves=("schools",),
    measures=("error of last year's forecast", "classes above the legal size"),
    cost="One officer day a year.",
    gains="Pupils of growing and of shrinking districts.",
    exit_test="After two years its error is below that of the present method, or it ends.",
    built=False,
)
async def foresee_pupils(view: object) -> None:
    """Foresees each school's pupils."""


@service(
    functions=[Function.EDUCATION],
    layers=[Layer.SAFETY],
    purpose="education",
    reads=[School, Shelter],
    optional=[HazardArea],
    needs={"School": ("location",), "Shelter": ("location", "capacity")},
    title={"en": "Schools that must leave", "ja": "避難が必要な学校"},
    summary={
        "en": "Gives each school its way to a shelter that holds all its pupils, by kind of hazard.",
        "ja": "災害の種類ごとに、全員が入れる避難所までの道を学校ごとに示します。",
    },
    serves=("schools", "flooding"),
    measures=("schools with a rehearsed way", "minutes a drill takes"),
    cost="One drill a year.",
    gains="Pupils and teachers of schools in hazard areas.",
    exit_test="Each school in a hazard area has drilled within a year, or it ends.",
    built=False,
)
async def plan_school_evacuation(view: object) -> None:
    """Gives each school a way to a shelter."""
