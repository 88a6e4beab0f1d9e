"""A city, a hospital, an insurer and a bus company, four processes; one child's record read as nine people."""

from __future__ import annotations

import asyncio
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from noren.city import City
from noren.errors import Unavailable
from noren.run import houses as room
from noren.run.houses import CHILD, HOSPITAL, INSURER, SCHOOL, Houses

pytestmark = pytest.mark.timeout(600)
HEALTH = {"allergies", "bloodGroup", "medication", "dataSubject"}
CERTIFICATE = {"certifies", "issuedBy", "validFrom", "validTo", "dataSubject"}
STUDENT = {"schoolClass", "absences", "emergencyContact", "dataSubject"}
CONTRACT = {"contractNumber", "covers", "dataSubject"}
PASS = {"passNumber", "between", "dataSubject"}
NOTHING, REFUSED = set[str](), None
ALL = (HEALTH, CERTIFICATE, STUDENT, CONTRACT, PASS)
TABLE: dict[str, tuple[set[str] | None, ...]] = {
    "guardian": ALL,
    "child": ALL,
    "parent": (NOTHING,) * 5,
    "nurse": ({"allergies", "dataSubject"}, {"certifies", "dataSubject"}, NOTHING, NOTHING, NOTHING),
    "clinician": (
        NOTHING,
        NOTHING,
        {"absences", "emergencyContact", "dataSubject"},
        {"covers", "dataSubject"},
        NOTHING,
    ),
    "insurer": (NOTHING, {"validFrom", "validTo", "dataSubject"}, NOTHING, NOTHING, NOTHING),
    "staff": (NOTHING,) * 5,
    "anonymous": (REFUSED,) * 5,
    "bus": (REFUSED,) * 5,  # no recipient: nobody could have allowed it anything
}


def ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [each.getsockname()[1] for each in sockets]


Running = dict[str, subprocess.Popen[bytes]]


@pytest.fixture(scope="module")
def at_work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Houses, Running]]:
    made = room.prepare(tmp_path_factory.mktemp("four") / "houses", ports(4))
    with room.opened(made) as running:
        yield made, running


@pytest.fixture
def houses(at_work: tuple[Houses, Running]) -> Houses:
    return at_work[0]


def look(houses: Houses) -> dict[str, room.Seen]:
    return asyncio.run(room.looked(houses, room.tokens(houses)))


def attributes(seen: dict[str, list[str]] | None) -> set[str] | None:
    return None if seen is None else {name for names in seen.values() for name in names}


def test_each_of_nine_sees_what_was_allowed_to_them(houses: Houses) -> None:
    found = look(houses)
    assert {name: tuple(attributes(seen[kind]) for kind in room.TYPES[:5]) for name, seen in found.items()} == TABLE
    assert all(attributes(seen["Vehicle"]) == {"name", "speed"} for seen in found.values())
    certificates = {who: tuple(found[who]["MedicalCertificate"] or ()) for who in ("guardian", "nurse", "insurer")}
    assert all(len(each) == 1 for each in certificates.values()), "issued once"
    assert len(set(certificates.values())) == 3, "under another id for each organisation"


def test_both_ledgers_tell_the_same_and_nothing_about_whom(houses: Houses) -> None:
    look(houses)
    city = City.open(houses.folder / "city")
    used = [line.facts for line in city.book.of([city.vault.subject(CHILD, HOSPITAL, "health")])]
    asked = {line["ask"] for line in used if line["kind"] == "use"}
    assert {line["organisation"] for line in used if line["kind"] == "use"} >= {SCHOOL, INSURER}
    hospital = City.open(houses.folder / "hospital")
    with_handle = [subject for (subject,) in _rows(hospital)]
    there = [line.facts for line in hospital.book.of(with_handle)]
    assert asked and asked <= {line["ask"] for line in there if line["kind"] == "crossing"}
    for house in (city, hospital):
        entries = b"".join(house_entries(house))
        assert entries and b"peanut" not in entries and b"child" not in entries


def _rows(house: City) -> list[tuple[bytes]]:
    return list(house.grants.connect().execute("SELECT DISTINCT subject FROM book WHERE subject IS NOT NULL"))


def house_entries(house: City) -> list[bytes]:
    """What the ledger of a house at work says to everybody."""
    files = (house.ledger_folder / "tile" / "entries").rglob("*")
    return [path.read_bytes() for path in files if path.is_file()]


def test_a_withdrawal_by_another_process_acts_with_the_next_question(houses: Houses) -> None:
    assert attributes(look(houses)["insurer"]["MedicalCertificate"])
    city = City.open(houses.folder / "city")
    (grant,) = city.grants.to((INSURER,), "finance")
    city.grants.withdraw(grant.id)
    assert attributes(look(houses)["insurer"]["MedicalCertificate"]) == NOTHING


def test_a_dead_house_is_named_and_the_others_answer(at_work: tuple[Houses, Running]) -> None:
    houses, running = at_work
    running["insurer"].kill()
    running["insurer"].wait(60)
    given = room.tokens(houses)
    with pytest.raises(Unavailable, match=f"{INSURER}: "):
        asyncio.run(room.looked(houses, {"clinician": given["clinician"]}))
    found = asyncio.run(room.looked(houses, {"nurse": given["nurse"]}))
    assert attributes(found["nurse"]["HealthRecord"]) == {"allergies", "dataSubject"}
