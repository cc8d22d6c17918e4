"""`python -m ragqa` is the `ragqa` command."""

from ragqa.cli import main

main()
