"""The ways to train the same network, each as its own documentation advises.

Every contender holds the data in memory, keeps the loss of every batch, and ends its epoch with
one pass for the accuracy over the whole training set. Libraries are imported on use: each
contender runs in a process of its own.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.support import reference
from trainer import loop
from trainer.config import Config
from trainer.datasets.pictures import Pictures
from trainer.events import Epoch
from trainer.network import Network
from trainer.optimizers import SGD
from trainer.state import State

BATCH, RATE = 128, 0.1

Hidden = tuple[int, ...]
RunEpoch = Callable[[], float]
"""Trains for an epoch; returns the accuracy over the training set."""


def ours(hidden: Hidden, pixels: NDArray[np.uint8], labels: NDArray[np.int64]) -> RunEpoch:
    """This project's trainer: bytes in memory, events read one by one."""
    network = Network.from_config(Config(hidden=hidden))
    state = State(network, SGD(list(network.parameters().values())))
    data = Pictures(pixels, labels)
    events = loop.train(state, data, epochs=10**6, batch_size=BATCH, learning_rate=RATE)

    def epoch() -> float:
        losses = []
        for event in events:
            if isinstance(event, Epoch):
                return event.train_accuracy
            losses.append(event.loss)
        raise AssertionError("expected training to go on; it ended")

    return epoch


def reference_code(
    hidden: Hidden, pixels: NDArray[np.uint8], labels: NDArray[np.int64]
) -> RunEpoch:
    """The reference, float64."""
    network = reference.Network(hidden)
    x, t = pixels / 255, np.eye(10)[labels]
    return lambda: network.epoch(x, t, BATCH, RATE)[1]


def torch_eager(
    hidden: Hidden,
    pixels: NDArray[np.uint8],
    labels: NDArray[np.int64],
    compiled: bool = False,
) -> RunEpoch:
    """PyTorch, ``nn.Sequential`` and ``optim.SGD`` in its fused form."""
    import torch
    from torch import nn

    x, t = torch.from_numpy(pixels).float().div_(255), torch.from_numpy(labels)
    widths, layers = (784, *hidden, 10), []
    for inputs, outputs in pairwise(widths):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    model = nn.Sequential(*layers[:-1])
    loss_of = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE, fused=True)

    def batch_loss(x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        loss: torch.Tensor = loss_of(model(x), t)
        return loss

    run = torch.compile(batch_loss) if compiled else batch_loss

    def epoch() -> float:
        losses = []
        for _ in range(-(-len(x) // BATCH)):
            rows = torch.randint(len(x), (BATCH,))
            optimizer.zero_grad()
            loss = run(x[rows], t[rows])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        with torch.inference_mode():
            return float((model(x).argmax(1) == t).float().mean())

    return epoch


def torch_compiled(
    hidden: Hidden, pixels: NDArray[np.uint8], labels: NDArray[np.int64]
) -> RunEpoch:
    """The same with model and loss through ``torch.compile``."""
    return torch_eager(hidden, pixels, labels, compiled=True)


def jax_stepwise(
    hidden: Hidden,
    pixels: NDArray[np.uint8],
    labels: NDArray[np.int64],
    scanned: bool = False,
) -> RunEpoch:
    """JAX, one jitted step at a time, its parameters donated."""
    import jax
    from jax import numpy as jnp

    x, t = jnp.asarray(pixels, jnp.float32) / 255, jnp.asarray(labels)
    widths, key = (784, *hidden, 10), jax.random.key(0)
    parameters = []
    for inputs, outputs in pairwise(widths):
        key, drawn = jax.random.split(key)
        weights = 0.1 * jax.random.normal(drawn, (inputs, outputs))
        parameters.append((weights, jnp.zeros(outputs)))

    def scores(parameters: Any, x: Any) -> Any:
        for weights, biases in parameters[:-1]:
            x = jax.nn.relu(x @ weights + biases)
        weights, biases = parameters[-1]
        return x @ weights + biases

    def loss_of(parameters: Any, x: Any, t: Any) -> Any:
        log_y = jax.nn.log_softmax(scores(parameters, x))
        return -jnp.take_along_axis(log_y, t[:, None], axis=1).mean()

    def step(parameters: Any, rows: Any, x: Any, t: Any) -> Any:
        loss, gradients = jax.value_and_grad(loss_of)(parameters, x[rows], t[rows])
        return jax.tree.map(lambda p, g: p - RATE * g, parameters, gradients), loss

    def steps(parameters: Any, rows: Any, x: Any, t: Any) -> Any:
        return jax.lax.scan(lambda p, r: step(p, r, x, t), parameters, rows)

    run = jax.jit(steps if scanned else step, donate_argnums=0)
    hits = jax.jit(lambda p, x, t: (scores(p, x).argmax(axis=1) == t).mean())
    shape = (-(-len(pixels) // BATCH), BATCH)

    def epoch() -> float:
        nonlocal key, parameters
        key, drawn = jax.random.split(key)
        rows = jax.random.randint(drawn, shape, 0, len(pixels))
        if scanned:
            parameters, losses = run(parameters, rows, x, t)
        else:
            losses = []
            for batch in np.asarray(rows):
                parameters, loss = run(parameters, batch, x, t)
                losses.append(loss)
        jax.block_until_ready(losses)
        return float(hits(parameters, x, t))

    return epoch


def jax_scanned(hidden: Hidden, pixels: NDArray[np.uint8], labels: NDArray[np.int64]) -> RunEpoch:
    """JAX, the whole epoch as one ``lax.scan``."""
    return jax_stepwise(hidden, pixels, labels, scanned=True)


def scikit_learn(hidden: Hidden, pixels: NDArray[np.uint8], labels: NDArray[np.int64]) -> RunEpoch:
    """scikit-learn's ``MLPClassifier``, which shuffles rather than draws with replacement."""
    from sklearn.neural_network import MLPClassifier

    x = pixels.astype(np.float32) / 255
    network = MLPClassifier(
        hidden, solver="sgd", batch_size=BATCH, learning_rate_init=RATE, momentum=0, alpha=0
    )

    def epoch() -> float:
        network.partial_fit(x, labels, classes=range(10))
        return float(network.score(x, labels))

    return epoch


CONTENDERS: dict[str, Callable[[Hidden, NDArray[np.uint8], NDArray[np.int64]], RunEpoch]] = {
    "Digitscope": ours,
    "Reference code, float64": reference_code,
    "PyTorch, eager": torch_eager,
    "PyTorch, compiled": torch_compiled,
    "JAX, a step at a time": jax_stepwise,
    "JAX, a scanned epoch": jax_scanned,
    "scikit-learn": scikit_learn,
}
