"""Inspection of a network with one picture: passes, gradient check, steps on a copy."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.errors import ConflictError
from app.images.prepared import SIDE
from app.network_cache import NetworkCache
from app.storage.records import Run
from trainer.batches import pixels_to_input
from trainer.checkpoint import CheckpointError
from trainer.functions import Array
from trainer.inspection.attribution import change, occlusion, saliency
from trainer.inspection.gradient_check import Checked, check, random_places
from trainer.inspection.trace import Step, Trace, take_steps, trace
from trainer.layers.sequential import Sequential
from trainer.optimizers import OPTIMIZERS
from trainer.parallel import one_blas_thread

_MOVED = 20


@dataclass(frozen=True, slots=True)
class Subject:
    """Network and picture to inspect.

    Attributes:
        run: Run of the network.
        epoch: Complete epoch after which the network is taken.
        x: (N, D) picture, bytes or numbers in 0..1, and in a batch for steps those after it.
        t: (N,) their classes.
    """

    run: Run
    epoch: int
    x: NDArray[np.uint8] | Array
    t: Sequence[int]

    @property
    def label(self) -> int:
        """Class of the picture."""
        return self.t[0]


@dataclass(frozen=True, slots=True)
class Moved:
    """Weight that steps have moved.

    Attributes:
        parameter: Name of its parameter: W1 and so on.
        index: Index in the flat parameter.
        before: Value before the first step.
        after: Value after the last step.
    """

    parameter: str
    index: int
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Attribution:
    """Attribution of the prediction of a class to the pixels.

    Attributes:
        target: Class.
        score: Its score before the softmax.
        probability: Its probability.
        saliency: (1, D) gradient of the score with respect to each pixel.
        gradient_times_input: (1, D) that gradient times the pixel.
        occlusion: (R, R) probability of the class by row and column of the patch that covers a
            part of the picture.
    """

    target: int
    score: float
    probability: float
    saliency: Array
    gradient_times_input: Array
    occlusion: Array


class UnknownParameter(KeyError):
    """Name that no parameter of the network has.

    Attributes:
        known: Names of the parameters.
    """

    def __init__(self, known: Sequence[str]) -> None:
        super().__init__()
        self.known = known


class UnknownIndex(IndexError):
    """Index that a parameter does not have.

    Attributes:
        index: The index.
        size: Number of the parameter's elements.
    """

    def __init__(self, index: int, size: int) -> None:
        super().__init__()
        self.index = index
        self.size = size


class Inspector:
    """Inspects networks, which do not change.

    Its methods may be called from several threads. They raise ``ConflictError`` if the network
    cannot be read.

    Args:
        networks: Networks of the epochs.
    """

    def __init__(self, networks: NetworkCache) -> None:
        self._networks = networks

    def trace(self, subject: Subject) -> Trace:
        """Run a forward and a backward pass."""
        network = self._network(subject)
        with one_blas_thread():
            return trace(network, subject.x, subject.t)

    def attribute(self, subject: Subject, target: int | None) -> Attribution:
        """Attribute the prediction of a class to the pixels.

        Args:
            subject: Network and picture.
            target: Class; None: the most probable one.
        """
        network = self._network(subject)
        with one_blas_thread():
            y = network.predict(subject.x)[0]
            target = int(y.argmax()) if target is None else target
            scores, gradient = saliency(network, subject.x, target)
            covered = occlusion(network, subject.x.reshape(SIDE, SIDE), target)
        return Attribution(
            target,
            float(scores[0, target]),
            float(y[target]),
            gradient,
            gradient * pixels_to_input(subject.x, gradient.dtype),
            covered,
        )

    def change(self, subject: Subject, target: int, steps: int) -> list[tuple[Step, Array]]:
        """Change the picture until it is predicted as a class, in a number of steps at most."""
        network = self._network(subject)
        with one_blas_thread():
            return list(change(network, subject.x, target, steps))

    def check_at_random(
        self, subject: Subject, parameter: str | None, count: int, seed: int
    ) -> list[Checked]:
        """Check the gradient of weights drawn at random.

        Args:
            subject: Network and picture.
            parameter: Name of the parameter; None: spread over all.
            count: Number of weights; fewer if there are fewer.
            seed: Seed of the choice.

        Raises:
            UnknownParameter: If there is no such parameter.
        """
        parameters = self._network(subject).parameters()
        if parameter is not None:
            parameters = {parameter: _find(parameters, parameter)}
        return self._check(subject, random_places(parameters, count, np.random.default_rng(seed)))

    def check_at(self, subject: Subject, parameter: str, indices: Sequence[int]) -> list[Checked]:
        """Check the gradient of these weights.

        Args:
            subject: Network and picture.
            parameter: Name of the parameter.
            indices: Indices in the flat parameter.

        Raises:
            UnknownParameter: If there is no such parameter.
            UnknownIndex: If it has no such index.
        """
        size = _find(self._network(subject).parameters(), parameter).size
        for index in indices:
            if not 0 <= index < size:
                raise UnknownIndex(index, size)
        return self._check(subject, {parameter: indices})

    def _check(self, subject: Subject, places: dict[str, Sequence[int]]) -> list[Checked]:
        with one_blas_thread():
            return check(self._network(subject), subject.x, subject.t, places)

    def take_steps(
        self, subject: Subject, optimizer: str, learning_rate: float, steps: int
    ) -> tuple[list[Step], list[Moved]]:
        """Train a copy of the network on the batch, with a new optimizer.

        Args:
            subject: Network and picture.
            optimizer: A name in ``OPTIMIZERS``.
            learning_rate: Learning rate of each step.
            steps: Number of steps.

        Returns:
            The states before the first step and after each, and the weights that moved most.
        """
        network = self._network(subject)
        copy = network.copied(network.dtype)
        rule = OPTIMIZERS[optimizer](list(copy.parameters().values()))
        with one_blas_thread():
            states = list(take_steps(copy, rule, subject.x, subject.t, learning_rate, steps))
        return states, _moved(network.parameters(), copy.parameters())

    def _network(self, subject: Subject) -> Sequential:
        run, epoch = subject.run, subject.epoch
        try:
            return self._networks.load(run, epoch)
        except (CheckpointError, OSError) as error:
            raise ConflictError(f"Epoch {epoch} of run {run.id}: {error}") from error


def _find(parameters: dict[str, Array], name: str) -> Array:
    if name not in parameters:
        raise UnknownParameter(list(parameters))
    return parameters[name]


def _moved(before: dict[str, Array], after: dict[str, Array]) -> list[Moved]:
    """Find the weights that differ most, the most different first."""
    found: list[Moved] = []
    for name in before:
        old, new = before[name].reshape(-1), after[name].reshape(-1)
        distance = np.abs(new - old)
        most = np.argpartition(-distance, min(_MOVED, len(old)) - 1)[:_MOVED]
        found += [
            Moved(name, int(i), float(old[i]), float(new[i])) for i in most if distance[i] > 0
        ]
    found.sort(key=lambda weight: -abs(weight.after - weight.before))
    return found[:_MOVED]
