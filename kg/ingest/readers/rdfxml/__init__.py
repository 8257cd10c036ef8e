"""RDF/XML: in the encoding that it declares, with entities that are plain texts, and with errors that stay small."""
