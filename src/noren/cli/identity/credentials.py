"""`noren identity credential`: what the city vouches for about a resident."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from cyclopts import App

from noren.cli.identity.shared import opened
from noren.cli.words import paper, tell
from noren.errors import BadInput

credential = App(name="credential", help="What the city vouches for about a resident.")


@credential.command
def say(resident: str, attribute: str, value: str, /, *, evidence: str, city: Path = Path()) -> None:
    """Vouch for something about a resident, having seen the evidence.

    Parameters
    ----------
    resident
        The id that the resident reads on the page “Me”.
    attribute
        What is vouched for: age_over_18, age_over_65, lives_in, student, disability_certificate.
    value
        true or false, or a text.
    evidence
        What was seen, like “residence card, at the desk”; no number of it.
    city
        Folder of the city.
    """
    with opened(city) as (here, known):
        said: bool | str = {"true": True, "false": False}.get(value, value)
        known.credentials.say(known.accounts.need(resident), attribute, said, source=here.staff.id, evidence=evidence)
    paper.print(tell("identity.said", name=attribute), soft_wrap=True)


@credential.command
def unsay(resident: str, attribute: str, /, *, city: Path = Path()) -> None:
    """Vouch for something no more. Credentials that are out end by themselves within fifteen days.

    Parameters
    ----------
    resident
        The resident's id.
    attribute
        What is no longer vouched for.
    city
        Folder of the city.
    """
    with opened(city) as (_, known):
        known.credentials.unsay(known.accounts.need(resident), attribute)
    paper.print(tell("identity.unsaid", name=attribute), soft_wrap=True)


@credential.command
def issue(resident: str, key: Path, /, *, city: Path = Path()) -> None:
    """Print a credential (SD-JWT) of what is vouched for about a resident, for the public key of their wallet.

    Parameters
    ----------
    resident
        The resident's id.
    key
        File with the wallet's public key as JWK (P-256 or Ed25519).
    city
        Folder of the city.
    """
    with opened(city) as (here, known):
        address = here.config.identity.address
        if not address:
            raise BadInput("The city says no address.", where="identity.address", hint="Write it into noren.toml.")
        (made,) = known.credentials.issue(known.accounts.need(resident), [_jwk(key)], issuer=address)
    print(made)


@credential.command
def check(shown: Path, /, *, nonce: str, audience: str, city: Path = Path()) -> None:
    """Check what somebody shows of a credential of this city, and print the attributes as JSON.

    Parameters
    ----------
    shown
        File with the presentation (SD-JWT with key binding).
    nonce
        The random word with which it was asked for.
    audience
        Who asked.
    city
        Folder of the city.
    """
    with opened(city) as (here, known):
        text = _read(shown).decode("ascii", "replace").strip()
        found = known.credentials.check(text, issuer=here.config.identity.address, nonce=nonce, audience=audience)
    print(msgspec.json.encode(found).decode())


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadInput(f"The file cannot be read: {error.strerror}.", where=str(file)) from error


def _jwk(file: Path) -> dict[str, Any]:
    try:
        return msgspec.json.decode(_read(file), type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise BadInput("This is no key as JWK.", where=str(file)) from error
