import asyncio

import pytest

from app.runs.run_list_log import RunListCursor, RunListLog

pytestmark = pytest.mark.anyio


def cursor(log: RunListLog, interval_s: float = 0) -> RunListCursor:
    return RunListCursor(log, interval_s, asyncio.get_running_loop().time)


async def test_several_changes_of_a_run_are_read_as_one() -> None:
    log = RunListLog()
    viewer = cursor(log)
    for run_id in ("a", "b", "a", "a"):
        log.publish(run_id)
    assert await viewer.read() == ["b", "a"]


async def test_changes_before_a_viewer_came_are_not_read() -> None:
    log = RunListLog()
    log.publish("a")
    viewer = cursor(log)
    log.publish("b")
    assert await viewer.read() == ["b"]


async def test_each_viewer_reads_each_change() -> None:
    log = RunListLog()
    first, second = cursor(log), cursor(log)
    log.publish("a")
    assert await first.read() == ["a"]
    log.publish("b")
    assert await first.read() == ["b"]
    assert await second.read() == ["a", "b"]


async def test_a_waiting_viewer_gets_the_next_change() -> None:
    log = RunListLog()
    waiting = asyncio.create_task(cursor(log).read())
    await asyncio.sleep(0)
    assert not waiting.done()
    log.publish("a")
    assert await asyncio.wait_for(waiting, 5) == ["a"]


async def test_between_two_reads_lies_the_interval_and_the_last_change_is_read() -> None:
    log, loop = RunListLog(), asyncio.get_running_loop()
    viewer = cursor(log, interval_s=0.2)
    log.publish("a")
    assert await viewer.read() == ["a"]
    first = loop.time()
    log.publish("a")
    log.publish("a")
    assert await viewer.read() == ["a"]
    assert loop.time() - first >= 0.19
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(viewer.read(), 0.3)
