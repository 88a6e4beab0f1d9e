"""Mine: what a resident sees, allows, ends, takes along and erases; and every way in which a consent must not reach
further than it says."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import re
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from zipfile import ZipFile

import msgspec
import pytest
from joserfc.jwk import OKPKey
from pyld import jsonld

from noren.broker.requests import EntityQuery
from noren.city import City
from noren.errors import BadInput, Conflict, NotAllowed, NotFound, Unavailable
from noren.terms import iri
from noren.trust import OWN, Principal
from noren.trust.consent import Notice, Offer, Question
from noren.trust.consent.question import _questions
from noren.trust.duties import sign
from noren.trust.ledger import Policy as LedgerPolicy
from noren.trust.ledger import Receipt
from noren.trust.ledger.anchor import TAG, committed
from noren.trust.recipients import Answer, Application, criteria
from noren.view.allowing import called

ME, CHILD, OTHER = (f"urn:ngsi-ld:Person:town:{name}" for name in ("me", "child", "other"))
PEOPLE = EntityQuery(types=((iri("Person"),),))
GIVEN, BIRTH = iri("givenName"), iri("birthDate")
KEY = OKPKey.generate_key("Ed25519")
PAPER = "ab" * 32
YEAR = 365 * 86_400.0
WHY = {"en": "It kept data longer than it may.", "ja": "決められた期間を超えて情報を持っていたため。"}


def resident(id: str) -> Principal:
    return Principal(
        id=id,
        kind="resident",
        organisation="town",
        organisation_kind="government",
        purposes=frozenset({OWN}),
        default_purpose=OWN,
    )


def organisation(name: str, how: str = "company", *roles: str, kind: str = "organisation", **more: Any) -> Principal:
    purposes = more.pop("purposes", frozenset({"insurance", "research", "emergency-care", "public-information"}))
    return Principal(
        id=more.pop("id", f"urn:noren:{kind}:{name}"),
        kind=kind,
        organisation=name,  # type: ignore[arg-type]
        organisation_kind=how,
        purposes=purposes,
        default_purpose="insurance",  # type: ignore[arg-type]
        roles=frozenset(roles),
        **more,
    )


INSURER, BUS, HOSPITAL = organisation("insurer"), organisation("bus"), organisation("hospital", "health", "collector")
BOARD = organisation("university", "research", "ethics-board")
DOCTOR = organisation("hospital", "health", "clinician", kind="staff", id="urn:noren:staff:doctor")
AUDITOR = organisation("audit", "non-profit", "reviewer")


def application(name: str, how: str = "company", tenant: str = "") -> Application:
    answers = {each.name: Answer("As the paper says.", (PAPER,) if each.evidence else ()) for each in criteria()}
    return Application(
        organisation=name,
        name={"en": f"The {name}", "ja": f"{name}社"},
        kind=how,  # type: ignore[arg-type]
        contact=f"desk@{name}.example",
        purposes=frozenset({"insurance", "research"}),
        attributes=frozenset({"Person.birthDate", "Person.givenName", "Building.name"}),
        benefit={"en": "Points.", "ja": "ポイント。"},
        answers=answers,
        key={name: str(value) for name, value in KEY.as_dict(private=False).items()},
        tenant=tenant,
    )


def offered(name: str = "insurer", how: str = "company", **more: Any) -> Offer:
    values: dict[str, Any] = {
        "recipient": name,
        "recipient_name": {"en": f"The {name}", "ja": f"{name}社"},
        "recipient_kind": how,
        "recipient_contact": f"desk@{name}.example",
        "holder": "hospital",
        "purpose": "insurance",
        "attributes": ("Person.birthDate",),
        "days": 30,
        "keep_days": 10,
        "benefit": {"en": "You pay less.", "ja": "保険料が安くなります。"},
        "points": 5,
        "jurisdiction": "JP",
    }
    return Offer(**values | more)


async def approve(city: City, who: Principal, *offers: Offer) -> None:
    city.view(who).registers.apply(application(who.organisation, who.organisation_kind, who.tenant))
    for id in ("a", "b"):
        clerk = city.employee(f"urn:noren:staff:{id}", tenant=who.tenant)
        await city.view(clerk).registers.vet(who.organisation, 365)
    for offer in offers:
        city.view(who).registers.publish(offer)


def answer_of(offer: Offer, notice: Notice, question: Question) -> int:
    others = [f"The {name}" for name in ("insurer", "bus")]
    right = next(right for text, right, _ in _questions(offer, notice, others) if text == question.text)
    return question.answers.index(right)


async def allow(city: City, offer: Offer, who: str = ME, person: str = "") -> Any:
    mine = city.view(resident(who)).mine
    mine = mine.of(person) if person else mine
    notice, question = mine.ask(offer.id, "en")
    return await mine.allow(offer.id, question.id, answer_of(offer, notice, question))


async def people(city: City, who: Principal, purpose: str = "insurance") -> list[dict[str, Any]]:
    return (await city.view(who, purpose).query(PEOPLE)).docs


class Wall:
    """Wall time that a test moves on."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@pytest.fixture
