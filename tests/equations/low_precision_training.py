"""The equations of the page Low-precision training."""

from __future__ import annotations

from collections.abc import Callable

import autograd.numpy as np
from autograd import grad
from numpy.random import Generator

from equations.frame import Array, check, same, unbiased

FP4 = np.array([0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0])
GRID = np.concatenate([-FP4[:0:-1], FP4])


def scaled_step(
    w: Array, loss: Callable[[Array], float], scale: float, eta: float, cast: Callable[..., Array]
) -> Array:
    raised = cast(grad(lambda each: scale * loss(each))(cast(w)))
    return w - eta * raised / scale


@check(
    "eq-mixed-precision-update",
    r"""
    \mathbf{g} = \frac{1}{S} \nabla_{\hat{\mathbf{w}}} \left( S\, \mathcal{L}(\hat{\mathbf{w}}) \right), \qquad \mathbf{w} \leftarrow \mathbf{w} - \eta\, \mathbf{g}, \qquad \hat{\mathbf{w}} = \operatorname{fp16}(\mathbf{w})
    """,
    by="gradient",
    of=[scaled_step],
)
def loss_scale_cancels_but_saves_small_gradients(rng: Generator) -> None:
    """In exact arithmetic any loss scale gives the plain step; with gradients cast to half precision
    a tiny gradient is lost without the scale and kept with it, and small steps add up.
    """
    w, a = rng.normal(size=6), rng.normal(size=6)

    def loss(each: Array) -> float:
        return np.sum(a * each**2)

    def exact(each: Array) -> Array:
        return each

    def half(each: Array) -> Array:
        return each.astype(np.float16).astype(float)

    for scale in (1.0, 1024.0):
        same(scaled_step(w, loss, scale, 0.1, exact), w - 0.1 * 2 * a * w)

    def faint(each: Array) -> float:
        return 1e-9 * np.sum(each)

    start = np.ones(2)
    same(scaled_step(start, faint, 1.0, 1.0, half), start)
    moved = scaled_step(start, faint, 2.0**16, 1e3, half)
    same((start - moved) / 1e-6, np.ones(2), 1e-2)

    def square(each: Array) -> float:
        return np.sum(each**2)

    third = np.array([1 / 3])
    same(scaled_step(third, square, 1.0, 0.5, half), third - half(third))


def blockwise(v: Array, levels: Array) -> tuple[Array, Array]:
    s = np.max(np.abs(v))
    codes = np.argmin(np.abs(levels[None, :] - v[:, None] / s), axis=1)
    return codes, s * levels[codes]


@check(
    "eq-8bit-optimizers-blockwise",
    r"""
    q_{i} = \operatorname*{arg\,min}_{j} \left\lvert c_{j} - \frac{v_{i}}{s} \right\rvert, \qquad \hat{v}_{i} = s\, c_{q_{i}}, \qquad s = \max_{i} \lvert v_{i} \rvert
    """,
    by="optimum",
    of=[blockwise],
)
def nearest_level_is_taken_and_the_largest_is_exact(rng: Generator) -> None:
    """No other level lies nearer to any value, the largest value of a block is kept exactly, and an
    outlier in one block leaves another block as it was.
    """
    positive = np.geomspace(1e-4, 1.0, 100)
    levels = np.concatenate([-positive[::-1], [0.0], positive])
    v = rng.normal(size=64) * 1e-3
    codes, kept = blockwise(v, levels)
    for code, value, found in zip(codes, v, kept, strict=True):
        assert all(abs(found - value) <= abs(np.abs(v).max() * c - value) + 1e-15 for c in levels)
        assert levels[code] * np.abs(v).max() == found
    largest = np.argmax(np.abs(v))
    same(kept[largest], v[largest])
    same(blockwise(np.array([0.5, -2.0]), levels)[1][1], -2.0)
    spoiled = blockwise(np.append(v, 1e3), levels)[1][:-1]
    assert np.mean(np.abs(spoiled - v)) > np.mean(np.abs(kept - v))


def to_grid(v: Array, grid: Array) -> Array:
    return grid[np.argmin(np.abs(v[..., None] - grid), axis=-1)]


def microscaled(v: Array, grid: Array, largest: int) -> Array:
    shared = np.floor(np.log2(np.max(np.abs(v)))) - largest
    return 2.0**shared * to_grid(v / 2.0**shared, grid)


