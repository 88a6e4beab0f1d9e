"""A typed record for each entity type of the tables.

Written by `python -m noren.terms.generate`, not by hand.

>>> WaterObserved(id="urn:ngsi-ld:WaterObserved:town:1", water_level=1.2).entity()["waterLevel"]
{'type': 'Property', 'value': 1.2, 'unitCode': 'MTR'}
"""

from __future__ import annotations

from typing import Any

from noren.terms.record import Base, Moment


class Record(Base):
    """What every entity may have."""

    location: dict[str, Any] | None = None
    """Where it is."""
    observation_space: dict[str, Any] | None = None
    """Where the observation holds."""
    operation_space: dict[str, Any] | None = None
    """Where the operation holds."""
    name: str | None = None
    """Name."""
    alternate_name: str | None = None
    """Other name."""
    description: str | None = None
    """Description."""
    address: Any = None
    """Address."""
    area_served: str | None = None
    """Area served."""
    category: str | None = None
    """Category."""
    source: str | None = None
    """Where the data comes from."""
    data_provider: str | None = None
    """Who provides the data."""
    owner: list[str] | None = None
    """Owner."""
    date_observed: Moment | None = None
    """When it was observed."""
    date_created: Moment | None = None
    """When it was made."""
    date_modified: Moment | None = None
    """When it was last changed."""
    status: str | None = None
    """Status."""
    see_also: list[str] | None = None
    """See also."""
    in_dataset: str | None = None
    """Dataset it came in with."""
    opening_hours: str | None = None
    """Opening hours."""
    telephone: str | None = None
    """Telephone."""
    url: str | None = None
    """Web page."""
    capacity: float | None = None
    """Capacity."""
    data_subject: str | None = None
    """Person whom it is about."""


class AirQualityObserved(Record):
    """Air quality at a station."""

    pm25: float | None = None
    """Particles up to 2.5 µm (GQ)."""
    pm10: float | None = None
    """Particles up to 10 µm (GQ)."""
    no2: float | None = None
    """Nitrogen dioxide (GQ)."""
    o3: float | None = None
    """Ozone (GQ)."""
    so2: float | None = None
    """Sulphur dioxide (GQ)."""
    co: float | None = None
    """Carbon monoxide."""
    air_quality_index: float | None = None
    """Index of air quality."""


class Alert(Record):
    """Warning to people."""

    sub_category: str | None = None
    """Kind within the category."""
    severity: str | None = None
    """informational, low, medium, high or critical."""
    certainty: str | None = None
    """observed, likely, possible or unlikely (CAP 1.2)."""
    urgency: str | None = None
    """immediate, expected, future or past (CAP 1.2)."""
    headline: dict[str, str] | None = None
    """What happens."""
    instruction: dict[str, str] | None = None
    """What to do."""
    details: dict[str, str] | None = None
    """More about it."""
    date_issued: Moment | None = None
    """When it was issued."""
    valid_from: Moment | None = None
    """From when it holds."""
    valid_to: Moment | None = None
    """Until when it holds."""
    alert_source: str | None = None
    """What it was found from."""
    affected_area: str | None = None
    """Area concerned."""
    supersedes: list[str] | None = None
    """When the messages were issued that this one takes the place of."""
    confirmation: str | None = None
    """automatic, confirmed or withdrawn."""


class BikeParking(Record):
    """Bicycle parking or port."""


class Building(Record):
    """Building."""

    height: float | None = None
    """Height (MTR)."""
    floors_above_ground: float | None = None
    """Floors above ground."""
    use: str | None = None
    """Use."""
    year_built: float | None = None
    """Year built."""
    structure: str | None = None
    """Structure."""
    residents: float | None = None
    """How many people live there."""


class Dataset(Record):
    """Dataset of the catalogue."""

    title: str | None = None
    """Title."""
    publisher: str | None = None
    """Publisher."""
    license: str | None = None
    """Licence."""
    attribution: str | None = None
    """Attribution to show."""
    entity_types: list[str] | None = None
    """Types of entity in it."""
    file: str | None = None
    """File it came from."""
    format: str | None = None
    """Format."""
    rows_kept: float | None = None
    """Rows kept."""
    rows_refused: float | None = None
    """Rows refused."""
    first_observed: Moment | None = None
    """Start of its time span."""
    last_observed: Moment | None = None
    """End of its time span."""
    interval: float | None = None
    """Usual time between readings (SEC)."""
    bridging: Any = None
    """How readings are bridged."""
    schema: Any = None
    """Columns with meaning and unit."""
    quality: Any = None
    """Findings about its quality."""
    coverage: dict[str, Any] | None = None
    """Where it covers."""
    layer: Any = None
    """How the map shows it."""


