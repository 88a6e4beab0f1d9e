"""Records and receipts: the fields that the DPV group's guide asks for, as an independent JSON-LD reader finds them;
the life of a consent against a plain model."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyld import jsonld

from noren.errors import Conflict
from noren.trust import consent
from noren.trust.consent import Record, Shown, document, receipt
from noren.trust.consent.record import DAY, VALID

DPV, DCT = "https://w3id.org/dpv#", "http://purl.org/dc/terms/"
# Fields with “MUST be present” in https://w3id.org/dpv/guides/consent-27560, by section, as properties.
HEADER = [DCT + "conformsTo", DCT + "identifier", DPV + "hasDataSubject"]
PROCESS = [DPV + "hasPurpose", DPV + "hasPersonalData", DPV + "hasRecipient", DPV + "hasStorageCondition"]
AROUND = [DPV + "hasNotice", DPV + "hasDataController", DPV + "hasJurisdiction", DPV + "hasConsentControl"]
EVENT = [DPV + "isIndicatedAtTime", DPV + "isIndicatedBy"]
PARTY = [DCT + "identifier", DPV + "hasName", DPV + "hasContact"]


@pytest.fixture
def record(offer) -> Record:
    return consent.given(offer, Shown("ab" * 32, "ja"), "7f", at=1_800_000_000.0)


def read(found: dict[str, Any]) -> dict[str, Any]:
    [node] = jsonld.expand(found)
    return node


def test_a_record_has_every_field_that_the_guide_asks_for(record) -> None:
    node = read(document(record, "town"))
    assert node["@type"] == [DPV + "ConsentRecord"]
    assert node[DCT + "conformsTo"] == [{"@id": "https://w3id.org/dpv/schema/dpv-27560#record"}]
    assert not [name for name in (*HEADER, *AROUND) if not node.get(name)]
    [process] = node[DPV + "hasProcess"]
    assert not [name for name in PROCESS if not process.get(name)]
    assert {kind for each in process[DPV + "hasStorageCondition"] for kind in each["@type"]} == {
        DPV + "StorageLocation",
        DPV + "StorageDuration",
    }
    assert [each[DCT + "identifier"][0]["@value"] for each in process[DPV + "hasPersonalData"]] == list(
        record.offer.attributes
    )
    assert process[DPV + "hasPurpose"][0]["@type"] == [DPV + "ImproveHealthcare"]
    party = next(each for each in node[DPV + "hasEntity"] if DPV + "Recipient" in each["@type"])
    assert not [name for name in PARTY if not party.get(name)]
    notice = node[DPV + "hasNotice"][0]
    assert notice[DCT + "language"] == [{"@value": "ja"}] and "ab" * 32 in notice[DCT + "identifier"][0]["@value"]


def test_every_event_stands_in_the_record_with_its_state_time_and_maker(record) -> None:
    ended = record.then("renewed", 1_800_000_100.0, "guardian").then("withdrawn", 1_800_000_200.0, "self")
    node = read(document(ended, "town"))
    events = node[DPV + "hasConsentStatus"]
    assert [each["@type"][0].removeprefix(DPV) for each in events] == [
        "ConsentGiven",
        "RenewedConsentGiven",
        "ConsentWithdrawn",
    ]
    assert all(each.get(name) for each in events for name in EVENT)
    assert [each[DPV + "isIndicatedBy"][0]["@id"].removeprefix(DPV) for each in events] == [
        "DataSubject",
        "GuardianOfDataSubject",
        "DataSubject",
    ]
    assert [bool(each.get(DPV + "hasDuration")) for each in events] == [True, True, False]


def test_a_receipt_wraps_the_record_and_carries_the_ledger_s_proof(record) -> None:
    node = read(receipt(record, "town", 1_800_000_300.0, proof="c2sp.org/tlog-proof@v1\n…"))
    assert node["@type"] == [DPV + "ConsentReceipt"]
    assert all(node.get(DCT + name) for name in ("conformsTo", "identifier", "created", "publisher"))
    assert node[DCT + "provenance"][0]["@value"].startswith("c2sp.org/tlog-proof")
    [inner] = node[DPV + "hasRecordOfActivity"]
    assert inner == read(document(record, "town"))


def test_nothing_is_lost_on_the_way_to_triples(record) -> None:
    """A term without an address would vanish silently when the document is read."""
    for found in (document(record, "town"), receipt(record, "town", 0.0)):
        assert jsonld.to_rdf(found, {"format": "application/n-quads"}).count("\n") >= _values(found) - 1


def _values(found: Any) -> int:
    if isinstance(found, dict):
        return sum(_values(each) for name, each in found.items() if name not in ("@context", "@id", "@language"))
    if isinstance(found, list):
        return sum(map(_values, found))
    return 1


EVENTS = st.lists(
    st.tuples(st.sampled_from(["renewed", "withdrawn", "expired", "revoked"]), st.floats(0, 40 * DAY)), max_size=6
)


@settings(max_examples=200)
@given(events=EVENTS, look=st.floats(-10 * DAY, 400 * DAY))
def test_a_consent_holds_from_its_giving_to_its_end_and_never_again(events, look) -> None:
    from tests.trust.consent.test_question import EXAMPLE

    start = 1_800_000_000.0
    record = consent.given(EXAMPLE, Shown("0" * 64, "en"), "7f", at=start)
    at, end, ended = start, start + EXAMPLE.days * DAY, False
    for what, later in events:
        at += later
        if ended:
            with pytest.raises(Conflict):
                record.then(what, at, "self")
            continue
        record = record.then(what, at, "self")
        ended = what not in VALID
        end = at + EXAMPLE.days * DAY if what == "renewed" else at
    now = start + look
    assert record.holds(now) == (not ended and start <= now < end)
