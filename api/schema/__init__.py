"""What REST and ``--json`` return, and how it is drawn."""
