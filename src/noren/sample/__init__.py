"""A believable river town as ordinary files, so that Noren can be tried without a real city's data.

Nothing elsewhere knows these files: they come in by `noren add` like anybody's. Ground (`land`), streets (`parcel`,
`streets`), buildings and people first; then weather, and from it the river. Names to know: `generate`, `Site`, `Made`.

>>> from noren.sample import Site
>>> Site(population=30_000, seed=1, days=45).extent
6400.0
"""

from noren.sample.bank import open_bank
from noren.sample.generate import CALM, LIVE, Made, expected_seconds, generate
from noren.sample.notices import put_up_notices
from noren.sample.site import LICENCE, LIVE_HOURS, Site

__all__ = [
    "CALM",
    "LICENCE",
    "LIVE",
    "LIVE_HOURS",
    "Made",
    "Site",
    "expected_seconds",
    "generate",
    "open_bank",
    "put_up_notices",
]
