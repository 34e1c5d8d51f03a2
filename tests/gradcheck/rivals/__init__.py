"""Decision rules of seven other gradient checkers, re-implemented to be run over one bank and compared."""

from __future__ import annotations

from .chainer_backward import ChainerBackward
from .cs231n import Cs231n
from .deeplearning_ai import DeepLearningAi
from .hips import Hips
from .jax_vjp import JaxVjp
from .pytensor_verify import PyTensorVerify
from .rule import Answer, Rule
from .torch_slow import TorchSlow

RULES: tuple[Rule, ...] = (
    Cs231n(),
    DeepLearningAi(),
    TorchSlow(),
    JaxVjp(),
    Hips(),
    ChainerBackward(),
    PyTensorVerify(),
)

__all__ = ["RULES", "Answer", "Rule"]
