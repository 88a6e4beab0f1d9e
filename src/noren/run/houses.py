"""Four houses on one machine: a city, a bus company, a hospital, an insurer, and what they hold about one child.

What the child's guardian allowed stands in the city; `looked` asks the city as nine different people and says what each
of them sees. Nothing in it is about anybody who lives.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from joserfc.jwk import OKPKey

from noren.city import City, create
from noren.city.config import FILE
from noren.custody import Federation
from noren.errors import Unavailable
from noren.net.guard import Guard
from noren.net.http import Http, Limits
from noren.trust import Grant, OrganisationKind, Principal, grant_id
from noren.trust.recipients import Answer, Application, criteria

PATIENCE_S, DAYS = 120.0, 365
_PAPER = "00" * 32
CHILD, GUARDIAN, PARENT = (f"urn:ngsi-ld:Person:kawabe:demo-{name}" for name in ("child", "guardian", "parent"))
SCHOOL, HOSPITAL, INSURER, BUS = "Kawabe School", "Kawabe Hospital", "Kawabe Insurance", "Kawabe Buses"
TYPES = ("HealthRecord", "MedicalCertificate", "StudentRecord", "InsuranceContract", "TravelPass", "Vehicle")
_KINDS: dict[str, OrganisationKind] = {SCHOOL: "school", HOSPITAL: "health", INSURER: "company", BUS: "company"}
_HOLDS = {"hospital": TYPES[:2], "insurer": TYPES[3:4], "bus": TYPES[4:]}
_NAMES = {"hospital": HOSPITAL, "insurer": INSURER, "bus": BUS}
_GIVEN = {
    (SCHOOL, HOSPITAL, "education"): ("HealthRecord.allergies", "MedicalCertificate.certifies"),
    (HOSPITAL, SCHOOL, "health-care"): ("StudentRecord.absences", "StudentRecord.emergencyContact"),
    (HOSPITAL, INSURER, "health-care"): ("InsuranceContract.covers",),
    (INSURER, HOSPITAL, "finance"): ("MedicalCertificate.validFrom", "MedicalCertificate.validTo"),
    # The city may be allowed this as often as one likes: government gets nothing personal from a company.
    ("kawabe", BUS, "childcare"): ("TravelPass.between",),
}
"""By grantee, holder and purpose, what the guardian allowed; each time also to be told whom it is about."""
Seen = dict[str, dict[str, list[str]] | None]
"""By type, the attributes of each entity that somebody sees; None where they are refused."""


class Houses(msgspec.Struct, frozen=True):
    """Folders and ports by name, the city's first."""

    folder: Path
    ports: dict[str, int]

    def address(self, name: str = "city") -> str:
        """Where a house is."""
        return f"http://127.0.0.1:{self.ports[name]}"


def prepare(folder: Path, ports: Sequence[int]) -> Houses:
    """Make the four folders, unless they are there; ports as they are asked for this time."""
    houses = Houses(folder, dict(zip(("city", *_HOLDS), ports, strict=True)))
    new = not (folder / "city" / FILE).is_file()
    if new:
        for name in houses.ports:
            create(folder / name, "Kawabe" if name == "city" else _NAMES[name])
    asyncio.run(_settled(houses, new))
    return houses


async def _settled(houses: Houses, new: bool) -> None:
    keys = {}
    for name in houses.ports:
        _set(houses, name, "")
        async with City.open(houses.folder / name) as house:
            keys[name] = str(house.custody_key.verifier)
    _set(houses, "city", "\n".join(_registration(houses, name, keys[name]) for name in _HOLDS))
    for name in _HOLDS:
        _set(houses, name, f'[custodian]\nkind = "{_KINDS[_NAMES[name]]}"\nkey = "{keys["city"]}"\n')
    if not new:
        return
    async with City.open(houses.folder / "city") as city, Federation(city) as federation:
        handles = {name: _introduced(federation, organisation) for name, organisation in _NAMES.items()}
        await _vet(city)
        _grant(city)
        await _kept(city, _student(), _school(city))
    for name, handle in handles.items():
        async with City.open(houses.folder / name) as house:
            await _kept(house, _records(name, handle), house.staff)


