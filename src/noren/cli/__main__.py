"""`python -m noren.cli` is the command `noren`."""

from noren.cli import main

main()
