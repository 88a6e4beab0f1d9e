"""The record of processing as JSON-LD with terms of the W3C's Data Privacy Vocabulary (DPV 2), for programs."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from noren.governance.privacy.activities import Activity
from noren.governance.privacy.inventory import Inventory
from noren.governance.privacy.risks import holds, tables
from noren.governance.privacy.standing import Receiver
from noren.trust.purposes import PURPOSES, meaning

CONTEXT = {
    "dpv": "https://w3id.org/dpv#",
    "dct": "http://purl.org/dc/terms/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
}
_BASE = "urn:noren:processing:"


def linked(inventory: Inventory) -> dict[str, Any]:
    """The record, the city as controller, and an entry an activity; what nobody answered is left out."""
    controller = {
        "@id": f"{_BASE}controller",
        "@type": "dpv:DataController",
        "dpv:hasName": _words(inventory.answers.controller.get("name") or inventory.city),
    } | _given({"dpv:hasContact": inventory.answers.controller.get("contact", "")})
    record = {
        "@id": f"{_BASE}record",
        "@type": "dpv:RecordsOfActivities",
        "dct:title": _words(inventory.city),
        "dct:modified": inventory.now.isoformat(),
        "dpv:hasProcess": [{"@id": _BASE + each.id} for each in inventory.activities],
        "dpv:hasRecipient": [_recipient(each) for each in inventory.standing.recipients],
    }
    return {
        "@context": CONTEXT,
        "@graph": [record, controller, *(_activity(inventory, e) for e in inventory.activities)],
    }


def _recipient(one: Receiver) -> dict[str, Any]:
    """An organisation that may receive what residents allow it, until its approval ends."""
    return {
        "@id": f"urn:noren:recipient:{quote(one.organisation)}",
        "dpv:hasName": _words(one.name),
        "dpv:hasContact": one.contact,
        "dpv:hasPurpose": [{"@type": _dpv(name), "dct:title": _words(meaning(name))} for name in one.purposes],
        "dpv:hasPersonalData": [f"urn:noren:attribute:{name}" for name in one.attributes],
        "dct:valid": one.until.isoformat(),
    }


def _dpv(name: str) -> str:
    return PURPOSES[name].dpv.replace(CONTEXT["dpv"], "dpv:")


def _activity(inventory: Inventory, one: Activity) -> dict[str, Any]:
    answers = inventory.answers.activity.get(one.id, {})
    kept, people = answers.get("retention", ""), answers.get("subjects", "")
    measures = [each.dpv for each in tables()[1] if each.risks and holds(each, one, inventory.facts)]
    found = {
        "@id": _BASE + one.id,
        "@type": "dpv:PersonalDataHandling" if one.personal else "dpv:Process",
        "dct:title": _words(one.title),
        "dpv:hasDataController": {"@id": f"{_BASE}controller"},
        "dpv:hasPurpose": {"@type": one.dpv.replace(CONTEXT["dpv"], "dpv:"), "dct:title": _words(one.purpose_words)},
        "dpv:hasData": [f"urn:noren:type:{name}" for name in dict.fromkeys((*one.reads, *one.writes))],
        "dpv:hasTechnicalOrganisationalMeasure": [f"dpv:{name}" for name in dict.fromkeys(measures)],
    }
    if one.personal:
        found["dpv:hasPersonalData"] = [f"urn:noren:attribute:{name}" for name in one.personal]
        found["dpv:hasRecipient"] = [f"urn:noren:audience:{name}" for name in one.readers]
    return (
        found
        | _given(
            {
                "dct:description": one.summary,
                "dpv:hasLegalBasis": answers.get("legal_basis", ""),
                "dpv:hasDataSubject": people,
            }
        )
        | (
            {"dpv:hasStorageCondition": {"@type": "dpv:StorageDuration", "dct:description": _words(kept)}}
            if kept
            else {}
        )
    )


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {key: _words(value) for key, value in values.items() if value}


def _words(value: Any) -> Any:
    """A text, or texts by language."""
    if isinstance(value, dict):
        return [{"@language": language, "@value": words} for language, words in sorted(value.items()) if words]
    return value
