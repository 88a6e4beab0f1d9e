"""Another identifier for each organisation: what two of them are told about one person cannot be put together by it.

The local name of an id (all behind `urn:ngsi-ld:<Type>:<city>:`), filled up to whole blocks so that its length tells
little, is encrypted with AES-SIV (RFC 5297) under a key of the organisation's own: always the same for one
organisation, different for every other, and read back without a table.
"""

from __future__ import annotations

import base64
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from noren.trust.vault import Vault

MARK = "~"
_BLOCK = 16


class Pseudonyms:
    """The identifiers of one tenant as organisations are told them."""

    def __init__(self, vault: Vault, tenant: str = "") -> None:
        self._vault, self._tenant = vault, tenant
        self._cipher = lru_cache(1000)(self._made)

    def given(self, id: str, organisation: str) -> str:
        """The id under which `organisation` is told of the entity `id`.

        Raises no error: an id without colons is all local name.
        """
        head, colon, local = _parted(id)
        filled = local.encode() + bytes(-len(local.encode()) % _BLOCK)
        sealed = self._cipher(organisation).encrypt(filled, [self._tenant.encode(), head.encode()])
        return f"{head}{colon}{MARK}{_written(sealed)}"

    def meant(self, id: str, organisation: str) -> str | None:
        """The id that `given` hid; None for one that was not given to this organisation, or is none."""
        head, colon, local = _parted(id)
        if not local.startswith(MARK):
            return None
        try:
            sealed = base64.urlsafe_b64decode(local[1:] + "=" * (-len(local[1:]) % 4))
            if _written(sealed) != local[1:]:
                return None
            data = [self._tenant.encode(), head.encode()]
            return f"{head}{colon}{self._cipher(organisation).decrypt(sealed, data).rstrip(bytes(1)).decode()}"
        except (InvalidTag, ValueError):
            return None

    def _made(self, organisation: str) -> AESSIV:
        return AESSIV(self._vault.derived(organisation, "pseudonyms"))


def _written(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def _parted(id: str) -> tuple[str, str, str]:
    """The part of an id that says of which type and city it is, a colon, and the rest, which may name somebody."""
    parts = id.split(":", 4 if id.startswith("urn:") else 1)
    return ":".join(parts[:-1]), ":" if len(parts) > 1 else "", parts[-1]
