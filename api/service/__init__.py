"""The service object and what it is made of."""
