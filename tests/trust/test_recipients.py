"""The register of recipients: who is let in, by how many, until when, for what; and who may stop it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from noren.errors import BadInput, Conflict, NotAllowed, NotFound
from noren.trust import Principal
from noren.trust.consent import Offer
from noren.trust.recipients import LONGEST_DAYS, Answer, Application, Recipients, criteria
from noren.trust.vault import Erasures

PAPER = "ab" * 32
KEY = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
WHY = {"en": "It kept data longer than it may.", "ja": "決められた期間を超えて情報を持っていたため。"}
DAY = 86_400


def somebody(
    id: str, kind: str = "organisation", organisation: str = "shop", *roles: str, tenant: str = ""
) -> Principal:
    return Principal(id=id, kind=kind, organisation=organisation, roles=frozenset(roles), tenant=tenant)  # type: ignore[arg-type]


SHOP = somebody("urn:o:shop")
ANA, BEN = somebody("urn:s:1", "staff", "town"), somebody("urn:s:2", "staff", "town")
MEMBER = somebody("urn:b:1", "organisation", "university", "ethics-board")
APPLICATION = Application(
    organisation="shop",
    name={"en": "Corner Shop", "ja": "角の店"},
    kind="company",
    contact="desk@shop.example",
    purposes=frozenset({"service-provision"}),
    attributes=frozenset({"Person.birthDate", "Person.familyName"}),
    benefit={"en": "Points.", "ja": "ポイント。"},
    answers={each.name: Answer("Yes, as the paper says.", (PAPER,) if each.evidence else ()) for each in criteria()},
    key=KEY,
)
OFFER = Offer(
    recipient="shop",
    recipient_name=APPLICATION.name,
    recipient_kind="company",
    recipient_contact=APPLICATION.contact,
    holder="town",
    purpose="service-provision",
    attributes=("Person.birthDate",),
    days=30,
    benefit={"en": "You get a gift.", "ja": "贈り物がもらえます。"},
    jurisdiction="JP",
)


class Wall:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def register(tmp_path: Path, wall):
    opened = Recipients(tmp_path / "trust.db", "town", ("en", "ja"), Erasures(tmp_path / "erasures"), clock=wall)
    yield opened
    opened.close()


def approved(register: Recipients, days: int = 365) -> None:
    register.apply(APPLICATION, SHOP)
    register.vet("shop", ANA, days=days)
    register.vet("shop", BEN, days=days)


def test_four_eyes_let_a_recipient_in_until_a_day(register, wall) -> None:
    register.apply(APPLICATION, SHOP)
    assert not register.vetted("shop")
    register.vet("shop", ANA, days=10)
    with pytest.raises(Conflict, match="Somebody else"):
        register.vet("shop", ANA)
    assert not register.vetted("shop")
    register.vet("shop", BEN, days=LONGEST_DAYS)
    assert register.vetted("shop")
    wall.now += 10 * DAY
    assert not register.vetted("shop") and register.one("shop").state(wall()) == "expired"


def test_the_same_name_in_another_tenant_is_somebody_else(register) -> None:
    approved(register)
    assert register.vetted("shop") and not register.vetted("shop", "other")
    with pytest.raises(NotAllowed):
        register.offer(msgspec.structs.replace(OFFER, tenant="other"), somebody("urn:o:shop", tenant="other"))
    with pytest.raises(NotAllowed):
        register.offer(OFFER, somebody("urn:o:shop", tenant="other"))


@pytest.mark.parametrize("who", [SHOP, somebody("urn:s:1", "staff", "shop"), somebody("urn:r:1", "resident", "town")])
def test_nobody_but_the_city_s_staff_vets(register, who) -> None:
    register.apply(APPLICATION, SHOP)
    with pytest.raises(NotAllowed):
        register.vet("shop", who)


@pytest.mark.parametrize("criterion", [each.name for each in criteria()])
def test_every_criterion_must_be_answered_and_papers_shown(register, criterion) -> None:
    for answers in (
        {name: answer for name, answer in APPLICATION.answers.items() if name != criterion},
        APPLICATION.answers | {criterion: Answer("Yes.", ("not a hash",))},
    ):
        with pytest.raises(BadInput, match=criterion):
            register.apply(msgspec.structs.replace(APPLICATION, answers=answers), SHOP)


@pytest.mark.parametrize(
    "wrong",
    [
        {"purposes": frozenset({"curiosity"})},
        {"purposes": frozenset()},
        {"attributes": frozenset()},
        {"contact": " "},
        {"name": {"en": "A shop\nYou must say yes.", "ja": "店"}},
        {"name": {"en": "A" * 61, "ja": "店"}},
        {"key": {}},
        {"key": KEY | {"d": "secret"}},
        {"key": KEY | {"crv": "X25519"}},
        {"key": KEY | {"x": "short"}},
        {"key": KEY | {"x": "!"}},
    ],
)
def test_an_application_that_says_too_little_is_refused(register, wrong) -> None:
    with pytest.raises(BadInput):
        register.apply(msgspec.structs.replace(APPLICATION, **wrong), SHOP)


def test_nobody_applies_for_another(register) -> None:
    for who in (somebody("urn:o:2", organisation="bus"), ANA, somebody("urn:o:1", tenant="other")):
        with pytest.raises(NotAllowed):
            register.apply(APPLICATION, who)


def test_the_board_stops_at_once_and_says_why_to_all(register) -> None:
    approved(register)
    register.offer(OFFER, SHOP)
    assert register.offers() == [OFFER] and register.asked(OFFER.id) == OFFER
    register.decide("shop", MEMBER, "stop", WHY)
    assert not register.vetted("shop") and register.offers() == []
    [decision] = register.decisions()
    assert decision.reason == WHY and MEMBER.id not in str(decision)
    with pytest.raises(NotFound):
        register.asked(OFFER.id)
    with pytest.raises(Conflict):
        register.apply(APPLICATION, SHOP)
    with pytest.raises(Conflict):
        register.decide("shop", MEMBER, "stop", WHY)
    register.decide("shop", MEMBER, "lift", WHY)
    assert register.vetted("shop")


@pytest.mark.parametrize(
    "who",
    [
        ANA,
        somebody("urn:s:3", "staff", "town", "ethics-board"),
        somebody("urn:s:3", "organisation", "town", "ethics-board"),
        somebody("urn:o:9", "organisation", "shop", "ethics-board"),
        somebody("urn:b:2", "organisation", "university"),
    ],
)
def test_nobody_of_the_city_or_the_recipient_sits_on_the_board(register, who) -> None:
    approved(register)
    with pytest.raises(NotAllowed):
        register.decide("shop", who, "stop", WHY)
    assert register.vetted("shop")


def test_a_decision_gives_its_reason_in_every_language(register) -> None:
    approved(register)
    with pytest.raises(BadInput):
        register.decide("shop", MEMBER, "stop", {"en": WHY["en"]})
    assert register.vetted("shop") and register.decisions() == []


@pytest.mark.parametrize(
    "more",
    [
        {"purpose": "insurance"},
        {"attributes": ("Person.birthDate", "Person.givenName")},
        {"recipient": "bus"},
    ],
)
def test_a_recipient_asks_for_no_more_than_it_was_approved_for(register, more) -> None:
    approved(register)
    with pytest.raises(NotAllowed):
        register.offer(msgspec.structs.replace(OFFER, **more), SHOP)


def test_a_recipient_asks_under_the_name_that_was_vetted(register) -> None:
    approved(register)
    for more in ({"recipient_name": {"en": "The Mayor", "ja": "市長"}}, {"recipient_kind": "government"}):
        with pytest.raises(BadInput):
            register.offer(msgspec.structs.replace(OFFER, **more), SHOP)


def test_a_changed_application_is_vetted_anew(register) -> None:
    approved(register)
    register.apply(msgspec.structs.replace(APPLICATION, purposes=frozenset({"insurance"})), SHOP)
    assert not register.vetted("shop")


def test_a_refused_one_is_out_until_it_applies_again(register) -> None:
    register.apply(APPLICATION, SHOP)
    register.refuse("shop", ANA, "The audit is four years old.")
    with pytest.raises(Conflict):
        register.vet("shop", BEN)
    register.apply(APPLICATION, SHOP)
    register.vet("shop", BEN)


def test_a_recipient_may_stop_asking(register) -> None:
    approved(register)
    register.offer(OFFER, SHOP)
    with pytest.raises(NotFound):
        register.close_offer(OFFER.id, somebody("urn:o:2", organisation="bus"))
    register.close_offer(OFFER.id, SHOP)
    assert register.offers() == []


def test_what_another_process_decides_holds_at_once(register, tmp_path: Path, wall) -> None:
    approved(register)
    assert register.vetted("shop") and not register.vetted("bus")
    elsewhere = Recipients(tmp_path / "trust.db", "town", ("en", "ja"), Erasures(tmp_path / "erasures"), clock=wall)
    elsewhere.decide("shop", MEMBER, "stop", WHY)
    assert not register.vetted("shop")
    register.decide("shop", MEMBER, "lift", WHY)
    assert elsewhere.vetted("shop") and register.vetted("shop")
    elsewhere.close()


@pytest.mark.parametrize("name", ["urn:noren:staff:doctor", "a/b", "fund:trees"])
def test_a_recipient_is_not_called_like_a_person_or_an_account(register, name) -> None:
    with pytest.raises(BadInput, match="short name"):
        register.apply(msgspec.structs.replace(APPLICATION, organisation=name), somebody("urn:o:x", organisation=name))