def _set(houses: Houses, name: str, more: str) -> None:
    """The settings as `create` wrote them, with what the houses must know of one another behind a mark."""
    file = houses.folder / name / FILE
    text, mark, _ = file.read_text("utf-8").partition("# Of these four houses:\n")
    organisation = "kawabe" if name == "city" else _NAMES[name]
    head = "" if mark else f'\norganisation = "{organisation}"\n\n[net]\nallow = ["localhost"]\n\n'
    file.write_text(f"{text}{head}# Of these four houses:\n{more}", "utf-8")


def _registration(houses: Houses, name: str, key: str) -> str:
    return (
        f'[[custodians]]\nname = "{name}"\norganisation = "{_NAMES[name]}"\nkind = "{_KINDS[_NAMES[name]]}"\n'
        f'endpoint = "{houses.address(name)}"\nkey = "{key}"\ntypes = {msgspec.json.encode(_HOLDS[name]).decode()}\n'
        "seconds = 20\n"  # so long only because a demonstration may run on a very busy machine
    )


def _introduced(federation: Federation, organisation: str) -> str:
    return federation.people().introduce(CHILD, organisation, _KINDS[organisation])


async def _vet(city: City) -> None:
    """The recipients apply, and two members of staff look at each: here with papers that say nothing."""
    answers = {each.name: Answer("This is a demonstration.", (_PAPER,) if each.evidence else ()) for each in criteria()}
    for (name, _, purpose), attributes in _GIVEN.items():
        if name not in _KINDS or city.vetted(name):
            continue
        key = OKPKey.generate_key("Ed25519").as_dict(private=False)
        application = Application(
            organisation=name,
            name={"en": name, "ja": name},
            kind=_KINDS[name],
            contact="desk@example.org",
            purposes=frozenset({purpose}),
            attributes=frozenset(attributes),
            benefit={"en": "You see how it works.", "ja": "仕組みがわかります。"},
            answers=answers,
            key={member: str(value) for member, value in key.items()},
        )
        city.view(_organisation(city, name, purpose)).registers.apply(application)
        for clerk in ("a", "b"):
            await city.view(city.employee(f"urn:noren:staff:demo-{clerk}")).registers.vet(name, 365)


def _grant(city: City) -> None:
    """What the guardian allowed, and that they are the guardian."""
    for (grantee, holder, purpose), attributes in _GIVEN.items():
        about = {f"{name.partition('.')[0]}.dataSubject" for name in attributes}
        _give(city, "consent", holder, grantee, purpose, {*attributes, *about})
    for holder in _KINDS:
        _give(city, "guardian", holder, GUARDIAN, "own-data", {"*"})


def _give(city: City, basis: Any, holder: str, grantee: str, purpose: str, attributes: set[str]) -> None:
    now = time.time()
    subject = city.vault.subject(CHILD, holder, _KINDS[holder])
    city.grants.give(
        Grant(
            id=grant_id(),
            basis=basis,
            subject=subject,
            holder=holder,
            grantee=grantee,
            purpose=purpose,
            attributes=frozenset(attributes),
            since=now,
            until=now + DAYS * 86_400,
        )
    )


async def _kept(house: City, entities: list[dict[str, Any]], who: Principal) -> None:
    for outcome in await house.view(who).upsert(entities):
        if outcome.error is not None:
            raise outcome.error


def _school(city: City) -> Principal:
    return _organisation(city, SCHOOL, "education", roles=("collector",))


def _about(kind: str, person: str, **attributes: Any) -> dict[str, Any]:
    subject = {"type": "Relationship", "object": person}
    return {"id": f"urn:ngsi-ld:{kind}:demo:1", "type": kind, "dataSubject": subject, **attributes}


def _student() -> list[dict[str, Any]]:
    return [_about("StudentRecord", CHILD, schoolClass="4b", absences=["2026-11-09"], emergencyContact="090-0000-0000")]


