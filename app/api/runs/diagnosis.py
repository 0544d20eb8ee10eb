"""Diagnosis of a run in plain language."""

from dataclasses import asdict
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel

from app.api.error_models import error_models
from app.errors import ConflictError, NotFoundError
from app.http.dependencies import RunHere, ServicesHere, find_losses
from app.runs.status import Status
from trainer.teaching.diagnosis import Record, diagnose

router = APIRouter(prefix="/api/runs/{run_id}", tags=["results"])


class FindingResponse(BaseModel):
    """Something that the numbers of a run show, with config fields to change."""

    kind: str
    tone: Literal["good", "warn", "bad"]
    text: str
    evidence: str
    changes: dict[str, Any]
    action: str


class DiagnosisResponse(BaseModel):
    """Findings, the gravest first."""

    findings: list[FindingResponse]


@router.get("/diagnosis", responses=error_models(NotFoundError, ConflictError))
def diagnosis(run: RunHere, services: ServicesHere) -> DiagnosisResponse:
    """Return what the numbers of a run show so far, and what to try."""
    store = services.store
    record = Record(
        config=run.config,
        losses=find_losses(services, run),
        epochs=store.epochs(run.id),
        statistics=store.statistics(run.id),
        start_step=run.start_step,
        finished=run.status == Status.FINISHED,
        diverged=run.error is not None and run.error[0] == "diverged",
    )
    findings = [FindingResponse(**asdict(finding)) for finding in diagnose(record)]
    return DiagnosisResponse(findings=findings)
