"""Who is known to the city, how they prove it, and how long that holds.

Names to know: `Identity` (the door: tokens and sessions), `Account` (a person), `Session` (a browser, program or device
that is let in). Hard decisions stand in DESIGN.md.

>>> from pathlib import Path
>>> from tempfile import mkdtemp
>>> identity = Identity(Path(mkdtemp()), Place("town", "Town", "Town"))
>>> shown = identity.enter(identity.accounts.open("resident"), how="demo")
>>> identity.identify(shown).kind
'resident'
>>> identity.sessions.end(identity.session(shown).id)
>>> identity.identify(shown)
Traceback (most recent call last):
noren.errors.NotSignedIn: This session has ended. Ask for a new token with `noren token`, or sign in again.
>>> identity.close()
"""

from noren.trust.identity.accounts import Account, Organisation
from noren.trust.identity.credentials import KINDS, Attribute
from noren.trust.identity.devices import Device, public_jwk, read_key
from noren.trust.identity.identity import Identity
from noren.trust.identity.passkeys import Passkey
from noren.trust.identity.sessions import PREFIX, Session
from noren.trust.identity.settings import IdentitySettings, Provider
from noren.trust.identity.standings import DEMO, Place

__all__ = [
    "DEMO",
    "KINDS",
    "PREFIX",
    "Account",
    "Attribute",
    "Device",
    "Identity",
    "IdentitySettings",
    "Organisation",
    "Passkey",
    "Place",
    "Provider",
    "Session",
    "public_jwk",
    "read_key",
]
