"""Data sets."""

from fastapi import APIRouter

from app.api.responses import DatasetResponse, DatasetsResponse
from app.http.dependencies import ServicesHere
from trainer.datasets.registry import DATASETS

router = APIRouter(prefix="/api", tags=["datasets"])


@router.get("/datasets")
def datasets(services: ServicesHere) -> DatasetsResponse:
    """List the data sets, and tell how to get those that are not available."""
    return DatasetsResponse(
        datasets=[
            DatasetResponse(
                name=status.name,
                available=status.available,
                detail=status.detail,
                train_size=DATASETS[status.name].train_size,
                test_size=DATASETS[status.name].test_size,
            )
            for status in services.library.statuses()
        ]
    )
