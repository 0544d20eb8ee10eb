"""Test pictures whose label may be wrong, as the last epochs of several runs agree."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from app.api.error_models import error_models
from app.errors import ConflictError, InvalidError, NotFoundError
from app.http.dependencies import ServicesHere, find_epoch, find_run
from app.lab.label_issues import label_issues

router = APIRouter(prefix="/api", tags=["label issues"])

_MOST_RUNS = 20


class EpochOfRun(BaseModel):
    """Run, and the epoch whose predictions count."""

    run: str
    epoch: int


class LabelIssueResponse(BaseModel):
    """Test picture; ``score`` in 0..1 is lower the surer the networks are of ``suggested``."""

    index: int
    true: int
    suggested: int
    score: float


class LabelIssuesResponse(BaseModel):
    """Test pictures that all runs confidently count for the same other class, worst first."""

    dataset_sha256: str
    runs: list[EpochOfRun]
    total: int
    items: list[LabelIssueResponse]


@router.get("/label-issues", responses=error_models(NotFoundError, ConflictError, InvalidError))
def issues(
    services: ServicesHere,
    run: Annotated[
        list[str],
        Query(min_length=1, max_length=_MOST_RUNS, description="Ids of runs on the same data"),
    ],
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 60,
) -> LabelIssuesResponse:
    """Return the test pictures whose label may be wrong, by confident learning."""
    runs = [find_run(services, run_id) for run_id in run]
    epochs = [find_epoch(found, None) for found in runs]
    if len({found.dataset_sha256 for found in runs}) > 1:
        raise ConflictError("Expected runs on the same data; got runs on different data.")
    data = services.evaluations.data(runs[0])
    t = data.test.t
    found = label_issues(
        (
            services.evaluations.predictions(each, epoch)[0].probabilities()
            for each, epoch in zip(runs, epochs, strict=True)
        ),
        t,
    )
    return LabelIssuesResponse(
        dataset_sha256=data.sha256,
        runs=[
            EpochOfRun(run=each.id, epoch=epoch) for each, epoch in zip(runs, epochs, strict=True)
        ],
        total=len(found.index),
        items=[
            LabelIssueResponse(
                index=int(found.index[i]),
                true=int(t[found.index[i]]),
                suggested=int(found.suggested[i]),
                score=float(found.score[i]),
            )
            for i in range(offset, min(offset + limit, len(found.index)))
        ],
    )
