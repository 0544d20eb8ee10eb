"""Data sets: their list, and their names in the API's schema."""

from typing import Any

from fastapi import APIRouter

from app.api.runs.responses import DatasetResponse, DatasetsResponse
from app.http.dependencies import ServicesHere
from trainer.config import kinds
from trainer.datasets import Library

router = APIRouter(prefix="/api", tags=["datasets"])


@router.get("/datasets")
def datasets(services: ServicesHere) -> DatasetsResponse:
    """List the data sets, each with its availability, sizes and class names."""
    return DatasetsResponse(
        datasets=[DatasetResponse.of(status) for status in services.library.statuses()]
    )


def add_dataset_names(schema: dict[str, Any], library: Library) -> None:
    """Restrict ``dataset`` in the schema of request bodies to the data sets there are now."""
    names = kinds(library.sources())["dataset"].schema()
    for body in ("NewRun", "NewFork"):
        schema["components"]["schemas"][body]["properties"]["dataset"].update(names)
