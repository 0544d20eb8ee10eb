"""Job protocol: what a worker of a cluster asks for and reports; ``docs/api.md`` describes it.

Each job has a token of its own. A response 410 tells the worker to end: its job is over, or another
worker has begun a newer attempt.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Header
from fastapi import Path as PathParameter
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from app.api.cluster.job_models import Hello, Reports
from app.errors import ConflictError, InvalidError, NotFoundError, StorageError, TooLargeError
from app.execution.jobs import Submission
from app.execution.messages import Outcome
from app.execution.wire import END, PROTOCOL, source_digest
from app.execution.worker import Job
from app.http.dependencies import ServicesHere
from app.storage.files import estimated_bytes
from trainer.datasets import DatasetError
from trainer.datasets.source import Source

# The protocol is for workers of the same version only, so the API's schema leaves it out.
router = APIRouter(prefix="/api/jobs/{job_id}", include_in_schema=False)

_Body = TypeVar("_Body", bound=BaseModel)

_MAX_JSON_BYTES = 1_000_000
# A part that is written to the disk at once.
_PART_BYTES = 1 << 20
# Read oversized bodies up to this size, so that the worker receives the 413.
_DRAINED_BYTES = 100_000_000


async def _submission_here(
    services: ServicesHere, job_id: str, authorization: Annotated[str, Header()] = ""
) -> Submission:
    scheme, _, token = authorization.partition(" ")
    return services.jobs.find(job_id, token.strip() if scheme.lower() == "bearer" else "")


SubmissionHere = Annotated[Submission, Depends(_submission_here)]
Attempt = Annotated[int, PathParameter(description="Number of the attempt")]


@router.post("/hello")
async def hello(
    request: Request, submission: SubmissionHere, services: ServicesHere
) -> dict[str, Any]:
    """Begin an attempt: return the work, or ``wait`` until its data is prepared."""
    body = await _json(request, Hello)
    if (body.protocol, body.source) != (PROTOCOL, source_digest()):
        trouble = (
            f"Expected workers with the same program as the server, protocol {PROTOCOL} and source "
            f"{source_digest()[:12]}; worker {body.worker} has protocol {body.protocol} and source "
            f"{body.source[:12]}. Update the older one, then resume this run."
        )
        submission.fail(Outcome.VERSION, trouble)
        raise ConflictError(trouble)
    await services.jobs.turn(submission)
    attempt, job = submission.begin(body.worker)
    try:
        source = services.library.source(job.config.dataset)
        if not await asyncio.to_thread(source.prepared):
            submission.prepare_data(job)
            return {"wait": True}
        return {"attempt": attempt, **await asyncio.to_thread(_work, source, submission, job)}
    except (DatasetError, OSError) as error:
        submission.fail(Outcome.DATA, f"A worker cannot get the files of this run: {error}")
        raise StorageError(str(error)) from error


def _work(source: Source, submission: Submission, job: Job) -> dict[str, Any]:
    """Describe the work of a job.

    Raises:
        DatasetError: If its data set is not prepared.
        OSError: If its resume point cannot be read.
    """
    submission.file_limit = estimated_bytes(job.config, source.contents(), steps=0, epochs=1)
    start = None
    if job.resume_step:
        path = job.files.start_path(job.resume_step, job.last_epoch)
        with path.open("rb") as file:
            start = {"name": path.name, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}
    return {
        "config": job.config.to_dict(),
        "dataset_sha256": job.dataset_sha256,
        "resume_step": job.resume_step,
        "last_epoch": job.last_epoch,
        "processor": job.processor,
        "start": start,
        "data": {"folder": source.folder.name, "files": source.files()},
    }


@router.get("/{attempt}/data/{name}")
def data(
    name: str, attempt: Attempt, submission: SubmissionHere, services: ServicesHere
) -> Response:
    """Return a file of the data set."""
    try:
        source = services.library.source(submission.job(attempt).config.dataset)
        files = source.files()
    except DatasetError as error:
        raise ConflictError(str(error)) from error
    if name not in files:
        raise NotFoundError(f"Expected a file of the data set; got {name!r}.")
    return FileResponse(source.folder / name)


@router.get("/{attempt}/start")
def start(attempt: Attempt, submission: SubmissionHere) -> Response:
    """Return the checkpoint to resume from."""
    job = submission.job(attempt)
    path = job.files.start_path(job.resume_step, job.last_epoch)
    if not path.exists():
        raise NotFoundError(
            f"Expected a run with a resume point; this one is at step {job.resume_step}."
        )
    return FileResponse(path)


@router.put("/{attempt}/files/{name}", status_code=204)
async def put_file(
    name: str,
    attempt: Attempt,
    request: Request,
    submission: SubmissionHere,
    x_sha256: Annotated[str, Header()] = "",
) -> None:
    """Store a checkpoint; it counts once a message names it."""
    job, digest = submission.job(attempt), hashlib.sha256()
    try:
        with job.files.receiving(name) as file:

            def write(part: bytes) -> None:
                digest.update(part)
                file.write(part)

            async for part in _parts(request, submission.file_limit):
                await asyncio.to_thread(write, part)
            if digest.hexdigest() != x_sha256:
                raise InvalidError(
                    {"x-sha256": f"expected {digest.hexdigest()}; got {x_sha256[:64]!r}"}
                )
            submission.job(attempt)  # another worker may have begun meanwhile
    except ValueError as error:
        raise InvalidError({"name": str(error)}) from error
    except OSError as error:
        trouble = f"The file {name} could not be stored: {error}"
        submission.fail(Outcome.STORAGE, trouble)
        raise StorageError(trouble) from error


@router.post("/{attempt}/reports")
async def reports(
    attempt: Attempt, request: Request, submission: SubmissionHere
) -> dict[str, str | None]:
    """Take messages; an empty list asks for requests only."""
    received = (await _json(request, Reports)).messages()
    submission.job(attempt)  # an older attempt learns that it is over without a message, too
    for report in received:
        submission.take(attempt, report)
        await asyncio.sleep(0)  # let others in between: each takes milliseconds to store
    return {"ask": END if submission.asked else None}


async def _json(request: Request, model: type[_Body]) -> _Body:
    """Read a JSON body.

    Raises:
        InvalidError: If it is not valid.
        TooLargeError: If it is too large.
    """
    body = b"".join([part async for part in _parts(request, _MAX_JSON_BYTES)])
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        fields = {".".join(map(str, p["loc"])) or "body": p["msg"] for p in problems[:5]}
        raise InvalidError(fields) from error


async def _parts(request: Request, limit: int) -> AsyncIterator[bytes]:
    """Read a body in parts.

    Raises:
        TooLargeError: If it is larger than the limit.
    """
    size, part = 0, bytearray()
    async for chunk in request.stream():
        size += len(chunk)
        if size > _DRAINED_BYTES:
            break
        if size > limit:
            continue
        part += chunk
        if len(part) >= _PART_BYTES:
            yield bytes(part)
            part.clear()
    if size > limit:
        raise TooLargeError(f"Expected at most {limit:,} bytes; got more.")
    yield bytes(part)
