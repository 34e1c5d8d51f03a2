"""A third bank, of mistakes as teaching assistants collect them, written without a look at any prediction.

COMMON are classes of mistakes that many students make: they should be named. OWN are slips of one person:
what they must not get is a name that says something else. `siblings` was written last, on exercises beside
those of the other topics, after diagnosis had learnt from these. `courses_*` came later still, and as blind: what
students of several courses hand in, at exercises that every course sets; `courses_again` last of all, when these
had been learnt from. `blind_*` are four more batches on layers: `blind_again`, `blind_last` and `blind_final` were
each written when diagnosis had learnt from those before. `names` says which names are true descriptions.
"""

from __future__ import annotations

from tests.diagnosis.labelled.unseen import (
    activations,
    blind_activations,
    blind_again,
    blind_final,
    blind_gates,
    blind_last,
    blind_norms,
    blind_products,
    blind_scores,
    blind_space,
    blind_weights,
    courses_again,
    courses_graphs,
    courses_layers,
    courses_losses,
    courses_sequences,
    courses_space,
    graphs,
    linear,
    losses,
    normalisation,
    sequences,
    siblings,
    space,
)

COURSES = (courses_layers, courses_losses, courses_space, courses_sequences, courses_graphs, courses_again)
BLIND = (
    blind_activations,
    blind_gates,
    blind_products,
    blind_scores,
    blind_weights,
    blind_norms,
    blind_space,
    blind_again,
    blind_last,
    blind_final,
)
TOPICS = (activations, linear, losses, normalisation, space, sequences, graphs, siblings, *COURSES, *BLIND)
COMMON = tuple(entry for topic in TOPICS for entry in topic.COMMON)
OWN = tuple(entry for topic in TOPICS for entry in topic.OWN)
