import pytest

from app.runs.status import ALLOWED, OPEN, TRANSITIONS, Action, Status

# The contract's sentences, as pairs of a status and what can be asked for in it.
ALLOWED_BY_CONTRACT = {
    "pause": {"running"},
    "resume": {"paused", "stopped", "interrupted", "failed"},
    "stop": {"queued", "running", "paused"},
    "fork": {"queued", "running", "paused", "finished", "stopped", "failed", "interrupted"},
    "delete": {"paused", "finished", "stopped", "failed", "interrupted"},
}


@pytest.mark.parametrize("action", list(Action))
def test_each_action_is_allowed_where_the_contract_allows_it(action: Action) -> None:
    assert ALLOWED[action] == ALLOWED_BY_CONTRACT[action]


def test_every_status_says_where_it_leads() -> None:
    assert TRANSITIONS.keys() == set(Status)


def test_what_can_be_resumed_leads_to_the_queue_and_nothing_else_does() -> None:
    leads_to_queue = {status for status, next_ones in TRANSITIONS.items() if "queued" in next_ones}
    assert leads_to_queue == ALLOWED[Action.RESUME]


def test_what_can_be_stopped_leads_to_stopped_and_nothing_else_does() -> None:
    leads_to_stopped = {
        status for status, next_ones in TRANSITIONS.items() if "stopped" in next_ones
    }
    assert leads_to_stopped == ALLOWED[Action.STOP]


def test_a_finished_run_stays_finished() -> None:
    assert not TRANSITIONS[Status.FINISHED]


def test_a_stream_stays_open_while_a_run_can_go_on_by_itself_or_is_paused() -> None:
    assert {"queued", "running", "paused"} == OPEN
