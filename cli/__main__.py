"""``python -m cli`` is ``redgrid``."""

from cli.app import main

main()
