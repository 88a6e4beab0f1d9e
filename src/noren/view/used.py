"""The uses of one person's data as the person sees them: lines of the book, read."""

from __future__ import annotations

import msgspec

from noren.trust import Entered


class Used(msgspec.Struct, frozen=True, kw_only=True):
    """One use: when (epoch seconds), who on whose behalf, for what, on what basis and grants, and what left. `num` asks
    for its proof."""

    num: int
    at: float
    who: str
    organisation: str
    purpose: str
    basis: tuple[str, ...]
    grants: tuple[str, ...]
    holder: str
    entity: str
    types: tuple[str, ...]
    attributes: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        """What left, as "Type.attribute"."""
        return [f"{kind}.{attribute}" for kind in self.types for attribute in self.attributes]


def used(line: Entered) -> Used:
    """The use that a line of the book is about."""
    return msgspec.convert(line.facts | {"num": line.num, "at": line.at}, Used)
