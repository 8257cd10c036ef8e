"""The interfaces: the service object, REST, the web page, the command line, and ``import clew``."""
