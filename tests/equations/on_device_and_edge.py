"""The equations of the page On device and at the edge."""

from __future__ import annotations

from numpy.random import Generator

from equations.frame import check, same


def speed(bandwidth: float, size: float, bits: float, context: float, kappa: float) -> float:
    return bandwidth / (size * bits / 8 + context * kappa)


@check(
    "eq-device-speed",
    r"""
    R \le \frac{\beta}{P b / 8 + \ell \kappa}
    """,
    by="bound",
    of=[speed],
)
def no_token_is_faster_than_its_bytes(rng: Generator) -> None:
    """Reading weights and cache one after the other takes the bound's time, and any pause between
    reads only adds to it.
    """
    for _ in range(20):
        bandwidth, size = rng.uniform(1e10, 1e11), rng.uniform(1e8, 8e9)
        bits, context = float(rng.choice([2, 4, 8, 16])), int(rng.integers(1, 4000))
        kappa = rng.uniform(1e3, 1e5)
        seconds = size / 8 * bits / bandwidth
        for _ in range(context):
            seconds += kappa / bandwidth
        same(speed(bandwidth, size, bits, context, kappa), 1 / seconds)
        assert 1 / (seconds + rng.uniform(0, 1)) <= speed(bandwidth, size, bits, context, kappa)
