"""The service object and its parts."""
