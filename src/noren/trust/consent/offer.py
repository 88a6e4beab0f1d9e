"""What a recipient asks of residents: one recipient, one purpose, named attributes, for how long, for which benefit."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Literal

import msgspec

from noren.errors import BadInput
from noren.trust.consent.plain import check
from noren.trust.principals import PUBLIC, OrganisationKind
from noren.trust.purposes import OWN, purpose

_ATTRIBUTE = re.compile(r"[A-Z][A-Za-z0-9]*\.[a-z][A-Za-z0-9]*")
Days = Annotated[int, msgspec.Meta(ge=1, le=366)]
Count = Annotated[int, msgspec.Meta(ge=0, le=100_000)]


class Offer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One request for consent, the same for every resident.

    `attributes` are "Type.attribute"; there is no "all": whoever wants one more asks again. `days` is how long the
    consent holds, `daily` the most uses a day (0: as often as the purpose needs), `keep_days` how long the recipient
    may keep what it got, counted from each use. `benefit` says by language what the resident gets; `points` are
    credited once, or for each use (`points_per`). `holder` is the organisation that holds the data, `jurisdiction` a
    country (ISO 3166-1, two letters) under whose law all this happens.
    """

    recipient: str
    recipient_name: dict[str, str]
    recipient_kind: OrganisationKind
    recipient_contact: str
    holder: str
    purpose: str
    attributes: tuple[str, ...]
    days: Days
    daily: Count = 0
    keep_days: Annotated[int, msgspec.Meta(ge=0, le=3660)] = 0
    benefit: dict[str, str]
    points: Count = 0
    points_per: Literal["grant", "use"] = "grant"
    jurisdiction: str
    tenant: str = ""

    @property
    def id(self) -> str:
        """Name of exactly this request: whatever in it changes, it is another one."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()[:24]

    def words(self, language: str) -> tuple[str, str]:
        """The recipient's name and the benefit in `language`, else in any."""
        name = self.recipient_name.get(language) or next(iter(self.recipient_name.values()))
        return name, self.benefit.get(language) or next(iter(self.benefit.values()))


def checked(offer: Offer, languages: tuple[str, ...]) -> Offer:
    """The offer, when a resident could be shown it in each of the languages; raises `BadInput` otherwise."""
    purpose(offer.purpose)
    if offer.purpose in (OWN, PUBLIC):
        raise BadInput("Nobody consents to this purpose.", where="purpose", hint="Name the one you need the data for.")
    if not offer.attributes or len(set(offer.attributes)) != len(offer.attributes):
        raise BadInput("Attributes are missing or named twice.", where="attributes", hint="Write: Person.birthDate")
    for name in offer.attributes:
        if not _ATTRIBUTE.fullmatch(name):
            raise BadInput(f"“{name}” names no single attribute.", where="attributes", hint="Write: Person.birthDate")
    if not re.fullmatch(r"[A-Z]{2}", offer.jurisdiction):
        raise BadInput("The jurisdiction is a country in two letters.", where="jurisdiction", hint="For example: JP")
    if not offer.holder.strip() or not offer.holder.isprintable():
        raise BadInput("It is not said who holds the data.", where="holder")
    for language in languages:
        if not offer.recipient_name.get(language) or not offer.benefit.get(language):
            raise BadInput(f"The words in “{language}” are missing.", where="recipient_name, benefit")
        check(offer.benefit[language], language, where=f"benefit, {language}")
    return offer
