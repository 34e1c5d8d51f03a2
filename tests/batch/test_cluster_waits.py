"""While the only worker that can grade is away, the class waits for it, and is not burnt on one that cannot."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

pytest.importorskip("distributed", reason="needs distributed: pip install chainmark[dask]")

from grader.batch import cluster as module
from grader.batch.cluster import Cluster
from grader.batch.desk import Job, Result
from grader.batch.errors import BatchError


def waiting(monkeypatch, *, comes_back_after):
    """A cluster whose good worker is being started again, and on which a bad one has refused."""
    looks = iter(range(10**6))
    made = object.__new__(Cluster)
    made._say, made._shown, made._name = (lambda _: None), "tcp://x", "n"
    made._refused, made._seen = {"bad"}, frozenset({"bad"})
    made._looked = made._last = module.time.monotonic()

    def there():
        return {"bad": 1} | ({"good": 1} if next(looks) >= comes_back_after else {})

    made._client = SimpleNamespace(nthreads=there, loop=None)
    sent = []

    def send(job):
        sent.append((job.number, made._fit()))
        return SimpleNamespace(future=SimpleNamespace(key=str(job.number)), only=made._fit(), job=job)

    made._sent = send
    made._come = lambda ended: [
        (SimpleNamespace(key=str(number)), Result(number, None, "right")) for number, _ in sent[-1:]
    ]
    monkeypatch.setattr(module, "LOOK", 0.0)
    monkeypatch.setattr("distributed.as_completed", lambda **_: SimpleNamespace(add=lambda _: None))
    return made, sent


def jobs(count):
    return [Job(number, (), (), "", "", "", "", None) for number in range(count)]


def test_nothing_is_sent_until_it_is_back(monkeypatch):
    made, sent = waiting(monkeypatch, comes_back_after=20)
    assert [result.sort for result in made.results(jobs(1))] == ["right"]
    assert sent == [(0, frozenset({"good"}))]


def test_where_it_stays_away_the_run_stops_and_nobody_is_marked(monkeypatch):
    made, sent = waiting(monkeypatch, comes_back_after=10**6)
    monkeypatch.setattr(module, "WORKERLESS", 0.1)
    with pytest.raises(BatchError, match="no worker that can grade"):
        list(made.results(jobs(500)))
    assert sent == []
