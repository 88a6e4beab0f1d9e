"""CAP 1.2 documents, judged by a schema written from the standard."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from lxml import etree
from shapely.geometry import Point, box, mapping

from noren.services.disaster import cap
from noren.terms.records import Alert, FloodRiskArea

SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).with_name("cap12.xsd")))
ISSUED = datetime(2024, 5, 1, 21, tzinfo=UTC)
ALERT = Alert(
    id="urn:ngsi-ld:Alert:town:flood-bridge",
    name="Kawa, Bridge",
    severity="high",
    certainty="likely",
    urgency="future",
    headline={"ja": "水位が…", "en": "The water <is> & will be", "pt": "A água…"},
    instruction={"ja": "避難", "en": "Leave", "pt": "Saia"},
    details={"ja": "詳細", "en": "Details", "pt": "Detalhes"},
    date_issued=ISSUED,
    valid_from=datetime(2024, 5, 2, 9, tzinfo=UTC),
    valid_to=datetime(2024, 5, 2, 21, tzinfo=UTC),
    status="active",
    confirmation="automatic",
)
AREA = {"type": "MultiPolygon", "coordinates": [mapping(box(134.0, 34.0, 134.1, 34.1))["coordinates"]]}


def written(alert: Alert, **how) -> etree._Element:
    document = etree.fromstring(cap.document(alert, sender=how.pop("sender", "town"), **how))
    SCHEMA.assertValid(document)
    return document


def told(document, path):
    return [each.text for each in document.findall("/".join("{*}" + part for part in path.split("/")))]


def test_a_first_message():
    document = written(ALERT, area=AREA)
    assert document.tag == "{urn:oasis:names:tc:emergency:cap:1.2}alert"
    assert told(document, "msgType") == ["Alert"]
    assert told(document, "identifier") == ["urn:ngsi-ld:Alert:town:flood-bridge.20240501T210000Z"]
    assert told(document, "sent") == ["2024-05-01T21:00:00+00:00"]
    assert told(document, "references") == []
    assert told(document, "info/language") == ["ja", "en", "pt"]
    assert told(document, "info/headline")[1] == "The water <is> & will be"
    assert told(document, "info/severity") == ["Severe"] * 3
    assert told(document, "info/urgency") == ["Future"] * 3
    assert told(document, "info/responseType") == ["Evacuate"] * 3
    assert told(document, "info/event") == ["洪水", "Flood", "Inundação"]


def test_polygons_are_closed_and_latitude_comes_first():
    (ring,) = told(written(ALERT, area=AREA, languages=["en"]), "info/area/polygon")
    pairs = ring.split()
    assert pairs[0] == pairs[-1]
    assert {tuple(float(v) for v in each.split(",")) for each in pairs} == {
        (34.0, 134.0), (34.0, 134.1), (34.1, 134.0), (34.1, 134.1),
    }  # fmt: skip


def test_only_the_languages_asked_for_and_their_variants():
    assert told(written(ALERT, languages=["pt-BR", "en"]), "info/language") == ["pt", "en"]
    assert told(written(ALERT, languages=["fi"]), "info/language") == ["ja", "en", "pt"]


def test_an_update_names_the_message_before():
    update = msgspec.structs.replace(ALERT, supersedes=["2024-05-01T20:00:00Z"])
    document = written(update, sender="the town, east")
    assert told(document, "msgType") == ["Update"]
    assert told(document, "sender") == ["the-town--east"]
    first = msgspec.structs.replace(ALERT, date_issued=datetime(2024, 5, 1, 20, tzinfo=UTC))
    before = written(first, sender="the town, east")
    names = [told(before, each)[0] for each in ("sender", "identifier", "sent")]
    assert told(document, "references") == [",".join(names)]


@pytest.mark.parametrize("change", [{"status": "over"}, {"confirmation": "withdrawn"}])
def test_what_is_over_is_cancelled(change):
    ended = msgspec.structs.replace(ALERT, supersedes=["2024-05-01T20:00:00Z"], **change)
    document = written(ended, area=AREA)
    assert told(document, "msgType") == ["Cancel"]
    assert set(told(document, "info/responseType")) == {"AllClear"}
    assert set(told(document, "info/urgency")) == {"Past"}


def test_it_takes_what_the_view_gives():
    area = FloodRiskArea(id="urn:ngsi-ld:FloodRiskArea:town:flood-bridge", location=AREA)
    plain = {"id": ALERT.id, "type": "Alert", "severity": "low", "headline": {"languageMap": {"en": "Water"}}}
    document = written(plain | {"dateIssued": "2024-05-01T21:00:00Z"}, area=area)
    assert told(document, "info/headline") == ["Water"]
    assert told(document, "info/severity") == ["Minor"]
    assert len(told(document, "info/area/polygon")) == 1
    entity = {"id": area.id, "type": "FloodRiskArea", "location": AREA}
    assert len(told(written(ALERT, area=entity, languages=["en"]), "info/area/polygon")) == 1


def test_without_an_area_the_place_is_named():
    document = written(msgspec.structs.replace(ALERT, location=mapping(Point(134, 34))), languages=["en"])
    assert told(document, "info/area/polygon") == []
    assert told(document, "info/area/areaDesc") == ["Area that may lie under water near Kawa, Bridge"]


def test_an_exercise_says_so():
    assert told(written(ALERT, status="Exercise"), "status") == ["Exercise"]
