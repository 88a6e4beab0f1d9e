"""Health: declared, not yet built."""

from noren.contract import Function, Layer, service
from noren.terms.records import (
    Defibrillator,
    District,
    Hospital,
    PopulationCell,
    Shelter,
    WeatherForecast,
    WeatherObserved,
)


@service(
    functions=[Function.HEALTH, Function.DISASTER],
    layers=[Layer.SAFETY],
    purpose="health-care",
    reads=[WeatherObserved, District],
    optional=[WeatherForecast, Shelter],
    needs={"WeatherObserved": ("temperature", "relativeHumidity"), "District": ("populationByAge",)},
    title={"en": "Warning of heat", "ja": "熱中症の警戒"},
    summary={
        "en": "Warns of days whose heat is dangerous, district by district, first where many old people live.",
        "ja": "危険な暑さの日を地区ごとに、高齢者の多い地区から先にお知らせします。",
    },
    serves=("heat",),
    measures=("ambulance calls for heat on hot days",),
    cost="One weather station for each 10 km.",
    gains="Old people and people who work outdoors.",
    exit_test="Over two summers fewer calls per hot day than in the two before, or it ends.",
    built=False,
)
async def warn_of_heat(view: object) -> None:
    """Warns of dangerous heat, district by district."""


@service(
    functions=[Function.HEALTH],
    layers=[Layer.SECURITY],
    purpose="health-care",
    reads=[Hospital, PopulationCell],
    optional=[Defibrillator],
    needs={"Hospital": ("location",), "PopulationCell": ("population",)},
    title={"en": "Who lives far from care", "ja": "医療機関が遠い地域"},
    summary={
        "en": "Shows where people live more than fifteen minutes from a doctor, and what one more would change.",
        "ja": "医療機関まで15分以上かかる地域と、ひとつ増えた場合の変化を示します。",
    },
    serves=("health-access",),
    measures=("people more than fifteen minutes from a doctor",),
    cost="None beyond the data.",
    gains="Outlying districts.",
    exit_test="The next plan of the health board uses it, or it ends.",
    built=False,
)
async def find_far_from_care(view: object) -> None:
    """Finds where people live far from a doctor."""