async def town(city: City) -> AsyncIterator[City]:
    """A town whose hospital holds three people's data; the insurer and the bus company may ask for some of it."""
    persons = [
        {"id": id, "type": "Person", "givenName": f"given {id[-3:]}", "birthDate": "1980-01-02", "familyName": "family"}
        for id in (ME, CHILD, OTHER)
    ]
    await city.view(HOSPITAL).upsert(persons)
    await approve(city, INSURER, OFFER)
    await approve(city, BUS)
    yield city


OFFER = offered()


@pytest.fixture
def wall(town: City) -> Wall:
    moved = Wall()
    town.grants._wall = moved
    return moved


async def test_a_resident_sees_what_is_held_about_them_by_whom_and_nothing_of_others(town: City) -> None:
    held = await town.view(resident(ME)).mine.held()
    assert {(each.organisation, each.organisation_kind, each.entity["id"]) for each in held} >= {
        ("hospital", "health", ME)
    }
    assert {each.entity["id"] for each in held} == {ME}
    assert next(each for each in held if each.organisation == "hospital").entity["birthDate"] == "1980-01-02"


@pytest.mark.parametrize("who", [INSURER, DOCTOR, HOSPITAL])
async def test_mine_is_for_residents(town: City, who: Principal) -> None:
    with pytest.raises(NotAllowed):
        _ = town.view(who).mine


async def test_what_was_understood_acts_and_what_was_not_does_not(town: City) -> None:
    mine = town.view(resident(ME)).mine
    notice, question = mine.ask(OFFER.id, "ja")
    right = answer_of(OFFER, notice, question)
    with pytest.raises(BadInput):
        await mine.allow(OFFER.id, question.id, (right + 1) % 3)
    with pytest.raises(BadInput):
        await mine.allow(OFFER.id, question.id, right)
    assert mine.grants() == [] and await people(town, INSURER) == []
    allowed = await allow(town, OFFER)
    assert allowed.state == "given" and allowed.record.shown.language == "en"
    (seen,) = await people(town, INSURER)
    assert list(seen["attrs"]) == [BIRTH]
    with pytest.raises(Conflict):
        await allow(town, OFFER)


async def test_a_consent_reaches_one_attribute_one_purpose_one_organisation(town: City) -> None:
    await allow(town, OFFER)
    for who, purpose in [(INSURER, "research"), (BUS, "insurance"), (organisation("Insurer"), "insurance")]:
        with contextlib.suppress(NotAllowed):
            assert await people(town, who, purpose) == []
    (seen,) = await people(town, INSURER)
    assert GIVEN not in seen["attrs"]
    assert (await town.view(INSURER).retrieve([ME])).docs == []