@check(
    "eq-mx-scale",
    r"""
    \hat{v}_{i} = 2^{E} \operatorname{quant}\!\left( \frac{v_{i}}{2^{E}} \right), \qquad E = \left\lfloor \log_{2} \max_{i} \lvert v_{i} \rvert \right\rfloor - e_{\max}
    """,
    by="bound",
    of=[microscaled],
)
def a_power_of_two_is_a_change_of_exponent(rng: Generator) -> None:
    """Multiplying the block by a power of two multiplies the result by it, values on the grid stay,
    the scaled maximum lies in the top binade, and the error stays below the widest gap.
    """
    for _ in range(50):
        v = rng.normal(size=32)
        found = microscaled(v, GRID, 2)
        same(microscaled(8.0 * v, GRID, 2), 8.0 * found)
        step = 2.0 ** (np.floor(np.log2(np.abs(v).max())) - 2)
        assert 4.0 <= np.abs(v).max() / step < 8.0
        same(found / step, to_grid(v / step, GRID))
        assert np.abs(found - v).max() <= 2.0 * step
    exact = np.array([0.75, -1.5, 0.0, 0.125])
    same(microscaled(exact, GRID, 2), exact)


def nvfp4(tensor: Array, grid: Array, e4m3: Callable[[Array], Array]) -> Array:
    tensor_scale = np.max(np.abs(tensor)) / (448.0 * 6.0)
    block_scale = e4m3(np.max(np.abs(tensor), axis=1, keepdims=True) / (6.0 * tensor_scale))
    return tensor_scale * block_scale * to_grid(tensor / (tensor_scale * block_scale), grid)


@check(
    "eq-nvfp4-scale",
    r"""
    \hat{v} = s_{g}\, s_{b} \operatorname{quant}\!\left( \frac{v}{s_{g} s_{b}} \right), \qquad s_{g} = \frac{\max_{\text{tensor}} \lvert v \rvert}{448 \cdot 6}, \qquad s_{b} = \operatorname{e4m3}\!\left( \frac{\max_{\text{block}} \lvert v \rvert}{6\, s_{g}} \right)
    """,
    by="bound",
    of=[nvfp4],
)
def block_scales_fit_and_the_largest_value_is_kept(rng: Generator) -> None:
    """No block scale exceeds 448, the largest value of the tensor is kept exactly, and with exact
    scales every block is rounded as if it were alone, to a sixth of its maximum times the grid.
    """
    seen = []

    def record(scale: Array) -> Array:
        seen.append(scale)
        return scale

    tensor = rng.normal(size=(8, 16)) * rng.uniform(0.1, 3.0, size=(8, 1))
    found = nvfp4(tensor, GRID, record)
    assert seen[0].max() <= 448 + 1e-9
    place = np.unravel_index(np.argmax(np.abs(tensor)), tensor.shape)
    same(found[place], tensor[place])
    same(seen[0].max(), 448.0)
    for block, kept in zip(tensor, found, strict=True):
        unit = np.abs(block).max() / 6
        same(kept, unit * to_grid(block / unit, GRID))
    coarse = nvfp4(tensor, GRID, lambda scale: 2.0 ** np.ceil(np.log2(scale)))
    step = np.abs(tensor).max() / 2688 * 2.0 ** np.ceil(np.log2(seen[0]))
    same(coarse / step, to_grid(tensor / step, GRID))


def stochastically(v: Array, grid: Array, draws: Array) -> Array:
    above = np.searchsorted(grid, v, side="right")
    low, high = grid[above - 1], grid[above]
    return np.where(draws < (v - low) / (high - low), high, low)


@check(
    "eq-fp4-stochastic-rounding",
    r"""
    \operatorname{SR}(v) = \begin{cases} v_{+} & \text{with probability } \dfrac{v - v_{-}}{v_{+} - v_{-}} \\ v_{-} & \text{otherwise} \end{cases}, \qquad \mathbb{E}[\operatorname{SR}(v)] = v
    """,
    by="unbiasedness",
    of=[stochastically],
)
def rounding_by_chance_has_no_bias(rng: Generator) -> None:
    """The mean over many draws is the value itself, only the two levels next to it occur, and levels
    stay, while rounding to the nearest is off on average.
    """
    v = np.array([0.1, -0.7, 1.2, 2.9, -3.4, 5.0])
    draws = rng.uniform(size=(20000, 6))
    found = stochastically(v, GRID, draws)
    unbiased(found, v)
    assert sorted(set(found[:, 5])) == [4.0, 6.0]
    assert sorted(set(found[:, 4])) == [-4.0, -3.0]
    same(stochastically(GRID[:-1], GRID, np.zeros(14)), GRID[:-1])
    assert np.abs(to_grid(v, GRID) - v).min() > 0.05
