from itertools import islice

from standout.client.backoff import Backoff


def test_delays_double_up_to_the_cap_and_vary() -> None:
    delays = list(islice(Backoff(first_s=1, cap_s=5).delays(), 40))
    for delay, limit in zip(delays, [1, 2, 4] + [5] * 37, strict=True):
        assert limit / 2 <= delay <= limit
    assert len(set(delays)) > 30
