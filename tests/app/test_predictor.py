from collections.abc import Iterator

import numpy as np
import pytest

from app.images.prepare import prepare
from app.network_cache import NetworkCache
from app.predictor import Predictor
from app.storage.store import Store
from tests.app.conftest import Trained
from tests.app.http_calls import seven
from tests.app.images.drawing import encode, sheet_of_digits


@pytest.fixture
def store(trained: Trained) -> Iterator[Store]:
    store = Store(trained.home)
    yield store
    store.close()


def test_a_history_has_every_epoch_if_there_is_time(store: Store, trained: Trained) -> None:
    predictor, run = Predictor(store, NetworkCache(store)), store.get(trained.run)
    predicted = predictor.predict(run, 3, prepare(seven()), place=None, history=True)
    assert predicted.history
    assert predicted.history.complete
    assert list(predicted.history.predictions) == [1, 2, 3]
    last = predicted.history.predictions[3].probabilities
    assert np.array_equal(last, predicted.digits[0].probabilities)


def test_a_history_without_time_has_the_last_epoch(store: Store, trained: Trained) -> None:
    predictor = Predictor(store, NetworkCache(store), history_s=0)
    run = store.get(trained.run)
    predicted = predictor.predict(run, 2, prepare(seven()), place=None, history=True)
    assert predicted.history
    assert not predicted.history.complete
    assert list(predicted.history.predictions) == [3]


def test_the_described_digit_is_the_surest_or_the_requested_one(
    store: Store, trained: Trained
) -> None:
    predictor, run = Predictor(store, NetworkCache(store)), store.get(trained.run)
    picture = prepare(encode(sheet_of_digits(1, 3, 80)), stages=True)
    surest = predictor.predict(run, 3, picture, place=None, history=False)
    confidences = [digit.confidence for digit in surest.digits]
    assert confidences[surest.described] == max(confidences)
    for place in range(3):
        predicted = predictor.predict(run, 3, picture, place=place, history=False)
        assert predicted.described == place
        assert predicted.stages[-1].digit == predicted.digits[place].digit
    with pytest.raises(IndexError):
        predictor.predict(run, 3, picture, place=3, history=False)
