"""The equations of the page Quantization, and older ones of the two pages split from it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, product
from math import erf
from statistics import NormalDist

import autograd.numpy as np
from autograd import grad, hessian, jacobian
from numpy.random import Generator

from equations.frame import Array, check, differences, distribution, same, sigmoid, softmax


def uniform(w: Array, bits: int) -> Array:
    s = (np.max(w) - np.min(w)) / (2**bits - 1)
    z = np.round(-np.min(w) / s)
    return s * (np.clip(np.round(w / s) + z, 0, 2**bits - 1) - z)


@check(
    "eq-quantization-uniform",
    r"""
    \hat{w}_{i} = s \left( \operatorname{clip}\!\left( \left\lfloor \frac{w_{i}}{s} \right\rceil + z,\;
    0,\; 2^{b}-1 \right) - z \right),
    \qquad
    s = \frac{\max_{i} w_{i} - \min_{i} w_{i}}{2^{b}-1},
    \qquad
    z = \left\lfloor - \frac{\min_{i} w_{i}}{s} \right\rceil
    """,
    by="bound",
    of=[uniform],
)
def weight_moves_by_half_a_step_at_most(rng: Generator) -> None:
    """No weight moves by more than half a step and some weight by just that, zero stays zero, and the
    nearest of the levels, which are as many as the bits can count, is taken.
    """
    for bits in (2, 3, 5):
        w = np.append(rng.normal(size=40) + 0.3, 0.0)
        step = (w.max() - w.min()) / (2**bits - 1)
        quantized = uniform(w, bits)
        assert np.all(np.abs(quantized - w) <= step / 2 + 1e-12)
        assert quantized[-1] == 0
        lowest = step * np.round(w.min() / step)
        levels = lowest + step * np.arange(2**bits)
        nearest = levels[np.argmin(np.abs(w[:, None] - levels), axis=1)]
        same(quantized, nearest)
    same(uniform(np.array([-1.5, 0.2, 1.5]), 2), np.array([-2.0, 0.0, 1.0]))
    same(uniform(np.array([-3.0, 1.9, 4.0]), 3), np.array([-3.0, 2.0, 4.0]))


def fake_quantized(w: Array, s: float, q: int) -> Array:
    return s * np.clip(np.round(w / s), -q, q)


def straight_through(upstream: Array, w: Array, s: float, q: int) -> Array:
    return upstream * (np.abs(w) <= q * s)


@check(
    "eq-quantization-straight-through",
    r"""
    \hat{w} = s \operatorname{clip}\!\left( \left\lfloor \frac{w}{s} \right\rceil,\;
    -q_{\max},\; q_{\max} \right),
    \qquad
    \frac{\partial \mathcal{L}}{\partial w} \approx
    \frac{\partial \mathcal{L}}{\partial \hat{w}} \,
    \mathbb{1}\!\left[ \lvert w \rvert \le q_{\max}\, s \right]
    """,
    by="gradient",
    of=[fake_quantized, straight_through],
)
def rounding_counts_as_the_identity(rng: Generator) -> None:
    """With the quantized value in the forward pass, the estimate is the derivative of the loss when
    rounding is left out of the scaled and clipped weight, also at the edge, seen from inside.
    """
    s, q = 0.4, 3
    w, mix, target = rng.normal(size=(3, 12)), rng.normal(size=(5, 12)), rng.normal(size=5)
    w = np.concatenate([w[0], w[1] * 2])
    mix = rng.normal(size=(5, 24))
    levels = s * np.arange(-q, q + 1)
    quantized = fake_quantized(w, s, q)
    same(quantized, levels[np.argmin(np.abs(w[:, None] - levels), axis=1)])

    def loss(weights: Array) -> float:
        return np.sum(np.tanh(mix @ weights - target) ** 2)

    def surrogate(weights: Array) -> float:
        clipped = s * np.clip(weights / s, -q, q) - s * np.clip(w / s, -q, q)
        return loss(quantized + clipped)

    estimate = straight_through(grad(loss)(quantized), w, s, q)
    same(estimate, grad(surrogate)(w))
    same(estimate, differences(surrogate, w), 1e-6)
    assert 0 < np.sum(estimate == 0) < 24
    edge = np.array([q * s, -q * s])
    same(straight_through(np.array([2.0, 5.0]), edge, s, q), np.array([2.0, 5.0]))


def second_order(gradient: Array, curvature: Array, delta: Array) -> float:
    return np.sum(gradient * delta) + 0.5 * np.einsum("i,ij,j", delta, curvature, delta)


@check(
    "eq-quantization-hessian",
    r"""
    \mathcal{L}(\mathbf{w}+\boldsymbol{\delta}) - \mathcal{L}(\mathbf{w})
    = \mathbf{g}^{\top}\boldsymbol{\delta}
    + \tfrac{1}{2}\, \boldsymbol{\delta}^{\top}\mathbf{H}\boldsymbol{\delta}
    + O\bigl(\lVert \boldsymbol{\delta} \rVert_2^{3}\bigr)
    """,
    by="limit",
    of=[second_order],
)
def remainder_is_of_third_order(rng: Generator) -> None:
    """Halving the change of the weights divides the remainder by eight; for the squared output error
    of a layer, at the old weights, there is no remainder and no first term.
    """
    w, x, target = rng.normal(size=4), rng.normal(size=(4, 9)), rng.normal(size=9)

    def loss(weights: Array) -> float:
        return np.mean((np.tanh(weights @ x) - target) ** 2)

    slope, curvature = grad(loss)(w), hessian(loss)(w)

    def remainder(delta: Array) -> float:
        return abs(loss(w + delta) - loss(w) - second_order(slope, curvature, delta))

    direction = max(rng.normal(size=(9, 4)), key=lambda each: remainder(0.002 * each))
    same(remainder(0.002 * direction) / remainder(0.001 * direction), 8.0, 0.02)

    def layer_error(weights: Array) -> float:
        return np.sum((weights @ x - w @ x) ** 2)

    none = grad(layer_error)(w)
    same(none, np.zeros(4))
    same(second_order(none, hessian(layer_error)(w), direction), layer_error(w + direction))


def sensitivity(weights: Array, rounded: Array, x: Array) -> Array:
    return (weights - rounded) ** 2 / np.diag(np.linalg.inv(x @ x.T))


@check(
    "eq-spqr-sensitivity",
    r"""
    S_{ij} = \min_{\mathbf{W}'} \lVert \mathbf{W}\mathbf{X} - \mathbf{W}'\mathbf{X} \rVert_F^2 \;\; \mathrm{s.t.} \;\; W'_{ij} = \operatorname{quant}(W_{ij}), \qquad S_{ij} \propto \frac{\left( W_{ij} - \operatorname{quant}(W_{ij}) \right)^2}{\left[ (\mathbf{X}\mathbf{X}^{\top})^{-1} \right]_{jj}}
    """,
    by="optimum",
    of=[sensitivity],
)
def sensitivity_is_the_least_error_left(rng: Generator) -> None:
    """With one entry forced onto the grid, least squares over all others of the matrix leaves just
    this error; the factor of proportionality is one, and no random change of the others gets below.
    """
    weights, x = rng.normal(size=(2, 4)), rng.normal(size=(4, 9))
    rounded = np.round(weights)
    found = sensitivity(weights, rounded, x)
    assert found.shape == (2, 4)
    for i, j in product(range(2), range(4)):
        forced = rounded[i, j] - weights[i, j]
        others = np.delete(np.arange(4), j)
        best = np.linalg.lstsq(x[others].T, -forced * x[j], rcond=None)[0]
        same(found[i, j], np.sum((forced * x[j] + best @ x[others]) ** 2))
        rival = forced * x[j] + rng.normal(size=(50, 3)) @ x[others]
        assert np.all(np.sum(rival**2, axis=1) >= found[i, j])


def scaled_error(
    weights: Array, x: Array, exponent: float, quant: Callable[[Array], Array]
) -> float:
    s = np.mean(np.abs(x), axis=1) ** exponent
    return np.linalg.norm(quant(weights @ np.diag(s)) @ (np.diag(1 / s) @ x) - weights @ x)


def best_exponent(weights: Array, x: Array, quant: Callable[[Array], Array], grid: Array) -> float:
    return grid[np.argmin([scaled_error(weights, x, exponent, quant) for exponent in grid])]


@check(
    "eq-awq-objective",
    r"""
    \mathbf{s}^{*} = \operatorname*{arg\,min}_{\mathbf{s}} \left\lVert \operatorname{quant}\!\left(\mathbf{W} \operatorname{diag}(\mathbf{s})\right) \left(\operatorname{diag}(\mathbf{s})^{-1} \mathbf{X}\right) - \mathbf{W}\mathbf{X} \right\rVert_F, \qquad \mathbf{s} = \mathbf{s}_{\mathbf{X}}^{\alpha}, \quad \alpha \in [0, 1]
    """,
    by="optimum",
    of=[scaled_error, best_exponent],
)
def searched_exponent_beats_plain_rounding(rng: Generator) -> None:
    """Without rounding no factors change the product; with it, the exponent found is as good as any
    other on the grid, each tried entry by entry, and better than none when one input is wide.
    """
    weights, x = rng.normal(size=(5, 6)), rng.normal(size=(6, 20)) + 0.2
    x[2] *= 40
    same(scaled_error(weights, x, 0.7, lambda each: each), 0.0, 1e-9)

    def quant(each: Array) -> Array:
        steps = np.abs(each).max(axis=1, keepdims=True) / 7
        return steps * np.round(each / steps)

    sizes = [sum(abs(value) for value in row) / 20 for row in x]
    errors = []
    grid = np.linspace(0, 1, 21)
    for exponent in grid:
        wide = np.array(
            [[w * s**exponent for w, s in zip(row, sizes, strict=True)] for row in weights]
        )
        narrow = np.array([row / s**exponent for row, s in zip(x, sizes, strict=True)])
        errors.append(float(np.sqrt(np.sum((weights @ x - quant(wide) @ narrow) ** 2))))
    same([scaled_error(weights, x, exponent, quant) for exponent in grid], errors)
    found = best_exponent(weights, x, quant, grid)
    assert errors[list(grid).index(found)] == min(errors) < errors[0]


def best_on_grid(weights: Array, x: Array, levels: list[float]) -> Array:
    rows = np.array(list(product(levels, repeat=weights.shape[1])))
    errors = np.sum((weights[:, None, :] @ x - rows @ x[None]) ** 2, axis=2)
    return rows[np.argmin(errors, axis=1)]


@check(
    "eq-gptq-objective",
    r"""
    \hat{\mathbf{W}}^{*} = \operatorname*{arg\,min}_{\hat{\mathbf{W}}} \lVert \mathbf{W}\mathbf{X} - \hat{\mathbf{W}}\mathbf{X} \rVert_F^2
    """,
    by="optimum",
    of=[best_on_grid],
)
def rows_are_searched_one_by_one(rng: Generator) -> None:
    """The rows of a weight matrix can be searched apart: trying all matrices on the grid finds the
    same one, which, for inputs that rise and fall together, is better than rounding each weight to the
    nearest level.
    """
    weights = rng.uniform(0.3, 0.45, size=(2, 3))
    x = rng.normal(size=5) + 0.1 * rng.normal(size=(3, 5))
    levels = [-1.0, 0.0, 1.0]
    found = best_on_grid(weights, x, levels)
    matrices = np.array(list(product(levels, repeat=6))).reshape(-1, 2, 3)
    errors = np.linalg.norm((weights - matrices) @ x, axis=(1, 2))
    same(found, matrices[np.argmin(errors)])
    nearest = np.clip(np.round(weights), -1, 1)
    assert np.linalg.norm((weights - nearest) @ x) > 1.1 * errors.min()


def layer_hessian(x: Array) -> Array:
    return 2 * x @ x.T


def obq_step(w: Array, rounded: Array, inverse: Array) -> tuple[int, Array]:
    q = np.argmin((rounded - w) ** 2 / np.diag(inverse))
    delta = -(w[q] - rounded[q]) / inverse[q, q] * inverse[:, q]
    return q, delta


@check(
    "eq-gptq-update",
    r"""
    q = \operatorname*{arg\,min}_{j \in F} \frac{\left( \operatorname{quant}(w_j) - w_j \right)^2}{\left[ \mathbf{H}_F^{-1} \right]_{jj}}, \qquad \boldsymbol{\delta}_F = - \frac{w_q - \operatorname{quant}(w_q)}{\left[ \mathbf{H}_F^{-1} \right]_{qq}} \left( \mathbf{H}_F^{-1} \right)_{:,q}, \qquad \mathbf{H}_F = 2 \mathbf{X}_F \mathbf{X}_F^{\top}
    """,
    by="optimum",
    of=[layer_hessian, obq_step],
)
def step_is_constrained_least_squares(rng: Generator) -> None:
    """Of all weights still free, the step rounds the one that costs least once least squares has
    corrected the others, and it corrects them in that way; H is the Hessian of the row's error.
    """
    for _ in range(3):
        w, x = rng.normal(size=5), rng.normal(size=(5, 8))
        rounded = np.round(w)
        curvature = layer_hessian(x)
        same(curvature, hessian(lambda each, x=x, w=w: np.sum((w @ x - each @ x) ** 2))(w))
        q, delta = obq_step(w, rounded, np.linalg.inv(curvature))
        costs, corrections = [], []
        for j in range(5):
            others = np.delete(np.arange(5), j)
            forced = rounded[j] - w[j]
            best = np.linalg.lstsq(x[others].T, -forced * x[j], rcond=None)[0]
            corrections.append(np.insert(best, j, forced))
            costs.append(np.sum((corrections[j] @ x) ** 2))
        assert q == np.argmin(costs)
        same(delta, corrections[q])


def fisher(gradients: Array) -> Array:
    return gradients.T @ gradients / len(gradients)


def best_levels(w: Array, importance: Array, count: int) -> Array:
    order, errors, choices = np.argsort(w), [], []
    for cuts in combinations(range(1, len(w)), count - 1):
        quantized = np.zeros(len(w))
        for group in np.split(order, cuts):
            quantized[group] = np.sum(importance[group] * w[group]) / np.sum(importance[group])
        choices.append(quantized)
        errors.append(np.sum(importance * np.square(w - quantized)))
    return choices[np.argmin(errors)]


@check(
    "eq-squeezellm-kmeans",
    r"""
    \hat{\mathbf{w}}^{*} \simeq \operatorname*{arg\,min}_{\hat{\mathbf{w}}} \sum_{i} \mathcal{F}_{ii} \left( w_i - \hat{w}_i \right)^2, \qquad \mathcal{F} = \frac{1}{\lvert\mathcal{D}\rvert} \sum_{d \in \mathcal{D}} \mathbf{g}_d \mathbf{g}_d^{\top} \approx \mathbf{H}
    """,
    by="optimum",
    of=[fisher, best_levels],
)
def levels_are_the_best_of_all_assignments(rng: Generator) -> None:
    """Trying every assignment of weights to levels finds nothing better than weighted means of
    neighbours; on labels that follow the model, the Fisher matrix is the Hessian of the log loss.
    """
    count = 3
    codes = np.array(list(product(range(count), repeat=6)))
    for far in (0, -9, 9):
        w, importance = rng.normal(size=6), rng.uniform(0.2, 2, size=6) ** 3
        w[0] += far
        found = best_levels(w, importance, count)
        assert len(set(found)) == count
        errors = np.zeros(len(codes))
        for level in range(count):
            part = (codes == level) * importance
            mean = part @ w / np.maximum(part.sum(axis=1), 1e-12)
            errors += np.sum(part * (w - mean[:, None]) ** 2, axis=1)
        same(importance @ (w - found) ** 2, errors.min())

    inputs = np.array([[1.0, 0, 0], [0, 2, 0], [1, 1, 1]])
    shares = np.array([0.25, 0.75, 0.5])  # of label one, as the model has it
    theta = np.linalg.solve(inputs, np.log(shares / (1 - shares)))
    signs = np.array([[1, -1, -1, -1], [1, 1, 1, -1], [1, 1, -1, -1]]).ravel()
    data = np.repeat(inputs, 4, axis=0) * signs[:, None]

    def losses(parameters: Array) -> Array:
        return -np.log(sigmoid(data @ parameters))

    curvature = hessian(lambda each: np.mean(losses(each)))(theta)
    same(fisher(jacobian(losses)(theta)), curvature)


def split(weights: Array, kept: int) -> tuple[Array, Array]:
    threshold = np.sort(np.abs(weights).ravel())[-kept]
    sparse = np.where(np.abs(weights) >= threshold, weights, 0)
    return weights - sparse, sparse


def split_product(dense: Array, sparse: Array, x: Array) -> Array:
    return dense @ x + sparse @ x


@check(
    "eq-squeezellm-split",
    r"""
    \mathbf{W} = \mathbf{W}_{\mathrm{dense}} + \mathbf{W}_{\mathrm{sparse}}, \qquad \mathbf{W}\mathbf{X} = \mathbf{W}_{\mathrm{dense}}\mathbf{X} + \mathbf{W}_{\mathrm{sparse}}\mathbf{X}
    """,
    by="identity",
    of=[split, split_product],
)
def parts_add_up(rng: Generator) -> None:
    """The two products add up to that of the whole matrix; the sparse part holds as many weights as
    wished, those of largest magnitude, and the dense part has the smaller range.
    """
    weights, x = rng.normal(size=(4, 5)), rng.normal(size=(5, 3))
    weights[1, 2], weights[3, 0] = 20, -30
    dense, sparse = split(weights, 2)
    same(sorted(sparse[sparse != 0]), np.array([-30.0, 20.0]))
    assert np.abs(dense).max() < 4
    assert np.all(dense * sparse == 0)
    same(dense + sparse, weights)
    same(split_product(dense, sparse, x), np.einsum("ij,jk->ik", weights, x))


def outlier_magnitudes(bits: int) -> list[float]:
    m, first = bits - 3, 5
    return [2**e * (1 + 2**-m * k) for e in range(first, first + 4) for k in range(2**m)]


@check(
    "eq-olive-abfloat",
    r"""
    \left| v \right| = 2^{e} \left( 1 + 2^{-m} k \right), \qquad e \in \{ e_0, \dots, e_0 + 3 \}, \quad k \in \{ 0, \dots, 2^{m} - 1 \}
    """,
    by="simulation",
    of=[outlier_magnitudes],
)
def codes_are_decoded_by_shifts(rng: Generator) -> None:
    """A decoder that reads two exponent bits and shifts the mantissa, with its hidden one, by them
    gives these magnitudes, code for code, at 4 and at 8 bits; all but the first exceed 32.
    """
    for bits in (4, 8):
        width = bits - 3
        decoded = []
        for code in range(2 ** (bits - 1)):
            exponent, mantissa = code >> width, code & ((1 << width) - 1)
            decoded.append(float(((1 << width) | mantissa) << (exponent + 5)) / (1 << width))
        same(outlier_magnitudes(bits), decoded)
        assert decoded[0] == 32 < min(decoded[1:])


def layerwise_loss(quantized: Array, layers: list[Array], number: int, x: Array) -> float:
    states = x
    for weights in layers[: number - 1]:
        states = np.tanh(weights @ states)
    target = np.tanh(layers[number - 1] @ states)
    return np.mean(np.square(np.tanh(quantized @ states) - target))


@check(
    "eq-zeroquant-lkd",
    r"""
    \mathcal{L}_l = \operatorname{MSE}\!\left( \hat{f}_l(\mathbf{R}_{l-1}),\; f_l(\mathbf{R}_{l-1}) \right)
    """,
    by="gradient",
    of=[layerwise_loss],
)
def loss_sees_one_layer(rng: Generator) -> None:
    """The loss is zero for the layer's own weights; its gradient is a product of that layer's error
    and of the full-precision states before it, so that no other quantized layer is needed.
    """
    layers = [rng.normal(size=shape) for shape in ((4, 3), (5, 4), (2, 5))]
    x, quantized = rng.normal(size=(3, 7)), np.round(layers[1])
    before = np.tanh(layers[0] @ x)
    mine, wanted = np.tanh(quantized @ before), np.tanh(layers[1] @ before)
    by_hand = 2 * ((mine - wanted) * (1 - mine**2)) @ before.T / mine.size
    same(layerwise_loss(layers[1], layers, 2, x), 0.0)
    same(grad(layerwise_loss)(quantized, layers, 2, x), by_hand)
    same(differences(lambda each: layerwise_loss(each, layers, 2, x), quantized), by_hand, 1e-7)


def smoothed(weights: Array, x: Array, alpha: float) -> tuple[Array, Array]:
    s = np.max(np.abs(x), axis=1) ** alpha / np.max(np.abs(weights), axis=0) ** (1 - alpha)
    return weights @ np.diag(s), np.diag(1 / s) @ x


@check(
    "eq-smoothquant-scale",
    r"""
    \mathbf{W}\mathbf{X} = \left( \mathbf{W} \operatorname{diag}(\mathbf{s}) \right) \left( \operatorname{diag}(\mathbf{s})^{-1} \mathbf{X} \right), \qquad s_j = \frac{\max(|\mathbf{X}_{j,:}|)^{\alpha}}{\max(|\mathbf{W}_{:,j}|)^{1-\alpha}}
    """,
    by="identity",
    of=[smoothed],
)
def product_stays_and_maxima_move(rng: Generator) -> None:
    """The product stays as it was; with m the product of a channel's two maxima, its activations get
    the maximum m to the power of 1 - alpha and its weights m to the power of alpha.
    """
    weights, x = rng.normal(size=(3, 4)), rng.normal(size=(4, 6)) * [[1], [50], [3], [9]]
    common = np.array([np.abs(weights[:, j]).max() * np.abs(x[j]).max() for j in range(4)])
    for alpha in (0.5, 0.75, 0.0):
        wide, narrow = smoothed(weights, x, alpha)
        same(wide @ narrow, weights @ x)
        same(np.abs(narrow).max(axis=1), common ** (1 - alpha))
        same(np.abs(wide).max(axis=0), common**alpha)


def decomposed(weights: Array, x: Array) -> Array:
    outlier = np.max(np.abs(x), axis=1) > 6
    w, v = weights[:, ~outlier], x[~outlier]
    s_w, s_x = np.max(np.abs(w), axis=1) / 127, np.max(np.abs(v), axis=0) / 127
    integers = np.round(w / s_w[:, None]) @ np.round(v / s_x)
    return weights[:, outlier] @ x[outlier] + np.outer(s_w, s_x) * integers


@check(
    "eq-llmint8-decomposition",
    r"""
    \mathbf{W}\mathbf{X} \approx \sum_{j \in O} \mathbf{W}_{:,j} \mathbf{X}_{j,:} + \left( \mathbf{s}_w \mathbf{s}_x^{\top} \right) \odot \sum_{j \notin O} \hat{\mathbf{W}}_{:,j} \hat{\mathbf{X}}_{j,:}, \qquad O = \left\{ j : \max_t |X_{jt}| > 6 \right\}
    """,
    by="identity",
    of=[decomposed],
)
def outliers_are_multiplied_exactly(rng: Generator) -> None:
    """The outlier dimensions add no error: with the others on the grid of their row and token the
    product is exact, and off it the error stays below what half a step of each factor allows.
    """
    weights = rng.integers(-126, 127, size=(3, 5)) * np.array([[0.5], [0.25], [0.125]])
    weights[:, 1] = [63.5, -31.75, 15.875]  # 127 steps
    x = rng.integers(-126, 127, size=(5, 4)) * np.array([0.03125, 0.015625, 0.03125, 0.015625])
    x[1], x[3] = 127 * np.array([0.03125, 0.015625, -0.03125, 0.015625]), rng.normal(size=4) * 30
    x[3, 0], weights[:, 3] = -6.7, rng.normal(size=3)
    same(decomposed(weights, x), weights @ x)
    edge = np.array([[6.0, -6.0], [0.3, 5.0], [0.2, 6.1]])  # six itself is no outlier
    pairs = np.array([[1.0, 0, 0], [0, 1, 0], [1, 0, 1]])
    rounded = np.round(np.array([0.3, 5.0]) * 127 / 6) * 6 / 127
    same(decomposed(pairs, edge), np.array([[6.0, -6.0], rounded, [6.2, 0.1]]))
    x = rng.normal(size=(5, 4)) * [[1], [1], [20], [1], [1]]
    weights = rng.normal(size=(3, 5))
    kept = [0, 1, 3, 4]
    half_w = np.abs(weights[:, kept]).max(axis=1)[:, None] / 254
    half_x = np.abs(x[kept]).max(axis=0)[None] / 254
    bound = sum(
        np.abs(weights[:, [j]]) * half_x + half_w * np.abs(x[[j]]) + half_w * half_x for j in kept
    )
    assert np.all(np.abs(decomposed(weights, x) - weights @ x) <= bound)


def symmetric_scale(weights: Array, bits: int) -> float:
    return np.max(np.abs(weights)) / (2 ** (bits - 1) - 1)


def symmetric(weights: Array, s: float, bits: int) -> Array:
    top = 2 ** (bits - 1) - 1
    return s * np.clip(np.round(weights / s), -top, top)


@check(
    "eq-q8bert-quantizer",
    r"""
    \hat{\mathbf{W}} = s \operatorname{clip}\!\left( \left\lfloor \mathbf{W} / s \right\rceil,\; -(2^{b-1}-1),\; 2^{b-1}-1 \right), \qquad s = \frac{\max_{i,j} |W_{ij}|}{2^{b-1}-1}
    """,
    by="bound",
    of=[symmetric_scale, symmetric],
)
def symmetric_levels(rng: Generator) -> None:
    """No weight moves by more than half the scale, which some weight does, the largest stays as it is,
    and values beyond a running maximum, as activations may be, go to the outermost level.
    """
    for bits in (2, 4, 8):
        weights = rng.normal(size=(5, 6))
        s = symmetric_scale(weights, bits)
        quantized = symmetric(weights, s, bits)
        assert np.all(np.abs(quantized - weights) <= s / 2 + 1e-12)
        largest = np.abs(weights).argmax()
        same(quantized.ravel()[largest], weights.ravel()[largest])
        levels = np.arange(-(2 ** (bits - 1)) + 1, 2 ** (bits - 1)) * s
        assert len(levels) == 2**bits - 1
        activations = weights * 3
        nearest = levels[np.argmin(np.abs(activations[..., None] - levels), axis=2)]
        same(symmetric(activations, s, bits), nearest)
    same(
        symmetric(np.array([2.5, -7.0]), symmetric_scale(np.array([2.5, -7.0]), 4), 4),
        np.array([2.0, -7.0]),
    )


def per_channel(weights: Array, bits: int) -> Array:
    s = np.max(np.abs(weights), axis=1) / (2 ** (bits - 1) - 1)
    return s[:, None] * np.round(weights / s[:, None])


@check(
    "eq-llmqat-quantizer",
    r"""
    \hat{W}_{ij} = s_i \left\lfloor \frac{W_{ij}}{s_i} \right\rceil,
    \qquad
    s_i = \frac{\max_{j} |W_{ij}|}{2^{b-1}-1}
    """,
    by="bound",
    of=[per_channel],
)
def channels_have_their_own_scale(rng: Generator) -> None:
    """Each channel keeps its largest weight, moves none by more than half its own scale and has
    levels from -7 to 7 at 4 bits; to multiply a channel by a number multiplies its quantized weights alone.
    """
    weights = rng.uniform(-1, 1, size=(3, 200)) * [[1], [10], [0.1]]
    quantized = per_channel(weights, 4)
    for row, exact in zip(quantized, weights, strict=True):
        steps = row / np.abs(exact).max() * 7
        same(steps, np.round(steps))
        assert len(set(np.abs(np.round(steps)))) == 8
        assert np.all(np.abs(row - exact) <= np.abs(exact).max() / 14 + 1e-12)
        same(np.abs(row).max(), np.abs(exact).max())
    factors = np.array([[1.0], [-3.0], [1.0]])
    same(per_channel(weights * factors, 4), quantized * factors)


def distillation(teacher: Array, student: Array) -> float:
    return np.sum(np.sum(teacher * np.log(teacher / student), axis=1))


@check(
    "eq-llmqat-loss",
    r"""
    \mathcal{L} = \sum_{t} \sum_{c=1}^{C} p^{T}_{t,c} \log \frac{p^{T}_{t,c}}{p^{S}_{t,c}}
    """,
    by="gradient",
    of=[distillation],
)
def gradient_is_the_gap_of_probabilities(rng: Generator) -> None:
    """The gradient in the student's logits is the student's distribution less the teacher's, token by
    token; the loss is zero where the two agree and nowhere below.
    """
    teacher, logits = distribution(rng, 3, 5), rng.normal(size=(3, 5))

    def loss(each: Array) -> float:
        return distillation(teacher, softmax(each))

    same(grad(loss)(logits), softmax(logits) - teacher)
    same(differences(loss, logits), softmax(logits) - teacher, 1e-7)
    same(loss(np.log(teacher)), 0.0)
    assert loss(logits) > 0


def threshold(w: Array) -> float:
    return 0.7 / len(w) * np.sum(np.abs(w))


def ternarized(w: Array, cut: float) -> Array:
    chosen = np.abs(w) > cut
    s = np.sum(np.abs(w[chosen])) / np.sum(chosen)
    return np.where(chosen, s * np.sign(w), 0)


@check(
    "eq-ternarybert-quantizer",
    r"""
    \hat{w}_i = \begin{cases} s \operatorname{sign}(w_i), & |w_i| > \Delta \\ 0, & |w_i| \le \Delta \end{cases}
    \qquad \Delta = \frac{0.7}{n} \lVert \mathbf{w} \rVert_1, \qquad s = \frac{\sum_{|w_i| > \Delta} |w_i|}{\left| \{ i : |w_i| > \Delta \} \right|}
    """,
    by="optimum",
    of=[threshold, ternarized],
)
def scale_is_best_and_threshold_nearly(rng: Generator) -> None:
    """For the weights above the threshold no other scale has a smaller squared error; for weights that
    are spread just as a normal or a uniform distribution, trying all thresholds gains less than 1 %.
    A weight at the threshold is zero.
    """
    places = (rng.permutation(400) + 0.5) / 400
    normal = np.array([NormalDist().inv_cdf(place) for place in places])
    for w in (rng.uniform(0.5, 2) * normal, rng.uniform(0.5, 2) * (2 * places - 1)):
        found = ternarized(w, threshold(w))
        error = np.sum((w - found) ** 2)
        signs = np.sign(found)
        for s in np.linspace(0.1, 3, 100):
            assert np.sum((w - s * signs) ** 2) >= error
        same(np.abs(found).max(), (signs @ w) / (signs @ signs))
        sizes = np.sort(np.abs(w))[::-1]
        best = np.min(w @ w - np.cumsum(sizes) ** 2 / np.arange(1, 401))
        assert best <= error <= 1.01 * best
    at = np.array([0.7, -1.3, 1.0, -1.0])
    same(threshold(at), 0.7)
    same(ternarized(at, 0.7), np.array([0.0, -1.1, 1.1, -1.1]))


def imitation(
    states: list[tuple[Array, Array]], scores: list[tuple[Array, Array]], p: Array, student: Array
) -> float:
    hidden = sum(np.mean(np.square(mine - theirs)) for mine, theirs in states)
    attention = sum(np.mean(np.square(mine - theirs)) for mine, theirs in scores)
    return hidden + attention - np.sum(p * np.log(student))


@check(
    "eq-ternarybert-loss",
    r"""
    \mathcal{L} = \sum_{l} \operatorname{MSE}\!\left(\mathbf{R}_l^{S}, \mathbf{R}_l^{T}\right) + \sum_{l} \operatorname{MSE}\!\left(\mathbf{A}_l^{S}, \mathbf{A}_l^{T}\right) - \sum_{c=1}^{C} p_c^{T} \log p_c^{S}
    """,
    by="bound",
    of=[imitation],
)
def least_where_the_student_is_the_teacher(rng: Generator) -> None:
    """The loss is nowhere below the entropy of the teacher's prediction and reaches it where states,
    scores and predictions agree; one entry of a layer that is off by e adds e squared over its size.
    """
    states = [rng.normal(size=(3, 4)) for _ in range(3)]
    scores = [rng.normal(size=(3, 3)) for _ in range(2)]
    p = distribution(rng, 5)
    entropy = -sum(each * np.log(each) for each in p)
    equal = [(each, each) for each in states], [(each, each) for each in scores]
    same(imitation(*equal, p, p), entropy)
    for layer in range(3):
        moved = [each.copy() for each in states]
        moved[layer][1, 2] += 0.3
        pairs = list(zip(moved, states, strict=True))
        same(imitation(pairs, equal[1], p, p), entropy + 0.09 / 12)
    for layer in range(2):
        moved = [each.copy() for each in scores]
        moved[layer][2, 0] -= 0.3
        pairs = list(zip(moved, scores, strict=True))
        same(imitation(equal[0], pairs, p, p), entropy + 0.09 / 9)
    for rival in distribution(rng, 20, 5):
        assert imitation(*equal, p, rival) > entropy


def binarized(w: Array) -> Array:
    return np.mean(np.abs(w)) * np.sign(w)


def wide_output(first: Array, second: Array, x: Array) -> Array:
    return np.dot(binarized(first) + binarized(second), x)


@check(
    "eq-binarybert-split",
    r"""
    \mathbf{w}^{t} = \mathbf{w}_1^{b} + \mathbf{w}_2^{b}, \qquad \hat{\mathbf{w}}^{t} = \hat{\mathbf{w}}_1^{b} + \hat{\mathbf{w}}_2^{b}
    """,
    by="identity",
    of=[binarized, wide_output],
)
def wide_network_starts_as_the_ternary_one(rng: Generator) -> None:
    """After the split the two binary halves give the output of the ternary weights, before and after
    quantization, although each half has one magnitude only.
    """
    w, x = rng.normal(size=200), rng.normal(size=(200, 3))
    first, second = halves_of(w)
    same(first + second, w)
    assert len(set(np.abs(binarized(first)))) == 1
    same(wide_output(first, second, x), ternarized(w, threshold(w)) @ x)


def split_in_two(w: Array, ternary: Array, a: float, beta: float) -> tuple[Array, Array]:
    first = np.where(ternary != 0, a * w, np.where(w > 0, w + beta, beta))
    second = np.where(ternary != 0, (1 - a) * w, np.where(w > 0, -beta, w - beta))
    return first, second


def halves_of(w: Array) -> tuple[Array, Array]:
    """Solve the two linear equations that give both halves half the ternary magnitude."""
    ternary = ternarized(w, threshold(w))
    far, up, down = ternary != 0, (ternary == 0) & (w > 0), (ternary == 0) & (w <= 0)
    size, zeros = np.abs(w[far]).sum(), up.sum() + down.sum()
    total = len(w) * np.abs(ternary).max() / 2  # of the magnitudes of each half
    system = np.array([[size, zeros], [-size, zeros]])
    a, beta = np.linalg.solve(system, [total - w[up].sum(), total - size + w[down].sum()])
    return split_in_two(w, ternary, a, beta)


@check(
    "eq-binarybert-operator",
    r"""
    \left(w_{1,i}^{b},\, w_{2,i}^{b}\right) = \begin{cases} \left(a\, w_i^{t},\; (1-a)\, w_i^{t}\right), & \hat{w}_i^{t} \neq 0 \\ \left(w_i^{t} + \beta,\; -\beta\right), & \hat{w}_i^{t} = 0,\; w_i^{t} > 0 \\ \left(\beta,\; w_i^{t} - \beta\right), & \hat{w}_i^{t} = 0,\; w_i^{t} \le 0 \end{cases}
    """,
    by="identity",
    of=[split_in_two],
)
def two_numbers_make_the_halves_agree(rng: Generator) -> None:
    """For any two numbers the halves add up to the latent weights; with those that solve two linear
    equations their binary values add up to the ternary ones, the zeros by opposite signs.
    """
    w = rng.normal(size=300)
    ternary = ternarized(w, threshold(w))
    first, second = split_in_two(w, ternary, 0.3, 0.8)
    same(first + second, w)
    first, second = halves_of(w)
    same(first + second, w)
    sizes = [np.mean(np.abs(each)) for each in (first, second)]
    same(sizes[0], sizes[1])
    same(sizes[0] * np.sign(first) + sizes[1] * np.sign(second), ternary)
    none = split_in_two(np.zeros(1), np.zeros(1), 0.3, 0.8)
    same(none[0] + none[1], np.zeros(1))
    same(none[0], np.full(1, 0.8))


def integer_gelu(x: Array, a: float = -0.2888, beta: float = -1.769) -> Array:
    y = x / np.sqrt(2)
    polynomial = a * (np.minimum(np.abs(y), -beta) + beta) ** 2 + 1
    return x / 2 * (1 + np.sign(y) * polynomial)


@check(
    "eq-ibert-gelu",
    r"""
    \operatorname{GELU}(x) \approx \frac{x}{2} \left[ 1 + L\!\left(\frac{x}{\sqrt{2}}\right) \right], \qquad L(x) = \operatorname{sign}(x) \left[ a \left( \min(|x|, -\beta) + \beta \right)^2 + 1 \right]
    """,
    by="optimum",
    of=[integer_gelu],
)
def constants_are_the_best_fit(rng: Generator) -> None:
    """No other pair of constants on a grid has a smaller mean squared distance to GELU; with this one
    the distance is 0.019 at most, and beyond 2.51 the approximation is the identity or zero exactly.
    """
    x = np.linspace(-4, 4, 401)
    exact = np.array([each / 2 * (1 + erf(each / 2**0.5)) for each in x])
    error = integer_gelu(x) - exact
    assert 0.017 < np.abs(error).max() < 0.019
    for a, beta in product(np.linspace(-0.35, -0.23, 25), np.linspace(-2, -1.6, 17)):
        assert np.sum((integer_gelu(x, a, beta) - exact) ** 2) > np.sum(error**2)
    same(integer_gelu(np.array([2.51, 9.0, 0.0])), np.array([2.51, 9.0, 0.0]), 1e-6)
    assert np.all(integer_gelu(x[x < -2.51]) == 0)


def integer_exp(x: Array) -> Array:
    z = np.floor(x / -np.log(2))
    p = x + z * np.log(2)
    return 2**-z * (0.3582 * p**2 + 0.9696 * p + 1)


@check(
    "eq-ibert-exp",
    r"""
    \exp(x) \approx 2^{-z} \left( 0.3582\, p^2 + 0.9696\, p + 1 \right), \qquad z = \left\lfloor \frac{x}{-\log 2} \right\rfloor, \quad p = x + z \log 2, \quad x \le 0
    """,
    by="bound",
    of=[integer_exp],
)
def exponential_is_met_within_thousandths(rng: Generator) -> None:
    """For no x below zero is the approximation off by more than 0.002, which it nearly reaches; one
    step of ln 2 to the left halves it, at zero it is one.
    """
    x = np.linspace(-12, 0, 2001)
    error = np.abs(integer_exp(x) - np.exp(x))
    assert 0.0019 < error.max() < 0.002
    inside = x[x > -11]
    same(integer_exp(inside - np.log(2)), integer_exp(inside) / 2)
    same(integer_exp(np.zeros(1)), np.ones(1))


def clipped_softmax(x: Array, zeta: float, gamma: float) -> Array:
    powers = np.exp(x)
    return np.clip((zeta - gamma) * powers / np.sum(powers) + gamma, 0, 1)


@check(
    "eq-quantizable-clipped",
    r"""
    \operatorname{ClippedSoftmax}(\mathbf{x}; \zeta, \gamma) = \operatorname{clip}\!\left( (\zeta - \gamma) \operatorname{softmax}(\mathbf{x}) + \gamma,\; 0,\; 1 \right)
    """,
    by="bound",
    of=[clipped_softmax],
)
def zero_and_one_are_reached(rng: Generator) -> None:
    """The result lies between zero and one and is a straight line in the softmax in between; zero and
    one, which the softmax itself never reaches, are met at finite inputs, and the gradient stops.
    """
    zeta, gamma = 1.03, -0.1
    x = np.array([5.0, 1.0, 0.3, -2.0, 0.0])
    found, plain = clipped_softmax(x, zeta, gamma), softmax(x)
    assert np.all((found >= 0) & (found <= 1))
    assert found[3] == 0 < plain[3]
    same(clipped_softmax(x, 1.0, 0.0), plain)
    assert (
        clipped_softmax(np.array([9.0, 0.0]), zeta, gamma)[0]
        == 1
        > softmax(np.array([9.0, 0.0]))[0]
    )
    low, high = -gamma / (zeta - gamma), (1 - gamma) / (zeta - gamma)
    for share in (low, 0.4, high):  # the line meets zero, passes a point, and meets one
        pair = np.log(np.array([share, 1 - share]))
        same(clipped_softmax(pair, zeta, gamma)[0], (share - low) / (high - low))
    slope = grad(lambda each: clipped_softmax(each, zeta, gamma)[3])(x)
    same(slope, np.zeros(5))


def gated_attention(x: Array, gate: Array, q: Array, k: Array, v: Array) -> Array:
    gates = sigmoid(x @ gate)[:, None]
    return gates * (softmax(q @ k.T / np.sqrt(q.shape[1])) @ v)


@check(
    "eq-quantizable-gated",
    r"""
    \operatorname{GatedAttention}(\mathbf{x}) = \sigma(\mathbf{G}(\mathbf{x})) \odot \operatorname{softmax}\!\left( \frac{\mathbf{Q}\mathbf{K}^{\top}}{\sqrt{d}} \right) \mathbf{V}
    """,
    by="limit",
    of=[gated_attention],
)
def closed_gate_leaves_nothing(rng: Generator) -> None:
    """As the gate's input falls, the head's output for that token tends to zero, by a factor of e for
    each unit, whatever the attention does; an open gate leaves the token's attention as it was.
    """
    q, k, v = rng.normal(size=(3, 4)), rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
    x, gate = np.array([[0.0, 2.0], [30.0, 0.0], [-20.0, 1.0]]), np.array([1.0, 0.0])
    found = gated_attention(x, gate, q, k, v)
    for row in range(3):
        powers = [np.exp(sum(a * b for a, b in zip(q[row], key, strict=True)) / 2) for key in k]
        plain = sum(w * each for w, each in zip(powers, v, strict=True)) / sum(powers)
        same(found[row], plain * [0.5, 1.0, np.exp(-20.0)][row], 1e-8)
    lower = gated_attention(x - 1, gate, q, k, v)
    same(lower[2] * np.e, found[2], 1e-8)


def rotated(w: Array, q: Array, x: Array) -> Array:
    return (w @ q) @ (q.T @ x)


def root_mean_square(x: Array) -> float:
    return np.sqrt(np.mean(np.square(x)))


@check(
    "eq-quarot-rotation",
    r"""
    \mathbf{W}\mathbf{x} = \left( \mathbf{W} \mathbf{Q} \right) \left( \mathbf{Q}^{\top} \mathbf{x} \right), \qquad \operatorname{rms}\!\left( \mathbf{Q}^{\top}\mathbf{x} \right) = \operatorname{rms}(\mathbf{x}), \qquad \mathbf{Q}^{\top}\mathbf{Q} = \mathbf{I}
    """,
    by="identity",
    of=[rotated, root_mean_square],
)
def hadamard_rotation_changes_nothing_but_outliers(rng: Generator) -> None:
    """A Hadamard matrix with random signs leaves the output and the root mean square as they are,
    and spreads a single outlier evenly over all channels.
    """
    plain = np.array([[1.0]])
    for _ in range(4):
        plain = np.block([[plain, plain], [plain, -plain]])
    q = plain / 4 * rng.choice([-1.0, 1.0], size=16)[:, None]
    w, x = rng.normal(size=(5, 16)), rng.normal(size=16)
    same(rotated(w, q, x), w @ x)
    same(root_mean_square(q.T @ x), root_mean_square(x))
    same(root_mean_square(np.array([3.0, -4.0, 0.0, 0.0])), 2.5)
    outlier = np.zeros(16)
    outlier[6] = 100.0
    same(np.abs(q.T @ outlier), np.full(16, 25.0))


def cayley_iterated(r: Array, skew: Array, t: float, rounds: int) -> Array:
    y = r + t * skew @ r
    for _ in range(rounds):
        y = r + t / 2 * skew @ (r + y)
    return y


def cayley_solved(r: Array, skew: Array, t: float) -> Array:
    unit = np.eye(len(r))
    return np.linalg.solve(unit - t / 2 * skew, (unit + t / 2 * skew) @ r)


@check(
    "eq-spinquant-cayley",
    r"""
    \mathbf{Y} = \mathbf{R} + \frac{t}{2} \mathbf{A} \left( \mathbf{R} + \mathbf{Y} \right) \quad\Longleftrightarrow\quad \mathbf{Y} = \left( \mathbf{I} - \frac{t}{2} \mathbf{A} \right)^{-1} \left( \mathbf{I} + \frac{t}{2} \mathbf{A} \right) \mathbf{R}, \qquad \mathbf{A}^{\top} = -\mathbf{A}
    """,
    by="limit",
    of=[cayley_iterated, cayley_solved],
)
def step_stays_orthogonal(rng: Generator) -> None:
    """Each round brings the iteration nearer to the solved step, which is orthogonal for any step
    size and starts in the direction of the skew matrix times the rotation.
    """
    r = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    a = rng.normal(size=(5, 5))
    skew = a - a.T
    for t in (0.05, 2.0):
        y = cayley_solved(r, skew, t)
        same(y.T @ y, np.eye(5))
        same(y, r + t / 2 * skew @ (r + y))
    y = cayley_solved(r, skew, 0.05)
    far = [np.abs(cayley_iterated(r, skew, 0.05, n) - y).max() for n in (0, 1, 2, 5)]
    assert far[0] > 2 * far[1] > 4 * far[2] > 8 * far[3]
    assert far[3] < 1e-4
    same(cayley_iterated(r, skew, 0.05, 40), y)
    same(cayley_iterated(r, skew, 0.05, 0), r + 0.05 * skew @ r)
    same((cayley_solved(r, skew, 1e-6) - r) / 1e-6, skew @ r, 1e-4)


def small_factors(first: Array, x: Array, second: Array) -> Array:
    return (first.T @ x @ second).ravel()


@check(
    "eq-flatquant-kronecker",
    r"""
    \left( \mathbf{P}_{1} \otimes \mathbf{P}_{2} \right)^{\top} \operatorname{vec}(\mathbf{X}) = \operatorname{vec}\!\left( \mathbf{P}_{1}^{\top} \mathbf{X} \mathbf{P}_{2} \right)
    """,
    by="identity",
    of=[small_factors],
)
def two_small_products_are_one_large(rng: Generator) -> None:
    """The Kronecker product applied to the hidden state read row by row is the product with the two
    small matrices, and its inverse in the weights undoes it.
    """
    first, second, x = rng.normal(size=(3, 3)), rng.normal(size=(4, 4)), rng.normal(size=(3, 4))
    large = np.kron(first, second)
    same(small_factors(first, x, second), large.T @ x.ravel())
    w = rng.normal(size=(6, 12))
    folded = w @ np.linalg.inv(large.T)
    same(folded @ small_factors(first, x, second), w @ x.ravel(), 1e-7)


def centred(k: Array) -> Array:
    return k - np.mean(k, axis=0)


def smoothed_attention(q: Array, k: Array) -> Array:
    return softmax(q @ centred(k).T / np.sqrt(q.shape[1]))


@check(
    "eq-sageattention-smooth",
    r"""
    \operatorname{softmax}\!\left( \frac{\mathbf{Q} \left( \mathbf{K} - \mathbf{1}\bar{\mathbf{k}}^{\top} \right)^{\top}}{\sqrt{d}} \right) = \operatorname{softmax}\!\left( \frac{\mathbf{Q}\mathbf{K}^{\top}}{\sqrt{d}} \right), \qquad \bar{\mathbf{k}} = \frac{1}{\ell} \sum_{t=1}^{\ell} \mathbf{k}_{t}
    """,
    by="identity",
    of=[centred, smoothed_attention],
)
def mean_of_the_keys_does_not_count(rng: Generator) -> None:
    """Attention is the same with and without the mean of the keys, although a channel that is large
    for all tokens is then small.
    """
    q, k = rng.normal(size=(4, 8)), rng.normal(size=(6, 8))
    k[:, 2] += 50.0
    powers = np.exp(q @ k.T / 8**0.5 - np.max(q @ k.T / 8**0.5, axis=1, keepdims=True))
    same(smoothed_attention(q, k), powers / powers.sum(axis=1, keepdims=True))
    assert np.abs(k).max() > 45 > 5 > np.abs(centred(k)).max()
    same(sum(centred(k)), np.zeros(8))


def shifted(w: Array, c: Array, x: Array, z: Array, s: Array) -> Array:
    return (w * s) @ ((x - z) / s) + (c + w @ z)


@check(
    "eq-osplus-shift",
    r"""
    \mathbf{W}\mathbf{x} + \mathbf{c} = \left( \mathbf{W} \operatorname{diag}(\mathbf{s}) \right) \left( \operatorname{diag}(\mathbf{s})^{-1} \left( \mathbf{x} - \mathbf{z} \right) \right) + \left( \mathbf{c} + \mathbf{W}\mathbf{z} \right)
    """,
    by="identity",
    of=[shifted],
)
def shift_and_scale_are_taken_up_by_the_layer(rng: Generator) -> None:
    """Any shift and scale of the input channels leave the output as it was."""
    w, c, x = rng.normal(size=(4, 6)), rng.normal(size=4), rng.normal(size=6)
    z, s = 10 * rng.normal(size=6), rng.uniform(0.1, 9.0, size=6)
    same(shifted(w, c, x, z, s), w @ x + c)
