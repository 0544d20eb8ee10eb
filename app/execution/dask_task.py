"""Task on a worker of a Dask cluster: the agent, in the worker's place."""

import logging
from collections.abc import Mapping
from pathlib import Path

from distributed import Status, get_worker

from app.execution.agent import run

logger = logging.getLogger(__name__)

_SERVING = (Status.running, Status.paused)


def execute(spec: Mapping[str, str]) -> None:
    """Execute a job; its errors are logged here, because the server unpickles no exception.

    Args:
        spec: ``address`` of the server, ``job`` and its ``token``.
    """
    worker = get_worker()
    # Beside the folder of the worker, which is removed when the worker ends.
    folder = Path(worker.local_directory).parent / "digitscope"
    try:
        run(spec, folder, str(worker.name), lambda: worker.status not in _SERVING)
    except Exception:
        logger.exception("job %s broke off", spec["job"])
