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


class Actuator(Record):
    """Something that can be set from afar."""

    device_class: str | None = None
    """Class of device: signal, valve, gate, pump, charger …."""
    controlled_property: list[str] | None = None
    """What can be set."""
    controlled_asset: list[str] | None = None
    """What it stands on."""
    setting_limits: Any = None
    """What each setting may be and falls back to."""
    setting_values: Any = None
    """What it is set to as its device last told."""
    hourly_limit: float | None = None
    """Commands an hour at most."""
    needs_two: bool | None = None
    """Whether a second person must approve."""
    link_state: str | None = None
    """connected, lost or never."""
    is_safe: bool | None = None
    """Whether the device has fallen back to its safe state."""
    is_stopped: bool | None = None
    """Whether an emergency stop holds."""
    last_heard: Moment | None = None
    """When its device was last heard."""
    controller_name: str | None = None
    """The device that sets it."""


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


class Ballot(Record):
    """Ballot that was cast."""

    in_poll: str | None = None
    """Poll that it is for."""
    marks: Any = None
    """What was chosen."""
    receipt: str | None = None
    """Number by which the voter finds it."""
    cast_via: str | None = None
    """web, paper or booth."""
    refused_reason: str | None = None
    """Why it does not count."""


class BikeParking(Record):
    """Bicycle parking or port."""


class BudgetLine(Record):
    """Line of a budget."""

    of_initiative: str | None = None
    """Initiative that it belongs to; the platform where none is named."""
    year: float | None = None
    """Year."""
    line_kind: str | None = None
    """cost, fee, saving, tax-return or subsidy."""
    payer: str | None = None
    """Who pays."""
    receiver: str | None = None
    """Who receives."""
    planned: float | None = None
    """Planned amount in the city's currency."""
    actual: float | None = None
    """Actual amount in the city's currency."""


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


class Camera(Record):
    """Camera that counts; no picture leaves it."""

    controlled_property: list[str] | None = None
    """What it measures."""
    date_installed: Moment | None = None
    """When it was installed."""


class Claim(Record):
    """Cause or evidence that somebody adds."""

    about: str | None = None
    """What it is about."""
    claim_kind: str | None = None
    """cause, evidence or question."""
    layers: list[str] | None = None
    """Layers that it lies on."""
    functions: list[str] | None = None
    """Functions that it concerns."""
    supported_by: list[str] | None = None
    """Datasets that support it."""
    studies: list[str] | None = None
    """Studies that support it."""
    is_known: bool | None = None
    """Whether something supports it."""
    author_kind: str | None = None
    """resident, expert or staff."""
    said_at: Moment | None = None
    """When it was said."""
    moderation: str | None = None
    """published, held or removed."""
    moderation_reason: dict[str, str] | None = None
    """Why it is held or was removed."""
    held_text: str | None = None
    """Text that waits for a look."""


class Command(Record):
    """Something that somebody asked an actuator to do."""

    command_target: str | None = None
    """What shall be set."""
    setting_name: str | None = None
    """Which of its settings."""
    setting_value: Any = None
    """To what."""
    command_reason: str | None = None
    """Why."""
    requested_by: str | None = None
    """Account of who asked."""
    requested_at: Moment | None = None
    """When it was sent."""
    valid_until: Moment | None = None
    """When it expires."""
    approvals: Any = None
    """Who else approved, and when."""
    command_state: str | None = None
    """requested, approved, sent, acknowledged, executed, refused, recalled, expired or failed."""
    state_reason: dict[str, str] | None = None
    """Why it came to this."""
    state_word: str | None = None
    """The reason in one word."""
    state_since: Moment | None = None
    """Since when."""
    command_counter: float | None = None
    """Its number at the device."""
    signed_order: str | None = None
    """The order as the operator signed it."""
    signed_command: str | None = None
    """The command as the city countersigned it."""


class Comment(Record):
    """What somebody says to a matter."""

    about: str | None = None
    """What it is about."""
    position: str | None = None
    """for, against, amendment or none."""
    said_at: Moment | None = None
    """When it was said."""
    times_said: float | None = None
    """How often the same was said."""
    moderation: str | None = None
    """published, held or removed."""
    moderation_reason: dict[str, str] | None = None
    """Why it is held or was removed."""
    held_text: str | None = None
    """Text that waits for a look."""