class Defibrillator(Record):
    """Defibrillator (AED)."""


class Device(Record):
    """Device."""

    battery_level: float | None = None
    """Charge left."""
    controlled_asset: list[str] | None = None
    """What it stands on."""


class District(Record):
    """District."""

    population: float | None = None
    """People."""
    households: float | None = None
    """Households."""
    population_by_age: Any = None
    """People by age and sex."""


class Event(Record):
    """Event."""

    start_date: Moment | None = None
    """Start."""
    end_date: Moment | None = None
    """End."""


class Facility(Record):
    """Public facility."""


class Feed(Record):
    """Source that delivers on its own."""

    feed_kind: str | None = None
    """Kind of connector."""
    feed_state: str | None = None
    """starting, running, stale, retrying or stopped."""
    last_reading: Moment | None = None
    """When the last reading came."""
    last_error: str | None = None
    """Last trouble and what to do."""
    readings: float | None = None
    """Readings since the start."""
    refused: float | None = None
    """Readings refused since the start."""


class FireStation(Record):
    """Fire station."""


class FloodDefence(Record):
    """Wall, dike, gate or pump house."""

    defence_type: str | None = None
    """Kind of work."""


class FloodForecast(Record):
    """Stage expected at a gauge."""

    gauge: str | None = None
    """Gauge."""
    issued: Moment | None = None
    """When it was made."""
    peak_level: float | None = None
    """Highest expected stage (MTR)."""
    peak_at: Moment | None = None
    """When the highest stage is expected."""
    crosses_at: Moment | None = None
    """When the flood stage is expected to be crossed."""
    probability: float | None = None
    """Chance that the flood stage is crossed within the horizon."""
    forecast: Any = None
    """Stage by hour ahead: hours, median, low and high (80 %)."""
    method: str | None = None
    """Method chosen by back-test."""
    skill: Any = None
    """Error of the method and of persistence by hour ahead."""


class FloodRiskArea(Record):
    """What may lie under water."""

    gauge: str | None = None
    """Gauge."""
    stage: float | None = None
    """Stage it is drawn for (MTR)."""
    people: float | None = None
    """People living there."""
    buildings: float | None = None
    """Buildings there."""
    affected: Any = None
    """Hospitals, schools, shelters, stops and roads there."""
    maximum_depth: float | None = None
    """Deepest water (MTR)."""


class GtfsAgency(Record):
    """Transport operator."""


class GtfsRoute(Record):
    """Line."""

    short_name: str | None = None
    """Short name."""
    route_type: str | None = None
    """Kind of vehicle (GTFS code)."""
    route_color: str | None = None
    """Colour."""
    operated_by: str | None = None
    """Operator."""


class GtfsStop(Record):
    """Stop."""

    code: str | None = None
    """Code on the sign."""
    wheel_chair_accessible: str | None = None
    """Reachable by wheelchair."""


class GtfsTrip(Record):
    """Run of a line."""

    has_route: str | None = None
    """Line."""
    head_sign: str | None = None
    """Destination shown."""
    delay: float | None = None
    """Delay now (SEC)."""


class HazardArea(Record):
    """Area of a mapped hazard."""

    hazard_type: str | None = None
    """Kind of hazard."""
    rank: str | None = None
    """Rank on the map."""
    depth: float | None = None
    """Depth of water (MTR)."""


class Hospital(Record):
    """Hospital or clinic."""

    beds: float | None = None
    """Beds."""
    departments: list[str] | None = None
    """Departments."""


class KeyPerformanceIndicator(Record):
    """Measure."""

    kpi_value: float | None = None
    """Value."""


class LandUse(Record):
    """Parcel of land by use."""

    use: str | None = None
    """Use."""


class MeterReading(Record):
    """Use of water or power at a district meter."""

    meter_kind: str | None = None
    """Water or power."""
    consumption: float | None = None
    """Used since the last reading."""


class Nursery(Record):
    """Nursery or kindergarten."""

    places: float | None = None
    """Places."""


class OffStreetParking(Record):
    """Car park."""

    total_spot_number: float | None = None
    """Spaces."""
    available_spot_number: float | None = None
    """Free spaces."""
    occupied_spot_number: float | None = None
    """Spaces taken."""


