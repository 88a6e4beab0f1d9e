"""Finance: declared, not yet built."""

from noren.contract import Function, Layer, service
from noren.terms.records import Building, Facility, StatisticalObservation


@service(
    functions=[Function.FINANCE],
    layers=[Layer.SECURITY],
    purpose="finance",
    reads=[Facility, Building],
    needs={"Building": ("yearBuilt", "use")},
    title={"en": "What our buildings will cost", "ja": "公共施設の将来費用"},
    summary={
        "en": "Adds up the renewal of public buildings year by year for forty years, by age and size.",
        "ja": "公共施設の更新費用を、築年数と規模から四十年分見積もります。",
    },
    serves=("public-buildings",),
    measures=("renewal backlog", "difference between estimate and invoice"),
    cost="Age and size of each public building, once.",
    gains="Those who will pay: the young.",
    exit_test="The budget of the second year cites it, or it ends.",
    built=False,
)
async def foresee_renewal(view: object) -> None:
    """Adds up the renewal of public buildings."""


@service(
    functions=[Function.FINANCE],
    layers=[Layer.VIBRANCY],
    purpose="finance",
    reads=[StatisticalObservation],
    title={"en": "Where the money goes", "ja": "お金の使いみち"},
    summary={
        "en": "Shows the budget in words of what people get for it, per resident, against cities of the same size.",
        "ja": "予算を、住民一人あたりで、何に使われるかがわかる言葉で示します。",
    },
    serves=("transparency",),
    measures=("readers a month", "share who say they understood it"),
    cost="Two officer days a year.",
    gains="Taxpayers.",
    exit_test="One reader in a hundred residents in its first year, or it ends.",
    built=False,
)
async def show_budget(view: object) -> None:
    """Shows the budget in plain words."""
