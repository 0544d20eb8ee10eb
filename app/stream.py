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

from app.series import finite

# Losses in one frame: some 80 kB of text, a fraction of a second for a slow connection.
_FRAME = 4096
# Viewers who keep up all ask for the same frames: the last few are kept as text.
_FRAMES_KEPT = 8


@dataclass(frozen=True, slots=True)
class _Notice:
    """A frame that is not losses, and the step after which it has its place."""

    after_step: int
    text: str


class RunLog:
    """What viewers of one run are told.

    Args:
        start_step: Steps before the run's first.
        step: The last step whose loss is stored.
        read: Gives the losses of so many steps that follow a step.
    """

    def __init__(
        self, start_step: int, step: int, read: Callable[[int, int], NDArray[np.float64]]
    ) -> None:
        self.start_step = start_step
        self.step = step
        self.open = True
        self.went_down = asyncio.Event()
        self._read = read
        self._notices: list[_Notice] = []
        self._progress: tuple[int, str] | None = None
        self._progress_number = 0
        self._frames: dict[tuple[int, int], str] = {}
        self._changed = asyncio.Event()

    def extend(self, count: int) -> None:
        """So many more losses are stored."""
        self.step += count
        self._wake()

    def cut_back(self, step: int) -> None:
        """The losses after a step are gone, and will come again."""
        self.step = min(self.step, step)
        self._notices = [_Notice(min(n.after_step, step), n.text) for n in self._notices]
        self._wake()

    def tell(self, kind: str, content: Mapping[str, Any]) -> None:
        """Add a frame after the losses that are there now."""
        self._notices.append(_Notice(self.step, encode(kind, content)))
        self._wake()

    def progress(self, content: Mapping[str, Any]) -> None:
        """Replace what is told of the data's preparation."""
        self._progress_number += 1
        self._progress = (self._progress_number, encode("progress", content))
        self._wake()

    def close(self, *, going_down: bool = False) -> None:
        """Nothing more will come: viewers leave once they have read what there is."""
        self.open = False
        if going_down:
            self.went_down.set()
        self._wake()

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    def _frame(self, after: int, last: int) -> str:
        key = (after, last)
        if key not in self._frames:
            if len(self._frames) >= _FRAMES_KEPT:
                del self._frames[next(iter(self._frames))]
            values = self._read(after, last - after)
            content = {"first_step": after + 1, "values": finite(values)}
            self._frames[key] = encode("loss", content)
        return self._frames[key]


class Cursor:
    """A viewer's place in a log.

    Args:
        log: What it reads.
        after_step: The last step that the viewer has already.
    """

    def __init__(self, log: RunLog, after_step: int) -> None:
        self._log = log
        self._step = max(after_step, log.start_step)
        self._notice = len(log._notices)
        self._progress_number = 0

    async def read(self) -> list[str]:
        """The next frames, waiting for them; none when there will be no more."""
        while True:
            changed = self._log._changed
            frames = list(self._ready())
            if frames:
                return frames
            if not self._log.open:
                return []
            await changed.wait()

    def _ready(self) -> Iterator[str]:
        """What can be told now: at most one frame of losses, so that a reader can give way."""
        log = self._log
        if log._progress and log._progress[0] > self._progress_number:
            self._progress_number = log._progress[0]
            yield log._progress[1]
        yield from self._due_notices()
        upcoming = log._notices[self._notice :]
        last = min(log.step, self._step + _FRAME, *(n.after_step for n in upcoming[:1]))
        if last > self._step:
            yield log._frame(self._step, last)
            self._step = last
            yield from self._due_notices()

    def _due_notices(self) -> Iterator[str]:
        notices = self._log._notices
        while self._notice < len(notices) and notices[self._notice].after_step <= self._step:
            self._notice += 1
            yield notices[self._notice - 1].text


def encode(kind: str, content: Mapping[str, Any]) -> str:
    """A frame of the stream."""
    return json.dumps({"type": kind, **content}, allow_nan=False, separators=(",", ":"))