async def test_the_same_name_in_another_tenant_gets_nothing(town: City) -> None:
    await allow(town, OFFER)
    town.config = msgspec.structs.replace(town.config, tenants=("port",))
    elsewhere = organisation("insurer", tenant="port")
    with pytest.raises(NotAllowed):
        await people(town, elsewhere)
    await approve(town, elsewhere)
    assert await people(town, elsewhere) == []
    assert len(await people(town, INSURER)) == 1


async def test_withdrawal_acts_at_once_and_the_recipient_must_delete(town: City) -> None:
    allowed = await allow(town, OFFER)
    await people(town, INSURER)
    mine = town.view(resident(ME)).mine
    ended = await mine.withdraw(allowed.id)
    assert await people(town, INSURER) == []
    assert ended.state == "withdrawn" and ended.uses == 1 and ended.duty and not ended.duty.confirmed
    (duty,) = town.view(INSURER).registers.duties()
    with pytest.raises(NotFound):
        await town.view(BUS).registers.confirm(duty.id, sign(duty.id, "bus", KEY, town.grants.now()))
    await town.view(INSURER).registers.confirm(duty.id, sign(duty.id, "insurer", KEY, town.grants.now()))
    assert mine.grants()[0].duty.confirmed and mine.messages()[0].kind == "deletion-confirmed"
    size = town.ledger.log.size
    assert await mine.withdraw(allowed.id) == mine.grants()[0]
    assert town.ledger.log.size == size, "to withdraw again does nothing when nothing is missing"


