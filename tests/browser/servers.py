"""The HTTP interface of a server that the tests look at."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx

RUN_TIMEOUT_S = 90


class Server:
    """A running server, by its address."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._http = httpx.Client(base_url=address, timeout=30)

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Post JSON and return the JSON of the response; raises for an error."""
        response = self._http.post(path, json=body)
        response.raise_for_status()
        return response.json()

    def get(self, path: str) -> Any:
        """The JSON at a path."""
        response = self._http.get(path)
        response.raise_for_status()
        return response.json()

    def content(self, path: str) -> bytes:
        """The bytes at a path."""
        response = self._http.get(path)
        response.raise_for_status()
        return response.content

    def start_run(self, **config: Any) -> Any:
        """Start a run with these settings."""
        return self.post("/api/runs", config)

    def wait_for(self, run_id: str, condition: Callable[[Any], bool]) -> Any:
        """The run, once `condition` holds for it."""
        deadline = time.monotonic() + RUN_TIMEOUT_S
        while time.monotonic() < deadline:
            run = self.get(f"/api/runs/{run_id}")
            if condition(run):
                return run
            time.sleep(0.05)
        raise AssertionError(f"waited {RUN_TIMEOUT_S} s for the run; it is {run}")

    def wait_for_sweep(self, sweep_id: str, status: str) -> Any:
        """The sweep, once it has a status."""
        deadline = time.monotonic() + RUN_TIMEOUT_S
        while time.monotonic() < deadline:
            sweep = self.get(f"/api/sweeps/{sweep_id}")
            if sweep["status"] == status:
                return sweep
            time.sleep(0.05)
        raise AssertionError(f"waited {RUN_TIMEOUT_S} s for the sweep; it is {sweep['status']}")

    def delete_all_but(self, *kept: str) -> None:
        """Stop and delete all else, so that the next test finds what the first one did."""
        for sweep in self.get("/api/sweeps")["sweeps"]:
            self._http.post(f"/api/sweeps/{sweep['id']}/stop")
            self._http.delete(f"/api/sweeps/{sweep['id']}").raise_for_status()
        for run in self.get("/api/runs")["runs"]:
            if run["id"] in kept:
                continue
            if run["status"] in ("queued", "running", "paused"):
                self._http.post(f"/api/runs/{run['id']}/stop")
                self.wait_for(run["id"], lambda r: r["status"] not in ("queued", "running"))
            self.delete(run["id"])

    def edit(self, run_id: str, **changes: Any) -> None:
        """Change the name, notes, tags or pin of a run."""
        self._http.patch(f"/api/runs/{run_id}", json=changes).raise_for_status()

    def delete(self, run_id: str) -> None:
        """Delete a run."""
        self._http.delete(f"/api/runs/{run_id}").raise_for_status()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()
