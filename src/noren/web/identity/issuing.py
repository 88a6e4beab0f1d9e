"""The built-in issuer's routes (OpenID Connect); absent in production."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from noren.errors import BadInput, NotFound, NotSignedIn
from noren.trust.identity.issuer import Issuer
from noren.web.api.answers import answer, city_of, told
from noren.web.identity.entering import asking, base_of, fields, guessing, signed_in


class Agreed(msgspec.Struct):
    """What a person answers to a service's request."""

    agree: bool


def issuer(request: Request) -> Issuer:
    """The issuer; raises `NotFound` in production."""
    city = city_of(request)
    if city.config.production or city.config.identity.demo == "off":
        raise NotFound("There is nothing at this address.")
    return city.identity.issuer


async def discovery(request: Request) -> Response:
    """The discovery document."""
    return answer(issuer(request).discovery(base_of(request)))


async def jwks(request: Request) -> Response:
    """The issuer's public key."""
    return answer(issuer(request).jwks())


async def authorize(request: Request) -> Response:
    """Ask the person, on the sign-in page, whether a service may know them."""
    found = issuer(request)
    asking(request)
    request_id, elsewhere = found.ask(dict(request.query_params), base_of(request))
    return RedirectResponse(elsewhere or f"/signin?request={request_id}", 303, {"Cache-Control": "no-store"})


async def waiting(request: Request) -> Response:
    """Who asks."""
    return answer({"organisation": issuer(request).waiting(request.path_params["id"]).organisation})


async def answered(request: Request) -> Response:
    """Where the browser goes, now that the person said yes or no."""
    _, account = signed_in(request)
    agreed = (await told(request, Agreed)).agree
    given = account if agreed else None
    return answer({"location": issuer(request).answer(request.path_params["id"], given, base_of(request))})


async def token(request: Request) -> Response:
    """Exchange a code; errors as OAuth has them (RFC 6749, 5.2)."""
    found, form = issuer(request), await fields(request)
    try:
        with guessing(request):
            given = found.exchange(form, request.headers.get("authorization", ""), base_of(request))
    except NotSignedIn as error:
        return answer({"error": error.what}, 401, **{"WWW-Authenticate": "Basic"})
    except BadInput as error:
        return answer({"error": error.what}, 400)
    return answer(given)


async def userinfo(request: Request) -> Response:
    """Under which identifier the client knows the person."""
    found = issuer(request)
    return answer(found.userinfo(request.headers.get("authorization", "").partition(" ")[2]))
