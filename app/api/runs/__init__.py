"""Routes of the runs: their list, results and streams."""
