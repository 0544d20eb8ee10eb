import numpy as np

from trainer.figures import failures_figure, loss_figure


def test_the_losses_are_a_line_over_the_iterations() -> None:
    figure = loss_figure([2.3, 1.5])
    assert figure.data[0].x == (1, 2)
    assert figure.data[0].y == (2.3, 1.5)
    assert figure.layout.xaxis.title.text == "Iterations"
    assert figure.layout.yaxis.title.text == "Error"


def test_the_first_60_mistakes_are_drawn_with_predicted_and_true_digit() -> None:
    x = np.arange(100)[:, None] * np.ones(784)
    t, predicted = np.zeros(100, int), np.ones(100, int)
    predicted[:5] = 0  # right
    figure = failures_figure(x, t, predicted)
    assert len(figure.data) == 60
    assert [trace.z[0][0] for trace in figure.data] == list(range(5, 65))
    assert {note.text for note in figure.layout.annotations} == {"predicted 1, true 0"}
    assert figure.layout.title.text == "95 misclassified of 100"
    rows = [figure.layout[f"yaxis{i or ''}"].domain for i in ("", *range(2, 61))]
    assert len(set(rows)) == 6
    assert rows[0] > rows[59]


def test_a_perfect_network_leaves_an_empty_figure() -> None:
    figure = failures_figure(np.zeros((2, 784)), np.array([1, 2]), np.array([1, 2]))
    assert len(figure.data) == 0
