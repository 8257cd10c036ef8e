"""``clew`` itself: its commands by group, the default graph, completion."""
