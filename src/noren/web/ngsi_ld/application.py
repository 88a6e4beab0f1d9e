"""The NGSI-LD API as a bare ASGI application: no framework stands between a request and its handler."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from noren.errors import NotFound
from noren.web.ngsi_ld import problems
from noren.web.ngsi_ld.answers import Answer, Send
from noren.web.ngsi_ld.call import Call, Receive
from noren.web.ngsi_ld.problems import Bare

if TYPE_CHECKING:
    from noren.web.ngsi_ld.house import House

Handler = Callable[[Call], Awaitable[Answer]]
ROOT = "/ngsi-ld/v1"
_LARGEST_URL = 16_384


class Node:
    """One segment of the tree of paths: what may follow by name, what by any name, what is done here."""

    __slots__ = ("any", "methods", "named")

    def __init__(self) -> None:
        self.named: dict[str, Node] = {}
        self.any: Node | None = None
        self.methods: dict[str, Handler] = {}

    def put(self, path: str, method: str, handler: Handler) -> None:
        """Add a route; `{…}` stands for any segment."""
        node = self
        for segment in path.strip("/").split("/"):
            if segment.startswith("{"):
                node.any = node.any or Node()
                node = node.any
            else:
                node = node.named.setdefault(segment, Node())
        node.methods[method] = handler

    def find(self, path: str) -> tuple[Node | None, list[str]]:
        """The node of a path still percent-encoded, with what stands in the place of its parameters."""
        node: Node | None = self
        found: list[str] = []
        for segment in path.strip("/").split("/"):
            if node is None:
                break
            if segment in node.named:
                node = node.named[segment]
            else:
                node = node.any
                found.append(unquote(segment) if "%" in segment else segment)
        return node, found


class Api:
    """Answers what lies under `/ngsi-ld/v1`."""

    def __init__(self, house: House, routes: list[tuple[str, str, Handler]]) -> None:
        self._house, self._tree = house, Node()
        for method, path, handler in routes:
            self._tree.put(path.removeprefix(ROOT), method, handler)

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            answer = await self._answer(scope, receive)
        except Exception as error:  # whatever happens, the process goes on
            answer = problems.answer(error)
        for name, value in scope["headers"]:
            if name == b"ngsild-tenant":
                answer = Answer(answer.status, [*answer.headers, (name, value)], answer.body)
                break
        await answer.send(send)

    async def _answer(self, scope: dict[str, Any], receive: Receive) -> Answer:
        path: bytes = scope["raw_path"]
        if len(path) + len(scope["query_string"]) > _LARGEST_URL:
            raise Bare(414)
        node, found = self._tree.find(path.decode("latin-1")[len(ROOT) :])
        if node is None or not node.methods:
            raise NotFound("There is nothing at this address.", where=scope["path"])
        handler = node.methods.get(scope["method"])
        if handler is None:
            raise Bare(405, [(b"allow", ", ".join(sorted(node.methods)).encode())])
        return await handler(Call(self._house, scope, receive, found))
