"""The REST application and the web page."""
