"""A library that is missing is told with the line that installs it."""

from __future__ import annotations

import pytest

from noren.errors import Unavailable
from noren.extras import optional


def test_what_is_missing_says_what_to_install() -> None:
    with pytest.raises(Unavailable, match=r"nothing_of_this_name.*pip install 'noren\[disaster\]'"):
        optional("nothing_of_this_name.at_all", "disaster")
