"""Clew as a Ray Serve application: replicas over several machines (extra ``serve-scale``)."""