class CrowdFlowObserved(Record):
    """People passing or staying at a place."""

    people_count: float | None = None
    """People counted."""
    people_count_towards: float | None = None
    """People coming."""
    people_count_away: float | None = None
    """People leaving."""
    average_crowd_speed: float | None = None
    """Mean speed (KMH)."""
    average_headway_time: float | None = None
    """Mean time between two people (SEC)."""
    occupancy: float | None = None
    """Share of the room that is taken."""
    congested: bool | None = None
    """Whether it is congested."""
    incident: str | None = None
    """Event that a camera noticed; one of a list."""
    direction: str | None = None
    """inbound or outbound."""
    date_observed_from: Moment | None = None
    """Start of the time counted."""
    date_observed_to: Moment | None = None
    """End of the time counted."""
    ref_road_segment: str | None = None
    """Road section."""
    ref_device: list[str] | None = None
    """What counted."""
    noise: float | None = None
    """Standard deviation of the noise that was added."""
    margin: float | None = None
    """Nine times in ten the noise is not larger than this."""


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


class Decision(Record):
    """Decision of the governing body."""

    about: str | None = None
    """What it is about."""
    verdict: str | None = None
    """adopt, decline, keep, widen, change-rule or stop."""
    grounds: dict[str, str] | None = None
    """Why."""
    decided_at: Moment | None = None
    """When it was decided."""
    decided_by: str | None = None
    """Who decided."""
    conditions: Any = None
    """Conditions."""


class Defibrillator(Record):
    """Defibrillator (AED)."""


class Device(Record):
    """Device."""

    battery_level: float | None = None
    """Charge left."""
    controlled_asset: list[str] | None = None
    """What it stands on."""
    controlled_property: list[str] | None = None
    """What it measures."""
    date_installed: Moment | None = None
    """When it was installed."""


class District(Record):
    """District."""

    population: float | None = None
    """People."""
    households: float | None = None
    """Households."""
    population_by_age: Any = None
    """People by age and sex."""


class EmergencyCard(Record):
    """What helpers must know in an emergency."""

    blood_group: str | None = None
    """Blood group."""
    allergies: list[str] | None = None
    """Allergies."""
    health_conditions: list[str] | None = None
    """Conditions that helpers must know."""
    medicines: list[str] | None = None
    """Medicines taken."""
    implants: list[str] | None = None
    """Implants and devices."""
    contacts: list[str] | None = None
    """Whom to call."""
    wishes: str | None = None
    """Wishes about treatment."""


class EmergencyStop(Record):
    """A class of devices that was stopped."""

    device_class: str | None = None
    """Class of device: signal, valve, gate, pump, charger …."""
    stopped_by: str | None = None
    """Account of who stopped it."""
    command_reason: str | None = None
    """Why."""
    stopped_at: Moment | None = None
    """Since when."""
    lifted_by: list[str] | None = None
    """Accounts of those who lifted it."""
    lifted_at: Moment | None = None
    """When it was lifted."""


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


class HealthRecord(Record):
    """What a hospital or clinic keeps about a patient."""

    allergies: list[str] | None = None
    """Allergies."""
    medication: list[str] | None = None
    """Medicine taken."""
    diagnoses: list[str] | None = None
    """Diagnoses."""
    vaccinations: Any = None
    """Vaccinations by date."""
    blood_group: str | None = None
    """Blood group."""


class Hospital(Record):
    """Hospital or clinic."""

    beds: float | None = None
    """Beds."""
    departments: list[str] | None = None
    """Departments."""


class Initiative(Record):
    """What the city undertakes to solve an issue."""

    answers_issues: list[str] | None = None
    """Issues that it answers."""
    serves_outcomes: list[str] | None = None
    """Outcomes that it serves."""
    from_proposal: str | None = None
    """Proposal that it came from."""
    layers: list[str] | None = None
    """Layers that it lies on."""
    functions: list[str] | None = None
    """Functions that it concerns."""
    statement: dict[str, str] | None = None
    """What it says."""
    initiative_stage: str | None = None
    """idea, trial, practice or retired."""
    partners: list[str] | None = None
    """Partners."""
    costs: Any = None
    """Costs by year and payer."""
    gains: Any = None
    """Who gains what."""
    sharing: Any = None
    """What groups of parties would pay or gain by themselves."""
    risks: Any = None
    """What can go wrong."""
    data_needed: list[str] | None = None
    """Types of entity that it needs."""
    consent_needed: dict[str, str] | None = None
    """Consent that it needs."""
    rules_to_change: list[str] | None = None
    """Rules that must change."""
    exit_test: dict[str, str] | None = None
    """Test by which it goes on or ends."""
    starts_on: Moment | None = None
    """When it starts."""
    ends_on: Moment | None = None
    """When it ends."""
    owner_after: str | None = None
    """Who owns it afterwards."""
    service: str | None = None
    """Service by which it runs."""


