"""Live log of a run, and the cursors with which viewers read it.

A viewer is a cursor into the log: it has no queue of its own, so a slow viewer uses no memory that
grows and delays nobody. Losses stay in the run's file; the log keeps only their number.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.byte_cache import ByteCache
from app.storage.records import Epoch, Run
from trainer.events import Progress, Statistics

# Losses in one frame: about 80 kB of text, a fraction of a second for a slow connection.
_FRAME = 4096
# Viewers read the same frames, those that lag behind some time later. If frames had to be encoded
# anew for each of many viewers, these would never catch up.
_KEPT_BYTES = 8_000_000


@dataclass(frozen=True, slots=True)
class LossRange:
    """Losses of consecutive steps.

    Attributes:
        first_step: Step of the first loss.
        values: (N,) losses; some may not be finite.
    """

    first_step: int
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class StatisticsRange:
    """Statistics of some steps, in order."""

    rows: Sequence[Statistics]


Content = Run | Epoch | Progress | LossRange | StatisticsRange
"""Content of a frame."""

Encoder = Callable[[Content], str]
"""Converts the content of a frame to the text that viewers receive."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Frame other than losses, and the step after which it is due."""

    after_step: int
    text: str


class RunLog:
    """Log of one run that viewers read.

    Args:
        start_step: Number of steps before the run's first.
        step: Last step whose loss is stored.
        read: Reads the losses after a step: ``read(after, count)``.
        encode: Converts content to the text of a frame.

    Attributes:
        start_step: Number of steps before the run's first.
        step: Last step whose loss is stored, kept up to date.
        notices: All notices so far, in order; only ever added to.
        progress: Frame with the progress of the data's preparation; empty outside of it.
        open: True if more frames may come.
        changed: Set, and replaced, at every change.
    """

    def __init__(
        self,
        start_step: int,
        step: int,
        read: Callable[[int, int], NDArray[np.float64]],
        encode: Encoder,
    ) -> None:
        self.start_step = start_step
        self.step = step
        self.notices: list[Notice] = []
        self.progress = ""
        self.open = True
        self.changed = asyncio.Event()
        self._read = read
        self._encode = encode
        self._frames: ByteCache[tuple[int, int], str] = ByteCache(len, _KEPT_BYTES)

    def extend(self, count: int) -> None:
        """Record that this number of further losses is stored."""
        self.step += count
        self._wake()

    def cut_back(self, step: int) -> None:
        """Record that the losses after a step are removed; they will be computed again."""
        self.step = min(self.step, step)
        self.notices = [Notice(min(n.after_step, step), n.text) for n in self.notices]
        self._frames = ByteCache(len, _KEPT_BYTES)
        self._wake()

    def publish(self, content: Run | Epoch | StatisticsRange) -> None:
        """Add a frame, due after the losses that are stored now."""
        self.notices.append(Notice(self.step, self._encode(content)))
        self._wake()

    def publish_progress(self, progress: Progress | None) -> None:
        """Replace the progress of the data's preparation; None: the preparation is over."""
        self.progress = self._encode(progress) if progress else ""
        self._wake()

    def close(self) -> None:
        """Close the log: viewers leave once they have read everything."""
        self.open = False
        self._wake()

    def losses(self, after: int, limit: int) -> tuple[int, str]:
        """Return a frame of losses, the same text for all viewers at the same step.

        Args:
            after: Step before the first loss of the frame; less than ``step``.
            limit: Last step that the frame may hold.

        Returns:
            Last step of the frame, and its text.
        """
        # Frames end at multiples of their size, so that viewers from different steps soon share
        # frames.
        last = min(self.step, limit, (after // _FRAME + 1) * _FRAME)
        return last, self._frames.get((after, last), lambda: self._loss_frame(after, last))

    def _loss_frame(self, after: int, last: int) -> str:
        return self._encode(LossRange(after + 1, self._read(after, last - after)))

    def _wake(self) -> None:
        changed, self.changed = self.changed, asyncio.Event()
        changed.set()


class Cursor:
    """Place of a viewer in a log.

    Args:
        log: The log to read.
        after_step: Last step that the viewer has. If the log was cut back to an earlier step, the
            cursor yields no losses until the log passes this one.
    """

    def __init__(self, log: RunLog, after_step: int) -> None:
        self._log = log
        self._step = max(after_step, log.start_step)
        self._notices = len(log.notices)
        self._progress = ""

    async def read(self) -> list[str]:
        """Wait for the next frames and return them; an empty list once the log is closed."""
        while True:
            changed = self._log.changed
            frames = self.ready()
            if frames or not self._log.open:
                return frames
            await changed.wait()

    def ready(self) -> list[str]:
        """Return the due frames, with at most one of losses, so that other tasks can run."""
        return list(self._ready())

    def _ready(self) -> Iterator[str]:
        log = self._log
        if log.progress != self._progress:
            self._progress = log.progress
            if self._progress:
                yield self._progress
        yield from self._due()
        # A notice is due right after its step: the losses of later steps wait for it.
        upcoming = log.notices[self._notices : self._notices + 1]
        limit = min([log.step, *(notice.after_step for notice in upcoming)])
        if limit > self._step:
            self._step, text = log.losses(self._step, limit)
            yield text
            yield from self._due()

    def _due(self) -> Iterator[str]:
        """Yield the notices up to the viewer's step."""
        while self._notices < len(self._log.notices):
            notice = self._log.notices[self._notices]
            if notice.after_step > self._step:
                return
            self._notices += 1
            yield notice.text
