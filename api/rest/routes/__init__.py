"""The REST routes, one noun a file."""
