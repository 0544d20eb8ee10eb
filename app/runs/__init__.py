"""Runs: creating, scheduling and following them."""