class Person(Record):
    """Person."""

    given_name: str | None = None
    """Given name."""
    family_name: str | None = None
    """Family name."""
    birth_date: str | None = None
    """Date of birth."""


class PointOfInterest(Record):
    """Place of interest."""


class PoliceStation(Record):
    """Police station."""


class PopulationCell(Record):
    """Cell of a population grid."""

    population: float | None = None
    """People."""
    jobs: float | None = None
    """Jobs."""


class PumpStation(Record):
    """Water plant or pumping station."""

    serves: list[str] | None = None
    """Zones served."""


class RainfallObserved(Record):
    """Rain by day or hour at a place."""

    precipitation: float | None = None
    """Rain since the last reading (MMT)."""


class Reservoir(Record):
    """Irrigation pond."""


class RoadAccident(Record):
    """Road accident."""

    injured: float | None = None
    """People injured."""
    deaths: float | None = None
    """People killed."""


class RoadSegment(Record):
    """Road between two junctions."""

    road_class: str | None = None
    """Class of road."""
    one_way: bool | None = None
    """One way."""
    maximum_allowed_speed: float | None = None
    """Speed limit (KMH)."""
    length: float | None = None
    """Length (MTR)."""


class School(Record):
    """School."""

    pupils: float | None = None
    """Pupils."""


class SeniorFacility(Record):
    """Facility for elderly people."""


class Shelter(Record):
    """Place of refuge."""

    suitable_for: Any = None
    """Fit by hazard: yes, partly or no."""
    elevation: float | None = None
    """Height of the ground (MTR)."""
    occupants: float | None = None
    """People there now."""


class StageThresholds(Record):
    """Stages at which a city acts."""

    alert_level: float | None = None
    """Stage from which to watch (MTR)."""
    flood_level: float | None = None
    """Stage at which water leaves its bed (MTR)."""
    severe_level: float | None = None
    """Stage of a severe flood (MTR)."""
    applies_to: list[str] | None = None
    """Gauges that it holds for."""


class StatisticalObservation(Record):
    """Row of a table of statistics."""


class SupplyZone(Record):
    """Zone of water supply."""


class Toilet(Record):
    """Public toilet."""


class TrafficFlowObserved(Record):
    """Traffic on a road section."""

    intensity: float | None = None
    """Vehicles since the last reading."""
    average_vehicle_speed: float | None = None
    """Mean speed (KMH)."""
    occupancy: float | None = None
    """Share of time that the detector is covered."""
    travel_time: float | None = None
    """Time to drive through (SEC)."""


class Vehicle(Record):
    """Vehicle in service."""

    speed: float | None = None
    """Speed (KMH)."""
    heading: float | None = None
    """Direction of travel (DD)."""
    serves_route: str | None = None
    """Line."""


class WasteCollection(Record):
    """Days of waste collection by district."""


class WasteContainer(Record):
    """Waste or recycling container."""

    filling_level: float | None = None
    """How full."""


class WaterBody(Record):
    """River or lake."""


class WaterObserved(Record):
    """State of a river or lake at a gauge."""

    water_level: float | None = None
    """Water level above the gauge's zero (MTR)."""
    flow: float | None = None
    """Flow (MQS)."""
    alert_level: float | None = None
    """Stage from which to watch (MTR)."""
    flood_level: float | None = None
    """Stage at which water leaves its bed (MTR)."""
    severe_level: float | None = None
    """Stage of a severe flood (MTR)."""
    gauge_zero: float | None = None
    """Height of the gauge's zero above the terrain's datum (MTR)."""
    water_body: str | None = None
    """River or lake."""


class WeatherForecast(Record):
    """Weather expected."""

    forecast_precipitation: Any = None
    """Rain by hour ahead."""


class WeatherObserved(Record):
    """Weather at a station."""

    temperature: float | None = None
    """Air temperature (CEL)."""
    dew_point: float | None = None
    """Dew point (CEL)."""
    relative_humidity: float | None = None
    """Relative humidity (P1)."""
    precipitation: float | None = None
    """Rain since the last reading (MMT)."""
    atmospheric_pressure: float | None = None
    """Air pressure (A97)."""
    wind_speed: float | None = None
    """Wind speed (MTS)."""
    wind_direction: float | None = None
    """Where the wind comes from (DD)."""
    gust_speed: float | None = None
    """Strongest gust (MTS)."""
    solar_radiation: float | None = None
    """Radiation of the sun."""


RECORDS: dict[str, type[Record]] = {record.__name__: record for record in Record.__subclasses__()}
"""The record classes by type name."""
