"""Network for scripts and notebooks: trains, prints and draws as the reference code does."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from trainer import figures, loop
from trainer.datasets.pictures import Pictures
from trainer.events import Epoch, Step
from trainer.functions import class_labels
from trainer.layers.sequential import Sequential
from trainer.optimizers import OPTIMIZERS
from trainer.state import State

if TYPE_CHECKING:
    import plotly.graph_objects as go


class Network(Sequential):
    """Network with the methods of the reference code: ``train``, ``evaluate`` and figures."""

    def evaluate(self, x_test: ArrayLike, t_test: ArrayLike) -> float:
        """Print the test accuracy and return it."""
        accuracy = self.accuracy(x_test, t_test)
        print(f"Test accuracy={accuracy:.4f}")
        return accuracy

    def train(
        self,
        x_train: ArrayLike,
        t_train: ArrayLike,
        *,
        epochs: int = 20,
        batch_size: int = 128,
        learning_rate: float = 0.1,
        optimizer: str = "sgd",
        schedule: str = "constant",
        sampling: str = "random",
        augment: bool = False,
        seed: int | None = None,
    ) -> list[float]:
        """Train on a set, printing the accuracy over it after each epoch.

        Args:
            x_train: (N, D) pictures, numbers in 0..1 or bytes; left as they are.
            t_train: (N,) integer labels or (N, C) one-hot rows; left as they are.
            epochs: Number of epochs, of ceil(N / batch_size) steps each.
            batch_size: Pictures of a step.
            learning_rate: Learning rate.
            optimizer: A name in ``OPTIMIZERS``.
            schedule: A name in ``SCHEDULES``.
            sampling: A name in ``SAMPLINGS``.
            augment: True if pictures (28 × 28) are distorted at random.
            seed: Seed of the batches; the layers have drawn the initial weights already. None:
                different batches each time.

        Returns:
            Loss of each iteration.

        Raises:
            Diverged: If a loss is not finite.
            ValueError: If a name is unknown.
        """
        if optimizer not in OPTIMIZERS:
            raise ValueError(f"expected an optimizer of {', '.join(OPTIMIZERS)}; got {optimizer!r}")
        state = State(self, OPTIMIZERS[optimizer](list(self.parameters().values())))
        seed = int(np.random.SeedSequence().generate_state(1)[0]) if seed is None else seed
        losses = []
        for event in loop.train(
            state,
            Pictures(np.asarray(x_train), class_labels(t_train)),
            epochs=epochs,
            batch_size=batch_size,
            learning_rate=learning_rate,
            schedule=schedule,
            sampling=sampling,
            augment=augment,
            seed=seed,
        ):
            match event:
                case Step(loss=loss):
                    losses.append(loss)
                case Epoch():
                    print(f"Epoch {event.epoch}/{epochs}")
                    print(f"Train accuracy={event.train_accuracy:.4f}")
        return losses

    def plot_error(self, train_errors: list[float], *, show: bool = False) -> "go.Figure":
        """Draw the loss by iteration.

        Args:
            train_errors: Losses that ``train`` returned.
            show: True to open the figure.
        """
        figure = figures.loss_figure(train_errors)
        if show:
            figure.show()
        return figure

    def show_failures(
        self, x_test: ArrayLike, t_test: ArrayLike, *, show: bool = False
    ) -> "go.Figure":
        """Draw the first 60 misclassified pictures, 6 rows of 10, with prediction and label.

        Args:
            x_test: (N, 784) pictures, numbers in 0..1 or bytes.
            t_test: (N,) integer labels or (N, 10) one-hot rows.
            show: True to open the figure.
        """
        predicted = self.predict(x_test).argmax(axis=1)
        figure = figures.failures_figure(np.asarray(x_test), class_labels(t_test), predicted)
        if show:
            figure.show()
        return figure
