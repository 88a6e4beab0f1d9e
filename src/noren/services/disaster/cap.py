"""An alert in the Common Alerting Protocol 1.2 (OASIS), so that sirens, radio and other apps can carry it.

One `<info>` a language. The first message of an alert is an *Alert*, each later one an *Update* that names the one
before, and the last a *Cancel*. Names to know: `document`, `identifier`, `reference`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Literal
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from shapely import set_precision
from shapely.geometry import shape

from noren.messages import say
from noren.terms.records import Alert, FloodRiskArea

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
Status = Literal["Actual", "Exercise", "Test"]
_SEVERITY = {"critical": "Extreme", "high": "Severe", "medium": "Moderate", "low": "Minor", "informational": "Minor"}
_RESPONSE = {
    "critical": "Evacuate",
    "high": "Evacuate",
    "medium": "Prepare",
    "low": "Avoid",
    "informational": "Monitor",
}
_MOST_POLYGONS = 20
_FINEST = 1e-4


def identifier(alert_id: str, issued: datetime) -> str:
    """Identifier of the message that an alert was at the time `issued`: no spaces, commas or markup."""
    return f"{_plain(alert_id)}.{issued.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _plain(text: str) -> str:
    return re.sub(r"[\s,<&]", "-", text)


def reference(sender: str, alert_id: str, issued: datetime) -> str:
    """How a later message names this one: sender, identifier and time sent."""
    return f"{_plain(sender)},{identifier(alert_id, issued)},{_time(issued)}"


def document(
    alert: Alert | dict[str, Any],
    *,
    sender: str,
    area: FloodRiskArea | dict[str, Any] | None = None,
    languages: Sequence[str] = (),
    status: Status = "Actual",
) -> bytes:
    """The alert as a CAP 1.2 document in UTF-8, an `<info>` for each of `languages` that it is written in (none: all).

    `area` is the risk area or GeoJSON of the ground concerned; without it the message names the place only. `sender`
    is an address without spaces or commas. An alert that supersedes earlier messages names them in `references`; one
    that is over or withdrawn becomes a cancellation.
    """
    alert = alert if isinstance(alert, Alert) else Alert.of(alert)
    issued = alert.date_issued or alert.observed_at or datetime.now(UTC)
    ended = alert.confirmation == "withdrawn" or alert.status == "over"
    earlier = [datetime.fromisoformat(each) for each in alert.supersedes or ()]
    root = Element("alert", xmlns=NAMESPACE)
    _texts(
        root,
        identifier=identifier(alert.id, issued),
        sender=_plain(sender),
        sent=_time(issued),
        status=status,
        msgType=("Cancel" if ended else "Update") if earlier else "Alert",
        scope="Public",
        references=" ".join(reference(sender, alert.id, each) for each in earlier),
    )
    for language in _spoken(alert, languages):
        _info(root, alert, language, ended, _geometry(area))
    indent(root)
    return bytes(tostring(root, "utf-8", xml_declaration=True))


def _spoken(alert: Alert, languages: Sequence[str]) -> list[str]:
    written = list(alert.headline or {"en": ""})
    wanted = [each for each in dict.fromkeys(each.split("-")[0] for each in languages) if each in written]
    return wanted or written


def _geometry(area: FloodRiskArea | dict[str, Any] | None) -> dict[str, Any] | None:
    if isinstance(area, dict):
        return area.get("location") if area.get("type") == "FloodRiskArea" else area
    return area.location if area else None


def _texts(parent: Element, **texts: str | None) -> None:
    for name, text in texts.items():
        if text:
            SubElement(parent, name).text = text


def _info(root: Element, alert: Alert, language: str, ended: bool, area: dict[str, Any] | None) -> None:
    info = SubElement(root, "info")
    _texts(
        info,
        language=language,
        category="Met",
        event=say(language, "disaster.event"),
        responseType="AllClear" if ended else _RESPONSE.get(alert.severity or "", "Monitor"),
        urgency="Past" if ended else (alert.urgency or "Unknown").title(),
        severity=_SEVERITY.get(alert.severity or "", "Unknown"),
        certainty=(alert.certainty or "Unknown").title(),
        effective=_time(alert.date_issued) if alert.date_issued else None,
        onset=_time(alert.valid_from) if alert.valid_from else None,
        expires=_time(alert.valid_to) if alert.valid_to else None,
        headline=_in(alert.headline, language),
        description=_in(alert.details, language),
        instruction=_in(alert.instruction, language),
    )
    inside = SubElement(info, "area")
    where = alert.area_served or alert.name or alert.id
    SubElement(inside, "areaDesc").text = say(language, "disaster.area", place=where)
    for polygon in _polygons(area):
        SubElement(inside, "polygon").text = polygon


def _in(texts: dict[str, str] | None, language: str) -> str | None:
    return (texts or {}).get(language)


def _time(moment: datetime) -> str:
    """CAP's form of a time: always with an offset, never `Z`."""
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "+00:00"


def _polygons(area: dict[str, Any] | None) -> Iterator[str]:
    """Outer rings as CAP writes them: "latitude,longitude" pairs, closed; the largest twenty, to some 10 m.

    CAP knows no holes; an outer ring says more than is wet, which errs on the safe side.
    """
    if not area or area.get("type") not in ("Polygon", "MultiPolygon"):
        return
    rough = set_precision(shape(area).simplify(_FINEST), _FINEST)
    parts = sorted(getattr(rough, "geoms", [rough]), key=lambda each: -each.area)
    for part in parts[:_MOST_POLYGONS]:
        if not part.is_empty:
            yield " ".join(f"{lat:.4f},{lon:.4f}" for lon, lat in part.exterior.coords)
