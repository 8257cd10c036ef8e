"""Programs in words: their notation, and running one that is written out."""
