"""Data models of REST and ``--json``, error reports, and text drawings."""
