# ruff: noqa
from .rnn import *
