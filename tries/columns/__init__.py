"""Typed values of literals as columns per relation: sorted exactly, searched by binary search."""
