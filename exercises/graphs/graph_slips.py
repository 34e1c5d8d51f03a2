"""What goes wrong in searches through graphs, as programs: see `grader.checks.algorithm.slips`."""

from __future__ import annotations

from grader.exercise import slips

OUT_NODES = slips(
    """
def out_nodes(nodes, edges):
    out = {node: [] for node in nodes}
    for v, c in edges:
        out[v].append(c)
    return out
""",
    parents_for_children=(
        "with parents for children: the node that is fed gets the one that feeds it",
        "out[v].append(c)",
        "out[c].append(v)",
    ),
    last_edge_wins=(
        "with the last edge of each node alone: each one overwrites the one before",
        "out[v].append(c)",
        "out[v] = [c]",
    ),
    first_edge_only=("with the first edge of each node alone", "out[v].append(c)", "out[v] = out[v] or [c]"),
    both_ways=(
        "with every edge in both directions",
        "out[v].append(c)",
        "out[v].append(c)\n        out[c].append(v)",
    ),
    only_feeding=(
        "without the nodes that feed nobody",
        "{node: [] for node in nodes}",
        "{v: [] for v, _ in edges}",
    ),
)

PATH_SUM = slips(
    """
def path_sum(graph, start, end):
    total = [0.0, 0, 0]
    seen = set()

    def visit(node, product, edges):
        if node == end:
            total[0] += product
            total[1] += 1
            total[2] += edges
            return
        for target, slope in graph[node].items():
            visit(target, product * slope, edges + 1)

    visit(start, 1.0, 0)
    return tuple(total)
""",
    last_path_only=(
        "with the product of the last path alone: each overwrites the one before",
        "total[0] += product",
        "total[0] = product",
    ),
    first_path_only=(
        "with the product of the first path alone",
        "total[0] += product",
        "total[0] = total[0] or product",
    ),
    slopes_added=(
        "with a sum along each path, where derivatives multiply",
        "product * slope",
        "product + slope",
    ),
    slopes_added_from_0=(
        "with a sum along each path, where derivatives multiply",
        "visit(start, 1.0, 0)",
        "visit(start, 0.0, 0)",
    ),
    paths_multiplied=(
        "with a product over all paths, where paths add up",
        "total[0] += product",
        "total[0] = (total[0] or 1.0) * product",
    ),
    paths_multiplied_from_1=(
        "with a product over all paths, begun at 1, where paths add up",
        "total[0] += product",
        "total[0] = total[0] * product if total[1] else product",
    ),
    mean_of_paths=(
        "with the mean of the paths, where they add up",
        "return tuple(total)",
        "return total[0] / max(total[1], 1), total[1], total[2]",
    ),
    nodes_for_edges=(
        "with the nodes of each path counted, one more than its edges",
        "total[2] += edges",
        "total[2] += edges + 1",
    ),
    longest_path=(
        "with the edges of the longest path, not of all",
        "total[2] += edges",
        "total[2] = max(total[2], edges)",
    ),
    last_path_counted=(
        "with the edges of the last path, not of all",
        "total[2] += edges",
        "total[2] = edges",
    ),
    one_less=(
        "with one edge of each path left out of the count",
        "total[2] += edges",
        "total[2] += edges - 1",
    ),
    nodes_once=(
        "with every node visited once, so that paths through a node seen before are lost",
        "        for target",
        "        if node in seen:\n            return\n        seen.add(node)\n        for target",
    ),
    sizes_of_products=(
        "with the size of each path's product, without its sign",
        "total[0] += product",
        "total[0] += abs(product)",
    ),
    slope_forgotten=(
        "without the derivatives on the edges, so that each path counts as 1",
        "product * slope",
        "product",
    ),
    last_slope_only=("with the derivative of the last edge of each path alone", "product * slope", "slope"),
    first_edge_counted_once=(
        "with each edge counted once, however many paths go over it",
        "total[2] += edges",
        "total[2] = len(seen)",
    ),
    paths_not_counted=("without counting the paths: their number stays 1", "total[1] += 1", "total[1] = 1"),
)

BACKPROP = slips(
    """
def backprop(graph, local, loss):
    order, seen = [], set()

    def visit(node):
        if node in seen:
            return
        seen.add(node)
        for target in graph[node]:
            visit(target)
        order.append(node)

    for node in graph:
        visit(node)
    found = {node: 0.0 for node in graph}
    found[loss] = 1.0
    for node in order:
        for target in graph[node]:
            found[node] += found[target] * local(node, target)
    return found
""",
    overwritten=(
        "with the last way of each node alone: = where += belongs",
        "found[node] += found",
        "found[node] = found",
    ),
    upstream_forgotten=(
        "with the derivatives on the edges alone, without what arrives at the other end",
        "found[target] * local(node, target)",
        "local(node, target)",
    ),
    added=(
        "with what arrives added to the derivative on the edge, where they multiply",
        "found[target] * local",
        "found[target] + local",
    ),
    local_forgotten=(
        "without the derivatives on the edges",
        "found[target] * local(node, target)",
        "found[target]",
    ),
    front_to_back=(
        "from front to back, when what arrives is not there yet",
        "for node in order:",
        "for node in reversed(order):",
    ),
    loss_not_1=("without setting the gradient of the loss to 1", "    found[loss] = 1.0\n", ""),
    ones_at_start=(
        "with gradients that begin at 1, where they begin at 0",
        "{node: 0.0 for",
        "{node: 1.0 for",
    ),
    unreached_left_out=(
        "without the nodes from which no path leads to the loss",
        "return found",
        "return {n: g for n, g in found.items() if g != 0}",
    ),
    none_for_zero=(
        "with None where no path leads to the loss, and 0 is asked for",
        "return found",
        "return {n: g if g else None for n, g in found.items()}",
    ),
    multiplied=(
        "with the ways of a node multiplied, where they add up",
        "found[node] += found[target] * local(node, target)",
        "found[node] = (found[node] or 1.0) * found[target] * local(node, target)",
    ),
    other_direction=(
        "with each edge's derivative the wrong way round, as 1/(∂c/∂v)",
        "found[target] * local(node, target)",
        "found[target] / local(node, target)",
    ),
)
