"""The teaching: what is asked, with which inputs, hints and misconceptions, for how many points.

An exercise is one module-level constant in capitals, of a type from `grader.exercise`; it is found by walking this
package, and nothing registers it. Its mathematics stands in `reference/`, and how it is judged in `grader/`.
`assignments/` has one assignment for each notebook and one for each of CS231n's; `chainmark list` shows all.

    scalar circuits   add_gate, multiply_gate, max_gate, copy_gate, exp_gate, reciprocal_gate, constant_gates,
                      sigmoid, small_chains, product_of_sum, chain_rs, chain_u, sigmoid_circuit,
                      sigmoid_circuit_fused, linear_losses, paper (numbers by hand)
    checking          numerical_grad, rel_error, check_gradient, check_backward, steps_by_hand
    graphs            graph_basics, topo_sort, backprop_engine, three_uses, residual_blocks, relu_kinks,
                      value_engine, graph_paper, words
    Jacobians         jacobians, linear_jacobians, weight_jacobian, jacobian_chain, jacobian_sizes, scores,
                      outer_gradient, linear_rows, linear_columns, affine, unbroadcast, sum_axes, moving_layers,
                      matmul, prelu
    losses            squared_error, svm_loss, svm_loss_weights, softmax_loss, softmax_loss_weights,
                      bce_with_logits, l2_penalty, full_loss, penalty_conventions, losses_by_hand
    networks          forward_loop, mlp_chain, reuse_counted, network_3_2, delta_recursion, two_layer,
                      two_layer_net, sgd_step, optimisers, minibatch, training_loop
    training          gradient_norms, norms_by_depth, unstable_gradients, initialisers, small_init,
                      weighted_sums, variance_by_hand, symmetry, dropout, dropout_trial, dropout_ensemble
    normalisation     batchnorm, batchnorm_modes, layernorm, spatial_batchnorm, spatial_groupnorm
    space             conv, max_pool, avg_pool
    sequences         word_embedding, temporal_affine, temporal_softmax_loss, rnn_step, rnn, lstm_step, lstm,
                      attention, multi_head_attention
    activations       relu, rectifiers, smooth_activations, gelu
    slides' mistakes  slides, slide_chain, slide_circuit, slide_deltas, slide_outer, slide_recap, slide_training
    capstones         tensor_engine, network_26, clinic, clinic_losses, clinic_path, clinic_power, clinic_windows

What authors share:

    inputs            drawing, drawn_networks, random_wires, window_cases, tensor_programs
    mistakes          predictions, gate_mistakes, function_mistakes, array_mistakes, normalising_mistakes,
                      penalty_mistakes, score_mistakes, update_slips
    judging           said, fault, answered, rounded, two_samples, suspects, suspect_layers, update_rules
    starters          starters, bug_starters, block_parts
"""
