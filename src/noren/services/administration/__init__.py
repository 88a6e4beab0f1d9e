"""Administration: declared, not yet built."""

from noren.contract import Function, Layer, service
from noren.terms.records import Facility, KeyPerformanceIndicator, Toilet


@service(
    functions=[Function.ADMINISTRATION],
    layers=[Layer.VIBRANCY],
    purpose="administration",
    reads=[KeyPerformanceIndicator],
    needs={"KeyPerformanceIndicator": ("kpiValue",)},
    title={"en": "Did life get better?", "ja": "暮らしは良くなったか"},
    summary={
        "en": "Sets each measure of the city's plan against where it stood and where it should stand.",
        "ja": "総合計画の指標を、始めの値・目標値と並べて示します。",
    },
    serves=("transparency",),
    measures=("share of measures that are up to date",),
    cost="One officer day a quarter.",
    gains="Residents and the assembly.",
    exit_test="The assembly asks for it by name within a year, or it ends.",
    built=False,
)
async def follow_measures(view: object) -> None:
    """Sets each measure against its goal."""


@service(
    functions=[Function.ADMINISTRATION],
    layers=[Layer.SECURITY],
    purpose="administration",
    reads=[Facility],
    optional=[Toilet],
    needs={"Facility": ("location", "openingHours")},
    title={"en": "Which counter, and when", "ja": "どの窓口に、いつ"},
    summary={
        "en": "Answers which counter does a procedure, where it is and when it is open.",
        "ja": "手続きの窓口、場所、受付時間をお答えします。",
    },
    serves=("procedures",),
    measures=("calls to the switchboard", "visits to a wrong counter"),
    cost="Opening hours kept by each office.",
    gains="Everyone who has to go to the town hall.",
    exit_test="Calls about opening hours halve within a year, or it ends.",
    built=False,
)
async def find_counter(view: object) -> None:
    """Answers which counter does a procedure."""
