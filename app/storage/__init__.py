"""Storage: the database of runs, and the files of each run."""
