"""The built portal: hashed files kept for a year, everything else answered with the page itself."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from noren.errors import NotFound

FOLDER = Path(str(files("noren.web"))) / "static"
TYPES = {".mjs": "text/javascript", ".js": "text/javascript", ".webmanifest": "application/manifest+json"}
SECURITY = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; "
        "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=()",
}
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
FRESH = {"Cache-Control": "no-cache"}


async def page(request: Request) -> Response:
    """A file of the portal, or the page itself for an address of one of its rooms."""
    name = request.path_params.get("path", "")
    if name.startswith(("api/", "tiles/", "ledger/", "ngsi-ld/", "open311/", "media/", ".well-known/")):
        raise NotFound("There is nothing at this address.")
    if name and (path := _file(name)):
        keep = FOREVER if name.startswith("assets/") else FRESH
        return FileResponse(path, headers=SECURITY | keep, media_type=TYPES.get(path.suffix))
    if name.startswith("assets/") or not (FOLDER / "index.html").is_file():
        raise NotFound("The portal is not built.", hint="Run make install, which builds it.")
    return FileResponse(FOLDER / "index.html", headers=SECURITY | FRESH)


def _file(name: str) -> Path | None:
    """The portal's file of that name, None for what is none or lies elsewhere."""
    try:
        path = (FOLDER / name).resolve()
        return path if path.is_relative_to(FOLDER) and path.is_file() else None
    except (OSError, ValueError):  # longer than a name can be, or with a zero byte
        return None
