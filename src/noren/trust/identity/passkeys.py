"""Passkeys (WebAuthn): a key in somebody's phone or computer that answers for this city's address and no other.

Verified by the library `webauthn`: origin, address, challenge, signature, that the person was there and unlocked the
key, and a counter that only rises. A challenge counts once, within five minutes.
"""

from __future__ import annotations

import base64
from typing import Any

import msgspec
import webauthn
from webauthn.helpers import options_to_json_dict
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from yarl import URL

from noren.errors import AlreadyExists, BadInput, NotFound, NotSignedIn
from noren.trust.identity.accounts import Account, Accounts, plain
from noren.trust.identity.once import Once
from noren.trust.identity.register import Register

MINUTES = 5
_COLUMNS = "id, account, counter, label, opened, used"


class Passkey(msgspec.Struct, frozen=True):
    """One passkey of an account; times are seconds since 1970."""

    id: bytes
    account: str
    counter: int
    label: str
    opened: float
    used: float | None


class Passkeys:
    """The register's part about passkeys; `origin` is the address at which people see the city, with its scheme."""

    def __init__(self, register: Register, accounts: Accounts, once: Once, city: str) -> None:
        self._register, self._accounts, self._once, self._city = register, accounts, once, city

    def offer(self, account: Account, origin: str) -> dict[str, Any]:
        """What a browser needs to make a passkey for this account."""
        challenge = self._once.give("make-passkey", {"account": account.id}, seconds=MINUTES * 60)
        options = webauthn.generate_registration_options(
            rp_id=relying_party(origin),
            rp_name=self._city,
            user_id=account.handle,
            user_name=account.name or self._city,
            challenge=challenge.encode(),
            timeout=MINUTES * 60_000,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=each.id) for each in self.of(account.id)],
        )
        return dict(options_to_json_dict(options))

    def add(self, account: Account, origin: str, answer: dict[str, Any], label: str = "") -> Passkey:
        """Keep the passkey that a browser made; raises `BadInput` when its answer does not hold."""
        challenge = _challenge(answer)
        facts = self._once.take("make-passkey", challenge)
        if facts is None or facts["account"] != account.id:
            raise BadInput("This was not asked for, or too long ago.", hint="Begin again.")
        try:
            made = webauthn.verify_registration_response(
                credential=answer,
                expected_challenge=challenge.encode(),
                expected_rp_id=relying_party(origin),
                expected_origin=origin,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError) as error:
            raise BadInput("This passkey does not hold.", hint="Begin again.") from error
        found = Passkey(made.credential_id, account.id, made.sign_count, plain(label), self._register.now(), None)
        with self._register.change() as run:
            if run("SELECT 1 FROM passkey WHERE id = ?", found.id).fetchone():
                raise AlreadyExists("This passkey is known already.")
            run(
                "INSERT INTO passkey VALUES (?, ?, ?, ?, ?, ?, NULL)",
                found.id,
                found.account,
                made.credential_public_key,
                found.counter,
                found.label,
                found.opened,
            )
        return found

    def ask(self, origin: str) -> dict[str, Any]:
        """What a browser needs to sign somebody in whose name it does not say."""
        challenge = self._once.give("use-passkey", {}, seconds=MINUTES * 60)
        options = webauthn.generate_authentication_options(
            rp_id=relying_party(origin),
            challenge=challenge.encode(),
            timeout=MINUTES * 60_000,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return dict(options_to_json_dict(options))

    def prove(self, origin: str, answer: dict[str, Any]) -> Account:
        """Whose passkey answered; raises `NotSignedIn` when it does not hold, or its counter did not rise (a copy)."""
        challenge, id = _challenge(answer), _bytes(answer.get("rawId"))
        if self._once.take("use-passkey", challenge) is None:
            raise _no()
        row = self._register.row("SELECT account, key, counter FROM passkey WHERE id = ?", id)
        if row is None:
            raise _no()
        account = self._accounts.find(row[0])
        if account is None or account.stopped is not None or not _names(answer, account):
            raise _no()
        try:
            shown = webauthn.verify_authentication_response(
                credential=answer,
                expected_challenge=challenge.encode(),
                expected_rp_id=relying_party(origin),
                expected_origin=origin,
                credential_public_key=row[1],
                credential_current_sign_count=row[2],
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError) as error:
            raise _no() from error
        with self._register.change() as run:
            sql = "UPDATE passkey SET counter = ?, used = ? WHERE id = ? AND (counter < ? OR ? = 0)"
            used = run(sql, shown.new_sign_count, self._register.now(), id, shown.new_sign_count, shown.new_sign_count)
            if not used.rowcount:
                raise _no()
        return account

    def of(self, account: str) -> list[Passkey]:
        """The passkeys of an account."""
        sql = f"SELECT {_COLUMNS} FROM passkey WHERE account = ? ORDER BY opened"
        return [Passkey(*row) for row in self._register.rows(sql, account)]

    def remove(self, account: str, id: bytes) -> None:
        """Trust a passkey of this account no more; raises `NotFound`."""
        with self._register.change() as run:
            if not run("DELETE FROM passkey WHERE id = ? AND account = ?", id, account).rowcount:
                raise NotFound("There is no such passkey.")


def relying_party(origin: str) -> str:
    """The host by which passkeys are bound; raises `BadInput` for an address at which browsers make none."""
    url = URL(origin)
    if not url.host or (url.scheme != "https" and url.host != "localhost"):
        raise BadInput(
            "Passkeys need a protected address.",
            hint="Open the page by https or as http://localhost, and write [identity] address.",
        )
    return url.host


def _challenge(answer: dict[str, Any]) -> str:
    try:
        told = msgspec.json.decode(_bytes(answer["response"]["clientDataJSON"]), type=dict[str, Any])
        return _bytes(told["challenge"]).decode("ascii")
    except (KeyError, TypeError, ValueError, msgspec.MsgspecError) as error:
        raise BadInput("This is no answer of a passkey.") from error


def _names(answer: dict[str, Any], account: Account) -> bool:
    """Whether the account that the key names, if it names one, is the one it belongs to."""
    handle = answer.get("response", {}).get("userHandle")
    return handle is None or _bytes(handle) == account.handle


def _bytes(text: Any) -> bytes:
    if not isinstance(text, str):
        raise BadInput("This is no answer of a passkey.")
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError as error:
        raise BadInput("This is no answer of a passkey.") from error


def _no() -> NotSignedIn:
    return NotSignedIn("This passkey does not hold here.", hint="Try again, or sign in another way.")
