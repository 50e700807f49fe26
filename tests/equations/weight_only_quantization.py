"""The equations of the page Weight-only quantization."""

from __future__ import annotations

import autograd.numpy as np
from numpy.random import Generator

from equations.frame import Array, check, same, sigmoid


def clipped(w: Array, gamma: float, beta: float, bits: int) -> Array:
    low, high = sigmoid(beta) * np.min(w), sigmoid(gamma) * np.max(w)
    s = (high - low) / (2**bits - 1)
    return s * (np.clip(np.round(w / s) + np.round(-low / s), 0, 2**bits - 1) - np.round(-low / s))


@check(
    "eq-omniquant-lwc",
    r"""
    \hat{w}_{i} = s \left( \operatorname{clip}\!\left( \left\lfloor \frac{w_{i}}{s} \right\rceil + z,\; 0,\; 2^{b}-1 \right) - z \right), \qquad s = \frac{\sigma(\gamma) \max_{i} w_{i} - \sigma(\beta) \min_{i} w_{i}}{2^{b}-1}, \qquad z = \left\lfloor - \frac{\sigma(\beta) \min_{i} w_{i}}{s} \right\rceil
    """,
    by="bound",
    of=[clipped],
)
def weights_inside_move_by_half_a_step_and_others_to_the_ends(rng: Generator) -> None:
    """A weight inside the clipped range moves by half a step at most, one outside goes to the end of
    the range, and the grid has as many levels as the bits can count.
    """
    w = rng.normal(size=400)
    for gamma, beta, bits in ((2.0, 0.5, 2), (-0.3, 1.0, 3), (40.0, 40.0, 4)):
        low = w.min() / (1 + np.exp(-beta))
        high = w.max() / (1 + np.exp(-gamma))
        s = (high - low) / (2**bits - 1)
        levels = s * (np.round(low / s) + np.arange(2**bits))
        nearest = levels[np.argmin(np.abs(w[:, None] - levels), axis=1)]
        same(clipped(w, gamma, beta, bits), nearest)
    inside = np.abs(clipped(w, 40.0, 40.0, 4) - w)
    assert inside.max() <= (w.max() - w.min()) / 15 / 2 + 1e-9


def rotated_back(u: Array, w: Array, v: Array, x: Array) -> Array:
    return u.T @ ((u @ w @ v.T) @ (v @ x))


@check(
    "eq-quip-incoherence",
    r"""
    \mathbf{W}\mathbf{x} = \mathbf{U}^{\top} \left( \mathbf{U} \mathbf{W} \mathbf{V}^{\top} \right) \mathbf{V}\mathbf{x}, \qquad \mathbf{U}^{\top}\mathbf{U} = \mathbf{I}, \quad \mathbf{V}^{\top}\mathbf{V} = \mathbf{I}
    """,
    by="identity",
    of=[rotated_back],
)
def random_bases_change_nothing(rng: Generator) -> None:
    """The layer's output is the same in any orthogonal bases, while a single large weight is spread
    over the whole matrix.
    """
    u, v = (np.linalg.qr(rng.normal(size=(n, n)))[0] for n in (16, 24))
    w, x = rng.normal(size=(16, 24)), rng.normal(size=24)
    same(rotated_back(u, w, v, x), w @ x)
    spike = np.zeros((16, 24))
    spike[3, 5] = 1.0
    assert np.abs(u @ spike @ v.T).max() < 0.7
    same(np.sum((u @ spike @ v.T) ** 2), 1.0)


def next_state(state: int, code: int, shift: int, length: int) -> int:
    return (2**shift * state) % 2**length + code


def states_before(state: int, shift: int, length: int) -> list[int]:
    return [state // 2**shift + 2 ** (length - shift) * code for code in range(2**shift)]


@check(
    "eq-qtip-bitshift",
    r"""
    a_{t} = \left( 2^{kV} a_{t-1} \bmod 2^{L} \right) + c_{t}, \qquad 0 \le c_{t} < 2^{kV}
    """,
    by="simulation",
    of=[next_state, states_before],
)
def state_is_the_last_bits_written(rng: Generator) -> None:
    """The state is the number that the last codes spell in binary, the states that can come before
    are those that lead to it, and after enough codes the start is forgotten.
    """
    shift, length = 2, 6
    codes = [int(code) for code in rng.integers(0, 4, size=30)]
    written, state, other = "0" * length, 0, 45
    for code in codes:
        written += format(code, "02b")
        state = next_state(state, code, shift, length)
        other = next_state(other, code, shift, length)
        assert state == int(written[-length:], 2)
    assert state == other
    for state in range(2**length):
        leads = [
            old
            for old in range(2**length)
            if any(next_state(old, code, shift, length) == state for code in range(4))
        ]
        assert leads == states_before(state, shift, length)
