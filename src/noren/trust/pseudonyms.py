"""Another identifier for each organisation: what two of them are told about one person cannot be put together by it.

The local name of an id is encrypted with AES-SIV (RFC 5297) under a key of the organisation's own: always the same for
one organisation, different for every other, and read back without a table.
"""

from __future__ import annotations

import base64
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from noren.trust.vault import Vault

MARK = "~"


class Pseudonyms:
    """The identifiers of one tenant as organisations are told them."""

    def __init__(self, vault: Vault, tenant: str = "") -> None:
        self._vault, self._tenant = vault, tenant
        self._cipher = lru_cache(1000)(self._made)

    def given(self, id: str, organisation: str) -> str:
        """The id under which `organisation` is told of the entity `id`.

        Raises no error: an id without colons is all local name.
        """
        head, colon, local = id.rpartition(":")
        sealed = self._cipher(organisation).encrypt(local.encode(), [self._tenant.encode(), head.encode()])
        return f"{head}{colon}{MARK}{base64.urlsafe_b64encode(sealed).decode().rstrip('=')}"

    def meant(self, id: str, organisation: str) -> str | None:
        """The id that `given` hid; None for one that was not given to this organisation, or is none."""
        head, colon, local = id.rpartition(":")
        if not local.startswith(MARK):
            return None
        try:
            sealed = base64.urlsafe_b64decode(local[1:] + "=" * (-len(local[1:]) % 4))
            data = [self._tenant.encode(), head.encode()]
            return f"{head}{colon}{self._cipher(organisation).decrypt(sealed, data).decode()}"
        except (InvalidTag, ValueError):
            return None

    def _made(self, organisation: str) -> AESSIV:
        return AESSIV(self._vault.derived(organisation, "pseudonyms"))
