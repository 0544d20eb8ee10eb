"""Requests that many tests send."""

import time
from io import BytesIO
from typing import Any

import httpx
from PIL import Image, ImageDraw

WAIT_S = 30.0
# Trains in a moment.
TINY: dict[str, Any] = {
    "dataset": "strokes", "hidden": [8], "train_limit": 500, "batch_size": 50, "epochs": 2,
}  # fmt: skip
OVER = ("finished", "stopped", "failed", "interrupted")


def start(client: httpx.Client, **fields: Any) -> dict[str, Any]:
    """Start a run; the request must succeed."""
    response = client.post("/api/runs", json=fields)
    assert response.status_code == 201, response.text
    run: dict[str, Any] = response.json()
    return run


def wait_for(client: httpx.Client, run_id: str, *statuses: str) -> dict[str, Any]:
    """Wait until a run has one of some statuses."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        run: dict[str, Any] = client.get(f"/api/runs/{run_id}").json()
        if run["status"] in statuses:
            return run
        assert run["status"] not in OVER, run["error"]
        time.sleep(0.02)
    raise AssertionError(f"expected run {run_id} to be one of {statuses}; it is {run['status']}")


def assert_error(response: httpx.Response, status: int, kind: str) -> dict[str, Any]:
    """Check the form of an error response and return its body."""
    assert response.status_code == status, response.text
    body: dict[str, Any] = response.json()
    assert body["error"]["type"] == kind
    assert body["error"]["message"]
    assert set(body["error"]) == {"type", "message"}
    assert set(body) == ({"error", "fields"} if status == 422 else {"error"})
    return body


def seven(size: tuple[int, int] = (280, 280), *, kind: str = "PNG") -> bytes:
    """A picture of a 7, black on white."""
    image = Image.new("RGB", size, "white")
    width, height = size
    corners = [(0.3, 0.2), (0.7, 0.2), (0.45, 0.8)]
    places = [(x * width, y * height) for x, y in corners]
    ImageDraw.Draw(image).line(places, fill="black", width=max(size) // 14, joint="curve")
    return saved(image, kind)


def saved(image: Image.Image, kind: str = "PNG") -> bytes:
    """A picture as a file."""
    file = BytesIO()
    image.save(file, kind)
    return file.getvalue()


def predict(client: httpx.Client, *pictures: bytes, **parameters: Any) -> httpx.Response:
    """Send pictures to be predicted."""
    files = [("image", ("picture.png", picture, "image/png")) for picture in pictures]
    return client.post("/api/predict", files=files, params=parameters)
