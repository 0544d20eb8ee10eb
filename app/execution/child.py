"""``python -m app.execution.child``: the worker process that an agent starts.

Its only argument is the number of an inherited socket, through which the job arrives first.
"""

import sys
from multiprocessing.connection import Connection
from typing import Any

from app.execution.worker import main

if __name__ == "__main__":
    connection: "Connection[Any, Any]" = Connection(int(sys.argv[1]))
    main(connection, connection.recv())
