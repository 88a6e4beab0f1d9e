"""`noren context`: the @context documents that the city holds, because it never fetches any."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import App, Parameter

from noren.broker.contexts import ContextRegistry
from noren.city import config
from noren.errors import BadInput

context = App(name="context", help="Add and list the @context documents that payloads may name.")


@context.command
def add(url: str, file: Path, /, *, city: Path = Path()) -> None:
    """Keep a file as the @context behind a URL, so that payloads may name it.

    Parameters
    ----------
    url
        The URL by which payloads name the @context.
    file
        The JSON-LD file that stands behind it.
    city
        Folder of the city. A running city takes up the file when it is started again.
    """
    registry = _registry(city)
    registry.add(url, _document(file))
    print(f"{url} is known from now on.")


@context.command(name="list")
def list_(*, city: Path = Path(), as_json: Annotated[bool, Parameter(name="--json")] = False) -> None:
    """List the @context documents that were added.

    Parameters
    ----------
    city
        Folder of the city.
    as_json
        Report as JSON, for scripts.
    """
    urls = _registry(city).urls()
    print(msgspec.json.encode(urls).decode() if as_json else "\n".join(urls) or "None was added.")


def _registry(city: Path) -> ContextRegistry:
    config.read(city)
    return ContextRegistry(city / "contexts")


def _document(file: Path) -> Any:
    try:
        return msgspec.json.decode(file.read_bytes())
    except OSError as error:
        raise BadInput("The file cannot be read.", where=str(file), hint="Check its name.") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadInput(f"This is not JSON: {error}", where=str(file), hint="Save the @context as JSON.") from error
