"""Import all modules of a server, also those that it imports when it needs them.

The process that the tests' servers are forked from imports this module.
"""

import gc
from importlib import import_module

for name in (
    "app.__main__",
    "app.server",
    "app.settings",
    "app.sweeps.study",
    "alembic.command",
    "optuna.importance",
):
    import_module(name)
# The modules stay: no collection in a server has to visit their objects.
gc.collect()
gc.freeze()
