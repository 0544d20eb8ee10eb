from dataclasses import replace
from math import log10
from typing import Any

import pytest

from app.sweeps.plan import Plan
from app.sweeps.records import Trial
from app.sweeps.status import TrialState
from app.sweeps.study import Study

BODY: dict[str, Any] = {
    "fixed": {}, "sampler": "tpe", "pruner": "asha", "trials": 100, "at_once": 1, "seed": 0,
    "objective": "validation_accuracy", "time_limit_s": None,
    "space": {
        "learning_rate": {"low": 0.001, "high": 1, "log": True},
        "batch_size": {"low": 16, "high": 100, "step": 16},
        "optimizer": {"choices": ["sgd", "adam"]},
        "hidden": {"choices": [[50], [50, 20]]},
    },
}  # fmt: skip
EPOCHS = 8


def accuracy(trial: Trial, epoch: int) -> float:
    """Accuracy of an imagined training: best for a learning rate of 0.1."""
    return 1 - abs(log10(trial.parameters["learning_rate"]) + 1) / 5 - 0.1 / epoch


def trained(study: Study, trial: Trial) -> Trial:
    """Train a trial to its end, or until it is pruned."""
    for epoch in range(len(trial.reported) + 1, EPOCHS + 1):
        value = accuracy(trial, epoch)
        trial = replace(trial, reported=(*trial.reported, value))
        if study.report(trial.number, epoch, value) and epoch < EPOCHS:
            break
    complete = len(trial.reported) == EPOCHS
    state = TrialState.COMPLETE if complete else TrialState.PRUNED
    return replace(trial, state=state, notes=study.tell(trial.number, state, trial.value))


def searched(study: Study, trials: list[Trial], count: int) -> list[Trial]:
    for _ in range(count):
        trials = [*trials, trained(study, Trial(*study.ask()))]
    return trials


def plan(**changes: Any) -> Plan:
    return Plan.from_dict(BODY | changes)


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_parameters_are_values_of_the_space(sampler: str) -> None:
    for trial in searched(Study(plan(sampler=sampler), []), [], 30):
        assert 0.001 <= trial.parameters["learning_rate"] <= 1
        assert trial.parameters["batch_size"] in range(16, 97, 16)
        assert trial.parameters["hidden"] in ([50], [50, 20])


@pytest.mark.parametrize("pruner", ["median", "asha"])
def test_a_rebuilt_study_goes_on_with_the_next_number_and_decides_alike(pruner: str) -> None:
    study = Study(plan(pruner=pruner), [])
    trials = searched(study, [], 25)
    number, parameters = study.ask()
    begun = Trial(number, parameters)
    for epoch in (1, 2):
        begun = replace(begun, reported=(*begun.reported, accuracy(begun, epoch)))
        study.report(number, epoch, accuracy(begun, epoch))
    rebuilt = Study(plan(pruner=pruner), [*trials, begun])
    ends = [replace(trained(each, begun), notes=None) for each in (rebuilt, study)]
    assert ends[0] == ends[1]
    assert {trial.state for trial in trials} == {TrialState.COMPLETE, TrialState.PRUNED}
    assert rebuilt.importances() == study.importances()
    assert rebuilt.ask()[0] == study.ask()[0] == 26


def test_a_rebuilt_random_search_does_not_repeat_itself() -> None:
    trials = searched(Study(plan(sampler="random"), []), [], 5)
    more = searched(Study(plan(sampler="random"), trials), trials, 5)
    assert len({str(trial.parameters) for trial in more}) == 10


def test_the_number_of_a_lost_trial_stays_taken() -> None:
    trials = searched(Study(plan(), []), [], 4)
    assert Study(plan(), [trials[0], trials[3]]).ask()[0] == 4


def test_importances_need_trials_and_tell_the_field_that_matters() -> None:
    study = Study(plan(pruner="none", sampler="random"), [])
    trials = searched(study, [], 5)
    assert study.importances() is None
    searched(study, trials, 40)
    importances = study.importances()
    assert importances is not None
    assert importances.keys() == BODY["space"].keys()
    assert max(importances, key=lambda name: importances[name]) == "learning_rate"
    assert sum(importances.values()) == pytest.approx(1)


def test_a_value_that_is_no_number_prunes_and_can_be_told() -> None:
    study = Study(plan(objective="train_loss"), [])
    trials = []
    for i in range(12):
        number, parameters = study.ask()
        study.report(number, 1, None if i % 2 else 1.0)
        pruned = study.report(number, 2, None if i % 2 else 1.0)
        state = TrialState.PRUNED if i % 2 else TrialState.COMPLETE
        assert pruned or not i % 2
        reported = (None,) * 2 if i % 2 else (1.0, 1.0)
        value = reported[-1]
        notes = study.tell(number, state, value)
        trials.append(Trial(number, parameters, state, reported, notes))
    assert Study(plan(objective="train_loss"), trials).ask()[0] == 12


def test_the_numbers_of_a_range_with_a_step_are_not_rounded_apart() -> None:
    space = {"learning_rate": {"low": 0.1, "high": 0.5, "step": 0.1}}
    grid = plan(space=space, sampler="grid")
    rates = [grid.combination(i)["learning_rate"] for i in range(grid.size)]
    assert rates == [0.1, 0.2, 0.3, 0.4, 0.5]


@pytest.mark.parametrize(
    "values",
    [
        {"seed": {"low": 0, "high": 9}},
        {"learning_rate": {"low": 0.1, "high": 0.5, "step": 0.1}},
        {"learning_rate": {"low": 0.01, "high": 1, "log": True}},
        {"augment": {"choices": [False, True]}},
    ],
)
def test_a_plan_is_read_back_as_it_was_written(values: dict[str, Any]) -> None:
    written = plan(space=values)
    assert Plan.from_dict(written.to_dict()) == written
