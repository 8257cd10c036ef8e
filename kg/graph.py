"""The ``Graph`` snapshot as every layer above reads it (interface; see ``docs/explanation/architecture.md``)."""
