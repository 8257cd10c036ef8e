"""What a program does not stand for, and what it takes for something else."""
