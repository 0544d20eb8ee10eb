"""Registry of the built-in data sets."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """Description of a data set.

    Attributes:
        label: Name in the form.
        help: Explanation in a learner's words.
        train_size: Number of training pictures.
        test_size: Number of test pictures.
        classes: Name of each class, by its label.
    """

    label: str
    help: str
    train_size: int
    test_size: int
    classes: tuple[str, ...]


_DIGITS = tuple("0123456789")

DATASETS: dict[str, Source] = {
    "mnist": Source("MNIST", "70,000 handwritten digits", 60_000, 10_000, _DIGITS),
    "strokes": Source("Strokes", "70,000 digits drawn by this program", 60_000, 10_000, _DIGITS),
}
"""Data sets by their names in a config, the preferred one first."""
