"""The equations of the page Efficient training."""

from __future__ import annotations

import autograd.numpy as np
from autograd import grad
from numpy.random import Generator

from equations.frame import Array, check, differences, same, softmax


def speed_up(share: float, gain: float) -> float:
    return 1 / ((1 - share) + share / gain)


def speed_limit(share: float) -> float:
    return 1 / (1 - share)


@check(
    "eq-training-amdahl",
    r"""
    \frac{1}{(1-f) + f/\kappa} \le \frac{1}{1-f}
    """,
    by="bound",
    of=[speed_up, speed_limit],
)
def the_rest_limits_the_gain(rng: Generator) -> None:
    """The speed-up is the old time over the new, step by step, and stays below the limit, which it
    approaches as one over the gain; the page's two measurements fit a share of about 0.61.
    """
    for share in rng.uniform(0.1, 0.9, size=5):
        steps = [(1 - share, 1.0), (share, 4.0)]
        old, new = sum(time for time, _ in steps), sum(time / gain for time, gain in steps)
        same(speed_up(share, 4.0), old / new)
        gaps = [speed_limit(share) - speed_up(share, gain) for gain in (1e4, 1e5)]
        assert gaps[1] > 0
        same(gaps[0] / gaps[1], 10.0, 1e-2)
    assert round(speed_up(0.607, 2.53), 2) == 1.58
    assert round(speed_limit(0.607), 2) == 2.54


def operations(m: int, n: int, batch: int, shares: tuple[float, float, float]) -> float:
    return 2 * m * n * batch * (shares[0] + shares[1] + shares[2])


def most_operations(m: int, n: int, batch: int) -> int:
    return 6 * m * n * batch


@check(
    "eq-training-products",
    r"""
    2mnN\,(\rho_{\mathrm{out}} + \rho_{\mathrm{in}} + \rho_{\mathrm{w}}) \le 6mnN
    """,
    by="bound",
    of=[operations, most_operations],
)
def three_products_a_step(rng: Generator) -> None:
    """Multiplications and additions counted one by one in the three products of a step, skipping what
    belongs to a zero weight, are the stated number; nothing skipped reaches the bound, and skipping
    the forward product alone makes training at most 1.5 times as fast.
    """
    m, n, batch = 3, 4, 5
    weights = rng.normal(size=(m, n)) * (rng.uniform(size=(m, n)) < 0.6)
    x, slope = rng.normal(size=(n, batch)), rng.normal(size=(m, batch))
    out, back, own = np.zeros((m, batch)), np.zeros((n, batch)), np.zeros((m, n))
    counts = [0, 0, 0]
    for i, j, k in np.ndindex(m, n, batch):
        if weights[i, j] != 0:
            out[i, k] += weights[i, j] * x[j, k]
            back[j, k] += weights[i, j] * slope[i, k]
            own[i, j] += slope[i, k] * x[j, k]
            counts = [count + 2 for count in counts]
    same(out, weights @ x)
    same(back, weights.T @ slope)
    same(own, (slope @ x.T) * (weights != 0))
    kept = float(np.mean(weights != 0))
    same(operations(m, n, batch, (kept, kept, kept)), float(sum(counts)))
    same(operations(m, n, batch, (kept, 1, 1)), float(counts[0] + 4 * m * n * batch))
    same(operations(m, n, batch, (1, kept, 1)), float(counts[0] + 4 * m * n * batch))
    same(operations(m, n, batch, (1, 1, kept)), float(counts[0] + 4 * m * n * batch))
    assert operations(m, n, batch, (1, 1, 1)) == most_operations(m, n, batch)
    same(most_operations(m, n, batch) / operations(m, n, batch, (0, 1, 1)), 1.5)


def sparse_backward(weights: Array, x: Array, slope: Array) -> tuple[Array, Array]:
    own = np.zeros(weights.shape)
    for i, j in zip(*np.nonzero(weights), strict=True):
        own[i, j] = np.sum(slope[i] * x[j])
    return weights.T @ slope, own


