"""Optuna's study of a sweep, in memory; the only module that imports Optuna.

The study is rebuilt from the stored trials when a server starts: the database of a study would be a
second truth. A trial has the same number here and there.
"""

from collections.abc import Mapping, Sequence
from math import isfinite, nan
from typing import Any

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.pruners import BasePruner, MedianPruner, NopPruner, SuccessiveHalvingPruner
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.trial import TrialState as OptunaState
from optuna.trial import create_trial

from app.sweeps.plan import Choices, Dimension, Plan, Range
from app.sweeps.records import Trial
from app.sweeps.status import TrialState

optuna.logging.set_verbosity(optuna.logging.WARNING)

# Trials from which importances can be told.
_LEAST_ENDED = 8
# Trainings of fewer epochs are pruned after their first.
_SHORT = 8
_STATES = {
    TrialState.COMPLETE: OptunaState.COMPLETE,
    TrialState.PRUNED: OptunaState.PRUNED,
    TrialState.FAILED: OptunaState.FAIL,
}


class Study:
    """Chooses the parameters of trials and decides which trials go on; not thread-safe.

    Args:
        plan: Plan of the sweep.
        trials: Trials so far, by number. Unfinished ones are continued.
    """

    def __init__(self, plan: Plan, trials: Sequence[Trial]) -> None:
        self._plan = plan
        self._distributions = {
            name: _distribution(dimension) for name, dimension in plan.space.items()
        }
        self._study = optuna.create_study(
            study_name="sweep",
            direction="maximize" if plan.maximizes else "minimize",
            sampler=_sampler(plan, len(trials)),
            pruner=_pruner(plan),
        )
        self._trials: dict[int, optuna.Trial] = {}
        by_number = {trial.number: trial for trial in trials}
        for number in range(max(by_number, default=-1) + 1):
            self._restore(by_number.get(number))

    def ask(self, parameters: Mapping[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        """Begin a trial.

        Args:
            parameters: Its parameters; None: the sampler chooses them.

        Returns:
            Number and parameters of the trial.
        """
        if parameters is not None:
            self._study.enqueue_trial(self._inside(parameters))
        trial = self._study.ask(self._distributions)
        self._trials[trial.number] = trial
        space = self._plan.space
        return trial.number, {name: _outside(space[name], trial.params[name]) for name in space}

    def report(self, number: int, epoch: int, value: float | None) -> bool:
        """Report the objective after an epoch of a trial, once for each epoch.

        Returns:
            True if the trial should be pruned.
        """
        trial = self._trials[number]
        trial.report(nan if value is None else value, epoch)
        return trial.should_prune()

    def tell(self, number: int, state: TrialState, value: float | None) -> dict[str, Any]:
        """End a trial, and return Optuna's notes about it.

        Args:
            number: Number of the trial.
            state: Its final state.
            value: Its final value if it is complete.
        """
        trial = self._trials.pop(number)
        told = self._study.tell(
            trial, value if state == TrialState.COMPLETE else None, _STATES[state]
        )
        return told.system_attrs

    def importances(self) -> dict[str, float] | None:
        """Return the share of each field in the differences between trials, by PED-ANOVA.

        Pruned trials count with their last value: they were pruned because it was low, and without
        them few would be left. None while there are too few trials, or all are alike.
        """
        ended = (OptunaState.COMPLETE, OptunaState.PRUNED)
        trials = [t for t in self._study.get_trials(deepcopy=False, states=ended) if t.values]
        if len(trials) < _LEAST_ENDED or len({trial.value for trial in trials}) < 2:
            return None
        # Takes a second to import where scikit-learn is installed.
        from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

        study = optuna.create_study(direction=self._study.direction)
        study.add_trials(
            [
                create_trial(value=t.value, params=t.params, distributions=t.distributions)
                for t in trials
            ]
        )
        found = get_param_importances(study, evaluator=PedAnovaImportanceEvaluator())
        if not found or not all(isfinite(share) for share in found.values()):
            return None
        return {name: float(found.get(name, 0.0)) for name in self._plan.space}

    def _restore(self, trial: Trial | None) -> None:
        if trial is None:  # lost from a damaged database: its number stays taken
            self._study.add_trial(create_trial(state=OptunaState.FAIL))
        elif trial.finished:
            self._study.add_trial(
                create_trial(
                    state=_STATES[trial.state],
                    value=None if trial.state == TrialState.FAILED else trial.value,
                    params=self._inside(trial.parameters),
                    distributions=self._distributions,
                    system_attrs=trial.notes,
                    intermediate_values={
                        epoch: nan if value is None else value
                        for epoch, value in enumerate(trial.reported, 1)
                    },
                )
            )
        else:
            self.ask(trial.parameters)
            for epoch, value in enumerate(trial.reported, 1):
                self.report(trial.number, epoch, value)  # it was not pruned: it goes on

    def _inside(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        return {name: _inside(self._plan.space[name], parameters[name]) for name in parameters}


def _distribution(dimension: Dimension) -> BaseDistribution:
    """Return the distribution of a dimension; of listed values it holds their places."""
    match dimension:
        case Choices(values):
            return CategoricalDistribution(range(len(values)))
        case Range(step=None, integer=True):
            return IntDistribution(int(dimension.low), int(dimension.high), log=dimension.log)
        case Range(step=None):
            return FloatDistribution(dimension.low, dimension.high, log=dimension.log)
    return IntDistribution(0, dimension.steps - 1)


def _inside(dimension: Dimension, value: Any) -> Any:
    """Convert a value of a config to one of the distribution."""
    return value if dimension.values is None else dimension.values.index(value)


def _outside(dimension: Dimension, value: Any) -> Any:
    """Convert a value of the distribution to one of a config."""
    return value if dimension.values is None else dimension.values[value]


def _sampler(plan: Plan, trials: int) -> BaseSampler:
    # A seed of its own at each rebuilding, or the same parameters would be drawn again.
    seed = (plan.seed + trials) % 2**32
    return TPESampler(seed=seed) if plan.sampler == "tpe" else RandomSampler(seed=seed)


def _pruner(plan: Plan) -> BasePruner:
    match plan.pruner:
        case "median":
            return MedianPruner()
        case "asha":
            # One epoch says little, but of a short training a second one is a large part.
            first_rung = 1 if plan.epochs < _SHORT else 2
            return SuccessiveHalvingPruner(min_resource=first_rung, reduction_factor=4)
    return NopPruner()
