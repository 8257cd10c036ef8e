"""``python -m api`` is ``clew``."""

from api.cli import main

main(prog_name="clew")
