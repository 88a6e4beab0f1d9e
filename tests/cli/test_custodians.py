"""`noren custodians`, as somebody types it; and the demonstration, with all four houses."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from noren.city import City
from noren.trust.ledger import Signer


@pytest.fixture
def town(noren, tmp_path: Path) -> Path:
    assert noren("init", tmp_path / "town", "--name", "Town")[0] == 0
    return tmp_path / "town"


@pytest.fixture
def asking(town: Path) -> Path:
    key = Signer.new("bus/custody").verifier
    settings = town / "noren.toml"
    entry = f'[[custodians]]\nname = "bus"\norganisation = "Bus Company"\nkind = "company"\nkey = "{key}"\n'
    more = 'endpoint = "https://bus.example"\ntypes = ["GtfsStop", "TravelPass"]\n'
    settings.write_text(settings.read_text("utf-8") + entry + more, "utf-8")
    return town


def test_nobody_is_asked_yet(noren, town: Path) -> None:
    status, text = noren("custodians", "--city", town)
    assert status == 0 and "docs/custodians.md" in text and "town/custody+" in text


def test_who_is_asked_and_who_is_cut_off(noren, asking: Path) -> None:
    status, text = noren("custodians", "--city", asking)
    assert status == 0 and "Bus Company (company)" in text and "GtfsStop, TravelPass" in text
    assert noren("custodians", "cut", "bus", "It told too much.", "--city", asking)[0] == 0
    found = json.loads(noren("custodians", "--city", asking, "--json")[1])
    assert found["custodians"][0]["cut"]["why"] == "It told too much."
    assert "Cut off since" in noren("custodians", "--city", asking)[1]
    assert noren("custodians", "restore", "bus", "--city", asking)[0] == 0
    assert json.loads(noren("custodians", "--city", asking, "--json")[1])["custodians"][0]["cut"] is None
    status, text = noren("custodians", "cut", "tram", "why", "--city", asking)
    assert status == 1 and "no such custodian" in text and "bus" in text


def test_a_person_is_introduced_under_a_pseudonym_that_stays(noren, asking: Path) -> None:
    person = "urn:ngsi-ld:Person:town:1"
    status, first = noren("custodians", "introduce", person, "bus", "--city", asking)
    assert status == 0 and first.strip().startswith("urn:ngsi-ld:Person:town:~")
    assert noren("custodians", "introduce", person, "bus", "--city", asking)[1] == first
    assert City.open(asking).vault.subjects(person)


def test_a_key_that_is_none_is_told_with_its_place(noren, asking: Path) -> None:
    settings = asking / "noren.toml"
    settings.write_text(settings.read_text("utf-8").replace("bus/custody+", "bus/custody+0"), "utf-8")
    status, text = noren("custodians", "--city", asking)
    assert status == 1 and "custodians, bus, key" in text and "noren up --custodian" in text


def test_a_folder_that_is_no_custodian_s_is_not_opened_as_one(noren, town: Path) -> None:
    status, text = noren("up", "--custodian", "--city", town, "--port", 0)
    assert status == 1 and "docs/custodians.md" in text


@pytest.mark.timeout(600)
def test_the_demonstration(noren, tmp_path: Path) -> None:
    status, text = noren("custodians", "demo", tmp_path / "four", "--port", _four(), "--once", "--json")
    assert status == 0
    found = json.loads(text)
    (seen,) = found["nurse"]["HealthRecord"].values()
    assert seen == ["allergies", "dataSubject"] and found["anonymous"]["HealthRecord"] is None
    assert (tmp_path / "four" / "tokens.json").stat().st_mode & 0o077 == 0


def _four() -> int:
    """The first of four ports in a row that are free."""
    for first in range(20_000, 60_000, 7):
        try:
            for port in range(first, first + 4):
                socket.create_server(("127.0.0.1", port)).close()
            return first
        except OSError:
            continue
    raise AssertionError("no four free ports in a row")
