"""What the watch writes: the forecast, the area at risk and the alert, each one entity a gauge under a stable id."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import msgspec
import numpy as np

from noren.services.disaster import words
from noren.services.disaster.decide import Course, Situation, course, situation
from noren.services.disaster.forecast import Model
from noren.services.disaster.gauges import moment
from noren.services.disaster.inundation import geojson
from noren.services.disaster.risk import Risk
from noren.services.disaster.series import HOUR
from noren.services.disaster.words import Picture
from noren.terms.record import stamp
from noren.terms.records import Alert, FloodForecast, FloodRiskArea, WaterObserved

ACTIVE, OVER = "active", "over"
AUTOMATIC = "automatic"
_AGAIN = timedelta(hours=1)


def sibling(gauge: str, kind: str) -> str:
    """Id of the entity of another type that belongs to the gauge: stable, so that it is updated, not multiplied.

    >>> sibling("urn:ngsi-ld:WaterObserved:town:bridge", "Alert")
    'urn:ngsi-ld:Alert:town:flood-bridge'
    """
    city, _, local = gauge.removeprefix("urn:ngsi-ld:").partition(":")[2].partition(":")
    return f"urn:ngsi-ld:{kind}:{city}:flood-{local}" if local else f"urn:ngsi-ld:{kind}:flood:{gauge}"


def place(gauge: WaterObserved) -> str:
    """How people call the gauge: water body and name, without saying a word twice."""
    water, name = gauge.water_body or "", gauge.name or ""
    if water and name and water not in name:
        return f"{water}, {name}"
    return name or water or gauge.id.rsplit(":", 1)[-1]


def forecast(gauge: WaterObserved, picture: Picture, model: Model) -> FloodForecast:
    """The forecast: course with its 80 % range, peak, crossing of the flood stage, method and how good it has been."""
    ahead, top = picture.forecast, int(np.argmax(picture.forecast.median))
    stages = dict(picture.thresholds.known())
    flood = stages.get("flood") or stages.get("severe") or stages.get("alert")
    crosses = ahead.crosses(flood) if flood is not None else None
    return FloodForecast(
        id=sibling(gauge.id, "FloodForecast"),
        name=picture.place,
        location=gauge.location,
        gauge=gauge.id,
        observed_at=moment(ahead.issued),
        issued=moment(ahead.issued),
        peak_level=round(float(ahead.median[top]), 3),
        peak_at=moment(ahead.issued + HOUR * float(ahead.hours[top])),
        crosses_at=moment(crosses) if crosses is not None else None,
        probability=round(ahead.probability(flood), 3) if flood is not None else None,
        forecast=_course(picture),
        method=ahead.method,
        skill=_skill(model),
    )


def _course(picture: Picture) -> dict[str, object]:
    ahead = picture.forecast
    rounded = {name: [round(float(each), 3) for each in getattr(ahead, name)] for name in ("median", "low", "high")}
    stages = dict(picture.thresholds.known())
    return {
        "hours": [round(float(each), 2) for each in ahead.hours],
        **rounded,
        "level": round(ahead.level, 3),
        "regime": ahead.regime,
        "stages": stages,
        "stagesFrom": picture.thresholds.source,
        "chances": {name: round(ahead.probability(stage), 3) for name, stage in stages.items()},
        "missing": list(picture.missing),
    }


def _skill(model: Model) -> dict[str, object]:
    return {
        "hours": [round(float(each), 2) for each in model.skill.hours],
        "error": [round(float(each), 4) for each in model.skill.error],
        "persistence": [round(float(each), 4) for each in model.skill.persistence],
        "moments": model.skill.moments,
        "methods": {name: round(score, 4) for name, score in model.scores.items()},
    }


def area(gauge: WaterObserved, found: Risk, picture: Picture) -> FloodRiskArea:
    """The area that the highest stage expected may put under water, with who and what lies in it."""
    people = found.exposure.people
    return FloodRiskArea(
        id=sibling(gauge.id, "FloodRiskArea"),
        name=picture.place,
        location=geojson(found.area),
        gauge=gauge.id,
        observed_at=moment(picture.forecast.issued),
        stage=round(found.stage, 2),
        people=round(people) if people is not None else None,
        buildings=found.exposure.buildings,
        affected=found.plain(),
        maximum_depth=round(found.deepest, 2),
    )


def warning(
    gauge: WaterObserved,
    picture: Picture,
    now: Situation,
    standing: Alert | None,
    languages: Sequence[str],
    with_area: bool,
) -> list[Alert]:
    """The alert in its present form; nothing when the one that stands says the same and is less than an hour old.

    What a person withdrew stays withdrawn until the situation becomes graver; what a person confirmed stays confirmed
    as long as it becomes no graver.
    """
    active = standing is not None and standing.status == ACTIVE
    same = active and standing is not None and standing.sub_category == now.code
    issued = moment(picture.forecast.issued)
    recent = standing is not None and standing.date_issued is not None and issued - standing.date_issued < _AGAIN
    if same and recent:
        return []
    stage = dict(picture.thresholds.known())[now.name]
    when = course(picture.forecast, stage, now.phase)
    return [_alert(gauge, picture, now, when, standing if active else None, languages, with_area)]


def _alert(
    gauge: WaterObserved,
    picture: Picture,
    now: Situation,
    when: Course,
    standing: Alert | None,
    languages: Sequence[str],
    with_area: bool,
) -> Alert:
    spoken = words.spoken(languages)
    return Alert(
        id=sibling(gauge.id, "Alert"),
        name=picture.place,
        location=gauge.location,
        category="flood",
        sub_category=now.code,
        severity=now.severity,
        certainty=now.certainty,
        urgency=when.urgency,
        headline=words.in_languages(spoken, lambda each: words.headline(picture, now, when, each)),
        instruction=words.in_languages(spoken, lambda each: words.instruction(picture, now, when, each)),
        details=words.in_languages(spoken, lambda each: words.details(picture, each)),
        date_issued=moment(picture.forecast.issued),
        valid_from=moment(when.begins),
        valid_to=moment(when.ends),
        alert_source=sibling(gauge.id, "FloodForecast"),
        affected_area=sibling(gauge.id, "FloodRiskArea") if with_area else None,
        confirmation=_confirmation(standing, now),
        supersedes=_superseded(standing),
        status=ACTIVE,
    )


def _confirmation(standing: Alert | None, now: Situation) -> str:
    if standing is None or standing.confirmation in (None, AUTOMATIC):
        return AUTOMATIC
    before = situation(standing.sub_category)
    graver = before is None or now.rank < before.rank
    return AUTOMATIC if graver else str(standing.confirmation)


def _superseded(standing: Alert | None) -> list[str] | None:
    return [stamp(standing.date_issued)] if standing is not None and standing.date_issued else None


def all_clear(gauge: WaterObserved, picture: Picture, standing: Alert, languages: Sequence[str]) -> Alert:
    """The last message of an alert: it is over, and what to mind on the way back."""
    spoken = words.spoken(languages)
    said = {each: words.over(picture, each) for each in spoken}
    return msgspec.structs.replace(
        standing,
        sub_category="flood-over",
        severity="informational",
        certainty="observed",
        urgency="past",
        headline={each: headline for each, (headline, _) in said.items()},
        instruction={each: instruction for each, (_, instruction) in said.items()},
        details=words.in_languages(spoken, lambda each: words.details(picture, each)),
        date_issued=moment(picture.forecast.issued),
        valid_to=moment(picture.forecast.issued) + _AGAIN,
        supersedes=_superseded(standing),
        status=OVER,
    )
