from threading import Barrier, Thread

import pytest

from app.byte_cache import ByteCache


def test_values_used_last_are_kept_within_the_limit() -> None:
    cache: ByteCache[str, bytes] = ByteCache(len, 2)
    first = cache.get("a", lambda: b"1")
    cache.get("b", lambda: b"2")
    assert cache.get("a", lambda: b"3") is first
    cache.get("c", lambda: b"4")
    assert cache.size == 2
    assert cache.get("a", lambda: b"5") is first
    assert cache.get("b", lambda: b"6") == b"6"


def test_a_value_larger_than_the_limit_is_returned_and_not_kept() -> None:
    cache: ByteCache[str, bytes] = ByteCache(len, 2)
    assert cache.get("a", lambda: b"123") == b"123"
    assert cache.size == 0


def test_an_error_is_not_kept() -> None:
    cache: ByteCache[str, bytes] = ByteCache(len, 2)
    with pytest.raises(ZeroDivisionError):
        cache.get("a", lambda: bytes(1 // 0))
    assert cache.get("a", lambda: b"1") == b"1"


def test_a_value_is_computed_once_for_all_threads() -> None:
    cache: ByteCache[str, bytes] = ByteCache(len, 2)
    computed: list[str] = []
    together = Barrier(4)

    def compute() -> bytes:
        computed.append("a")
        return b"1"

    def use() -> None:
        together.wait()
        cache.get("a", compute)

    threads = [Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert computed == ["a"]
