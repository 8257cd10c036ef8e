"""The graph in memory: its arrays, its builder, its profile, and import and export."""
