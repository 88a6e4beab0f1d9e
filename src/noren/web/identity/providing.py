"""Signing in with a provider: there and back again."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from noren.errors import NorenError, NotSignedIn
from noren.web.api.answers import city_of
from noren.web.identity.entering import asking, base_of, browser, entered, guessing, later
from noren.web.session import cookie

COOKIE = "noren_signing_in"
_SECONDS = 600


async def begin(request: Request) -> Response:
    """Send the browser to a provider; `then` is the page on which it ends."""
    asking(request)
    city, base = city_of(request), base_of(request)
    then = later(request.query_params.get("then", "/"))
    name = request.path_params["name"]
    address, secret = await city.identity.providers.begin(name, f"{base}/api/identity/callback", then)
    response = RedirectResponse(address, 303, {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
    # Lax: the provider's page sends the browser back, and a strict cookie would stay at home.
    secure = base.startswith("https://")
    response.set_cookie(
        COOKIE, secret, max_age=_SECONDS, httponly=True, samesite="lax", secure=secure, path="/api/identity/callback"
    )
    return response


async def finish(request: Request) -> Response:
    """Let somebody in who comes back from a provider; else say on the sign-in page that it did not work."""
    try:
        return await _finished(request)
    except NorenError as error:
        why = "late" if isinstance(error, NotSignedIn) else "provider"
        return _closed(RedirectResponse(f"/signin?trouble={why}", 303))


async def _finished(request: Request) -> Response:
    asked, city = request.query_params, city_of(request)
    with guessing(request):
        if "code" not in asked:
            raise NotSignedIn("The provider let nobody in.")
        account, name, then = await city.identity.providers.finish(
            asked["code"], asked.get("state", ""), cookie(request.headers, COOKIE), asked.get("iss")
        )
        secret = city.identity.enter(account, how=name, label=browser(request))
    return _closed(entered(request, secret, RedirectResponse(then, 303)))


def _closed(response: Response) -> Response:
    response.delete_cookie(COOKIE, path="/api/identity/callback", httponly=True, samesite="lax")
    response.headers["Cache-Control"] = "no-store"
    return response
