"""Executing a run's training in a process of its own."""
