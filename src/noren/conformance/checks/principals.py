"""Chapter 1: who asks."""

from __future__ import annotations

import time

from noren.conformance.checks import open as opened
from noren.conformance.finding import Verdict, broken, hidden, met
from noren.conformance.people import People
from noren.conformance.reach import MARK, City, altered, unsigned


async def false_tokens(city: City, people: People) -> Verdict:
    """JM-1.2."""
    claims = {"sub": MARK, "iss": city.url, "aud": city.url, "exp": int(time.time()) + 600}
    false = {"unsigned": unsigned(claims), "nonsense": MARK}
    false |= {f"altered ({role})": altered(token) for role, token in city.tokens.items()}
    for name, token in false.items():
        reply = await opened.answer(city, Authorization=f"Bearer {token}")
        if reply.status != 401:
            return broken("answered", what=name, status=reply.status, expected=401)
    return met("refused", count=len(false))


async def discovery(city: City, people: People) -> Verdict:
    """JM-1.5."""
    path = city.path("openid") or ""
    reply = await city.ask("GET", path)
    found = reply.json
    if not reply.good or not isinstance(found, dict) or "issuer" not in found:
        return hidden("interface", interface="openid")
    issuer = str(found["issuer"]).rstrip("/")
    address = path if "://" in path else city.url + path
    if not address.startswith(issuer + "/"):
        return broken("issuer", issuer=issuer, address=address)
    names = ("id_token_signing_alg_values_supported", "request_object_signing_alg_values_supported")
    offered = {str(each).lower() for name in names for each in found.get(name) or ()}
    return broken("unsigned") if "none" in offered else met("issuer", issuer=issuer, address=address)


async def tenants(city: City, people: People) -> Verdict:
    """JM-1.7."""
    given = next(iter(city.tokens), "")
    known = city.capabilities.personal.get("tenant")
    if not given or not known:
        return hidden("tenant")
    first, second = [await opened.answer(city, given, NGSILD_Tenant=name) for name in (known, MARK)]
    if first.good or second.good:
        return broken("answered", what="NGSILD-Tenant", status=200, expected="4xx")
    same = (first.status, first.body) == (second.status, second.body)
    return met("alike") if same else broken("different", one=first.status, other=second.status)


CHECKS = {"JM-1.2": false_tokens, "JM-1.5": discovery, "JM-1.7": tenants}
