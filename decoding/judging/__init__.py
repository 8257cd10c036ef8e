"""A second model judges the relation paths that a reasoner proposes."""
