"""JSON-LD: documents whose contexts are written out, built in, or refused; nothing is ever fetched."""
