"""Reading of questions as programs: the numbers, times and texts that they state, and how those compare."""