@check(
    "eq-sparseprop-backward",
    r"""
    \frac{\partial\mathcal{L}}{\partial\mathbf{X}} = \mathbf{W}^{\top} \frac{\partial\mathcal{L}}{\partial\mathbf{A}},
    \qquad
    \frac{\partial\mathcal{L}}{\partial W_{ij}} = \sum_{k} \frac{\partial\mathcal{L}}{\partial A_{ik}}\, X_{jk}
    \quad \mathrm{for}\; W_{ij}\neq 0\; \mathrm{only}
    """,
    by="gradient",
    of=[sparse_backward],
)
def backward_needs_only_the_pattern(rng: Generator) -> None:
    """Both derivatives are those of the layer, the second at the non-zero weights and nowhere else,
    so that a step keeps the pattern.
    """
    weights = rng.normal(size=(3, 4)) * rng.integers(0, 2, size=(3, 4))
    x, target = rng.normal(size=(4, 5)), rng.normal(size=(3, 5))
    pattern = (weights != 0).astype(float)

    def loss(weights: Array, x: Array) -> float:
        return np.sum(np.tanh(weights @ x - target) ** 2)

    slope = grad(lambda output: np.sum(np.tanh(output - target) ** 2))(weights @ x)
    by_input, by_weight = sparse_backward(weights, x, slope)
    same(by_input, grad(loss, 1)(weights, x))
    same(by_input, differences(lambda each: loss(weights, each), x), 1e-7)
    same(by_weight, grad(loss)(weights, x) * pattern)
    assert 0 < pattern.sum() < 12


MUON = (3.4445, -4.7750, 2.0315)


def orthogonalize(gradient: Array, steps: int) -> Array:
    a, b, c = MUON
    x = gradient / np.sqrt(np.sum(gradient**2))
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x


@check(
    "eq-muon-newton-schulz",
    r"""
    \mathbf{X}_{0} = \frac{\mathbf{G}}{\lVert\mathbf{G}\rVert_{F}},
    \qquad
    \mathbf{X}_{k+1} = a\,\mathbf{X}_{k} + \left(b\,\mathbf{X}_{k}\mathbf{X}_{k}^{\top} + c\,(\mathbf{X}_{k}\mathbf{X}_{k}^{\top})^{2}\right)\mathbf{X}_{k}
    """,
    by="identity",
    of=[orthogonalize],
)
def only_singular_values_change(rng: Generator) -> None:
    """The steps keep the singular vectors and apply an odd polynomial to every singular value;
    five of them bring all values that are not tiny near one.
    """
    a, b, c = MUON
    for _ in range(3):
        u, _ = np.linalg.qr(rng.normal(size=(6, 6)))
        v, _ = np.linalg.qr(rng.normal(size=(9, 9)))
        values = rng.uniform(0.2, 1.0, size=6)
        gradient = 7 * u @ np.diag(values) @ v[:6]
        at = values / np.sqrt(np.sum(values**2))
        for steps in range(1, 6):
            at = a * at + b * at**3 + c * at**5
            same(orthogonalize(gradient, steps), u @ np.diag(at) @ v[:6], 1e-7)
        assert np.all((at > 0.5) & (at < 1.5))


def cut_loss(classifier: Array, hidden: Array, word: int, block: int) -> float:
    total = -np.inf
    for start in range(0, len(classifier), block):
        logits = classifier[start : start + block] @ hidden
        total = np.logaddexp(total, np.log(np.sum(np.exp(logits))))
    return float(total - classifier[word] @ hidden)


@check(
    "eq-cut-cross-entropy",
    r"""
    \mathcal{L}_{\mathrm{CE}} = \log\sum_{v=1}^{\lvert\mathcal{V}\rvert} \exp\left(\mathbf{c}_{v}^{\top}\mathbf{h}\right) - \mathbf{c}_{y}^{\top}\mathbf{h}
    """,
    by="identity",
    of=[cut_loss],
)
def blocks_give_the_cross_entropy(rng: Generator) -> None:
    """Accumulated over blocks of the vocabulary, it is minus the logarithm of the softmax at the
    correct word.
    """
    for block in (1, 3, 4, 11):
        classifier, hidden = rng.normal(size=(11, 5)), rng.normal(size=5)
        word = int(rng.integers(11))
        probabilities = softmax(classifier @ hidden)
        same(cut_loss(classifier, hidden, word, block), -np.log(probabilities[word]))
