"""Limits of uploaded pictures."""

MAX_BYTES = 5_000_000
"""Largest file."""

MAX_PIXELS = 20_000_000
"""Largest picture, told from the file's header."""

MAX_PICTURES = 64
"""Largest number of files in a request."""
