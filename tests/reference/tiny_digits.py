"""The data set of the training test: noisy 8 × 6 pictures of four strokes, made here and stored beside it as text.

One line a picture: its label, then 48 brightnesses from 0 to 9 as digits.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

FILE = Path(__file__).with_name("tiny_digits.txt")
HEIGHT, WIDTH, CLASSES, COUNT = 8, 6, 4, 240


def generate() -> str:
    """The text of the data set: a bar, a beam, a diagonal or a ring, moved by a pixel or so, under noise."""
    rng = np.random.default_rng([2026, 11])
    lines = []
    for n in range(COUNT):
        label = n % CLASSES
        picture = np.zeros((HEIGHT + 2, WIDTH + 2))
        rows, columns = np.indices((HEIGHT, WIDTH)) + 1
        down, right = rng.integers(-1, 2, 2)
        stroke = [
            columns == 3,
            rows == 4,
            np.abs(rows - columns - 1) <= 0,
            np.maximum(np.abs(rows - 4.5) - 0.5, np.abs(columns - 3.5)) == 1.5,
        ][label]
        picture[1:-1, 1:-1] = 6 * stroke
        picture = np.roll(picture, (int(down), int(right)), axis=(0, 1))[1:-1, 1:-1]
        pixels = np.clip(picture + rng.integers(0, 4, picture.shape), 0, 9).astype(int)
        lines.append(f"{label} " + "".join(str(pixel) for pixel in pixels.ravel()))
    return "\n".join(lines) + "\n"


def load() -> tuple[np.ndarray, np.ndarray]:
    """Pictures (N, 1, 8, 6) with brightness from -0.5 to 0.5, labels (N,)."""
    lines = [line.split() for line in FILE.read_text(encoding="ascii").splitlines()]
    x = np.array([[int(pixel) for pixel in pixels] for _, pixels in lines]) / 9 - 0.5
    return x.reshape(-1, 1, HEIGHT, WIDTH), np.array([int(label) for label, _ in lines])


if __name__ == "__main__":
    FILE.write_text(generate(), encoding="ascii", newline="\n")
