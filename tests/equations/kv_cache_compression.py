"""The equations of the page KV-cache compression."""

from __future__ import annotations

import autograd.numpy as np
from numpy.random import Generator

from equations.frame import Array, check, same, softmax


def bytes_with_heads(layers: int, heads: int, width: int, bits: int) -> float:
    return 2 * layers * heads * width * bits / 8


def bytes_latent(layers: int, rank: int, rotary: int, bits: int) -> float:
    return layers * (rank + rotary) * bits / 8


@check(
    "eq-kvcache-bytes",
    r"""
    B_{\mathrm{heads}} = 2 \, L \, A_{\mathrm{kv}} \, d_{h} \, \frac{b}{8},
    \qquad
    B_{\mathrm{latent}} = L \, ( r + d_{r} ) \, \frac{b}{8}
    """,
    by="identity",
    of=[bytes_with_heads, bytes_latent],
)
def a_token_takes_the_bytes_of_its_arrays(rng: Generator) -> None:
    """The formulas count the bytes of arrays as they are allocated, whole heads or one latent and
    one rotary key per layer; grouped heads save their ratio, and fewer bits save theirs.
    """
    for kind, bits in ((np.float16, 16), (np.int8, 8)):
        for heads in (1, 2, 8):
            cache = np.zeros((2, 3, heads, 4), kind)
            same(bytes_with_heads(3, heads, 4, bits), float(cache.nbytes))
        latent, rotary = np.zeros((3, 6), kind), np.zeros((3, 2), kind)
        same(bytes_latent(3, 6, 2, bits), float(latent.nbytes + rotary.nbytes))
    assert bytes_with_heads(80, 8, 128, 16) == 327680
    assert bytes_with_heads(80, 64, 128, 16) == 8 * bytes_with_heads(80, 8, 128, 16)
    assert bytes_with_heads(80, 8, 128, 4) == bytes_with_heads(80, 8, 128, 16) / 4
    assert bytes_latent(61, 512, 64, 16) == 70272


def step_time(
    weights: float,
    cache: float,
    batch: int,
    length: int,
    bandwidth: float,
    work: float,
    rate: float,
) -> float:
    return max((weights + batch * length * cache) / bandwidth, batch * work / rate)


@check(
    "eq-kvcache-roofline",
    r"""
    t(N, \ell) = \max\!\left( \frac{W + N \ell B}{\beta},\; \frac{N F}{\nu} \right)
    """,
    by="simulation",
    of=[step_time],
)
def the_cache_outgrows_the_weights(rng: Generator) -> None:
    """Counted sequence by sequence, a step reads the weights once and each cache whole; where the
    caches are as large as the weights, halving them saves a quarter of the time.
    """
    for batch, length in ((1, 10), (4, 25), (7, 3)):
        read, done = 100.0, 0.0
        for _ in range(batch):
            done += 6.0
            for _ in range(length):
                read += 2.0
        same(step_time(100.0, 2.0, batch, length, 5.0, 6.0, 1000.0), read / 5)
        same(step_time(100.0, 2.0, batch, length, 5.0, 6.0, 0.1), done / 0.1)
    full = step_time(100.0, 1.0, 4, 25, 1.0, 1.0, 1e9)
    same(step_time(100.0, 0.5, 4, 25, 1.0, 1.0, 1e9), 0.75 * full)


def received(attention: Array) -> Array:
    return np.sum(np.tril(attention), axis=0)


