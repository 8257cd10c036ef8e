"""Processes beside the server's own that answer questions, for the machine's other cores."""
