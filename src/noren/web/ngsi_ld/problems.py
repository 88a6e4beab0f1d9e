"""Errors as NGSI-LD tells them (CIM 009, 5.5.2 and 6.3.2): problem details, always as application/json (6.3.6)."""

from __future__ import annotations

import logging
from typing import Any

import msgspec

from noren.errors import BadInput, NorenError, NotFound, NotSignedIn
from noren.web.ngsi_ld.answers import Answer

URIS = "https://uri.etsi.org/ngsi-ld/errors/"
_log = logging.getLogger(__name__)


class InvalidRequest(BadInput):
    """The request is malformed in itself: not JSON, or a parameter that cannot be."""

    kind = "InvalidRequest"


class NonexistentTenant(NotFound):
    """No such tenant, or none for the caller."""

    kind = "NonexistentTenant"


class Bare(Exception):
    """A standard HTTP status without a body (6.3.4): 405, 411, 415; or 406 with the list of what there is."""

    def __init__(self, status: int, headers: list[tuple[bytes, bytes]] | None = None, body: bytes = b"") -> None:
        self.answer = Answer(status, headers or [], body)
        super().__init__(status)


def details(error: NorenError) -> dict[str, Any]:
    """Problem details of an error (RFC 9457) with where and what to do beside them."""
    told: dict[str, Any] = {
        "type": URIS + error.kind,
        "title": error.what,
        "status": error.status,
        "detail": str(error),
    }
    if error.where:
        told["where"] = error.where
    if error.hint:
        told["hint"] = error.hint
    return told


def answer(error: Exception) -> Answer:
    """What the caller gets for an error; one that nobody foresaw is logged and told without its inside."""
    if isinstance(error, Bare):
        return error.answer
    if not isinstance(error, NorenError):
        _log.error("A request failed in a way that nobody foresaw.", exc_info=error)
        error = NorenError("Something went wrong inside.", hint="It is in the server's log.")
    headers = [(b"content-type", b"application/json")]
    if isinstance(error, NotSignedIn):
        headers.append((b"www-authenticate", b"Bearer"))
    return Answer(error.status, headers, msgspec.json.encode(details(error)))
