"""``python -m app``: the server.

Workers import this module as their ``__main__``: what is slow is imported where it is used.
"""

import os
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to end; returns the exit code."""
    # NumPy's BLAS reads this when it is loaded, in the workers too. All computations use one BLAS
    # thread anyway; each further thread starts with a busy loop that takes as much processor time
    # as the import.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from app.server import serve
    from app.settings import parse_settings

    return serve(parse_settings(arguments))


if __name__ == "__main__":
    sys.exit(main())
