"""Questions one after the other, over one loaded model: behind ``clew shell``."""
