"""Mobility: declared, not yet built."""

from noren.contract import Function, Layer, service
from noren.terms.records import (
    GtfsRoute,
    GtfsStop,
    GtfsTrip,
    OffStreetParking,
    RoadAccident,
    RoadSegment,
    TrafficFlowObserved,
    Vehicle,
    WeatherObserved,
)


@service(
    functions=[Function.MOBILITY],
    layers=[Layer.VIBRANCY],
    purpose="traffic-management",
    reads=[GtfsStop, GtfsTrip, Vehicle],
    optional=[GtfsRoute, WeatherObserved],
    needs={"GtfsTrip": ("delay",), "Vehicle": ("location",)},
    title={"en": "How long until my bus", "ja": "バスはあと何分"},
    summary={
        "en": "Tells at each stop when the next buses really come, and which connections will be missed.",
        "ja": "停留所ごとに、次のバスが実際に来る時刻と、間に合わない乗り継ぎをお知らせします。",
    },
    serves=("public-transport", "accessibility"),
    measures=("minutes waited at stops", "share of arrivals foretold within one minute"),
    cost="One officer day a month; no licence.",
    gains="People without a car, first of all pupils and the old.",
    exit_test="After six months nine arrivals in ten were foretold within two minutes, or it ends.",
    built=False,
)
async def tell_arrivals(view: object) -> None:
    """Tells when the next bus really comes."""


@service(
    functions=[Function.MOBILITY],
    layers=[Layer.SAFETY],
    purpose="traffic-management",
    reads=[RoadAccident, RoadSegment, TrafficFlowObserved],
    optional=[OffStreetParking, WeatherObserved],
    needs={"RoadAccident": ("location",), "TrafficFlowObserved": ("intensity",)},
    title={"en": "Where the road is dangerous", "ja": "危ない道路を見つける"},
    summary={
        "en": "Finds road sections with more injuries than their traffic explains, and says what they have in common.",
        "ja": "交通量のわりに負傷者の多い区間を見つけ、共通する原因を示します。",
    },
    serves=("road-safety",),
    measures=("people injured on the roads a year", "people killed on the roads a year"),
    cost="Two officer days a year, with each year's accident table.",
    gains="Everyone on foot or on a bicycle.",
    exit_test="Two sections are rebuilt within two years and injuries there fall by a third, or it ends.",
    built=False,
)
async def find_dangerous_roads(view: object) -> None:
    """Finds road sections with more injuries than their traffic explains."""
