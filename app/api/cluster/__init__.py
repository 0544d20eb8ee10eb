"""Routes of a cluster: what its workers ask for and report, and what it looks like."""
