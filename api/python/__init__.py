"""The Python interface: the names of ``import clew``."""
