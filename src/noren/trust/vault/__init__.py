"""The vault: where the keys of personal values lie, one a subject, in files apart from the data and its backups.

A subject is a keyed hash of a person's id, different for each organisation, so that two organisations cannot compare
whom they know. Whoever destroys a subject's key has erased every value sealed under it, in every copy there is; what
was erased is remembered in a list that goes with the data, so that no old copy of the keys brings it back. Names to
know: `Vault` (seal, unseal, erase), `Erasures` (the list), `backup` and `restore` (copies of the keys); why it is built
so stands in `DESIGN.md`.

>>> from pathlib import Path
>>> from tempfile import TemporaryDirectory
>>> with TemporaryDirectory() as folder:
...     vault = Vault(Path(folder) / "keys.db")
...     somebody = vault.subject("urn:ngsi-ld:Person:town:1", "town", "government")
...     sealed = vault.seal("town", somebody, "telephone", "087-000-0000")
...     vault.settle()
...     told = vault.unseal(somebody, "telephone", sealed)
...     vault.close()
>>> (is_sealed(sealed), told)
(True, '087-000-0000')
"""

from noren.trust.vault.copies import Place, Restored, backup, restore
from noren.trust.vault.erasures import Erasure, Erasures
from noren.trust.vault.locks import Officer, Passphrase
from noren.trust.vault.root import Root
from noren.trust.vault.vault import MARK, Vault, is_sealed

__all__ = [
    "MARK",
    "Erasure",
    "Erasures",
    "Officer",
    "Passphrase",
    "Place",
    "Restored",
    "Root",
    "Vault",
    "backup",
    "is_sealed",
    "restore",
]
