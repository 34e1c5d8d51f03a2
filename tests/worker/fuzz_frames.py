"""python -m tests.worker.fuzz_frames COUNT: so many wrong frames, of which only FrameError may come.

Half are valid frames with bytes changed, cut out or doubled; a quarter are random descriptions out of the format's
own words; a quarter are random bytes. Prints the counts and the most memory that one took.
"""

from __future__ import annotations

import random
import sys
import time
import tracemalloc

import numpy as np

from grader.worker.frames import HEADER, MAGIC, FrameError, encode
from grader.worker.values import DTYPES, Failed, Opaque
from tests.worker.test_frames import read

WORDS = [
    *(f'"{word}"' for word in ("a", "t", "d", "f", "o", "x", "r", "c", "nan", "inf", *DTYPES, "O8", "f16", "")),
    *"[]{}:,", "[", "]", ",", "0", "1", "-1", "2", "1e999", "1.5", "NaN", "true", "null", "18446744073709551616",
    "1099511627776", '{"a":["f8",[2]]}', '{"t":[', "]}", '{"d":[["k",', '"\\ud800"', "9" * 40,
]  # fmt: skip


def seeds(rng):
    """Valid frames to begin with."""
    leaves = [
        None,
        True,
        -3,
        2**64 - 1,
        1.5,
        float("nan"),
        "text",
        "\ud800",
        Opaque("a"),
        Failed("E", "t", 1),
    ]
    leaves += [np.zeros(shape, kind) for kind in DTYPES for shape in ((), (3,), (2, 0), (1, 2, 3))]
    frames = [encode(leaf) for leaf in leaves]
    for _ in range(200):
        frames.append(encode([rng.choice(leaves), (rng.choice(leaves),), {"k": rng.choice(leaves), 3: [[]]}]))
    return frames


def wrong(rng, frames):
    """One wrong frame."""
    kind = rng.randrange(4)
    if kind < 2:
        data = bytearray(rng.choice(frames))
        for _ in range(rng.randint(1, 4)):
            at = rng.randint(min(HEADER.size, len(data)) if rng.random() < 0.7 else 0, len(data))
            match rng.randrange(3):
                case 0 if at < len(data):
                    data[at] = rng.randrange(256)
                case 1:
                    del data[at : at + rng.randint(1, 5)]
                case _:
                    data[at:at] = data[at : at + rng.randint(1, 9)]
        if len(data) >= HEADER.size and rng.random() < 0.8:  # lengths that fit, so that the inside is reached
            body = bytes(data[HEADER.size :])
            cut = (
                rng.randint(0, len(body)) if rng.random() < 0.3 else HEADER.unpack(rng.choice(frames)[:16])[1]
            )
            cut = min(cut, len(body))
            return HEADER.pack(MAGIC, cut, len(body) - cut) + body
        return bytes(data)
    if kind == 2:
        text = "".join(rng.choices(WORDS, k=rng.randint(1, 25))).encode()
    else:
        text = rng.randbytes(rng.randint(0, 60))
    buffers = rng.randbytes(rng.choice((0, 0, 8, 16, 17)))
    return HEADER.pack(MAGIC, len(text), len(buffers)) + text + buffers


def main():
    """Run COUNT cases."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    frames = seeds(rng)
    refused = 0
    started = time.perf_counter()
    tracemalloc.start()
    most = 0
    for _ in range(count):
        data = wrong(rng, frames)
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        try:
            read(data)
        except FrameError:
            refused += 1
        most = max(most, tracemalloc.get_traced_memory()[1] - before)
    seconds = time.perf_counter() - started
    print(f"{count} frames, {refused} refused, {count - refused} happen to be right, {seconds:.0f} s")
    print(f"most memory for one: {most / 1024:.0f} KB; nothing but FrameError came out")


if __name__ == "__main__":
    main()
