"""The process that workers are forked from: respawned when it dies, empty of secrets, apart from submissions."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from grader.grading import Grader
from grader.runner import Program
from grader.runner.sealed import SealedRunner, Zygote
from grader.runner.worker_runner import Time
from grader.worker.program import Source
from grader.worker.steps import Call, Killed, NotRun, Put, Returned
from grader.worker.values import Ref
from tests.runner.levels import sandbox, sealed
from tests.runner.test_hostile_submissions import HONEST, full_marks, graded


@pytest.fixture(params=[False, True], ids=["forked when asked", "forked ahead"])
def runner(request):
    shared = sealed("A")  # skips where there is none
    shared.close()
    found = SealedRunner(
        sandbox("A"), zygote=Zygote(), owned=True, ahead=request.param, limits=Time(cpu=1.0, wall=4.0)
    )
    yield found
    found.close()


def test_a_zygote_that_dies_is_respawned_and_the_submission_graded(runner):
    assert full_marks(graded(runner, HONEST))
    before = runner.zygote.pid
    os.kill(before, signal.SIGKILL)
    time.sleep(0.1)
    assert full_marks(graded(runner, HONEST))
    assert runner.zygote.pid != before


@pytest.mark.skipif(os.geteuid() != 0, reason="another user's network cannot be looked at")
def test_a_worker_is_in_a_network_of_its_own_whatever_came_before(runner):
    networks = set()
    for _ in range(3):
        runner.load(Program((Source("a.py", "def f(x):\n    return x\n"),), ("f",)))
        assert runner.run([Call("f", (1.0,))]) == [Returned(1.0)]
        networks.add(os.readlink(f"/proc/{runner.pid}/ns/net"))
    assert os.readlink("/proc/self/ns/net") not in networks


def test_a_long_file_is_graded_like_any_other(runner):
    """A cell of some hundred thousand characters was once taken for a fault of our own."""
    padding = "".join(f"# {'x' * 90} {line}\n" for line in range(4000))
    assert full_marks(graded(runner, HONEST + padding))


def test_a_death_is_told_at_the_call_that_died_and_not_at_a_value_kept_before_it(runner):
    runner.load(Program((Source("a.py", "import os\ndef f(x):\n    os._exit(3)\n"),), ("f",)))
    steps = [Put("x", 1.0), Put("y", 2.0), Call("f", (Ref("x"),)), Put("z", 3.0)]
    kept, also_kept, died, after = runner.run(steps)
    assert kept == also_kept == Returned(None)
    assert died == Killed("it ended itself")
    assert isinstance(after, NotRun)


def test_a_zygote_that_dies_in_the_middle_costs_no_marks(runner):
    from tests.runner.test_same_findings import KNOWN, Assignment, SeedSource, Submission, Unit

    both = ("relu", "add_gate")
    grading = Grader(Assignment.from_exercises(dict.fromkeys(both, 3.0), both), {n: KNOWN[n] for n in both})
    text = (
        HONEST + "def add_gate_forward(x, y): return x + y, None\ndef add_gate_backward(d, c): return d, d\n"
    )
    unit = Unit("a.py", text, "a.py", None, "a")
    submission = Submission("a.py", Path("a.py"), (unit,), (), "0", (), {})

    def killing(title):
        if "add" in title.lower():
            os.kill(runner.zygote.pid, signal.SIGKILL)
            time.sleep(0.1)

    report = grading.grade(submission, runner, SeedSource(b"s"), progress=killing)
    assert report.score == report.max_score == 6
    assert report.exit_code == 0


def test_workers_die_with_their_zygote(runner):
    runner.load(Program((Source("a", HONEST),), ("relu_forward",)))
    worker = runner.pid
    os.kill(runner.zygote.pid, signal.SIGKILL)
    until = time.monotonic() + 5
    while Path(f"/proc/{worker}").exists() and time.monotonic() < until:
        state = Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()[0]
        if state in "ZX":
            break
        time.sleep(0.02)
    else:
        assert not Path(f"/proc/{worker}").exists()


def test_one_submission_after_another_leaves_nothing_behind(runner):
    from tests.runner.test_hostile_submissions import ENDS, descendants, in_forward

    assert full_marks(graded(runner, HONEST))
    descriptors = len(os.listdir("/proc/self/fd"))
    for ending in ("os._exit", "abort", "memory"):
        graded(runner, in_forward(ENDS[ending][0]))
        assert full_marks(graded(runner, HONEST))
    assert len(os.listdir("/proc/self/fd")) == descriptors
    assert len(descendants(runner.zygote.pid)) <= 2
    zygote = runner.zygote.pid
    runner.close()
    assert descendants(zygote) == set()


def test_a_worker_has_no_environment_of_ours(runner, monkeypatch):
    monkeypatch.setenv("COURSE_KEY", "correct horse battery staple")
    text = "import os\ndef relu_forward():\n    return sorted(os.environ)\n"
    runner.load(Program((Source("a", text),), ("relu_forward",)))
    (outcome,) = runner.run([Call("relu_forward")])
    assert isinstance(outcome, Returned)
    assert "COURSE_KEY" not in outcome.value


def test_modules_that_are_not_there_are_named(runner):
    zygote = Zygote(["no_such_module"])
    try:
        zygote.wait_until_ready()
        assert zygote.missing[0].startswith("no_such_module (ModuleNotFoundError")
    finally:
        zygote.close()


def test_what_waits_twice_could_not_be_graded_and_is_no_zero(runner):
    from tests.runner.test_same_findings import KNOWN, Assignment, SeedSource, Submission, Unit

    runner.limit(Time(cpu=1.0, wall=1.0), 1024)
    grading = Grader(Assignment.from_exercises({"relu": 3.0}, ["relu"]), {"relu": KNOWN["relu"]})
    text = "import time\n" + HONEST.replace(
        "    return np.maximum", "    time.sleep(60)\n    return np.maximum"
    )
    unit = Unit("a.py", text, "a.py", None, "a")
    submission = Submission("a.py", Path("a.py"), (unit,), (), "0", (), {})
    report = grading.grade(submission, runner, SeedSource(b"s"))
    assert report.exercises[0].status == "ungraded"
    assert "waited" in report.exercises[0].reason
    assert report.exit_code == 3
