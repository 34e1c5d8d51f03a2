"""What hypothesis draws: random graphs, and faults at some of their nodes."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.grading.random_dags import FAULTS, random_dag

profile = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
LARGE = settings(profile, max_examples=8)


@st.composite
def dags(draw, least=3, most=40, shapes=((), (), (3,))):
    """A random graph, of numbers or of vectors."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return random_dag(rng, draw(st.integers(least, most)), shape=draw(st.sampled_from(shapes)))


@st.composite
def faulty(draw, least=3, most=40, kinds=FAULTS, count=(1, 3), **more):
    """A random graph with faults planted at some of its nodes: (graph, fault by node)."""
    dag = draw(dags(least, most, **more))
    names = [name for name in dag.nodes if name != dag.output]
    wanted = draw(st.integers(min(count[0], len(names)), min(count[1], len(names))))
    chosen = draw(st.permutations(names))[:wanted]
    faults = {}
    for name in chosen:
        fitting = [fault for fault in kinds if fault.branches <= max(1, len(dag.uses(name)))]
        faults[name] = draw(st.sampled_from(fitting))
    return dag, faults
