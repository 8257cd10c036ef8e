"""Questions for programs: small graphs with typed attributes, programs over them, and their wordings."""
