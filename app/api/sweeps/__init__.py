"""Routes of the sweeps."""