class InsuranceContract(Record):
    """What an insurer keeps about somebody insured."""

    contract_number: str | None = None
    """Number of the contract."""
    covers: list[str] | None = None
    """What is covered."""
    claims_made: Any = None
    """Claims made."""


class Interlock(Record):
    """What must never hold together."""

    forbids: Any = None
    """The settings that must not all hold."""
    clearance: float | None = None
    """Seconds that must lie between (SEC)."""


class Issue(Record):
    """Issue that the city works on."""

    report_count: float | None = None
    """How often it was reported."""
    raised_by: str | None = None
    """residents, data or staff."""
    raised_from: str | None = None
    """Reading or alert that it came from."""
    layers: list[str] | None = None
    """Layers that it lies on."""
    functions: list[str] | None = None
    """Functions that it concerns."""
    department: str | None = None
    """Who answers for it."""
    opened_at: Moment | None = None
    """When it was first known."""
    due_at: Moment | None = None
    """Until when it shall be answered."""
    answered_at: Moment | None = None
    """When it was first answered."""
    closed_at: Moment | None = None
    """When it was closed."""
    closed_reason: dict[str, str] | None = None
    """Why it was closed."""
    answers: Any = None
    """What the city answered and when."""
    merged_into: str | None = None
    """Issue that took it up."""


class KeyPerformanceIndicator(Record):
    """Measure."""

    kpi_value: float | None = None
    """Value."""
    unit_text: str | None = None
    """Unit in words."""


class LandUse(Record):
    """Parcel of land by use."""

    use: str | None = None
    """Use."""


class MedicalCertificate(Record):
    """Certificate that a doctor issued once."""

    certifies: str | None = None
    """What it certifies."""
    issued_by: str | None = None
    """Who issued it."""
    date_issued: Moment | None = None
    """When it was issued."""
    valid_from: Moment | None = None
    """From when it holds."""
    valid_to: Moment | None = None
    """Until when it holds."""


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


class Offer(Record):
    """What a company or university offers."""

    offered_by: str | None = None
    """Who offers it."""
    capabilities: Any = None
    """What it covers where and when."""
    estimated_cost: float | None = None
    """What it may cost in the city's currency."""


class Outcome(Record):
    """What shall become better."""

    in_vision: str | None = None
    """Vision that it belongs to."""
    title: str | None = None
    """Title."""
    statement: dict[str, str] | None = None
    """What it says."""
    layers: list[str] | None = None
    """Layers that it lies on."""
    functions: list[str] | None = None
    """Functions that it concerns."""
    measured_by: list[str] | None = None
    """Measures that show it."""
    base_year: float | None = None
    """Year of the base value."""
    base_value: float | None = None
    """Base value."""
    target_year: float | None = None
    """Year by which it shall be so."""
    target_value: float | None = None
    """Target value."""
    interim_targets: Any = None
    """Targets on the way by year."""
    steps: Any = None
    """What must start when at the latest and which rule stands in the way."""
    outlook: Any = None
    """Forecast by year and its gap to the target."""


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


class Poll(Record):
    """Question that residents decide."""

    question: dict[str, str] | None = None
    """What is asked."""
    form: str | None = None
    """choose-one, approval, cumulative, ranked or budget."""
    choices: Any = None
    """What can be chosen."""
    budget: float | None = None
    """Money to spend in the city's currency."""
    currency: str | None = None
    """Currency of costs and budget."""
    ballot_limits: Any = None
    """How many choices or points a ballot may hold."""
    counting_rule: str | None = None
    """Rule by which it is decided."""
    eligibility: dict[str, str] | None = None
    """Who may vote."""
    electors: float | None = None
    """How many may vote."""
    code_salt: str | None = None
    """What codes of slips are hashed with."""
    ballots_cast: float | None = None
    """Ballots cast."""
    opens_at: Moment | None = None
    """When it opens."""
    closes_at: Moment | None = None
    """When it closes."""
    result: Any = None
    """What was decided and how it was counted."""


