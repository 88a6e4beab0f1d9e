"""Whom the city trusts with what: principals, purposes, tokens, policies, grants, the book of uses, the vault.

Names to know: `Principal` (who asks), `Policy` (who may: Cedar files in `policies/`), `Grants` (what people allowed).

>>> from noren.terms import DataClass
>>> level = Definition("WaterObserved", "waterLevel", DataClass.OPEN)
>>> Policy().may(anonymous(), "public-information", "read", level)
True
"""

from noren.trust.book import Book, Entered, Line
from noren.trust.courts import Courts
from noren.trust.grants import ALL, NONE, OWN_DATA, Basis, Grant, Grants, Ground, grant_id, grant_of
from noren.trust.policy import Decision, Definition, Policy, policy_texts
from noren.trust.principals import PUBLIC, Kind, OrganisationKind, Principal, anonymous
from noren.trust.pseudonyms import Pseudonyms
from noren.trust.purposes import OWN, PURPOSES, Purpose, purpose
from noren.trust.search import Asked, Searches
from noren.trust.tokens import Tokens
from noren.trust.uses import Use, Uses
from noren.trust.vault import Vault, is_sealed

__all__ = [
    "ALL",
    "NONE",
    "OWN",
    "OWN_DATA",
    "PUBLIC",
    "PURPOSES",
    "Asked",
    "Basis",
    "Book",
    "Courts",
    "Decision",
    "Definition",
    "Entered",
    "Grant",
    "Grants",
    "Ground",
    "Kind",
    "Line",
    "OrganisationKind",
    "Policy",
    "Principal",
    "Pseudonyms",
    "Purpose",
    "Searches",
    "Tokens",
    "Use",
    "Uses",
    "Vault",
    "anonymous",
    "grant_id",
    "grant_of",
    "is_sealed",
    "policy_texts",
    "purpose",
]
