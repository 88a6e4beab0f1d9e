"""Industry and tourism: declared, not yet built."""

from noren.contract import Function, Layer, service
from noren.terms.records import Event, GtfsStop, PointOfInterest, PopulationCell, WeatherObserved


@service(
    functions=[Function.INDUSTRY],
    layers=[Layer.VIBRANCY],
    purpose="industry-promotion",
    reads=[Event, PointOfInterest],
    optional=[GtfsStop, WeatherObserved],
    needs={"Event": ("startDate", "location"), "PointOfInterest": ("location",)},
    title={"en": "What to do today", "ja": "今日のおでかけ"},
    summary={
        "en": "Suggests events and places for the day's weather, by what can be reached without a car.",
        "ja": "天気に合わせて、車なしで行ける催しと名所をお知らせします。",
    },
    serves=("tourism",),
    measures=("visitors at the events named", "share who came without a car"),
    cost="Organisers enter their events.",
    gains="Shops, venues, visitors.",
    exit_test="A tenth more visitors at small events within a year, or it ends.",
    built=False,
)
async def suggest_outings(view: object) -> None:
    """Suggests events and places for today."""


@service(
    functions=[Function.INDUSTRY],
    layers=[Layer.SECURITY],
    purpose="industry-promotion",
    reads=[PopulationCell],
    optional=[PointOfInterest],
    needs={"PopulationCell": ("population", "jobs")},
    title={"en": "Where work is far from home", "ja": "仕事が家から遠い地域"},
    summary={
        "en": "Shows districts with many people and few jobs, for the choice of sites and lines.",
        "ja": "人口に比べて仕事の少ない地域を示し、用地や路線の検討に役立てます。",
    },
    serves=("jobs",),
    measures=("median minutes to work", "jobs within thirty minutes"),
    cost="None beyond the data.",
    gains="People in dormitory districts.",
    exit_test="One site decision uses it within two years, or it ends.",
    built=False,
)
async def find_missing_jobs(view: object) -> None:
    """Shows where jobs are few for the people who live there."""
