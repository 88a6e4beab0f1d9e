"""Open311 GeoReport v2: what its clients send and are sent (wiki.open311.org/GeoReport_v2), as plain data and as XML.

A GeoReport *service* is one of our categories, a *service request* one of our reports; its status is that of the issue
that the report belongs to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from xml.etree import ElementTree as ET

from noren.civic.categories import Category, office
from noren.civic.drafts import LONGEST, Draft, Reporter
from noren.civic.following import pictures
from noren.civic.issues import ENDS
from noren.errors import BadInput
from noren.terms.record import listed, stamp
from noren.terms.records import Issue, Report

PREFIX = "/open311/v2"
SPAN_DAYS, MOST = 90, 1000
Plain = dict[str, Any]


def services(known: Mapping[str, Category], language: str) -> list[Plain]:
    """The list of services (GET Service List)."""
    return [
        {
            "service_code": each.name,
            "service_name": each.meaning.get(language) or each.meaning["en"],
            "description": each.meaning.get(language) or each.meaning["en"],
            "metadata": False,
            "type": "realtime",
            "keywords": ",".join(each.words.get(language, ())),
            "group": each.group,
        }
        for each in known.values()
    ]


def draft(form: Mapping[str, str], media: tuple[str, ...], known: Mapping[str, Category]) -> Draft:
    """What a client posted (POST Service Request), read field by field; raises `BadInput` that names the field."""
    code = form.get("service_code", "").strip()
    if code not in known:
        raise BadInput("service_code is missing or unknown.", where="service_code", hint="See services.json.")
    place = _place(form)
    if place is None and not form.get("address_string") and not form.get("address_id"):
        raise BadInput(
            "It is not said where.", where="lat, long", hint="Send lat and long, address_string or address_id."
        )
    if len(form.get("description", "")) > LONGEST:
        raise BadInput(f"The description is longer than {LONGEST} characters.", where="description")
    name = " ".join(filter(None, (form.get("first_name", "").strip(), form.get("last_name", "").strip())))
    link = form.get("media_url", "").strip()
    return Draft(
        description=form.get("description", ""),
        category=code,
        place=place,
        address=form.get("address_string", "") or form.get("address_id", ""),
        media=(*media, *([link] if link.startswith(("https://", "http://")) else ())),
        channel="open311",
        answers={key[10:-1]: value for key, value in form.items() if key.startswith("attribute[") and key[-1] == "]"},
        reporter=Reporter(name=name, email=form.get("email", ""), phone=form.get("phone", "")),
    )


def _place(form: Mapping[str, str]) -> tuple[float, float] | None:
    lat, lon = form.get("lat", ""), form.get("long", "")
    if not lat and not lon:
        return None
    try:
        return float(lon), float(lat)
    except ValueError:
        raise BadInput("lat and long are no numbers.", where="lat, long", hint="Degrees with a point.") from None


def request(report: Report, issue: Issue | None, known: Mapping[str, Category], language: str, site: str) -> Plain:
    """One service request as clients read it (GET Service Request); what is not known is left empty."""
    category = known.get(report.category or "")
    closed = issue is not None and issue.status in ENDS
    said = listed(issue.answers)[-1] if issue is not None and issue.answers else None
    lon, lat = report.location["coordinates"] if report.location else (None, None)
    updated = _moment(said["at"]) if said else report.requested_at
    return {
        "service_request_id": report.reference,
        "status": "closed" if closed or report.moderation == "removed" else "open",
        "status_notes": _notes(report, said, language),
        "service_name": category.meaning.get(language, "") if category else None,
        "service_code": report.category,
        "description": report.description,
        "agency_responsible": office(issue.department or "", language) if issue else None,
        "service_notice": None,
        "requested_datetime": _told(report.requested_at),
        "updated_datetime": _told(updated),
        "expected_datetime": _told(issue.due_at) if issue else None,
        "address": report.address if isinstance(report.address, str) else None,
        "address_id": None,
        "zipcode": None,
        "lat": lat,
        "long": lon,
        "media_url": next(iter(pictures(report.media, site)), None),
    }


def _notes(report: Report, said: Plain | None, language: str) -> str | None:
    if report.moderation != "published":
        return (report.moderation_reason or {}).get(language)
    if said is None:
        return None
    text: Mapping[str, str] = said["text"]
    return text.get(language) or next(iter(text.values()), None)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _told(time: datetime | None) -> str | None:
    return stamp(time.replace(microsecond=0)) if time else None


def errors(status: int, text: str) -> list[Plain]:
    """An error as clients read it."""
    return [{"code": status, "description": text}]


def xml(root: str, item: str, rows: Iterable[Plain]) -> bytes:
    """Rows as XML: `<root><item><field>…`; an empty field is an empty element."""
    top = ET.Element(root)
    for row in rows:
        element = ET.SubElement(top, item)
        for name, value in row.items():
            ET.SubElement(element, name).text = _text(value)
    return _bytes(top)


def tree(name: str, value: Any) -> bytes:
    """Nested data as XML; the items of a list stand in elements of its name without the “s”."""
    return _bytes(_branch(name, value))


def _bytes(top: ET.Element) -> bytes:
    document: bytes = ET.tostring(top, encoding="utf-8", xml_declaration=True)
    return document


def _branch(name: str, value: Any) -> ET.Element:
    element = ET.Element(name)
    if isinstance(value, Mapping):
        element.extend(_branch(key, each) for key, each in value.items())
    elif isinstance(value, list):
        element.extend(_branch(name.removesuffix("s"), each) for each in value)
    else:
        element.text = _text(value)
    return element


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    clean = "".join(each for each in str(value) if (each >= " " and ord(each) & 0xFFFE != 0xFFFE) or each in "\t\n\r")
    return clean.encode("utf-8", "ignore").decode()


def discovery(site: str, name: str, changed: datetime) -> Plain:
    """The discovery document (wiki.open311.org/Service_Discovery)."""
    formats = ["application/json", "text/xml"]
    return {
        "changeset": stamp(changed),
        "contact": name,
        "key_service": "",
        "endpoints": [
            {
                "specification": "http://wiki.open311.org/GeoReport_v2",
                "url": f"{site}{PREFIX}",
                "changeset": stamp(changed),
                "type": "production",
                "formats": formats,
            }
        ],
    }
