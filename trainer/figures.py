"""Plotly figures of a training, for scripts and notebooks."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from trainer.functions import Labels

# Plotly takes a third of a second to import and training never draws: it is imported on use.
if TYPE_CHECKING:
    import plotly.graph_objects as go

_ROWS, _COLUMNS, _SIDE = 6, 10, 28


def loss_figure(losses: Sequence[float]) -> "go.Figure":
    """Draw the loss of each iteration as a line.

    Args:
        losses: Loss of each iteration, from the first.
    """
    import plotly.graph_objects as go

    figure = go.Figure(go.Scatter(x=list(range(1, len(losses) + 1)), y=list(losses), mode="lines"))
    figure.update_layout(xaxis_title="Iterations", yaxis_title="Error")
    return figure


def failures_figure(x: NDArray[Any], t: Labels, predicted: Labels) -> "go.Figure":
    """Draw the first 60 misclassified pictures in grey, 6 rows of 10, with prediction and label.

    Args:
        x: (N, 784) pictures.
        t: (N,) true digits.
        predicted: (N,) predicted digits.
    """
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    wrong = np.flatnonzero(predicted != t)[: _ROWS * _COLUMNS]
    figure = make_subplots(
        rows=_ROWS,
        cols=_COLUMNS,
        subplot_titles=[f"predicted {predicted[i]}, true {t[i]}" for i in wrong],
        horizontal_spacing=0.01,
        vertical_spacing=0.04,
    )
    for place, i in enumerate(wrong):
        picture = go.Heatmap(
            z=np.asarray(x[i], float).reshape(_SIDE, _SIDE), colorscale="gray", showscale=False
        )
        figure.add_trace(picture, row=place // _COLUMNS + 1, col=place % _COLUMNS + 1)
    figure.update_annotations(font_size=10)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False, autorange="reversed")
    figure.update_layout(title=f"{np.count_nonzero(predicted != t)} misclassified of {len(t)}")
    return figure