def _records(name: str, handle: str) -> list[dict[str, Any]]:
    certificate = {"certifies": "No sport for two weeks", "issuedBy": HOSPITAL, "validFrom": "2026-11-10T00:00:00Z"}
    held = {
        "hospital": [
            _about("HealthRecord", handle, allergies=["peanut"], medication=["salbutamol"], bloodGroup="0"),
            _about("MedicalCertificate", handle, **certificate, validTo="2026-11-24T00:00:00Z"),
        ],
        "insurer": [_about("InsuranceContract", handle, contractNumber="K-1", covers=["accident", "hospital stay"])],
        "bus": [
            _about("TravelPass", handle, passNumber="77", between="Station and School"),
            {"id": "urn:ngsi-ld:Vehicle:demo:12", "type": "Vehicle", "name": "Bus 12", "speed": 24},
        ],
    }
    return held[name]


def people(city: City) -> dict[str, Principal]:
    """The nine who ask, by the name under which the catalogue of messages has them."""
    return {
        "guardian": city.principal(GUARDIAN, "resident"),
        "child": city.principal(CHILD, "resident"),
        "parent": city.principal(PARENT, "resident"),
        "nurse": _organisation(city, SCHOOL, "education"),
        "clinician": _organisation(city, HOSPITAL, "health-care"),
        "insurer": _organisation(city, INSURER, "finance"),
        "staff": city.employee("urn:noren:staff:demo", frozenset({"childcare"})),
        "anonymous": city.anonymous,
        "bus": _organisation(city, BUS, "traffic-management"),
    }


def _organisation(city: City, name: str, purpose: str, roles: Sequence[str] = ()) -> Principal:
    return city.principal(
        name, "organisation", purposes=(purpose,), organisation=name, organisation_kind=_KINDS[name], roles=roles
    )


def tokens(houses: Houses, hours: float = 12.0) -> dict[str, str]:
    """A token for each of the nine, "" for whoever does not sign in."""
    city = City.open(houses.folder / "city")
    return {
        name: "" if who.kind == "anonymous" else city.tokens.issue(who, seconds=hours * 3600)
        for name, who in people(city).items()
    }


@contextmanager
def opened(houses: Houses) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """The four houses at work, each a process of its own, until the end of the block; raises `Unavailable` when one of
    them does not open."""
    command = (sys.executable, "-m", "noren.cli", "up")
    running = dict[str, subprocess.Popen[bytes]]()
    try:
        for name, port in houses.ports.items():
            arguments = ["--city", str(houses.folder / name), "--port", str(port), *_flags(name)]
            running[name] = subprocess.Popen([*command, *arguments], stdout=subprocess.DEVNULL)  # noqa: S603
        asyncio.run(_open(houses, running))
        yield running
    finally:
        for process in running.values():
            process.terminate()
        for process in running.values():
            process.wait(30)


def _flags(name: str) -> list[str]:
    return [] if name == "city" else ["--custodian"]


async def _open(houses: Houses, running: Mapping[str, subprocess.Popen[bytes]]) -> None:
    until = time.monotonic() + PATIENCE_S
    async with Http(Guard(["localhost"])) as http:
        for name, process in running.items():
            while True:
                try:
                    if (await http.get(houses.address(name) + "/health")).status == 200:
                        break
                except Unavailable:
                    if process.poll() is not None or time.monotonic() > until:
                        raise Unavailable("This house does not open.", where=str(houses.folder / name)) from None
                await asyncio.sleep(0.05)


async def looked(houses: Houses, given: Mapping[str, str]) -> dict[str, Seen]:
    """What each of those whose tokens are given sees of each type, asked of the city alone; raises `Unavailable` when a
    house is missing."""
    async with Http(Guard(["localhost"]), Limits(seconds=PATIENCE_S)) as http:
        return {name: {kind: await _seen(http, houses, kind, token) for kind in TYPES} for name, token in given.items()}


async def _seen(http: Http, houses: Houses, kind: str, token: str) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = await http.get(f"{houses.address()}/ngsi-ld/v1/entities?type={kind}&options=keyValues", headers=headers)
    if answer.status == 403:
        return None
    if answer.status != 200 or "ngsild-warning" in answer.headers:
        raise Unavailable(
            f"The city answers with status {answer.status}.", where=answer.headers.get("ngsild-warning", kind)
        )
    return {each["id"]: sorted(each.keys() - {"id", "type", "@context"}) for each in msgspec.json.decode(answer.body)}
