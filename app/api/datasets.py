"""The data sets."""

from fastapi import APIRouter

from app.api.responses import DatasetAnswer, DatasetsAnswer
from app.http.dependencies import ServicesHere
from trainer.config import TEST_SIZE, TRAIN_SIZE

router = APIRouter(prefix="/api", tags=["datasets"])


@router.get("/datasets")
def datasets(services: ServicesHere) -> DatasetsAnswer:
    """Which data there is to learn from, and how to get the rest."""
    return DatasetsAnswer(
        datasets=[
            DatasetAnswer(
                name=status.name,
                available=status.available,
                detail=status.detail,
                train_size=TRAIN_SIZE,
                test_size=TEST_SIZE,
            )
            for status in services.library.statuses()
        ]
    )
