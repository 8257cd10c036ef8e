"""Reference implementations: no setting selects them. Tests compare others with them, or measure by them."""
