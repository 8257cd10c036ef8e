"""The ways in: the service object, REST, the web page, the command line."""
