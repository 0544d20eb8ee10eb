"""What is kept: the database of runs and each run's array files."""
