"""From ranked paths to answers: gathering, abstaining, explaining."""
