"""The live log of a run, and the cursors that viewers read it with.

A viewer is a place in the log and nothing else: it owns no queue, so a slow one holds no memory
and holds up nobody. Losses stay in the run's file; the log knows how many there are.
"""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.loss_series import finite

# Losses in one frame: some 80 kB of text, a fraction of a second for a slow connection.
_FRAME = 4096
# Viewers who keep up all ask for the same frames: the last few are kept as text.
_FRAMES_KEPT = 8


@dataclass(frozen=True, slots=True)
class Notice:
    """A frame that is not losses, and the step after which it has its place."""

    after_step: int
    text: str


class RunLog:
    """Log of one run that viewers read.

    Args:
        start_step: Steps before the run's first.
        step: The last step whose loss is stored.
        read: Gives the losses of so many steps that follow a step.

    Attributes:
        start_step: As given.
        step: The last step whose loss is stored, now.
        notices: All so far, in order; only ever added to.
        progress: How far the data's preparation is, as a frame; empty once it is over.
        open: Whether more may come.
        changed: Set, and replaced, at every change.
    """

    def __init__(
        self, start_step: int, step: int, read: Callable[[int, int], NDArray[np.float64]]
    ) -> None:
        self.start_step = start_step
        self.step = step
        self.notices: list[Notice] = []
        self.progress = ""
        self.open = True
        self.changed = asyncio.Event()
        self._read = read
        self._frames: dict[tuple[int, int], str] = {}

    def extend(self, count: int) -> None:
        """Record that this number of further losses is stored."""
        self.step += count
        self._wake()

    def cut_back(self, step: int) -> None:
        """Record that the losses after a step are removed; they will be computed again."""
        self.step = min(self.step, step)
        self.notices = [Notice(min(n.after_step, step), n.text) for n in self.notices]
        self._frames.clear()
        self._wake()

    def publish(self, kind: str, content: Mapping[str, Any]) -> None:
        """Add a frame after the losses that are there now."""
        self.notices.append(Notice(self.step, encode(kind, content)))
        self._wake()

    def publish_progress(self, content: Mapping[str, Any] | None) -> None:
        """Replace what is told of the data's preparation; None: it is over."""
        self.progress = encode("progress", content) if content else ""
        self._wake()

    def close(self) -> None:
        """Close the log: viewers leave once they have read everything."""
        self.open = False
        self._wake()

    def losses(self, after: int, limit: int) -> tuple[int, str]:
        """A frame of the losses that follow a step, in one piece for all who ask alike.

        Args:
            after: The step; there are losses after it.
            limit: The last step to be in it.

        Returns:
            The last step that is in it, and its text.
        """
        # Ending at round numbers, so that viewers who come from different steps soon ask alike.
        last = min(self.step, limit, (after // _FRAME + 1) * _FRAME)
        key = (after, last)
        if key not in self._frames:
            if len(self._frames) >= _FRAMES_KEPT:
                del self._frames[next(iter(self._frames))]
            values = finite(self._read(after, last - after))
            self._frames[key] = encode("loss", {"first_step": after + 1, "values": values})
        return last, self._frames[key]

    def _wake(self) -> None:
        changed, self.changed = self.changed, asyncio.Event()
        changed.set()


class Cursor:
    """A viewer's place in a log.

    Args:
        log: What it reads.
        after_step: The last step that the viewer has already; it may be one that the log was cut
            back from, then there are no losses until that is passed.
    """

    def __init__(self, log: RunLog, after_step: int) -> None:
        self._log = log
        self._step = max(after_step, log.start_step)
        self._notices = len(log.notices)
        self._progress = ""

    async def read(self) -> list[str]:
        """The next frames, waiting for them; none when there will be no more."""
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
        # A notice has its place right after a step: losses of later ones wait for it.
        upcoming = log.notices[self._notices : self._notices + 1]
        limit = min([log.step, *(notice.after_step for notice in upcoming)])
        if limit > self._step:
            self._step, text = log.losses(self._step, limit)
            yield text
            yield from self._due()

    def _due(self) -> Iterator[str]:
        """The notices whose place the viewer has come to."""
        while self._notices < len(self._log.notices):
            notice = self._log.notices[self._notices]
            if notice.after_step > self._step:
                return
            self._notices += 1
            yield notice.text


def encode(kind: str, content: Mapping[str, Any]) -> str:
    """A frame of the stream."""
    return json.dumps({"type": kind, **content}, allow_nan=False, separators=(",", ":"))
