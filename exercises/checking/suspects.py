"""Functions with right and wrong gradients, as source: what a student's own gradient check is tried on.

Their names give nothing away. Each wrong one has a blind spot of some check in mind, which its comment in
`check_gradient` or `check_backward` names.
"""

from __future__ import annotations


def function(name: str, body: str, arguments: str = "x") -> str:
    """The source of one function; `np` is there when it is made."""
    return f"def {name}({arguments}):\n" + "".join(f"    {line}\n" for line in body.strip().splitlines())


WAVE = "np.sum(np.sin(x) * np.arange(1, x.size + 1).reshape(x.shape))"
WAVE_SLOPE = "np.cos(x) * np.arange(1, x.size + 1).reshape(x.shape)"
COUPLED = "np.sum(x) ** 2 + np.sum(x * x)"
COUPLED_SLOPE = "2 * np.sum(x) + 2 * x"
SCALES = "np.logspace(3, -4, x.size).reshape(x.shape)"
"""Slopes from a thousand down to a ten-thousandth: what is wrong with the last is nothing beside the first."""
LEVEL = "100 * np.sum(np.exp(x - x.max()) / np.sum(np.exp(x - x.max()))) + x.flat[0] ** 2"
"""A sum of probabilities, which no x changes: differences show rounding where the right gradient is 0."""

FUNCTIONS = {
    "f_wave": function("f_wave", f"return float({WAVE})"),
    "f_coupled": function("f_coupled", f"return float({COUPLED})"),
    "f_scales": function("f_scales", f"return float(np.sum({SCALES} * np.sin(x)))"),
    "f_level": function("f_level", f"return float({LEVEL})"),
}


FORMULAS = {
    "f_wave": "f = Σ i·sin(xᵢ)",
    "f_coupled": "f = (Σx)² + Σx²",
    "f_scales": "f = Σ sᵢ sin(xᵢ), s from 1000 down to 0.0001",
    "f_level": "f = 100·Σ softmax(x) + x₀²",
}
"""The functions as a report names them; i counts the entries from 1."""


def _changed(name: str, right: str, change: str) -> str:
    return function(name, f"g = {right}\n{change}\nreturn g")


_LEVEL_SLOPE = "np.zeros(x.shape)\ng.flat[0] = 2 * x.flat[0]"

GRADIENTS = {
    "df_wave_1": function("df_wave_1", f"return {WAVE_SLOPE}"),
    "df_wave_2": function("df_wave_2", f"return -{WAVE_SLOPE}"),
    "df_wave_3": function("df_wave_3", f"return 2 * {WAVE_SLOPE}"),
    "df_wave_4": function("df_wave_4", f"return 1.01 * {WAVE_SLOPE}"),
    "df_coupled_1": function("df_coupled_1", f"return {COUPLED_SLOPE}"),
    "df_coupled_2": _changed("df_coupled_2", COUPLED_SLOPE, "g.flat[x.size // 2] *= -1"),
    "df_coupled_3": _changed("df_coupled_3", COUPLED_SLOPE, "g.flat[-1] *= 1.05"),
    "df_coupled_4": function("df_coupled_4", "return 2 * x"),
    "df_scales_1": function("df_scales_1", f"return {SCALES} * np.cos(x)"),
    "df_scales_2": _changed("df_scales_2", f"{SCALES} * np.cos(x)", "g.flat[-1] *= 2"),
    "df_scales_3": _changed("df_scales_3", f"{SCALES} * np.cos(x)", "g.flat[-2:] = 0"),
    "df_level_1": _changed("df_level_1", _LEVEL_SLOPE, "g.flat[1:] = 0"),
    "df_level_2": _changed("df_level_2", _LEVEL_SLOPE, "g.flat[2] = 0.01"),
    "df_wave_5": function("df_wave_5", f"return ({WAVE_SLOPE})[None]"),
    "df_wave_6": _changed("df_wave_6", WAVE_SLOPE, "g.flat[1] = np.nan"),
    "df_wave_7": function("df_wave_7", f"return np.sum({WAVE_SLOPE})"),
    "df_coupled_5": function("df_coupled_5", "return np.full(x.shape, np.nan)"),
}
