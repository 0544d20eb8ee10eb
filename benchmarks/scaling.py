"""Training speed by network and batch size: ``python -m benchmarks.scaling``.

Steps are timed on one core and as the trainer shares them among all, and held against the speed
of large matrix products on one core and on all.
"""

import itertools
import os
import sys
from statistics import median
from time import perf_counter
from unittest.mock import patch

import numpy as np

from benchmarks.support import readme
from trainer import loop
from trainer.config import Config
from trainer.datasets.pictures import Pictures
from trainer.events import Step
from trainer.network import Network
from trainer.optimizers import SGD
from trainer.parallel import one_blas_thread, product
from trainer.state import State

HIDDEN = [(50,), (500,), (512, 256), (2048, 2048)]
BATCHES = [16, 128, 1024, 4096]
SECONDS = 1.0


def product_gflops(cores: int) -> float:
    """Speed of large float32 matrix products, in 10⁹ operations a second."""
    a = np.ones((2048, 2048), np.float32)
    out = np.empty_like(a)
    with one_blas_thread(), patch("trainer.parallel.CORES", cores):
        times = []
        for _ in range(10):
            started = perf_counter()
            product(a, a, out)
            times.append(perf_counter() - started)
    return 2 * 2048**3 / min(times) / 1e9


def step_seconds(network: Network, batch_size: int, cores: int, data: Pictures) -> float:
    """Median time of a step."""
    state = State(network, SGD(list(network.parameters().values())))
    with patch("trainer.parallel.CORES", cores):
        events = loop.train(state, data, epochs=10**6, batch_size=batch_size, learning_rate=1e-3)
        times: list[float] = []
        started = perf_counter()
        for _ in itertools.islice(events, 3):  # warming up
            pass
        while perf_counter() - started < SECONDS or len(times) < 3:
            before = perf_counter()
            if isinstance(next(events), Step):
                times.append(perf_counter() - before)
    return median(times)


def main() -> int:
    """Measure and print."""
    rng = np.random.default_rng(0)
    data = Pictures(
        rng.integers(256, size=(60_000, 784), dtype=np.uint8), rng.integers(10, size=60_000)
    )
    peak = {cores: product_gflops(cores) for cores in sorted({1, os.cpu_count() or 1})}
    rows = []
    for hidden, batch_size in itertools.product(HIDDEN, BATCHES):
        network = Network.from_config(Config(hidden=hidden))
        weights = sum(p.size for p in network.parameters().values())
        # Nobody needs the gradient of the pictures, so the first layer takes two products.
        flops = batch_size * (6 * weights - 2 * 784 * hidden[0])
        row = [f"{', '.join(map(str, hidden))}", str(batch_size)]
        for cores in peak:
            seconds = step_seconds(network, batch_size, cores, data)
            row.append(f"{seconds * 1e3:.2f}")
            row.append(f"{flops / seconds / 1e9 / peak[cores]:.0%}")
        rows.append(row)
        print(rows[-1], file=sys.stderr)
    head = ["Hidden", "Batch"]
    for cores, gflops in peak.items():
        head += [f"ms a step, cores: {cores}", f"of {gflops:.0f} GFLOP/s"]
    print(readme.table(head, rows))
    print(f"\n{readme.described(readme.machine())}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
