"""``clew eval``: evaluating the service, and its reports."""
