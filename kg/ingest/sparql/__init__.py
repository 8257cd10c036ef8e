"""Reading a SPARQL endpoint: all of its statements, or an error."""
