"""Accuracy of a running server on drawings: ``python -m benchmarks.drawn FOLDER… --run ID``.

A folder holds ``<digit>-<n>.png``, drawn by people in paint programs; the server prepares them.
"""

import argparse
import os
from pathlib import Path

import httpx


def misclassified(client: httpx.Client, run: str, drawings: list[Path]) -> list[str]:
    """Misclassified drawings of a run, each with its prediction."""
    wrong = []
    for drawing in drawings:
        response = client.post(
            "/api/predict", params={"run": run}, files={"image": drawing.read_bytes()}
        )
        body = response.json()
        prediction = str(body["digit"]) if response.is_success else body["error"]["message"]
        if prediction != drawing.name[0]:
            wrong.append(f"{drawing.name}: {prediction}")
    return wrong


def main() -> None:
    """Print each run's accuracy and what it misclassified, and the mean over the runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--run", action="append", required=True, dest="runs", metavar="ID")
    arguments = parser.parse_args()
    drawings = sorted(path for folder in arguments.folders for path in folder.glob("[0-9]-*.png"))
    if not drawings:
        parser.error("expected folders with <digit>-<n>.png; got none such")
    token = os.environ.get("DIGITSCOPE_TOKEN")
    headers = {"authorization": f"Bearer {token}"} if token else {}
    accuracies = []
    with httpx.Client(base_url=arguments.url, headers=headers, timeout=30) as client:
        for run in arguments.runs:
            wrong = misclassified(client, run, drawings)
            accuracies.append(1 - len(wrong) / len(drawings))
            print(f"{run}  {accuracies[-1]:.4f}  misclassified: {', '.join(wrong) or 'none'}")
    mean = sum(accuracies) / len(accuracies)
    print(f"mean of {len(accuracies)} runs over {len(drawings)} drawings: {mean:.4f}")


if __name__ == "__main__":
    main()
