"""Who writes to SQLite in one process takes turns, in the order of coming."""

import threading
from pathlib import Path

import pytest
from django.db import connection, transaction

from creditor_meetings.cases.models import Person
from creditor_meetings.cases.orderly import turns
from tests.support.databases import wait_until

pytestmark = pytest.mark.skipif("connection.vendor != 'sqlite'")


def _waiting(line: turns.Turns) -> int:
    return len(line._line)


def test_each_goes_in_the_order_of_coming() -> None:
    line, went = turns.Turns(), []
    assert line.take(1)

    def go(number: int) -> None:
        assert line.take(20)
        went.append(number)
        line.give()

    threads = []
    for number in range(5):
        threads.append(threading.Thread(target=go, args=(number,)))
        threads[-1].start()
        wait_until(lambda: _waiting(line) == len(threads), seconds=30, what="a place in the line")
    line.give()
    for thread in threads:
        thread.join(20)
    assert went == [0, 1, 2, 3, 4]


def test_who_waits_too_long_is_out_of_the_line() -> None:
    line = turns.Turns()
    assert line.take(1)
    assert not line.take(0.01)
    assert _waiting(line) == 0
    line.give()
    assert line.take(0.01)


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_asks_meanwhile_is_next() -> None:
    """Writers whose transactions follow each other without a pause let others between."""
    line = turns.of(str(connection.settings_dict["NAME"]))
    order: list[str] = []
    held = threading.Event()
    go_on = threading.Event()

    def rush() -> None:
        for number in range(3):
            with transaction.atomic():
                Person.objects.create(name=f"rush {number}")
                order.append("rush")
                if number == 0:
                    held.set()
                    assert go_on.wait(20)
        connection.close()

    def other() -> None:
        with transaction.atomic():
            Person.objects.create(name="other")
            order.append("other")
        connection.close()

    rushing = threading.Thread(target=rush)
    rushing.start()
    assert held.wait(20)
    coming = threading.Thread(target=other)
    coming.start()
    wait_until(lambda: _waiting(line) == 1, seconds=30, what="the other in the line")
    go_on.set()
    rushing.join(20)
    coming.join(20)
    assert order == ["rush", "other", "rush", "rush"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", ["rolled back", "closed", "left"])
def test_a_turn_ends_with_its_transaction(how: str) -> None:
    def work() -> None:
        try:
            with transaction.atomic():
                Person.objects.create(name="nobody")
                if how == "left":
                    return
                if how == "closed":
                    connection.close()
                raise RuntimeError
        except RuntimeError:
            pass

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(20)
    with transaction.atomic():
        Person.objects.create(name="somebody")
    assert not turns.of(str(connection.settings_dict["NAME"]))._busy


def test_files_are_not_kept_waiting_for_each_other(tmp_path: Path) -> None:
    one, other = turns.of(str(tmp_path / "one")), turns.of(str(tmp_path / "other"))
    assert one.take(1)
    assert other.take(0.01)
    assert turns.of(str(tmp_path / "one")) is one