@pytest.mark.parametrize("where", ["grants._end", "duties.owe", "records.keep", "book._keep", "log.append_all"])
async def test_a_withdrawal_that_failed_anywhere_acts_and_is_completed_by_another(
    town: City, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    allowed = await allow(town, OFFER)
    await people(town, INSURER)
    mine = town.view(resident(ME)).mine
    part, name = where.split(".")
    parts = {"grants": town.grants, "book": town.book, "log": town.ledger.log}
    broken = parts.get(part) or getattr(town.office, part)

    def refuse(*_: Any, **__: Any) -> None:
        raise Unavailable("The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(broken, name, refuse)
        with pytest.raises(Unavailable):
            await mine.withdraw(allowed.id)
    assert await people(town, INSURER) == []
    for _ in range(2):
        ended = await mine.withdraw(allowed.id)
        assert ended.state == "withdrawn" and ended.record.state == "withdrawn" and ended.duty
        assert len(town.view(INSURER).registers.duties()) == 1
        (line,) = [each for each in mine.history() if each.kind == "consent-withdrawn"]
        await town.book.receipt(line)


async def test_a_renewal_holds_as_long_again_and_a_wrong_answer_changes_nothing(town: City, wall: Wall) -> None:
    allowed = await allow(town, OFFER)
    wall.ahead = 29 * 86_400
    mine = town.view(resident(ME)).mine
    notice, question = mine.ask(OFFER.id, "ja")
    with pytest.raises(BadInput):
        await mine.renew(allowed.id, question.id, (answer_of(OFFER, notice, question) + 1) % 3)
    assert mine.grants()[0].until == allowed.until and len(await people(town, INSURER)) == 1
    notice, question = mine.ask(OFFER.id, "ja")
    renewed = await mine.renew(allowed.id, question.id, answer_of(OFFER, notice, question))
    assert (renewed.state, renewed.record.shown.language) == ("renewed", "ja") and renewed.duty is None
    wall.ahead = 58 * 86_400
    assert len(await people(town, INSURER)) == 1
    wall.ahead = 60 * 86_400
    assert await people(town, INSURER) == []
    notice, question = mine.ask(OFFER.id, "en")
    with pytest.raises(Conflict):
        await mine.renew(allowed.id, question.id, answer_of(OFFER, notice, question))


async def test_what_was_never_used_need_not_be_deleted(town: City) -> None:
    allowed = await allow(town, OFFER)
    assert (await town.view(resident(ME)).mine.withdraw(allowed.id)).duty is None


async def test_nobody_ends_another_s_consent(town: City) -> None:
    allowed = await allow(town, OFFER)
    with pytest.raises(NotFound):
        await town.view(resident(OTHER)).mine.withdraw(allowed.id)
    assert len(await people(town, INSURER)) == 1


async def test_after_its_end_nothing_revives_a_consent(town: City, wall: Wall) -> None:
    allowed = await allow(town, OFFER)
    await people(town, INSURER)
    wall.ahead = 30 * 86_400 + 1
    assert await people(town, INSURER) == []
    assert await town.view(INSURER).registers.settle() == 1 and await town.view(INSURER).registers.settle() == 0
    wall.ahead = 0.0
    assert await people(town, INSURER) == [], "a clock moved back revives nothing"
    (found,) = town.view(resident(ME)).mine.grants()
    assert (found.id, found.state, found.duty.cause) == (allowed.id, "expired", "expired")


async def test_an_overdue_deletion_is_published_and_blocks_new_consent(town: City, wall: Wall) -> None:
    allowed = await allow(town, OFFER)
    await people(town, INSURER)
    await town.view(resident(ME)).mine.withdraw(allowed.id)
    wall.ahead = 8 * 86_400
    assert [each.organisation for each in town.view(town.anonymous).registers.overdue()] == ["insurer"]
    with pytest.raises(Conflict):
        await allow(town, OFFER, OTHER)
    (duty,) = town.view(INSURER).registers.duties()
    await town.view(INSURER).registers.confirm(duty.id, sign(duty.id, "insurer", KEY, town.grants.now()))
    await allow(town, OFFER, OTHER)


async def test_the_board_stops_a_recipient_for_everybody_at_once(town: City) -> None:
    await allow(town, OFFER)
    assert len(await people(town, INSURER)) == 1
    await town.view(BOARD).registers.decide("insurer", "stop", WHY)
    with pytest.raises(NotAllowed):
        await people(town, INSURER)
    mine = town.view(resident(ME)).mine
    assert mine.grants()[0].state == "stopped" and mine.grants()[0].duty.cause == "stopped"
    assert mine.messages()[0].kind == "recipient-stopped"
    assert town.book.public("board-decision")[0].facts["reason"] == WHY
    await town.view(BOARD).registers.decide("insurer", "lift", WHY)
    assert len(await people(town, INSURER)) == 1


async def test_government_cannot_be_allowed_what_a_company_collected(town: City) -> None:
    shop = organisation("shop", "company", "collector")
    await town.view(shop).upsert(
        [
            {
                "id": ME.replace("me", "buyer"),
                "type": "Person",
                "dataSubject": {"type": "Relationship", "object": ME},
                "birthDate": "1980-01-02",
            }
        ]
    )
    ministry = organisation("ministry", "government")
    wanted = offered("ministry", "government", holder="shop")
    await approve(town, ministry, wanted)
    with pytest.raises(NotAllowed, match="government"):
        town.view(resident(ME)).mine.ask(wanted.id, "en")


async def test_who_used_what_can_be_proved_by_anybody(town: City) -> None:
    await allow(town, OFFER)
    await people(town, INSURER)
    mine = town.view(resident(ME)).mine
    (use,) = mine.uses()
    assert (use.organisation, use.purpose, use.attributes, use.entity) == ("insurer", "insurance", ("birthDate",), ME)
    document, raw = await mine.proof(use.num)
    receipt = Receipt.parse(raw)
    policy = LedgerPolicy.parse(town.ledger_policy_text())
    receipt.verify(committed(receipt.extra.removeprefix(TAG), document), policy)
    with pytest.raises(NotFound):
        await town.view(resident(OTHER)).mine.proof(use.num)


async def test_ending_and_allowing_again_earns_nothing_more(town: City) -> None:
    mine = town.view(resident(ME)).mine
    for _ in range(3):
        await mine.withdraw((await allow(town, OFFER)).id)
    assert mine.points().points == OFFER.points > 0


async def test_a_helper_touches_no_consent_about_more_than_they_help_with(town: City) -> None:
    own, given = town.view(resident(ME)).mine, await allow(town, OFFER)
    asked = own.appoint(OTHER, attributes=frozenset({"Person.familyName"}), does=frozenset({"allow", "withdraw"}))
    town.view(resident(OTHER)).mine.agree(asked.id)
    helped = town.view(resident(OTHER)).mine.of(ME)
    for deed in (helped.withdraw(given.id), helped.renew(given.id, "a question", 0)):
        with pytest.raises(NotFound):
            await deed
    assert [each.state for each in own.grants()] == ["given"]


async def test_points_are_credited_once_whatever_is_asked_how_often(town: City) -> None:
    each_time = offered(purpose="research", attributes=("Person.givenName",), points=3, points_per="use")
    town.view(INSURER).registers.publish(each_time)
    await allow(town, OFFER)
    await allow(town, each_time)
    for _ in range(2):
        await people(town, INSURER, "research")
    mine = town.view(resident(ME)).mine
    assert [mine.points().points for _ in range(3)] == [11, 11, 11]
    assert mine.spend("fund:trees", 4, "once") == mine.spend("fund:trees", 4, "once") == 7
    with pytest.raises(Conflict):
        mine.spend("fund:trees", 8, "twice")
    assert town.view(resident(OTHER)).mine.points().points == 0


async def test_a_correction_is_the_person_s_own(town: City) -> None:
    mine = town.view(resident(ME)).mine
    await mine.correct(ME, "Person", {"familyName": "right"})
    held = next(each for each in await mine.held() if each.entity["id"] == ME)
    assert held.entity["familyName"] == "right"
    assert mine.history()[0].facts["attributes"] == ["familyName"]
    with pytest.raises(NotFound):
        await mine.correct(OTHER, "Person", {"familyName": "stolen"})


# Who acts for whom.


async def register(town: City, until: float) -> Any:
    first = town.view(town.employee("urn:noren:staff:first")).registers
    await first.guardian(CHILD, ME, until, PAPER)
    return await town.view(town.staff).registers.guardian(CHILD, ME, until, PAPER)


async def test_a_guardian_sees_and_decides_for_the_child_until_it_is_of_age(town: City, wall: Wall) -> None:
    mine = town.view(resident(ME)).mine
    with pytest.raises(NotFound):
        mine.of(CHILD)
    await register(town, town.grants.now() + 10 * 86_400)
    ward = town.view(resident(ME)).mine.of(CHILD)
    assert CHILD in {each.entity["id"] for each in await ward.held()}
    allowed = await allow(town, OFFER, ME, CHILD)
    assert allowed.record.events[0].by == "guardian" and len(await people(town, INSURER)) == 1
    assert [each.person for each in mine.wards()] == [CHILD]
    (use,) = [each for each in town.view(resident(CHILD)).mine.uses() if "guardian" in each.basis]
    assert use.who == ME, "the child can see that the guardian looked"
    wall.ahead = 10 * 86_400 + 1
    assert await people(town, INSURER) == [], "what a guardian allowed ends when the child is of age"
    await town.view(INSURER).registers.settle()
    assert "of-age" in {each.kind for each in town.view(resident(CHILD)).mine.messages()}
    for attempt in (lambda: town.view(resident(ME)).mine.of(CHILD), lambda: ward.uses()):
        with pytest.raises(NotFound):
            attempt()
    with pytest.raises(NotFound):
        await ward.withdraw(allowed.id)
    assert await town.view(resident(ME)).get("Person", CHILD) is None
    wall.ahead = 0.0
    assert await town.view(resident(ME)).get("Person", CHILD) is None, "nor by a clock moved back"
    await allow(town, OFFER, CHILD)


async def test_only_the_city_s_staff_register_guardians(town: City) -> None:
    for who in (resident(ME), INSURER, DOCTOR):
        with pytest.raises(NotAllowed):
            await town.view(who).registers.guardian(CHILD, ME, town.grants.now() + YEAR, PAPER)


async def test_one_clerk_alone_opens_nobody_s_data_to_a_guardian(town: City) -> None:
    made = await town.view(town.staff).registers.guardian(CHILD, ME, town.grants.now() + YEAR, PAPER)
    assert not made.agreed and await town.view(resident(ME)).get("Person", CHILD) is None
    with pytest.raises(NotFound):
        town.view(resident(ME)).mine.of(CHILD)


async def test_whoever_was_let_into_one_tenant_acts_for_nobody_of_the_city(town: City) -> None:
    town.config = msgspec.structs.replace(town.config, tenants=("port",))
    clerk = town.view(town.employee("urn:noren:staff:port", tenant="port")).registers
    doctor = town.view(msgspec.structs.replace(DOCTOR, tenant="port")).registers
    reviewer = town.view(msgspec.structs.replace(AUDITOR, tenant="port")).registers
    real = await register(town, town.grants.now() + YEAR)
    with pytest.raises(NotAllowed):
        await clerk.guardian(CHILD, OTHER, town.grants.now() + YEAR, PAPER)
    with pytest.raises(NotAllowed):
        await clerk.strike_off(real.id)
    with pytest.raises(NotAllowed):
        await doctor.emergency(ME, "Unconscious after a fall.")
    with pytest.raises(NotAllowed):
        reviewer.to_review()


async def test_a_guardian_who_was_struck_off_sees_nothing(town: City) -> None:
    made = await register(town, town.grants.now() + YEAR)
    assert await town.view(resident(ME)).get("Person", CHILD)
    await town.view(town.staff).registers.strike_off(made.id)
    assert await town.view(resident(ME)).get("Person", CHILD) is None
    with pytest.raises(NotFound):
        town.view(resident(ME)).mine.of(CHILD)


async def test_a_helper_does_what_was_asked_and_no_more(town: City) -> None:
    asked = town.view(resident(ME)).mine.appoint(
        OTHER, attributes=frozenset({"Person.givenName"}), does=frozenset({"see"})
    )
    helper = town.view(resident(OTHER)).mine
    assert helper.messages()[0].kind == "helper-asked"
    with pytest.raises(NotFound):
        helper.of(ME)
    helper.agree(asked.id)
    helped = helper.of(ME)
    (held,) = await helped.held()
    assert held.entity.keys() == {"id", "type", "givenName"}
    with pytest.raises(NotFound):
        helped.ask(OFFER.id, "en")
    with pytest.raises(NotFound):
        await helped.correct(ME, "Person", {"givenName": "x"})
    with pytest.raises(NotFound):
        await helped.erase()
    with pytest.raises(NotFound):
        helped.spend("fund:trees", 1, "x")
    for whole in (helped.messages, helped.history, helped.points, helped.emergencies):
        with pytest.raises(NotFound):
            whole()
    with pytest.raises(NotFound):
        await helped.export(io.BytesIO())
    town.view(resident(ME)).mine.end(asked.id)
    with pytest.raises(NotFound):
        await helped.held()
    assert await town.view(resident(OTHER)).get("Person", ME) is None


# Emergencies.

REASON, FINDING = "Unconscious after a fall, needs blood.", "Nobody could be asked, and it was needed."


async def test_in_an_emergency_a_clinician_sees_what_is_needed_and_the_person_is_told(town: City, wall: Wall) -> None:
    access = await town.view(DOCTOR, "emergency-care").registers.emergency(
        ME, REASON, attributes=["Person.birthDate"], hours=2
    )
    (seen,) = await people(town, DOCTOR, "emergency-care")
    assert list(seen["attrs"]) == [BIRTH]
    mine = town.view(resident(ME)).mine
    assert REASON in mine.messages()[0].text("en") and mine.emergencies() == [access]
    colleague = msgspec.structs.replace(DOCTOR, id="urn:noren:staff:colleague")
    assert await people(town, colleague, "emergency-care") == []
    wall.ahead = 2 * 3600 + 1
    assert await people(town, DOCTOR, "emergency-care") == []
    (open_one,) = town.view(town.anonymous).registers.reviews()
    with pytest.raises(NotAllowed):
        await town.view(DOCTOR).registers.review(open_one.id, "justified", FINDING)
    await town.view(AUDITOR).registers.review(open_one.id, "justified", FINDING)
    assert town.view(town.anonymous).registers.reviews() == []
    assert FINDING in mine.messages()[0].text("ja") and mine.emergencies()[0].outcome == "justified"


async def test_a_child_s_guardian_is_told_as_well(town: City) -> None:
    await register(town, town.grants.now() + YEAR)
    await town.view(DOCTOR, "emergency-care").registers.emergency(CHILD, REASON)
    for who in (CHILD, ME):
        assert "emergency" in {each.kind for each in town.view(resident(who)).mine.messages()}


async def test_what_a_helper_sees_of_uses_is_what_they_help_with(town: City) -> None:
    await allow(town, OFFER)
    await people(town, INSURER)
    for attribute, seen in (("Person.givenName", 0), ("Person.birthDate", 1)):
        asked = town.view(resident(ME)).mine.appoint(OTHER, attributes=frozenset({attribute}), does=frozenset({"see"}))
        town.view(resident(OTHER)).mine.agree(asked.id)
        helped = town.view(resident(OTHER)).mine.of(ME)
        assert len(helped.uses()) == len(helped.grants()) == seen
        town.view(resident(ME)).mine.end(asked.id)


async def test_emergency_access_tells_nobody_else_who_is_held(town: City) -> None:
    with pytest.raises(NotAllowed):
        await town.view(INSURER).registers.emergency("urn:nobody", REASON)
    with pytest.raises(NotFound):
        await town.view(DOCTOR).registers.emergency("urn:nobody", REASON)
    assert town.view(town.anonymous).registers.reviews() == []


# Taking it along, and away.


async def exported(town: City, who: str = ME) -> ZipFile:
    raw = io.BytesIO()
    await town.view(resident(who)).mine.export(raw)
    return ZipFile(raw)


async def test_the_archive_holds_everything_in_formats_that_anybody_reads(town: City) -> None:
    allowed = await allow(town, OFFER)
    await people(town, INSURER)
    found = await exported(town)
    assert found.testzip() is None
    names = set(found.namelist())
    assert {"README.en.txt", "README.ja.txt", "entities.jsonld", "uses.csv", "points.csv", "ledger.policy"} <= names
    (person,) = csv.DictReader(io.StringIO(found.read("entities/Person.csv").decode()))
    assert (person["id"], person["heldBy"], person["birthDate"]) == (ME, "hospital", "1980-01-02")
    (use,) = csv.DictReader(io.StringIO(found.read("uses.csv").decode()))
    assert datetime.fromisoformat(use["at"]).tzinfo == UTC
    assert found.read("who-acts.csv").startswith(b"id,role,person,")
    for language in ("en", "ja"):
        (example,) = re.findall(r"ledger/\d+\.json\.tlog-proof", found.read(f"README.{language}.txt").decode())
        assert example in names
    (consent,) = [name for name in names if name.startswith("consents/")]
    [receipt] = jsonld.expand(msgspec.json.decode(found.read(consent)))
    assert receipt["@type"] == ["https://w3id.org/dpv#ConsentReceipt"] and allowed.id.endswith(consent[9:-7])
    policy = LedgerPolicy.parse(found.read("ledger.policy"))
    proofs = [name for name in names if name.endswith(".tlog-proof")]
    assert len(proofs) == 2
    for name in proofs:
        proof = Receipt.parse(found.read(name))
        document = found.read(name.removesuffix(".tlog-proof"))
        proof.verify(committed(proof.extra.removeprefix(TAG), document), policy)
    everything = b"".join(found.read(name) for name in names)
    assert OTHER.encode() not in everything and b"given her" not in everything


async def test_erasing_destroys_ends_and_obliges(town: City) -> None:
    await allow(town, OFFER)
    await people(town, INSURER)
    done = await town.view(resident(ME)).mine.erase("hospital")
    assert done.organisations == ["hospital"] and done.ended == 1 and done.kept == []
    assert await people(town, INSURER) == []
    assert [each.entity["id"] for each in await town.view(resident(ME)).mine.held()] == []
    assert [each.cause for each in town.view(INSURER).registers.duties()] == ["erased"]
    assert town.view(resident(ME)).mine.uses() == []
    assert town.book.public("erased")[0].facts["organisations"] == ["hospital"]
    assert [each.entity["id"] for each in await town.view(resident(OTHER)).mine.held()] == [OTHER]
    with pytest.raises(NotFound):
        await town.view(resident(ME)).mine.erase("bus")


async def test_erasing_everything_leaves_nothing(town: City) -> None:
    town.view(resident(ME)).mine.appoint(OTHER, attributes=frozenset({"*"}))
    await town.view(resident(ME)).upsert(
        [{"id": "urn:ngsi-ld:EmergencyCard:town:1", "type": "EmergencyCard", "bloodGroup": "A"}]
    )
    done = await town.view(resident(ME)).mine.erase()
    assert set(done.organisations) == {"hospital", "town"}
    mine = town.view(resident(ME)).mine
    assert await mine.held() == [] and mine.helpers() == [] and mine.messages() == []
    assert town.view(resident(OTHER)).mine.wards() == []


async def test_what_the_law_keeps_is_said_and_everything_else_goes(town: City) -> None:
    (town.folder / "retention.csv").write_text(
        "organisation,type,en,ja\nhospital,Person,Five years by the medical practitioners act,医師法により5年\n",
        "utf-8",
    )
    await town.view(HOSPITAL).upsert(
        [
            {
                "id": "urn:ngsi-ld:EmergencyCard:town:1",
                "type": "EmergencyCard",
                "bloodGroup": "A",
                "dataSubject": {"type": "Relationship", "object": ME},
            }
        ]
    )
    await allow(town, OFFER)
    done = await town.view(resident(ME)).mine.erase("hospital")
    assert done.organisations == [] and [each.type for each in done.kept] == ["Person"] and done.ended == 1
    held = await town.view(resident(ME)).mine.held()
    assert [each.entity["id"] for each in held] == [ME] and await people(town, INSURER) == []


async def test_the_notice_that_was_shown_can_be_found_again_by_its_hash(town: City) -> None:
    allowed = await allow(town, OFFER)
    from noren.trust.consent import notice

    again = notice(OFFER, "en", called)
    assert (
        allowed.record.shown.notice
        == again.hash
        == hashlib.sha256(msgspec.json.encode(again, order="sorted")).hexdigest()
    )


async def test_consents_end_in_every_tenant_by_themselves(town: City, wall: Wall) -> None:
    town.config = msgspec.structs.replace(town.config, tenants=("port",))
    elsewhere = organisation("insurer", tenant="port")
    there = offered(tenant="port")
    await approve(town, elsewhere, there)
    mine = town.view(msgspec.structs.replace(resident(ME), tenant="port")).mine
    notice, question = mine.ask(there.id, "en")
    await mine.allow(there.id, question.id, answer_of(there, notice, question))
    await allow(town, OFFER)
    wall.ahead = 31 * 86_400
    await town.settle_consents()
    assert [each.record.state for each in (*mine.grants(), *town.view(resident(ME)).mine.grants())] == ["expired"] * 2
