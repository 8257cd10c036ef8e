"""What of a question the paths found stand for, in words, and what nothing stands for."""
