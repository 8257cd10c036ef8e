"""``python -m clew`` is ``clew``."""

from clew.api.cli import main

main(prog_name="clew")