class PopulationCell(Record):
    """Cell of a population grid."""

    population: float | None = None
    """People."""
    jobs: float | None = None
    """Jobs."""


class PopulationProjection(Record):
    """Population ahead."""

    of_district: str | None = None
    """District; the whole city where none is named."""
    scenario: str | None = None
    """Scenario."""
    projection: Any = None
    """People by year sex and age."""


class PrivacyNotice(Record):
    """What is collected at a place."""

    short_code: str | None = None
    """Code on the sign."""
    collects: dict[str, str] | None = None
    """What is collected here."""
    used_for: str | None = None
    """Purpose it is used for."""
    kept_days: float | None = None
    """How long it is kept (DAY)."""
    notice_of: list[str] | None = None
    """What collects it."""


class Proposal(Record):
    """What somebody proposes."""

    reference: str | None = None
    """Number by which it can be followed."""
    answers_issues: list[str] | None = None
    """Issues that it answers."""
    amends: str | None = None
    """Proposal that it would change."""
    proposer_kind: str | None = None
    """resident, firm, university, non-profit or staff."""
    proposed_by: str | None = None
    """Organisation that proposes it."""
    estimated_cost: float | None = None
    """What it may cost in the city's currency."""
    who_gains: str | None = None
    """Who gains by it."""
    said_at: Moment | None = None
    """When it was said."""
    answer: dict[str, str] | None = None
    """What the city answers."""
    answered_at: Moment | None = None
    """When it was first answered."""
    moderation: str | None = None
    """published, held or removed."""
    moderation_reason: dict[str, str] | None = None
    """Why it is held or was removed."""
    held_text: str | None = None
    """Text that waits for a look."""


class PumpStation(Record):
    """Water plant or pumping station."""

    serves: list[str] | None = None
    """Zones served."""


class RainfallObserved(Record):
    """Rain by day or hour at a place."""

    precipitation: float | None = None
    """Rain since the last reading (MMT)."""


class Regulation(Record):
    """Rule or guideline."""

    title: str | None = None
    """Title."""
    version: str | None = None
    """Version."""
    review_on: Moment | None = None
    """When it is looked at again."""
    functions: list[str] | None = None
    """Functions that it concerns."""
    findings: Any = None
    """What trials showed of it."""


class Report(Record):
    """What somebody reported."""

    reference: str | None = None
    """Number by which it can be followed."""
    requested_at: Moment | None = None
    """When it was sent."""
    channel: str | None = None
    """phone, web, desk, open311, file, data or staff."""
    in_issue: str | None = None
    """Issue that it belongs to."""
    follows: str | None = None
    """Earlier report that it goes on from."""
    media: list[str] | None = None
    """Pictures that are shown."""
    form_answers: Any = None
    """Answers to the questions of its category."""
    list_state: str | None = None
    """waiting when a list brought it anew, else settled."""
    updated_at: Moment | None = None
    """When the city's list last changed it."""
    status_notes: str | None = None
    """What the city's list says of it."""
    department: str | None = None
    """Who answers for it."""
    text_language: str | None = None
    """Language of the text."""
    moderation: str | None = None
    """published, held or removed."""
    moderation_reason: dict[str, str] | None = None
    """Why it is held or was removed."""
    held_text: str | None = None
    """Text that waits for a look."""
    held_media: list[str] | None = None
    """Pictures that wait for a look."""
    original_text: str | None = None
    """Text as it was sent."""
    reporter_name: str | None = None
    """Who sent it."""
    reporter_email: str | None = None
    """E-mail address of the sender."""
    reporter_phone: str | None = None
    """Telephone of the sender."""


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


class Stance(Record):
    """Whether somebody agrees with a comment."""

    about: str | None = None
    """What it is about."""
    in_discussion: str | None = None
    """Matter that is discussed."""
    agreement: float | None = None
    """1 agrees, -1 disagrees, 0 passes."""
    voter: str | None = None
    """Pseudonym in this discussion."""
    said_at: Moment | None = None
    """When it was said."""


class StatisticalObservation(Record):
    """Row of a table of statistics."""


