"""The teaching: what is asked, with which inputs, hints and misconceptions, for how many points.

An exercise is one module-level constant in capitals, of a type from `grader.exercise`; it is found by
walking this package, and nothing registers it. Its mathematics stands in `reference/`, and how it is judged
in `grader/`.

    one operation     add_gate, multiply_gate, max_gate, copy_gate, exp_gate, reciprocal_gate, sigmoid, relu, affine
    losses            softmax_loss, svm_loss, softmax_loss_weights
    a whole graph     product_of_sum, chain_rs, sigmoid_circuit, two_layer
    Jacobians         jacobians
    algorithms        topo_sort, numerical_grad
    other kinds       initialisers (statistics), paper (numbers by hand), slides (find the mistake), words

Beside them: `drawing` (inputs in chosen shapes), `starters` (the cells that students begin with),
`predictions` and `gate_mistakes` (what a mistake would return), `rounded` (how far carried roundings may
lead).
"""
