"""From ranked paths to answers: gathering, declining, explaining."""
