"""Whom the city trusts with what: principals, purposes, tokens, policies, the vault of personal values, use counts.

Names to know: `Principal` (who asks), `Policy` (who may: Cedar files in `policies/`), `Vault` (personal values' keys).

>>> from noren.terms import DataClass
>>> level = Definition("WaterObserved", "waterLevel", DataClass.OPEN)
>>> Policy().may(anonymous(), "public-information", "read", level)
True
"""

from noren.trust.policy import Decision, Definition, Policy, policy_texts
from noren.trust.principals import PUBLIC, Kind, OrganisationKind, Principal, anonymous
from noren.trust.purposes import OWN, PURPOSES, Purpose, purpose
from noren.trust.tokens import Tokens
from noren.trust.uses import Use, Uses
from noren.trust.vault import Vault, is_sealed

__all__ = [
    "OWN",
    "PUBLIC",
    "PURPOSES",
    "Decision",
    "Definition",
    "Kind",
    "OrganisationKind",
    "Policy",
    "Principal",
    "Purpose",
    "Tokens",
    "Use",
    "Uses",
    "Vault",
    "anonymous",
    "is_sealed",
    "policy_texts",
    "purpose",
]
