"""Routes of the failures lab."""
