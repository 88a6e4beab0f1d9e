"""What `noren.toml` may say about identity; each setting is described in docs/configuration.md."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from noren.trust.purposes import PURPOSES


class Grant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom a provider vouches for as staff: a claim that holds `value` gives a role, purposes and a tenant."""

    claim: str
    value: str
    role: str = ""
    purposes: tuple[str, ...] = ()
    tenant: str = ""


class Provider(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[[identity.providers]]`: an OpenID Connect provider with which people sign in; `attributes` says which of its
    claims the city takes as evidence for which attribute of a resident."""

    name: str
    issuer: str
    client_id: str
    client_secret_file: str = ""
    title: dict[str, str] = {}
    scopes: tuple[str, ...] = ("openid",)
    grants: tuple[Grant, ...] = ()
    attributes: dict[str, str] = {}


class IdentitySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[identity]`: the city's public address, how long browsers stay signed in, how often one may guess, who may take
    a demo account, and the providers."""

    address: str = ""
    hours: Annotated[float, msgspec.Meta(gt=0, le=720)] = 12.0
    idle_minutes: Annotated[float, msgspec.Meta(gt=0)] = 60.0
    tries: Annotated[int, msgspec.Meta(ge=0)] = 30
    demo: Literal["local", "everyone", "off"] = "local"
    providers: tuple[Provider, ...] = ()


def wrong(settings: IdentitySettings, *, production: bool) -> tuple[str, str, str] | None:
    """What does not hold in these settings: what, which setting, what to do; None when all holds."""
    if settings.address and not settings.address.startswith(("https://", "http://localhost")):
        return "The address must begin with https://.", "identity.address", 'Write: address = "https://city.example"'
    if settings.address.count("/") > 2:
        return "The address has a path.", "identity.address", 'Write scheme and host: "https://city.example"'
    if production and not settings.address.startswith("https://"):
        return "In production the city says its address.", "identity.address", 'Write: address = "https://city.example"'
    names = [each.name for each in settings.providers]
    if len(names) > len(set(names)):
        return "Two providers have one name.", "identity.providers", "Give each a name of its own."
    for provider in settings.providers:
        if not provider.issuer.startswith("https://") and production:
            return "A provider's issuer begins with https://.", f"identity.providers.{provider.name}", "Correct it."
        unknown = {name for grant in provider.grants for name in grant.purposes} - set(PURPOSES)
        if unknown:
            return (
                f"“{min(unknown)}” is no purpose.",
                f"identity.providers.{provider.name}",
                "See `noren token --help`.",
            )
    return None
