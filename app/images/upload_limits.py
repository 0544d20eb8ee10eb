"""Limits of uploaded pictures."""

MAX_BYTES = 5_000_000
"""Largest file."""

MAX_PIXELS = 20_000_000
"""Largest number of pixels, read from the file's header."""

MAX_PICTURES = 64
"""Largest number of files in a request."""

MAX_DIGITS = 100
"""Largest number of digits in a picture."""

MAX_SECONDS = 5
"""Longest time to read a picture."""

MAX_MEMORY = 1_000_000_000
"""Largest memory to read a picture, in bytes, beyond that of the program itself."""
