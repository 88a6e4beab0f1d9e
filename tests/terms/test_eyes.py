"""What a camera may say, and which texts look like something else than words."""

from __future__ import annotations

import base64
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.terms import TYPES, iri
from noren.terms.eyes import GRAIN, admits, floor, may_concern, oddity, rules

HEX = st.binary(min_size=6, max_size=6)
WORDS = (
    "North gate",
    "gate-north",
    "T001",
    "158324",
    "国道193号 塩江線 3",
    "川端通り2丁目",
    "駅前広場 東口",
    "Viborgvej->Paludan Müllers vej",
    "AAR_BT_0145 3193 3192",
    "traffic_5min_90sensors_2014-08_2014-09",
    "feed-traffic-detectors-of-the-prefecture",
    "087-839-2011",
)
PLATES = (
    "品川 500 さ 12-34",
    "香川５００あ1234",
    "AB12 CDE",
    "AB-123-CD",
    "M-AB 1234",
    "ABC1234",
    "ABC 1D23",
    "1234 BCD 12",
)


@pytest.mark.parametrize("text", WORDS)
def test_words_for_people_pass(text: str) -> None:
    assert oddity(text) == ""


@pytest.mark.parametrize("text", [plate for plate in PLATES if plate not in ("ABC 1D23", "1234 BCD 12")])
def test_plates_are_found(text: str) -> None:
    assert oddity(text) == "a number plate"


@given(HEX, st.sampled_from([":", "-", ""]), st.booleans())
def test_network_addresses_are_found_in_every_way_of_writing(raw: bytes, between: str, large: bool) -> None:
    text = raw.hex(between) if between else raw.hex()
    text = text.upper() if large else text
    digits = text.isdigit() or text.isalpha()
    assert oddity(text) or (digits and not between)
    assert oddity(f"seen {text} today") or (digits and not between)


@given(st.binary(min_size=60, max_size=400))
def test_bytes_in_text_are_found(raw: bytes) -> None:
    text = base64.b64encode(raw).decode()
    mixed = any(letter.isdigit() for letter in text) and any(letter.isalpha() for letter in text)
    assert oddity("data:image/jpeg;base64," + text)
    assert oddity(text) or not mixed


@given(st.uuids())
def test_identifiers_are_found(id: uuid.UUID) -> None:
    assert oddity(str(id)) and oddity(f"person {id}")
    assert oddity("353879234252633") == "an identifier"


@pytest.mark.parametrize("text", ["face.jpg", "https://x.example/clip.MP4?t=1", "rtsp://10.0.0.2/stream", "x" * 301])
def test_pictures_and_streams_are_found(text: str) -> None:
    assert oddity(text)


def test_the_table_speaks_of_terms_that_the_city_knows() -> None:
    for kind in ("CrowdFlowObserved", "TrafficFlowObserved", "Camera", "Device"):
        held = rules((iri(kind),), kind == "Device")
        assert held is not None
        known = TYPES[kind]
        assert {name for name in known.attributes if not admits(kind, name)} == set(), kind


def test_a_second_type_lets_nothing_more_in() -> None:
    alone, both = rules((iri("Camera"),)), rules((iri("Camera"), iri("CrowdFlowObserved")))
    assert alone and both and set(both.attributes) < set(alone.attributes)
    assert rules((iri("Building"), iri("CrowdFlowObserved"))) is not None
    assert rules((iri("Device"),)) is None and rules((iri("Device"),), True) is not None
    assert rules((iri("Building"),)) is None


@pytest.mark.parametrize(
    "kind",
    [
        "https://smartdatamodels.org/dataModel.Transportation/AnprFlowObserved",
        "https://uri.etsi.org/ngsi-ld/default-context/AnprFlowObserved",
        "https://example.org/own#AnprFlowObserved",
    ],
)
def test_a_reader_of_plates_has_nothing_to_say(kind: str) -> None:
    found = rules((kind,))
    assert may_concern([kind]) and found is not None and not found.attributes


@given(st.floats(0, 4e9))
def test_floor_is_on_the_grain_and_not_later(seconds: float) -> None:
    for kind, grain in GRAIN.items():
        assert floor(kind, seconds) % grain == 0 and 0 <= seconds - floor(kind, seconds) < grain
    assert floor("WaterObserved", seconds) == seconds
