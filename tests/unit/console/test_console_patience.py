"""How often somebody may try to sign in, judged without a clock of its own."""

from __future__ import annotations

from gateway.web.console import patience
from gateway.web.console.patience import BY_ADDRESS, BY_NAME, Patience


def test_a_password_cannot_be_searched_for_from_many_addresses() -> None:
    tried = Patience()

    waits = [tried.take("kari", f"10.0.0.{at}", 0.0) for at in range(6)]

    assert waits[:5] == [0] * 5
    assert waits[5] == 1 / BY_NAME.per_second
    assert tried.take("KARI ", "10.0.0.99", 30.0) > 0  # another spelling is the same name
    assert tried.take("kari", "10.0.0.99", 61.0) == 0


def test_one_address_cannot_try_many_names() -> None:
    tried = Patience()

    waits = [tried.take(f"name{at}", "10.0.0.1", 0.0) for at in range(31)]

    assert waits[:30] == [0] * 30
    assert waits[30] == 1 / BY_ADDRESS.per_second
    assert tried.take("name0", "10.0.0.2", 0.0) == 0


def test_who_signs_in_starts_anew() -> None:
    tried = Patience()
    for _ in range(5):
        tried.take("kari", "10.0.0.1", 0.0)

    tried.forgive("Kari")

    assert tried.take("kari", "10.0.0.1", 0.0) == 0


def test_made_up_names_do_not_fill_the_memory() -> None:
    tried = Patience()

    for at in range(patience.KEPT_MAX + 100):
        tried.take(f"name{at}", f"address{at}", 0.0)

    assert len(tried._buckets) == patience.KEPT_MAX
