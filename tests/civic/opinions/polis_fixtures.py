"""What a Polis server computed for two conversations, read so that it can be compared."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from noren.civic.opinions.exports import server
from noren.civic.opinions.standing import Tally
from noren.civic.opinions.votes import VoteMatrix

NAMES = ("25ptpt-3gp-no-strict-with-meta", "above-100-ptpts")


@dataclass
class Served:
    """Votes as we read them, and the server's result."""

    matrix: VoteMatrix
    math: dict[str, Any]

    @classmethod
    def of(cls, folder: Path) -> Served:
        return cls(server(folder).matrix, msgspec.json.decode((folder / "math-pca2.json").read_bytes()))

    @property
    def base(self) -> dict[int, list[int]]:
        """Voters of each base cluster."""
        return dict(zip(self.math["base-clusters"]["id"], self.math["base-clusters"]["members"], strict=True))

    def members(self, group: dict[str, Any]) -> list[int]:
        """Voters of a group."""
        return [voter for each in group["members"] for voter in self.base[each]]

    @property
    def tallies(self) -> list[Tally]:
        """Votes of the server's groups."""
        groups = self.math["group-clusters"]
        return [Tally.of(self.matrix, np.isin(self.matrix.voters, self.members(group))) for group in groups]

    def by_statement(self, key: str) -> np.ndarray:
        """A figure of the server's in the order of our columns."""
        return np.array([self.math[key][str(each)] for each in self.matrix.statements])
