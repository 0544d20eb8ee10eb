from collections.abc import Iterator
from pathlib import Path

import pytest

from app.network_cache import NetworkCache
from app.storage.files import RunFileError
from app.storage.records import Run
from app.storage.store import Store
from tests.app.conftest import Trained

# A network of 20 hidden units, as the trained run has.
BYTES = 4 * (784 * 20 + 20 + 20 * 10 + 10)


@pytest.fixture
def store(trained: Trained) -> Iterator[Store]:
    store = Store(trained.home)
    yield store
    store.close()


@pytest.fixture
def run(store: Store, trained: Trained) -> Run:
    return store.get(trained.run)


def test_a_network_is_loaded_once(store: Store, run: Run) -> None:
    cache = NetworkCache(store)
    assert cache.load(run, 3) is cache.load(run, 3)
    assert cache.load(run, 3) is not cache.load(run, 2)
    assert cache.size == 2 * BYTES


def test_the_networks_used_last_are_kept_within_the_limit(store: Store, run: Run) -> None:
    cache = NetworkCache(store, 2 * BYTES)
    first, second = cache.load(run, 1), cache.load(run, 2)
    assert cache.load(run, 1) is first
    cache.load(run, 3)
    assert cache.size == 2 * BYTES
    assert cache.load(run, 1) is first
    assert cache.load(run, 2) is not second


def test_a_network_larger_than_the_limit_is_not_kept(store: Store, run: Run) -> None:
    cache = NetworkCache(store, BYTES - 1)
    assert cache.load(run, 1).parameters()
    assert cache.size == 0


def test_a_network_that_cannot_be_read_is_an_error_each_time(
    store: Store, run: Run, tmp_path: Path
) -> None:
    cache = NetworkCache(store)
    for _ in range(2):
        with pytest.raises(RunFileError):
            cache.load(run, 99)
    assert cache.size == 0
