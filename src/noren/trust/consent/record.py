"""The record of a consent by ISO/IEC TS 27560:2023, and its receipt, in terms of W3C's Data Privacy Vocabulary.

Which term stands for which field is from the DPV community group's guide “Consent Records and Receipts as per ISO/IEC
TS 27560:2023 using DPV” (https://w3id.org/dpv/guides/consent-27560).
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from noren.errors import Conflict
from noren.trust.consent.offer import Offer
from noren.trust.consent.question import Shown
from noren.trust.purposes import purpose

What = Literal["given", "renewed", "withdrawn", "expired", "revoked"]
RECORD = "https://w3id.org/dpv/schema/dpv-27560#record"
RECEIPT = "https://w3id.org/dpv/schema/dpv-27560#receipt"
CONTEXT = {
    "dpv": "https://w3id.org/dpv#",
    "loc": "https://w3id.org/dpv/loc#",
    "dct": "http://purl.org/dc/terms/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "noren": "urn:noren:term:",
}
STATUS: dict[What, str] = {
    "given": "dpv:ConsentGiven",
    "renewed": "dpv:RenewedConsentGiven",
    "withdrawn": "dpv:ConsentWithdrawn",
    "expired": "dpv:ConsentExpired",
    "revoked": "dpv:ConsentRevoked",
}
By = Literal["self", "guardian", "helper", "city", "board"]
WHO: dict[By, str] = {
    "self": "dpv:DataSubject",
    "guardian": "dpv:GuardianOfDataSubject",
    "helper": "dpv:Representative",
    "city": "dpv:DataProcessor",
    "board": "dpv:Authority",
}
VALID: frozenset[What] = frozenset({"given", "renewed"})
DAY = 86_400.0


class Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """What happened to a consent, when (epoch seconds), by whom, until when it holds from then on, and the hash of the
    notice that was shown for it."""

    what: What
    at: float
    by: By
    until: float = 0.0
    notice: str = ""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One consent of one person: what was asked, what was shown last, what happened. `subject` is the pseudonym under
    which the holder knows the person; no name stands in a record."""

    id: str
    subject: str
    offer: Offer
    shown: Shown
    events: tuple[Event, ...]

    @property
    def state(self) -> What:
        """What happened last."""
        return self.events[-1].what

    @property
    def until(self) -> float:
        """When it ends or ended, in epoch seconds."""
        last = self.events[-1]
        return last.until if last.what in VALID else last.at

    def holds(self, now: float) -> bool:
        """Whether it may be acted on at `now`."""
        return self.state in VALID and self.events[0].at <= now < self.until

    def then(self, what: What, at: float, by: By, shown: Shown | None = None) -> Record:
        """The record after another event (renewed: after the notice was `shown` again); raises `Conflict` once it has
        ended, for an end is final."""
        if self.state not in VALID:
            raise Conflict(f"This consent is {self.state}.", where=self.id, hint="A new one must be asked for.")
        if what == "given":
            raise Conflict("This consent stands already.", where=self.id, hint="It can be renewed.")
        until = at + self.offer.days * DAY if what in VALID else 0.0
        event = Event(what, at, by, until, shown.notice if shown else "")
        return msgspec.structs.replace(self, events=(*self.events, event), shown=shown or self.shown)

    def bounded(self, latest: float) -> Record:
        """The record, whose last event lets it hold until `latest` at most."""
        last = self.events[-1]
        return msgspec.structs.replace(
            self, events=(*self.events[:-1], msgspec.structs.replace(last, until=min(last.until, latest)))
        )


def given(offer: Offer, shown: Shown, subject: str, at: float, by: By = "self") -> Record:
    """The record of a consent that was just given."""
    event = Event("given", at, by, at + offer.days * DAY, shown.notice)
    return Record(id=str(uuid.uuid4()), subject=subject, offer=offer, shown=shown, events=(event,))


