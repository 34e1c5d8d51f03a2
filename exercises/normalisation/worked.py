"""The way back through normalisations, in formulas: by its graph, by its three paths, and simplified.

See `grader.diagnosis.worked`. `N` is how many entries share a mean, whatever they are called in the exercise.
"""

from __future__ import annotations

_GRAPH = """
    dx̂ = {up}
    dinverse = total(dx̂ * centred, {axis})
    droot = -dinverse / root ** 2
    dv = 0.5 * droot / root
    dsquare = dv * ones(centred) / N
    dcentred = dx̂ / root + 2 * centred * dsquare
    dμ = -total(dcentred, {axis})
    dx = {last}
    """
_PATHS = """
    dx̂ = {up}
    dv = total(dx̂ * centred, {axis}) * -0.5 * root ** -3
    dμ = -total(dx̂ / root, {axis}) + dv * mean(-2 * centred, {axis})
    dx = {paths}
    """
_SHORT = """
    dx̂ = {up}
    dx = {short}
    """
_LAST = "dcentred + dμ / N"
_THREE = "dx̂ / root + 2 * dv * centred / N + dμ / N"
_MEANS = "(dx̂ - mean(dx̂, {axis}) - x̂ * mean(dx̂ * x̂, {axis})) / root"
_SUMS = "(N * dx̂ - total(dx̂, {axis}) - x̂ * total(dx̂ * x̂, {axis})) / (N * root)"
_SHARES = "(dx̂ - total(dx̂, {axis}) / N - x̂ * total(dx̂ * x̂, {axis}) / N) / root"


def _forms(given: str, axis: str, up: str, rest: str, *, back: str = "{}") -> tuple[str, ...]:
    """The forms for what is normalised over `axis`; `back` brings dx into the shape of x."""
    every = (
        _SHORT.format(up=up, short=back.format(_MEANS.format(axis=axis))),
        _GRAPH.format(up=up, axis=axis, last=back.format(_LAST)),
        _PATHS.format(up=up, axis=axis, paths=back.format(_THREE)),
        _SHORT.format(up=up, short=back.format(_SUMS.format(axis=axis))),
        _SHORT.format(up=up, short=back.format(_SHARES.format(axis=axis))),
    )
    return tuple(f"{given}\n---\n{form}\n{rest}" for form in every)


def _given(option: str, axis: str, x: str, more: str = "") -> str:
    return f"""
    {more}
    centred = {x} - mean({x}, {axis})
    v = mean(centred ** 2, {axis})
    root = sqrt(v + option({option}, "eps", 1e-5))
    x̂ = centred / root"""


_PLAIN = "dgamma = sum(dout * x̂, 0)\ndbeta = sum(dout, 0)"

_OF_BATCH = _given("bn_param", "0", "x", "N = rows(x)\n    D = columns(x)")
BATCHNORM = (
    *_forms(_OF_BATCH, "0", "dout * gamma", _PLAIN),
    f"{_OF_BATCH}\n---\ndbeta = sum(dout, 0)\ndgamma = sum(dout * x̂, 0)\n"
    "dx = gamma / root / N * (N * dout - dbeta - x̂ * dgamma)",
    f"{_OF_BATCH}\n---\ndx = gamma / root / N * (N * dout - total(dout, 0) - x̂ * total(dout * x̂, 0))\n{_PLAIN}",
)
_OF_ROWS = _given("ln_param", "1", "x", "N = columns(x)\n    examples = rows(x)")
LAYERNORM = _forms(_OF_ROWS, "1", "dout * gamma", _PLAIN)

_IMAGES = """
    examples = size(x, 0)
    pixels = size(x, 2) * size(x, 3)
    N = size(x, 0) * size(x, 2) * size(x, 3)
    γ = reshape(gamma, 1, size(x, 1), 1, 1)
    """
SPATIAL_BATCHNORM = _forms(
    _given("bn_param", "(0, 2, 3)", "x", _IMAGES),
    "(0, 2, 3)",
    "dout * γ",
    "dgamma = sum(dout * x̂, (0, 2, 3))\ndbeta = sum(dout, (0, 2, 3))",
)

_GROUPS = """
    grouped = reshape(x, size(x, 0), G, size(x, 1) / G, size(x, 2) * size(x, 3))
    N = size(grouped, 2) * size(grouped, 3)
    """
SPATIAL_GROUPNORM = _forms(
    _given("gn_param", "(2, 3)", "grouped", _GROUPS),
    "(2, 3)",
    "like(dout * gamma, grouped)",
    "normalised = like(x̂, x)\ndgamma = total(dout * normalised, (0, 2, 3))\ndbeta = total(dout, (0, 2, 3))",
    back="like({}, x)",
)
