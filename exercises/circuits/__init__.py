"""Small circuits by hand: chains, fan-outs, the lecture's sigmoid circuit."""
