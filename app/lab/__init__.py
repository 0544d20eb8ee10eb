"""Computations of the failures lab: test pictures, and a run's predictions over its epochs."""
