"""Modules that several measurements use."""