class StudentRecord(Record):
    """What a school keeps about a pupil."""

    school_class: str | None = None
    """Class."""
    absences: Any = None
    """Days absent."""
    emergency_contact: str | None = None
    """Whom to call in an emergency."""


class SupplyZone(Record):
    """Zone of water supply."""


class Survey(Record):
    """Survey of the residents."""

    survey_kind: str | None = None
    """yearly, pulse or trial."""
    about: str | None = None
    """What it is about."""
    questions: Any = None
    """What is asked."""
    population_margins: Any = None
    """Residents by group that answers are weighted to."""
    by_invitation: bool | None = None
    """Whether only those with a code answer."""
    code_salt: str | None = None
    """What codes of slips are hashed with."""
    opens_at: Moment | None = None
    """When it opens."""
    closes_at: Moment | None = None
    """When it closes."""


class SurveyAnswer(Record):
    """One person's answers."""

    in_survey: str | None = None
    """Survey that it answers."""
    marks: Any = None
    """What was chosen."""
    age_group: str | None = None
    """Age group."""
    sex: str | None = None
    """Sex."""
    district: str | None = None
    """District."""
    answered_at: Moment | None = None
    """When it was answered."""


class SurveyResult(Record):
    """What a survey found."""

    in_survey: str | None = None
    """Survey that it comes from."""
    factor: str | None = None
    """What was asked about."""
    group_of: str | None = None
    """Group of residents."""
    estimate: float | None = None
    """Estimate for all of the group."""
    estimate_low: float | None = None
    """Lower end of the 95 % interval."""
    estimate_high: float | None = None
    """Upper end of the 95 % interval."""
    respondents: float | None = None
    """Answers it rests on."""
    effective_size: float | None = None
    """Answers it is worth after weighting."""
    agreeing: float | None = None
    """Share who agree."""
    agreeing_low: float | None = None
    """Lower end of the 95 % interval of that share."""
    agreeing_high: float | None = None
    """Upper end of the 95 % interval of that share."""
    remarks: Any = None
    """How it was weighted and what is missing."""
    is_suppressed: bool | None = None
    """Whether too few answered to show it."""
    measured_at: Moment | None = None
    """When it was measured."""


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
    congested: bool | None = None
    """Whether it is congested."""
    incident: str | None = None
    """Event that a camera noticed; one of a list."""
    lane_id: float | None = None
    """Lane counted from the middle of the road."""
    reversed_lane: bool | None = None
    """Whether the lane is used the other way."""
    date_observed_from: Moment | None = None
    """Start of the time counted."""
    date_observed_to: Moment | None = None
    """End of the time counted."""
    ref_road_segment: str | None = None
    """Road section."""
    ref_device: list[str] | None = None
    """What counted."""


class TravelPass(Record):
    """Pass for buses and trains."""

    pass_number: str | None = None
    """Number of the pass."""
    between: str | None = None
    """Between which stops it holds."""
    valid_to: Moment | None = None
    """Until when it holds."""
    journeys: Any = None
    """Journeys made."""


class Trial(Record):
    """Trial of an initiative."""

    of_initiative: str | None = None
    """Initiative that it tries."""
    service: str | None = None
    """Service by which it runs."""
    starts_on: Moment | None = None
    """When it starts."""
    ends_on: Moment | None = None
    """When it ends."""
    exit_test: dict[str, str] | None = None
    """Test by which it goes on or ends."""
    comparison: Any = None
    """What is measured where and compared with what."""
    findings: Any = None
    """What it showed."""
    cost_to_date: float | None = None
    """Cost to date in the city's currency."""
    touched_rules: list[str] | None = None
    """Rules that it touched."""


class UsedRight(Record):
    """Mark that a voting right was used."""

    in_poll: str | None = None
    """Poll that it is for."""


class Vehicle(Record):
    """Vehicle in service."""

    speed: float | None = None
    """Speed (KMH)."""
    heading: float | None = None
    """Direction of travel (DD)."""
    serves_route: str | None = None
    """Line."""


class Vision(Record):
    """Where the city wants to be."""

    statement: dict[str, str] | None = None
    """What it says."""
    target_year: float | None = None
    """Year by which it shall be so."""
    decided_at: Moment | None = None
    """When it was decided."""


class VotingRight(Record):
    """Right to one vote."""

    in_poll: str | None = None
    """Poll that it is for."""
    code_hash: str | None = None
    """Hash of the code on the slip."""


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
