"""Map tiles over HTTP: vector tiles, the list of layers, heights. `ROUTES` is the table."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from noren.errors import NotFound
from noren.tiles import Shelf, terrain_tile
from noren.web.api.answers import Handler, answer, city_of

_VECTOR = "application/vnd.mapbox-vector-tile"
_KEPT = {"Cache-Control": "public, max-age=30", "Vary": "Accept-Encoding"}


def shelf_of(request: Request) -> Shelf:
    """The shelf of this process's city; made with the first request."""
    state, city = request.app.state, city_of(request)
    view = city.view(city.anonymous)  # looks, too, whether the rules have changed
    if not hasattr(state, "shelf"):
        state.shelf = Shelf(view, city.folder / "data" / "tiles")
    shelf: Shelf = state.shelf
    return shelf


async def vector(request: Request) -> Response:
    """One vector tile, gzipped; 304 when the caller has it already."""
    z, x, y = _numbers(request, "mvt")
    body, tag = await shelf_of(request).tile(z, x, y)
    headers = {**_KEPT, "ETag": tag}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=_VECTOR, headers={**headers, "Content-Encoding": "gzip"})


async def layers(request: Request) -> Response:
    """Which layers the vector tiles hold."""
    return answer(await shelf_of(request).listing())


async def heights(request: Request) -> Response:
    """One tile of heights (Terrain-RGB); 404 where the city has no terrain."""
    z, x, y = _numbers(request, "png")
    city = city_of(request)
    path = city.view(city.anonymous).coverages().get("terrain")
    if path is None:
        raise NotFound("This city has no terrain.", hint="Add a GeoTIFF of heights with: noren add FILE")
    body = await asyncio.to_thread(terrain_tile, path, path.stat().st_mtime, z, x, y)
    return Response(body, media_type="image/png", headers={**_KEPT, "Cache-Control": "public, max-age=3600"})


def _numbers(request: Request, ending: str) -> tuple[int, int, int]:
    given = [request.path_params["z"], request.path_params["x"], request.path_params["y"]]
    if not all(part.isascii() and part.isdigit() and len(part) < 8 for part in given):
        raise NotFound("There is no such tile.", hint=f"Ask for /{{z}}/{{x}}/{{y}}.{ending} in whole numbers.")
    return int(given[0]), int(given[1]), int(given[2])


ROUTES: list[tuple[str, str, Handler]] = [
    ("GET", "/tiles/layers.json", layers),
    ("GET", "/tiles/terrain/{z}/{x}/{y}.png", heights),
    ("GET", "/tiles/{z}/{x}/{y}.mvt", vector),
]
