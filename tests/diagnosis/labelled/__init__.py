"""A bank of submissions with labels, written before looking at what the exercises predict.

Each topic has RIGHT, (exercise, text) pairs that no diagnosis may ever meet, and WRONG, submissions with the
mistake at each node in words. `acceptable` says which names are true descriptions of these words. `later` is
a second bank, which measured what had been learnt from the first.
"""

from __future__ import annotations

from tests.diagnosis.labelled import (
    activations,
    classifiers,
    gates,
    graphs,
    later,
    linear,
    losses,
    networks,
    normalisation,
    sequences,
    space,
)

TOPICS = (
    activations,
    gates,
    linear,
    losses,
    classifiers,
    normalisation,
    space,
    sequences,
    graphs,
    networks,
    later,
)
RIGHT = tuple(pair for topic in TOPICS for pair in topic.RIGHT)
WRONG = tuple(entry for topic in TOPICS for entry in topic.WRONG)