def document(record: Record, city: str, address: str = "") -> dict[str, Any]:
    """The record as JSON-LD; `city` keeps it, at `address` the person sees to it."""
    offer, recipient = record.offer, f"noren:organisation/{record.offer.recipient}"
    return {
        "@context": CONTEXT,
        "@id": f"urn:uuid:{record.id}",
        "@type": "dpv:ConsentRecord",
        "dct:identifier": record.id,
        "dct:conformsTo": {"@id": RECORD},
        "dct:publisher": city,
        "dpv:hasDataSubject": {"@id": f"noren:subject/{record.subject}", "@type": "dpv:DataSubject"},
        "dpv:hasDataController": {"@id": recipient},
        "dpv:hasEntity": [_recipient(offer, recipient), {"@type": "dpv:DataSource", "dpv:hasName": offer.holder}],
        "dpv:hasJurisdiction": {"@id": f"loc:{offer.jurisdiction}"},
        "dpv:hasLegalBasis": {"@id": "dpv:ExplicitlyExpressedConsent"},
        "dpv:hasProcess": _process(offer, recipient),
        "dpv:hasConsentControl": {
            "@type": ["dpv:ProvideConsent", "dpv:WithdrawConsent"],
            "dpv:isExercisedAt": address or city,
        },
        "dpv:hasRight": {"@type": "dpv:DataSubjectRight", "dpv:isExercisedAt": address or city},
        "dpv:hasNotice": {
            "@type": "dpv:ConsentNotice",
            "dct:language": record.shown.language,
            "dct:identifier": f"sha256:{record.shown.notice}",
            "dct:date": _date(record.events[0].at),
        },
        "dpv:hasConsentStatus": [_status(event) for event in record.events],
    }


def receipt(record: Record, city: str, at: float, *, address: str = "", proof: str = "") -> dict[str, Any]:
    """What the person is given: the record, when it was handed out, and the ledger's proof (`.tlog-proof` text)."""
    inner = document(record, city, address)
    del inner["@context"]
    number = str(uuid.uuid4())
    found: dict[str, Any] = {
        "@context": CONTEXT,
        "@id": f"urn:uuid:{number}",
        "@type": "dpv:ConsentReceipt",
        "dct:identifier": number,
        "dct:conformsTo": {"@id": RECEIPT},
        "dct:created": _date(at),
        "dct:publisher": city,
        "dpv:hasRecordOfActivity": inner,
    }
    return found | ({"dct:provenance": proof} if proof else {})


def _recipient(offer: Offer, id: str) -> dict[str, Any]:
    return {
        "@id": id,
        "@type": ["dpv:Organisation", "dpv:DataController", "dpv:Recipient"],
        "dct:identifier": offer.recipient,
        "dpv:hasName": [{"@language": tag, "@value": name} for tag, name in sorted(offer.recipient_name.items())],
        "dpv:hasContact": offer.recipient_contact,
    }


def _process(offer: Offer, recipient: str) -> dict[str, Any]:
    benefit = [{"@language": tag, "@value": text} for tag, text in sorted(offer.benefit.items())]
    often = {"dpv:hasFrequency": {"@type": "dpv:Frequency", "noren:usesADay": offer.daily}} if offer.daily else {}
    return {
        "@type": "dpv:Process",
        "dpv:hasPurpose": {
            "@type": purpose(offer.purpose).dpv,
            "dct:title": offer.purpose,
        },
        "dpv:hasPersonalData": [
            {"@id": f"noren:attribute/{name}", "@type": "dpv:PersonalData", "dct:identifier": name}
            for name in offer.attributes
        ],
        "dpv:hasRecipient": [{"@id": recipient}],
        "dpv:hasDataSource": offer.holder,
        "dpv:hasProcessing": {"@id": "dpv:Use"},
        "dpv:hasConsequence": {"@type": "dpv:Consequence", "dct:description": benefit},
        "dpv:hasStorageCondition": [
            {"@type": "dpv:StorageLocation", "dpv:hasLocation": {"@id": f"loc:{offer.jurisdiction}"}},
            {"@type": "dpv:StorageDuration", "dpv:hasDuration": f"P{offer.keep_days}D"},
        ],
    } | often


def _status(event: Event) -> dict[str, Any]:
    found: dict[str, Any] = {
        "@type": [STATUS[event.what], *(["dpv:ExplicitlyExpressedConsent"] if event.what in VALID else [])],
        "dpv:isIndicatedAtTime": _date(event.at),
        "dpv:isIndicatedBy": {"@id": WHO[event.by]},
        "dpv:hasIndicationMethod": "answered a question about the notice" if event.what in VALID else event.what,
    }
    if event.what in VALID:
        found["dpv:hasDuration"] = {"@type": "dpv:UntilTimeDuration", "rdf:value": _date(event.until)}
        found["dpv:hasNotice"] = {"@type": "dpv:ConsentNotice", "dct:identifier": f"sha256:{event.notice}"}
    return found


def _date(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
