"""The teaching: what is asked, with which inputs, hints and misconceptions, for how many points.

An exercise is one module-level constant in capitals, of a type from `grader.exercise`; it is found by walking this
package, and nothing registers it. Its mathematics stands in `reference/`, and how it is judged in `grader/`.
`assignments/` has one assignment for each notebook and one for each of CS231n's; `chainmark list` shows all.

    gates, circuits, graphs       single gates, small circuits by hand, engines that differentiate any graph
    activations, linear, losses   the layers of a first network and their Jacobians
    networks                      layers put together, also by the delta recursion
    normalisation, convolution,   what courses ask next
    sequences
    training                      initialisation, dropout, update rules, vanishing gradients
    checking                      gradient checks of one's own
    bugs                          slips on slides and in code: find, show, mend
    shared                        what the others draw on
    equivalents.py                changes to a solution that leave it right, for `chainmark prove`
"""