@check(
    "eq-h2o-score",
    r"""
    S_{j} = \sum_{t=j}^{\ell} A_{tj}
    """,
    by="simulation",
    of=[received],
)
def scores_add_up_while_tokens_arrive(rng: Generator) -> None:
    """Adding each new query's weights to a running score, as decoding does, gives the stated sums;
    all scores together are the number of queries, and a token nobody attends to scores nothing.
    """
    scores = rng.normal(size=(6, 6))
    scores[:, 3] = -1e9
    scores[3, 0] = 20.0
    running = np.zeros(6)
    attention = np.zeros((6, 6))
    for t in range(6):
        weights = softmax(scores[t, : t + 1])
        attention[t, : t + 1] = weights
        running[: t + 1] += weights
    same(received(attention), running)
    same(received(attention).sum(), 6.0)
    same(received(attention + np.triu(np.ones((6, 6)), 1)), running)
    assert received(attention)[3] < 1e-6


def votes(attention: Array, window: int, kernel: int) -> Array:
    mean = np.mean(attention[-window:], axis=0)
    padded = np.concatenate([np.zeros(kernel // 2), mean, np.zeros(kernel // 2)])
    return np.array([np.sum(padded[j : j + kernel]) / kernel for j in range(len(mean))])


@check(
    "eq-snapkv-score",
    r"""
    S_{j} = \frac{1}{\kappa} \sum_{\lvert i - j \rvert \le (\kappa-1)/2} \; \frac{1}{w} \sum_{t=\ell-w+1}^{\ell} A_{ti}
    """,
    by="identity",
    of=[votes],
)
def neighbours_of_a_chosen_token_rise(rng: Generator) -> None:
    """The score is the mean over the last queries and over neighbours, summed term by term; a single
    attended position lifts just the positions within half a kernel, and earlier queries count nothing.
    """
    attention = rng.dirichlet(np.ones(9), size=7)
    wanted = np.zeros(9)
    for j in range(9):
        for i in range(9):
            if abs(i - j) <= 1:
                for t in (4, 5, 6):
                    wanted[j] += attention[t, i] / 9
    same(votes(attention, 3, 3), wanted)
    changed = np.concatenate([rng.dirichlet(np.ones(9), size=4), attention[4:]])
    same(votes(changed, 3, 3), wanted)
    single = np.zeros((2, 9))
    single[:, 4] = 1.0
    same(votes(single, 2, 5), np.array([0, 0, 0.2, 0.2, 0.2, 0.2, 0.2, 0, 0]))


def page_bound(query: Array, keys: Array) -> float:
    return np.sum(np.maximum(query * np.min(keys, axis=0), query * np.max(keys, axis=0)))


@check(
    "eq-quest-bound",
    r"""
    \max_{j \in \mathcal{P}} \; \mathbf{q}^{\top} \mathbf{k}_{j} \;\le\; S_{\mathcal{P}} = \sum_{i=1}^{d_{h}} \max\!\left( q_{i} \min_{j \in \mathcal{P}} k_{ji},\; q_{i} \max_{j \in \mathcal{P}} k_{ji} \right)
    """,
    by="bound",
    of=[page_bound],
)
def no_token_of_a_page_exceeds_its_bound(rng: Generator) -> None:
    """No key of a random page scores higher than the bound; a key that holds each channel's favoured
    extreme reaches it, and a page of one key has its own score as the bound.
    """
    for _ in range(30):
        query, keys = rng.normal(size=5), rng.normal(size=(4, 5))
        assert np.max(keys @ query) <= page_bound(query, keys) + 1e-12
        extreme = np.where(query > 0, keys.max(axis=0), keys.min(axis=0))
        same(page_bound(query, np.concatenate([keys, extreme[None]])), float(extreme @ query))
        same(page_bound(query, keys[:1]), float(keys[0] @ query))


def kivi(x: Array, bits: int) -> tuple[Array, float]:
    zero = np.min(x)
    scale = (np.max(x) - zero) / (2**bits - 1)
    return scale * np.round((x - zero) / scale) + zero, scale


@check(
    "eq-kivi-quantizer",
    r"""
    \hat{x} = s \left\lfloor \frac{x - z}{s} \right\rceil + z, \qquad s = \frac{\max \mathbf{x} - \min \mathbf{x}}{2^{b} - 1}, \quad z = \min \mathbf{x}, \qquad \lvert \hat{x} - x \rvert \le \frac{s}{2}
    """,
    by="bound",
    of=[kivi],
)
def the_error_is_at_most_half_a_step(rng: Generator) -> None:
    """No entry moves by more than half a step and the extremes stay; a value half-way between two
    levels reaches the bound; a channel with outliers hurts only itself when it is its own group.
    """
    for bits in (2, 4):
        x = rng.normal(size=32)
        rounded, scale = kivi(x, bits)
        same(scale, (x.max() - x.min()) / {2: 3, 4: 15}[bits])
        assert np.max(np.abs(rounded - x)) <= scale / 2 + 1e-12
        same(rounded[[x.argmin(), x.argmax()]], x[[x.argmin(), x.argmax()]])
        assert len(np.unique(np.round((rounded - x.min()) / scale, 6))) <= 2**bits
    same(kivi(np.array([0.0, 3.0, 0.5, 1.4, 2.6]), 2)[0], np.array([0.0, 3.0, 0.0, 1.0, 3.0]))
    keys = rng.normal(size=(32, 4))
    keys[:, 2] *= 50
    channels = np.stack([kivi(column, 2)[0] for column in keys.T], axis=1)
    tokens = np.stack([kivi(row, 2)[0] for row in keys])
    others = [0, 1, 3]
    assert np.abs(channels - keys)[:, others].mean() < np.abs(tokens - keys)[:, others].mean()


def joint(importance: Array, redundancy: Array, weight: float) -> Array:
    return weight * importance - (1 - weight) * redundancy


@check(
    "eq-rkv-score",
    r"""
    Z_{j} = \lambda I_{j} - (1-\lambda) R_{j}
    """,
    by="limit",
    of=[joint],
)
def one_knob_goes_from_similarity_to_attention(rng: Generator) -> None:
    """At one the order is that of importance, at zero the reverse of redundancy, and the score moves
    between the two in a straight line.
    """
    importance, redundancy = rng.uniform(size=8), rng.uniform(size=8)
    same(joint(importance, redundancy, 1.0), importance)
    same(joint(importance, redundancy, 0.0), -redundancy)
    for weight in (0.1, 0.5, 0.9):
        slope = importance + redundancy
        same(joint(importance, redundancy, weight), weight * slope - redundancy)
        more = joint(importance, redundancy, weight + 1e-3) - joint(importance, redundancy, weight)
        same(more, 1e-3 * slope, 1e-6)


def repaired(quantized: Array, left: Array, right: Array, sparse: Array) -> Array:
    return quantized + left @ right + sparse


@check(
    "eq-gear-sum",
    r"""
    \mathbf{X} \approx \hat{\mathbf{X}} + \mathbf{B}\mathbf{A} + \mathbf{S}
    """,
    by="optimum",
    of=[repaired],
)
def a_low_rank_term_repairs_the_error(rng: Generator) -> None:
    """With outliers taken out exactly and the rest of the error truncated to its leading singular
    vectors, the error falls to the remaining singular values, and no random factors do better.
    """
    keys = rng.normal(size=(8, 6))
    quantized = kivi(keys, 2)[0]
    error = keys - quantized
    sparse = np.where(np.abs(error) > np.quantile(np.abs(error), 0.9), error, 0)
    u, sizes, v = np.linalg.svd(error - sparse)
    left, right = u[:, :2] * sizes[:2], v[:2]
    rest = np.linalg.norm(keys - repaired(quantized, left, right, sparse))
    same(rest, np.sqrt(np.sum(sizes[2:] ** 2)))
    assert rest < np.linalg.norm(error)
    for _ in range(20):
        other = repaired(
            quantized,
            left + 0.1 * rng.normal(size=(8, 2)),
            right + 0.1 * rng.normal(size=(2, 6)),
            sparse,
        )
        assert np.linalg.norm(keys - other) >= rest - 1e-12
