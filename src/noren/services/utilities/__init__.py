"""Public services (water, power, waste): declared, not yet built."""

from noren.contract import Function, Layer, service
from noren.terms.records import MeterReading, PumpStation, SupplyZone, WasteCollection, WasteContainer


@service(
    functions=[Function.SERVICES],
    layers=[Layer.SECURITY],
    purpose="utility-operation",
    reads=[MeterReading, SupplyZone],
    optional=[PumpStation],
    needs={"MeterReading": ("consumption",)},
    title={"en": "Where water leaks", "ja": "漏水を見つける"},
    summary={
        "en": "Compares what each district meter uses at night with its own past, and names the zones that leak.",
        "ja": "地区メーターの夜間使用量を過去と比べ、漏水が疑われる区域を示します。",
    },
    serves=("water-supply",),
    measures=("share of water lost", "days from leak to repair"),
    cost="No new meters where district meters report hourly.",
    gains="Everyone who pays for water.",
    exit_test="Within a year three leaks are found that nobody had reported, or it ends.",
    built=False,
)
async def find_leaks(view: object) -> None:
    """Names supply zones whose night use rises without a reason."""


@service(
    functions=[Function.SERVICES],
    layers=[Layer.VIBRANCY],
    purpose="utility-operation",
    reads=[WasteContainer],
    optional=[WasteCollection],
    needs={"WasteContainer": ("fillingLevel", "location")},
    title={"en": "Which containers to empty", "ja": "回収すべきごみ容器"},
    summary={
        "en": "Plans each day's round from how full the containers are, instead of from a fixed list.",
        "ja": "決まった順路ではなく、容器の充填率から毎日の回収順を決めます。",
    },
    serves=("waste",),
    measures=("kilometres driven a tonne", "containers found overflowing"),
    cost="A level sensor in each container.",
    gains="Streets with overflowing containers; the collectors.",
    exit_test="A quarter fewer kilometres in six months with no more overflowing, or it ends.",
    built=False,
)
async def plan_collection(view: object) -> None:
    """Plans the day's round from how full the containers are."""
