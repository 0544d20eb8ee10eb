"""A sweep on MNIST, and the epochs that pruning saves: ``python -m benchmarks.sweep``.

40 trials of 5 epochs, chosen by TPE and pruned by ASHA, four at once in a server of its own. Epochs
are counted from the runs: also those that a run completed before it was stopped.
"""

import argparse
from collections import Counter
from time import perf_counter, sleep
from typing import Any

import httpx

from benchmarks.support.serving import served

TRIALS, EPOCHS, AT_ONCE = 40, 5, 4
SWEEP: dict[str, Any] = {
    "name": "benchmark",
    "fixed": {"dataset": "mnist", "epochs": EPOCHS, "initializer": "he", "schedule": "cosine"},
    "space": {
        "learning_rate": {"low": 0.0005, "high": 0.5, "log": True},
        "hidden": {"choices": [[50], [100], [200], [400], [200, 100], [400, 200]]},
        "optimizer": {"choices": ["sgd", "momentum", "adam"]},
        "batch_size": {"low": 32, "high": 256, "step": 32},
    },
    "sampler": "tpe",
    "pruner": "asha",
    "trials": TRIALS,
    "at_once": AT_ONCE,
    "objective": "validation_accuracy",
}


def main() -> None:
    """Carry out the sweep and print what it found and what it cost."""
    parser = argparse.ArgumentParser(description="Measure a sweep on MNIST.")
    parser.add_argument("--seed", type=int, default=0, help="seed of the sampler (default: 0)")
    seed = parser.parse_args().seed
    with (
        served(DIGITSCOPE_ACTIVE_RUNS=str(AT_ONCE)) as url,
        httpx.Client(base_url=url, timeout=60) as client,
    ):
        begin = perf_counter()
        sweep = client.post("/api/sweeps", json=SWEEP | {"seed": seed}).json()
        while sweep["status"] == "running":
            sleep(1)
            sweep = client.get(f"/api/sweeps/{sweep['id']}").json()
        seconds = perf_counter() - begin
        runs = client.get("/api/runs").json()["runs"]
    epochs = sum(run["epoch"] for run in runs)
    best = sweep["trials"][sweep["best"]]
    test = next(run["test_accuracy"] for run in runs if run["id"] == best["run"])
    states = Counter(trial["state"] for trial in sweep["trials"])
    print(f"best validation accuracy {best['value']:.4f}, its test accuracy {test:.4f}")
    print(f"best: trial {best['number']}, {best['parameters']}")
    print(f"epochs {epochs} of {TRIALS * EPOCHS}: {epochs / (TRIALS * EPOCHS):.0%}")
    print(f"trials {dict(states)}, importances {sweep['importances']}")
    print(f"{seconds:.0f} s")


if __name__ == "__main__":
    main()
