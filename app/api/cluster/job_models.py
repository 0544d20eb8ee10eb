"""Bodies of a worker's requests, from JSON to messages."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Base64Bytes, BaseModel, ConfigDict, Field, FiniteFloat

from app.errors import InvalidError
from app.execution import messages
from app.execution.jobs import Report
from app.execution.wire import LOSS, Exited
from trainer import events

_Count = Annotated[int, Field(ge=0, le=2**53)]
_Seconds = Annotated[FiniteFloat, Field(ge=0)]
_Share = Annotated[FiniteFloat, Field(ge=0, le=1)]
_Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
_Text = Annotated[str, Field(max_length=20_000)]
_Line = Annotated[str, Field(min_length=1, max_length=200)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Hello(_Body):
    """Beginning of an attempt."""

    protocol: int
    source: str
    worker: _Line


class _Reported(_Body):
    after_step: _Count


class _Progress(_Reported):
    kind: Literal["progress"]
    phase: _Line
    done: _Count
    total: _Count

    def message(self) -> events.Progress:
        return events.Progress(self.phase, self.done, self.total)


class _DataReady(_Reported):
    kind: Literal["data_ready"]
    sha256: _Sha256
    processor: _Line

    def message(self) -> messages.DataReady:
        return messages.DataReady(self.sha256, self.processor)


class _Losses(_Reported):
    kind: Literal["losses"]
    values: Base64Bytes
    trained_s: _Seconds
    statistics: tuple[events.Statistics, ...]

    def message(self) -> messages.Losses:
        if len(self.values) % LOSS.itemsize:
            raise InvalidError({"values": f"expected whole doubles; got {len(self.values)} bytes"})
        return messages.Losses(np.frombuffer(self.values, LOSS), self.trained_s, self.statistics)


class _EpochSaved(_Reported):
    kind: Literal["epoch_saved"]
    epoch: _Count
    step: _Count
    train_accuracy: _Share
    test_accuracy: _Share
    train_loss: float
    test_loss: float
    seconds: _Seconds
    trained_s: _Seconds
    validation_accuracy: _Share | None
    validation_loss: float | None

    def message(self) -> messages.EpochSaved:
        return messages.EpochSaved(**self.model_dump(exclude={"kind", "after_step"}))


class _ResumePointSaved(_Reported):
    kind: Literal["resume_point_saved"]
    step: _Count
    trained_s: _Seconds

    def message(self) -> messages.ResumePointSaved:
        return messages.ResumePointSaved(self.step, self.trained_s)


class _Ended(_Reported):
    kind: Literal["ended"]
    outcome: messages.Outcome
    message_: Annotated[_Text, Field(alias="message")]

    def message(self) -> messages.Ended:
        return messages.Ended(self.outcome, self.message_)


class _Exited(_Reported):
    kind: Literal["exited"]
    reason: _Text

    def message(self) -> Exited:
        return Exited(self.reason)


class Reports(_Body):
    """Messages of a worker, in order."""

    reports: list[
        Annotated[
            _Progress | _DataReady | _Losses | _EpochSaved | _ResumePointSaved | _Ended | _Exited,
            Field(discriminator="kind"),
        ]
    ]

    def messages(self) -> list[Report]:
        """Convert to messages with their places."""
        return [Report(report.message(), report.after_step) for report in self.reports]
