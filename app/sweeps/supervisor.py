"""Starts the trials of the sweeps, follows their runs, and stops those that are pruned."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import TYPE_CHECKING, Any

from app.errors import (
    ConflictError,
    DatabaseUnavailableError,
    InvalidError,
    NotFoundError,
    RequestError,
    StorageError,
)
from app.execution.executor import Executor
from app.execution.messages import Outcome
from app.runs.names import LONGEST_NAME
from app.runs.run_list_log import RunListCursor
from app.runs.scheduler import Scheduler
from app.runs.service import Estimate, RunService
from app.runs.status import OPEN, Action, Status
from app.storage.records import Run
from app.storage.store import Store, now
from app.sweeps.plan import Plan
from app.sweeps.records import Sweep, Trial
from app.sweeps.status import SWEEP_ALLOWED, SweepAction, SweepStatus, TrialState
from trainer.config import kinds

if TYPE_CHECKING:
    from app.sweeps.study import Study

logger = logging.getLogger(__name__)

# Trials that fail one after the other until the sweep is given up.
_MOST_FAILURES = 3
# Characters of a sweep's name in the names of its runs.
_NAME = 60
# Pause until a sweep whose trials could not be stored is taken up again.
_RETRY_S = 5.0


@dataclass(frozen=True, slots=True)
class SweepEstimate:
    """Estimate of a sweep without pruning.

    Attributes:
        trials: Number of trials.
        epochs: Number of epochs of all trials together.
        at_once: Number of trials that this server trains at once.
        seconds: Duration; None while no epoch was ever measured.
        storage_bytes: Space that it needs on the disk.
        storage_limit_bytes: Space that a run may need.
    """

    trials: int
    epochs: int
    at_once: int
    seconds: float | None
    storage_bytes: int
    storage_limit_bytes: int


@dataclass
class _Live:
    """Sweep with a study in memory, because it runs, or has unfinished trials.

    Attributes:
        sweep: The sweep.
        study: Its study.
        fresh: Number of its trials so far, without those that repeat another.
        open: Unfinished trials, by the id of their run.
        ending: Ids of runs that have not ended yet although their trial has.
        again: Failed trials to repeat.
        failures: Number of failed trials since the last one that did not fail.
        halted: Ids of runs that end because the sweep is paused.
        since: Time of the last change of its seconds.
    """

    sweep: Sweep
    study: "Study"
    fresh: int
    open: dict[str, Trial] = field(default_factory=dict)
    ending: set[str] = field(default_factory=set)
    again: list[Trial] = field(default_factory=list)
    failures: int = 0
    halted: set[str] = field(default_factory=set)
    since: float = field(default_factory=monotonic)

    def has(self, run_id: str) -> bool:
        """Return True for a run that the sweep waits for."""
        return run_id in self.open or run_id in self.ending

    @property
    def seconds(self) -> float:
        """Time for which it has run."""
        running = self.sweep.status == SweepStatus.RUNNING
        return self.sweep.seconds + (monotonic() - self.since if running else 0.0)

    @property
    def seconds_left(self) -> float | None:
        """Time until it ends; None: no limit, or it does not run."""
        limit = self.sweep.plan.time_limit_s
        if limit is None or self.sweep.status != SweepStatus.RUNNING:
            return None
        return max(0.0, limit - self.seconds)


class Supervisor:
    """Carries out the sweeps; all methods run in the event loop, and Optuna in threads.

    One lock guards all sweeps: a study is used by one thread at a time.

    Args:
        store: Storage of runs and sweeps.
        runs: Creates the runs of the trials.
        scheduler: Starts and ends them.
        executor: Its capacity limits the trials at once.
    """

    def __init__(
        self, store: Store, runs: RunService, scheduler: Scheduler, executor: Executor
    ) -> None:
        self._store = store
        self._runs = runs
        self._scheduler = scheduler
        self._executor = executor
        self._live: dict[str, _Live] = {}
        self._lock = asyncio.Lock()
        # True if a sweep that runs may have no study, because it could not be stored.
        self._incomplete = True
        # Importances of each sweep, with the number of trials that they are of.
        self._importances: dict[str, tuple[int, dict[str, float] | None]] = {}

    @asynccontextmanager
    async def supervision(self) -> AsyncIterator[None]:
        """Carry out the sweeps within this context; those of an earlier server go on."""
        task = asyncio.create_task(self._supervise())
        try:
            yield
        finally:
            async with self._lock:  # a trial that is being created is recorded whole
                task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            for live in self._live.values():
                with suppress(OSError):
                    self._save_seconds(live)

    async def estimate(self, plan: Plan) -> SweepEstimate:
        """Estimate a sweep without starting it.

        Raises:
            InvalidError: If a trial could not be trained.
        """
        first, last = await self._corners(plan)
        at_once = self._at_once(plan)
        seconds = None
        if first.seconds is not None and last.seconds is not None:
            seconds = plan.size * (first.seconds + last.seconds) / 2 / at_once
        return SweepEstimate(
            trials=plan.size,
            epochs=plan.size * plan.epochs,
            at_once=at_once,
            seconds=seconds,
            storage_bytes=_storage_bytes(plan, first, last),
            storage_limit_bytes=first.storage_limit_bytes,
        )

    async def create(self, name: str, plan: Plan) -> Sweep:
        """Record a sweep and start its first trials.

        Args:
            name: Name of the sweep; empty: made from the searched fields.
            plan: Its plan.

        Raises:
            InvalidError: If a trial could not be trained, or the trials need too much space.
            DatabaseUnavailableError: If the database is damaged.
            StorageError: If the sweep cannot be recorded.
        """
        first, last = await self._corners(plan)
        needed, limit = _storage_bytes(plan, first, last), first.storage_limit_bytes
        if needed > limit:
            raise InvalidError(
                {
                    "trials": "expected a sweep that takes at most half of the free disk, "
                    f"{limit:,} bytes; this one may take {needed:,}: fewer trials, fewer epochs or "
                    "smaller networks do it"
                }
            )
        # All trials learn from the same data, whatever is available later.
        plan = replace(plan, fixed={**plan.fixed, "dataset": first.dataset})
        name = name or ", ".join(kinds()[field].label.lower() for field in plan.space)
        async with self._lock:
            with self._storing():
                sweep = self._store.sweeps.add(name[:LONGEST_NAME], plan, now())
                live = await self._load(sweep)
                await self._fill(live)
                return live.sweep

    async def pause(self, sweep: Sweep) -> Sweep:
        """Pause a sweep and the runs of its trials.

        Raises:
            ConflictError: If it does not run.
            NotFoundError: If it has just been deleted.
            StorageError: If that cannot be recorded.
        """
        async with self._acting(SweepAction.PAUSE, sweep) as live:
            self._change(live, SweepStatus.PAUSED)
            for run in self._found(live.open):
                live.halted.add(run.id)
                with suppress(ConflictError):  # it has just ended
                    if run.status == Status.RUNNING:
                        self._scheduler.pause(run)
                    elif run.status == Status.QUEUED:
                        self._scheduler.stop_run(run)
            return live.sweep

    async def resume(self, sweep: Sweep) -> Sweep:
        """Go on with a sweep, and with the runs of its unfinished trials.

        Raises:
            ConflictError: If it runs or is finished.
            NotFoundError: If it has just been deleted.
            StorageError: If that cannot be recorded.
        """
        async with self._acting(SweepAction.RESUME, sweep) as live:
            live.failures = 0
            self._change(live, SweepStatus.RUNNING)
            live.halted |= {run.id for run in self._found(live.open) if not run.active}
            await self._continue(live)
            return live.sweep

    async def stop(self, sweep: Sweep) -> Sweep:
        """Stop a sweep and the runs of its unfinished trials, which count as pruned.

        Raises:
            ConflictError: If it is over already.
            NotFoundError: If it has just been deleted.
            StorageError: If that cannot be recorded.
        """
        async with self._acting(SweepAction.STOP, sweep) as live:
            await self._end(live, SweepStatus.STOPPED)
            return live.sweep

    async def delete(self, sweep: Sweep, *, with_runs: bool) -> None:
        """Delete a sweep.

        Args:
            sweep: The sweep.
            with_runs: True to delete the runs of its trials too.

        Raises:
            ConflictError: If it runs, or a run to delete is queued or running.
            NotFoundError: If it has just been deleted.
            StorageError: If that cannot be recorded.
        """
        async with self._lock:
            self._check(SweepAction.DELETE, sweep)
            trials = self._store.sweeps.trials(sweep.id)
            runs = self._found(trial.run for trial in trials if trial.run)
            if with_runs and (busy := [run for run in runs if Action.DELETE not in run.actions]):
                raise ConflictError(
                    f"To delete a sweep with its runs they must have ended; {len(busy)} of them "
                    "are queued or running."
                )
            with self._storing():
                self._store.sweeps.delete(sweep)
            self._live.pop(sweep.id, None)
            self._importances.pop(sweep.id, None)
        for run in runs:
            if with_runs:
                with suppress(NotFoundError):
                    await self._scheduler.delete(run)
            else:
                self._scheduler.list_log.publish(run.id)

    async def importances(self, sweep: Sweep, trials: Sequence[Trial]) -> dict[str, float] | None:
        """Return the share of each field in the differences between trials, or None."""
        finished = [trial for trial in trials if trial.finished]
        known, found = self._importances.get(sweep.id, (0, None))
        if known != len(finished):
            study = await self._study(sweep, finished)
            found = await asyncio.to_thread(study.importances)
            self._importances[sweep.id] = len(finished), found
        return found

    async def _supervise(self) -> None:
        """Follow the runs of the trials, and end sweeps whose time is over."""
        cursor = RunListCursor(self._scheduler.milestones, 0.0, asyncio.get_running_loop().time)
        while True:
            async with self._lock:
                if self._incomplete:
                    await self._revive()
            changed: list[str] = []
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pause_s()):
                    changed = await cursor.read()
            async with self._lock:
                for run_id in changed:
                    for live in [live for live in self._live.values() if live.has(run_id)]:
                        await self._guarded(live.sweep, self._follow(live, run_id))
                for live in list(self._live.values()):
                    if live.seconds_left == 0:
                        await self._guarded(live.sweep, self._end(live, SweepStatus.FINISHED))

    def _pause_s(self) -> float | None:
        """Time until the next sweep ends or is taken up again; None: neither."""
        limits = [live.seconds_left for live in self._live.values()]
        retry = [_RETRY_S] if self._incomplete else []
        return min([limit for limit in limits if limit is not None] + retry, default=None)

    async def _revive(self) -> None:
        """Take up the sweeps that run but have no study in memory."""
        self._incomplete = False
        try:
            sweeps = self._store.sweeps.all()
        except OSError as error:
            logger.warning("the sweeps cannot be read: %s", error)
            self._incomplete = True
            return
        for sweep in sweeps:
            if sweep.status == SweepStatus.RUNNING and sweep.id not in self._live:
                await self._guarded(sweep, self._take_up(sweep))

    async def _take_up(self, sweep: Sweep) -> None:
        await self._continue(await self._load(sweep))

    async def _guarded(self, sweep: Sweep, work: Coroutine[Any, Any, None]) -> None:
        """Do work for a sweep, whose trouble must not disturb the others."""
        try:
            await work
        except OSError as error:
            logger.warning("sweep %s is taken up again soon: %s", sweep.id, error)
            self._live.pop(sweep.id, None)
            self._incomplete = True
        except Exception as error:
            logger.exception("sweep %s failed", sweep.id)
            self._live.pop(sweep.id, None)
            with suppress(OSError):
                reason = f"The search failed: {error!r}"
                self._store.sweeps.update(sweep, status=SweepStatus.FAILED, error=reason)

    async def _corners(self, plan: Plan) -> tuple[Estimate, Estimate]:
        """Estimate the trials with the first and with the last value of each dimension.

        Raises:
            InvalidError: If one could not be trained.
        """
        first, last = plan.corners()
        return await self._checked(plan, first), await self._checked(plan, last)

    async def _checked(self, plan: Plan, values: dict[str, Any]) -> Estimate:
        """Estimate the run of a trial.

        Raises:
            InvalidError: If it could not be trained.
        """
        try:
            return await self._runs.estimate(values)
        except InvalidError as error:
            raise InvalidError(
                {
                    f"{'space' if name in plan.space else 'fixed'}.{name}": problem
                    for name, problem in (error.fields or {}).items()
                }
            ) from None

    @asynccontextmanager
    async def _acting(self, action: SweepAction, sweep: Sweep) -> AsyncIterator[_Live]:
        """Hold the lock while a sweep that allows an action is changed.

        Raises:
            ConflictError, NotFoundError: As ``_check``.
            DatabaseUnavailableError, StorageError: As ``_storing``.
        """
        async with self._lock:
            sweep = self._check(action, sweep)
            with self._storing():
                yield await self._load(sweep)

    def _check(self, action: SweepAction, sweep: Sweep) -> Sweep:
        """Return the current state of a sweep, if it allows an action.

        Raises:
            ConflictError: If it does not.
            NotFoundError: If the sweep has just been deleted.
        """
        try:
            sweep = self._store.sweeps.get(sweep.id)
        except KeyError:
            raise NotFoundError(f"Sweep {sweep.id} has just been deleted.") from None
        if sweep.status not in SWEEP_ALLOWED[action]:
            expected = ", ".join(sorted(SWEEP_ALLOWED[action]))
            raise ConflictError(
                f"To {action} a sweep it must be {expected}; this one is {sweep.status}."
            )
        return sweep

    async def _load(self, sweep: Sweep) -> _Live:
        """Return a sweep with its study, which is rebuilt from the trials if necessary."""
        if sweep.id not in self._live:
            trials = self._store.sweeps.trials(sweep.id)
            live = _Live(
                sweep,
                await self._study(sweep, trials),
                sum(trial.repeats is None for trial in trials),
            )
            repeated = {trial.repeats for trial in trials}
            for trial in trials:
                if not trial.finished:
                    # Without a run, the server ended before that was recorded.
                    live.open[trial.run or f"trial {trial.number}"] = trial
                elif self._is_repeatable(trial) and trial.number not in repeated:
                    live.again.append(trial)
            self._live[sweep.id] = live
        return self._live[sweep.id]

    async def _study(self, sweep: Sweep, trials: Sequence[Trial]) -> "Study":
        def build() -> "Study":
            from app.sweeps.study import Study  # takes a second to import, and only sweeps need it

            return Study(sweep.plan, trials)

        return await asyncio.to_thread(build)

    def _is_repeatable(self, trial: Trial) -> bool:
        """Return True for a trial that failed for a reason outside its parameters."""
        if trial.state != TrialState.FAILED or trial.repeats is not None:
            return False
        return any(run.status == Status.FAILED for run in self._found([trial.run or ""]))

    def _found(self, run_ids: Iterable[str]) -> list[Run]:
        """Return those of some runs that exist."""
        runs = []
        for run_id in run_ids:
            with suppress(KeyError):
                runs.append(self._store.get(run_id))
        return runs

    async def _continue(self, live: _Live) -> None:
        """Go on with the unfinished trials, then start others."""
        for run_id, trial in list(live.open.items()):
            if trial.run is None:
                del live.open[run_id]
                await self._begin(live, trial)
            else:
                await self._follow(live, run_id)
        await self._fill(live)

    async def _follow(self, live: _Live, run_id: str) -> None:
        """Report what the run of a trial has reached, and end the trial if it is over."""
        found = self._found([run_id])
        if run_id in live.ending:
            if not any(run.active for run in found):
                live.ending.discard(run_id)
        elif not found:
            await self._conclude(live, run_id, TrialState.FAILED)
        elif not await self._report(live, found[0]):
            await self._take_status(live, found[0])
        await self._fill(live)

    async def _report(self, live: _Live, run: Run) -> bool:
        """Report the complete epochs of a run that are not reported yet.

        Returns:
            True if they end the trial.
        """
        for row in self._store.epochs(run.id)[len(live.open[run.id].reported) :]:
            trial = live.open[run.id]
            value = getattr(row, live.sweep.plan.objective)
            prune = await asyncio.to_thread(live.study.report, trial.number, row.epoch, value)
            live.open[run.id] = replace(trial, reported=(*trial.reported, value))
            if row.epoch == run.config.epochs:
                state = TrialState.PRUNED if value is None else TrialState.COMPLETE
                await self._conclude(live, run.id, state)
                return True
            if prune:
                await self._conclude(live, run.id, TrialState.PRUNED)
                self._stop(run)
                return True
            self._store.sweeps.save_trial(live.sweep, live.open[run.id])
        return False

    async def _take_status(self, live: _Live, run: Run) -> None:
        """Draw the conclusions from the status of an unfinished trial's run."""
        running = live.sweep.status == SweepStatus.RUNNING
        match run.status:
            case Status.QUEUED | Status.RUNNING:
                self._show(live, run)
            case Status.FAILED if run.error and run.error[0] == Outcome.DIVERGED:
                await self._conclude(live, run.id, TrialState.PRUNED)
            case Status.FAILED | Status.FINISHED:
                trial = await self._conclude(live, run.id, TrialState.FAILED)
                if trial.repeats is None:
                    live.again.append(trial)
            case Status.PAUSED | Status.STOPPED | Status.INTERRUPTED:
                if running and (run.id in live.halted or run.status == Status.INTERRUPTED):
                    await self._resume(live, run)
                elif running and run.status == Status.STOPPED:
                    await self._conclude(live, run.id, TrialState.PRUNED)
                else:
                    self._show(live, run)

    def _show(self, live: _Live, run: Run) -> None:
        """Record whether the run of a trial trains."""
        state = TrialState.RUNNING if run.status == Status.RUNNING else TrialState.WAITING
        if live.open[run.id].state != state:
            live.open[run.id] = replace(live.open[run.id], state=state)
            self._store.sweeps.save_trial(live.sweep, live.open[run.id])

    async def _resume(self, live: _Live, run: Run) -> None:
        live.halted.discard(run.id)
        try:
            await self._scheduler.resume(run)
        except RequestError as error:
            logger.warning("run %s of sweep %s: %s", run.id, live.sweep.id, error)
            await self._conclude(live, run.id, TrialState.FAILED)

    async def _fill(self, live: _Live) -> None:
        """Start trials up to the number at once; end the sweep if there are no more."""
        plan = live.sweep.plan
        while live.sweep.status == SweepStatus.RUNNING:
            if live.failures >= _MOST_FAILURES:
                error = f"{live.failures} trials failed one after the other."
                await self._end(live, SweepStatus.FAILED, error=error)
                return
            more = bool(live.again) or live.fresh < plan.size
            if not more and not live.open and not live.ending:
                await self._end(live, SweepStatus.FINISHED)
            if not more or len(live.open) >= self._at_once(plan) or live.seconds_left == 0:
                return
            await self._add(live)

    async def _add(self, live: _Live) -> None:
        """Begin the next trial."""
        plan = live.sweep.plan
        repeated = live.again[0] if live.again else None
        parameters = repeated.parameters if repeated else None
        if not repeated and plan.sampler == "grid":
            parameters = plan.combination(live.fresh)
        number, chosen = await asyncio.to_thread(live.study.ask, parameters)
        trial = Trial(number, chosen, repeats=repeated.number if repeated else None)
        # The trial is recorded before its run, which names it: neither can be there twice.
        self._store.sweeps.save_trial(live.sweep, trial)
        if repeated:
            live.again.pop(0)
        else:
            live.fresh += 1
        await self._begin(live, trial)

    async def _begin(self, live: _Live, trial: Trial) -> None:
        """Create and enqueue the run of a trial."""
        sweep = live.sweep
        values = sweep.plan.config_values(trial.parameters)
        name = f"{sweep.name[:_NAME]}, trial {trial.number}"
        place = f"trial {trial.number}"
        try:
            run = await self._runs.create(values, name, (sweep.id, trial.number))
        except (InvalidError, StorageError) as error:
            logger.warning("sweep %s, trial %s: %s", sweep.id, trial.number, error)
            live.open[place] = trial
            await self._conclude(live, place, TrialState.FAILED)
            return
        live.open[run.id] = replace(trial, run=run.id)
        self._scheduler.enqueue(run)

    async def _conclude(self, live: _Live, run_id: str, state: TrialState) -> Trial:
        """Record the final state of a trial."""
        trial = live.open[run_id]
        notes = await asyncio.to_thread(live.study.tell, trial.number, state, trial.value)
        trial = replace(trial, state=state, notes=notes)
        self._store.sweeps.save_trial(live.sweep, trial)
        del live.open[run_id]
        live.halted.discard(run_id)
        live.ending |= {run.id for run in self._found([run_id]) if run.active}
        live.failures = live.failures + 1 if state == TrialState.FAILED else 0
        self._save_seconds(live)
        return trial

    async def _end(self, live: _Live, status: SweepStatus, *, error: str | None = None) -> None:
        """End a sweep, and the trials that are not finished."""
        runs = self._found(live.open)
        for run_id in list(live.open):
            await self._conclude(live, run_id, TrialState.PRUNED)
        self._change(live, status, error=error)
        self._live.pop(live.sweep.id, None)
        for run in runs:
            self._stop(run)

    def _stop(self, run: Run) -> None:
        with suppress(ConflictError, NotFoundError):  # it has just ended
            if run.status in OPEN:
                self._scheduler.stop_run(run)

    def _change(self, live: _Live, status: SweepStatus, *, error: str | None = None) -> None:
        """Record the status of a sweep."""
        seconds = live.seconds
        live.sweep = self._store.sweeps.update(
            live.sweep, status=status, seconds=seconds, error=error
        )
        live.since = monotonic()

    def _save_seconds(self, live: _Live) -> None:
        live.sweep = self._store.sweeps.update(live.sweep, seconds=live.seconds)
        live.since = monotonic()

    @contextmanager
    def _storing(self) -> Iterator[None]:
        """Turn trouble with the disk into the response of a request.

        Raises:
            DatabaseUnavailableError: If the database is damaged.
            StorageError: If the disk or the database cannot be written.
        """
        try:
            yield
        except OSError as error:
            # Only what is stored counts: all studies are rebuilt from it.
            self._live.clear()
            self._incomplete = True
            if isinstance(error, DatabaseUnavailableError):
                raise
            raise StorageError(f"The sweep could not be recorded: {error}") from error

    def _at_once(self, plan: Plan) -> int:
        """Trials that train or wait at once: one that waits would be chosen knowing less."""
        return min(plan.at_once, max(1, self._executor.capacity))


def _storage_bytes(plan: Plan, first: Estimate, last: Estimate) -> int:
    """Space that all trials need without pruning, from the estimates of two corners."""
    return plan.size * (first.storage_bytes + last.storage_bytes) // 2
