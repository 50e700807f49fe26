"""The equations of the page Efficient attention and architectures."""

from __future__ import annotations

from collections.abc import Callable

import autograd.numpy as np
from autograd import jacobian
from numpy.polynomial.hermite import hermgauss
from numpy.random import Generator

from equations.frame import Array, check, same, sigmoid, softmax, unbiased


def attention(q: Array, k: Array, v: Array) -> Array:
    powers = np.exp(q @ k.T / np.sqrt(q.shape[1]))
    return powers / np.sum(powers, axis=1, keepdims=True) @ v


@check(
    "eq-attention-softmax",
    r"""
    \operatorname{Att}(\mathbf{Q},\mathbf{K},\mathbf{V})
    = \operatorname{softmax}\!\left( \frac{\mathbf{Q}\mathbf{K}^{\top}}{\sqrt{d}} \right) \mathbf{V}
    """,
    by="identity",
    of=[attention],
)
def each_output_is_a_mean_of_values(rng: Generator) -> None:
    """Query by query the output is a mean of the values, weighted by powers of the scaled products, so
    it lies between their extremes; a query of zero takes the plain mean.
    """
    q, k, v = rng.normal(size=(4, 9)), rng.normal(size=(4, 9)), rng.normal(size=(4, 9))
    q[3] = 0
    found = attention(q, k, v)
    for query, output in zip(q, found, strict=True):
        powers = [np.exp(sum(query * key) / 3) for key in k]
        same(output, sum(p * value for p, value in zip(powers, v, strict=True)) / sum(powers))
    assert np.all(found <= v.max(axis=0)) and np.all(found >= v.min(axis=0))
    same(found[3], v.mean(axis=0))
    same(attention(q[:2], k, v), found[:2])


def projection_pays(length: int, rank: int, width: int) -> bool:
    return 2 * length**2 * width > 4 * length * rank * width


@check(
    "eq-attention-cost",
    r"""
    2 \ell^{2} d > 4 \ell r d
    \quad \text{if and only if} \quad
    \ell > 2r
    """,
    by="bound",
    of=[projection_pays],
)
def projection_pays_beyond_twice_the_rank(rng: Generator) -> None:
    """Counted product by product, projected attention multiplies less often just when the sequence is
    longer than twice the rank, and at twice the rank both cost the same.
    """

    def cost(*shapes: tuple[int, int, int]) -> int:
        return sum(rows * inner * columns for rows, inner, columns in shapes)

    for length in range(1, 13):
        for rank in range(1, 8):
            for width in (1, 5):
                full = cost((length, width, length), (length, length, width))
                shorter = cost((rank, length, width), (rank, length, width))
                shorter += cost((length, width, rank), (length, rank, width))
                assert (
                    projection_pays(length, rank, width) == (full > shorter) == (length > 2 * rank)
                )
    assert cost((512, 64, 512), (512, 512, 64)) == 2 * 4 * 512 * 128 * 64


def recurrent(queries: Array, keys: Array, values: Array) -> Array:
    state, norm, outputs = np.zeros((keys.shape[1], values.shape[1])), np.zeros(keys.shape[1]), []
    for q, k, v in zip(queries, keys, values, strict=True):
        state = state + np.outer(k, v)
        norm = norm + k
        outputs.append(state.T @ q / np.dot(norm, q))
    return np.array(outputs)


@check(
    "eq-attention-recurrence",
    r"""
    \mathbf{C}_{t} = \mathbf{C}_{t-1} + \phi(\mathbf{k}_{t})\, \mathbf{v}_{t}^{\top},
    \qquad
    \mathbf{n}_{t} = \mathbf{n}_{t-1} + \phi(\mathbf{k}_{t}),
    \qquad
    \mathbf{o}_{t} = \frac{\mathbf{C}_{t}^{\top} \phi(\mathbf{q}_{t})}
    {\mathbf{n}_{t}^{\top} \phi(\mathbf{q}_{t})}
    """,
    by="identity",
    of=[recurrent],
)
def state_replaces_the_cache(rng: Generator) -> None:
    """Step by step from a state of fixed size come the same outputs as from the full matrix of kernel
    values, set to zero for later tokens and divided by its row sums.
    """
    queries, keys = np.exp(rng.normal(size=(2, 6, 3)))
    values = rng.normal(size=(6, 4))
    kernel = np.tril(queries @ keys.T)
    same(recurrent(queries, keys, values), kernel @ values / kernel.sum(axis=1, keepdims=True))


def linformer(q: Array, k: Array, v: Array, e: Array, f: Array) -> Array:
    return softmax(q @ (e @ k).T / np.sqrt(q.shape[1])) @ (f @ v)


@check(
    "eq-linformer-attention",
    r"""
    \operatorname{Att}(\mathbf{Q},\mathbf{K},\mathbf{V}) =
    \operatorname{softmax}\!\left( \frac{\mathbf{Q}\,(\mathbf{E}\mathbf{K})^{\top}}{\sqrt{d}} \right) \mathbf{F}\mathbf{V},
    \qquad \mathbf{E},\mathbf{F}\in\mathbb{R}^{r\times\ell}
    """,
    by="identity",
    of=[linformer],
)
def repeated_tokens_lose_nothing(rng: Generator) -> None:
    """Where tokens repeat, averaging them by the projections gives full attention exactly; for any two
    projections the output is attention over r mixed keys and their mixed values.
    """
    q, k, v = rng.normal(size=(6, 4)), rng.normal(size=(6, 4)), rng.normal(size=(6, 4))
    repeated_k, repeated_v = np.repeat(k[:2], 3, axis=0), np.repeat(v[:2], 3, axis=0)
    average = np.kron(np.eye(2), np.full((1, 3), 1 / 3))
    full = softmax(q @ repeated_k.T / 2) @ repeated_v
    same(linformer(q, repeated_k, repeated_v, average, average), full)
    e, f = rng.normal(size=(2, 2, 6))
    for query, output in zip(q, linformer(q, k, v, e, f), strict=True):
        powers = [np.exp(query @ sum(e[i, t] * k[t] for t in range(6)) / 2) for i in range(2)]
        mixed = [sum(f[i, t] * v[t] for t in range(6)) for i in range(2)]
        same(output, (powers[0] * mixed[0] + powers[1] * mixed[1]) / sum(powers))


def features(x: Array, omega: Array) -> Array:
    small = x / len(x) ** 0.25
    return np.exp(omega @ small - np.sum(small**2) / 2) / np.sqrt(len(omega))


@check(
    "eq-performer-features",
    r"""
    \phi(\mathbf{x}) = \frac{1}{\sqrt{m}} \exp\!\left( \boldsymbol{\Omega}\,\tilde{\mathbf{x}} - \tfrac{1}{2}\lVert \tilde{\mathbf{x}} \rVert_2^{2} \right),
    \qquad \tilde{\mathbf{x}} = d^{-1/4}\,\mathbf{x}
    """,
    by="unbiasedness",
    of=[features],
)
def features_estimate_the_softmax_kernel(rng: Generator) -> None:
    """All features are positive; integrated over a normal direction their product is the exponential of
    the scaled inner product, and so is its mean over draws with orthogonal rows in each block.
    """
    q, k = np.array([0.6, -0.9]), np.array([1.1, 0.3])
    nodes, weights = hermgauss(16)
    grid = np.stack(np.meshgrid(nodes, nodes), axis=-1).reshape(-1, 2) * np.sqrt(2)
    shares = np.outer(weights, weights).ravel() / np.pi
    product = features(q, grid) * features(k, grid)
    assert np.all(features(q, grid) > 0)
    same(np.sum(shares * product) * len(grid), np.exp(q @ k / np.sqrt(2)), 1e-8)

    q, k = rng.normal(size=(2, 4)) * 0.4
    estimates = []
    for blocks in rng.normal(size=(150, 2, 4, 4)):
        orthogonal, triangle = np.linalg.qr(blocks)  # uniform once the diagonal is positive
        signs = np.sign(np.diagonal(triangle, axis1=1, axis2=2))[:, None]
        omega = (orthogonal * signs).reshape(8, 4) * np.linalg.norm(
            rng.normal(size=(8, 4)), axis=1, keepdims=True
        )
        estimates.append(features(q, omega) @ features(k, omega))
    unbiased(np.array(estimates), np.exp(q @ k / 2))


def kernel_attention(queries: Array, keys: Array, values: Array) -> Array:
    norms = queries @ (keys.T @ np.ones(len(keys)))
    return np.diag(1 / norms) @ (queries @ (keys.T @ values))


@check(
    "eq-performer-attention",
    r"""
    \operatorname{Att}(\mathbf{Q},\mathbf{K},\mathbf{V}) \approx \mathbf{D}^{-1}\, \phi(\mathbf{Q}) \left( \phi(\mathbf{K})^{\top} \mathbf{V} \right),
    \qquad \mathbf{D} = \operatorname{diag}\!\left( \phi(\mathbf{Q}) \left( \phi(\mathbf{K})^{\top} \mathbf{1} \right) \right)
    """,
    by="identity",
    of=[kernel_attention],
)
def brackets_do_not_matter(rng: Generator) -> None:
    """The other order of the products, which forms the matrix of all pairs and divides its rows by
    their sums, gives the same output, a mean of the values for each query.
    """
    queries, keys = np.exp(rng.normal(size=(6, 3))), np.exp(rng.normal(size=(6, 3)))
    values = rng.normal(size=(6, 4))
    pairs = queries @ keys.T
    same(kernel_attention(queries, keys, values), (pairs / pairs.sum(axis=1)[:, None]) @ values)
    same(kernel_attention(queries, keys, np.ones((6, 4))), np.ones((6, 4)))


def bucket(x: Array, omega: Array) -> int:
    projected = omega @ x
    return np.argmax(np.concatenate([projected, -projected])) + 1


@check(
    "eq-reformer-hash",
    r"""
    h(\mathbf{x}) = \operatorname*{arg\,max}_{1\le i\le b}\; \left[\, \boldsymbol{\Omega}\mathbf{x}\,;\, -\boldsymbol{\Omega}\mathbf{x} \,\right]_i,
    \qquad \boldsymbol{\Omega}\in\mathbb{R}^{\frac{b}{2}\times d}
    """,
    by="optimum",
    of=[bucket],
)
def bucket_is_the_nearest_direction(rng: Generator) -> None:
    """With orthogonal rows the bucket is that of the nearest of the directions and their opposites,
    whatever the length of the vector; with one row two vectors share a bucket for a part of all
    directions that falls in proportion to the angle between them.
    """
    omega = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    directions = np.vstack([omega, -omega])
    seen = set()
    for x in np.vstack([rng.normal(size=(18, 3)), 2 * directions]):
        distances = [np.linalg.norm(x - each) for each in directions]
        assert bucket(x, omega) == distances.index(min(distances)) + 1
        assert bucket(3 * x, omega) == bucket(x, omega)
        seen.add(int(bucket(x, omega)))
    assert seen == {1, 2, 3, 4, 5, 6}
    turns = np.linspace(0, 2 * np.pi, 40, endpoint=False) + 0.01
    for angle in (0.4, 1.5, 2.6):
        x, y = np.array([1.0, 0.0]), np.array([np.cos(angle), np.sin(angle)])
        lines = [np.array([[np.cos(turn), np.sin(turn)]]) for turn in turns]
        shared = np.mean([bucket(x, line) == bucket(y, line) for line in lines])
        assert abs(shared - (1 - angle / np.pi)) <= 2 / 40


def merged_rounds(outputs: Array, z: Array) -> Array:
    return np.exp(z) @ outputs / np.sum(np.exp(z))


@check(
    "eq-reformer-rounds",
    r"""
    \mathbf{o}_i = \sum_{t=1}^{T} \frac{\exp z_i^{(t)}}{\sum_{u=1}^{T} \exp z_i^{(u)}}\; \mathbf{o}_i^{(t)}
    """,
    by="identity",
    of=[merged_rounds],
)
def rounds_add_up_to_their_union(rng: Generator) -> None:
    """If each round saw other keys, the merged output is that of one softmax over the keys of all
    rounds; two rounds that saw the same keys count as one.
    """
    q, k, v = rng.normal(size=4), rng.normal(size=(7, 4)), rng.normal(size=(7, 3))
    scores = k @ q / 2
    parts = [slice(0, 2), slice(2, 3), slice(3, 7)]
    outputs = np.array([softmax(scores[part]) @ v[part] for part in parts])
    z = np.array([np.log(np.sum(np.exp(scores[part]))) for part in parts])
    same(merged_rounds(outputs, z), softmax(scores) @ v)
    same(merged_rounds(outputs[[1, 1]], z[[1, 1]]), outputs[1])


def lifted_query(q: Array, m_q: float, m_k: float) -> Array:
    return np.concatenate([q, [0, np.sqrt(m_q**2 + m_k**2 - np.sum(q**2))]])


def lifted_key(k: Array, m_q: float, m_k: float) -> Array:
    return np.concatenate([k, [np.sqrt(m_q**2 + m_k**2 - np.sum(k**2)), 0]])


@check(
    "eq-smyrf-transform",
    r"""
    \tilde{\mathbf{q}} = \left[\, \mathbf{q}\,;\, 0\,;\, \sqrt{M_Q^2 + M_K^2 - \lVert\mathbf{q}\rVert_2^2} \,\right],
    \qquad
    \tilde{\mathbf{k}} = \left[\, \mathbf{k}\,;\, \sqrt{M_Q^2 + M_K^2 - \lVert\mathbf{k}\rVert_2^2}\,;\, 0 \,\right]
    """,
    by="identity",
    of=[lifted_query, lifted_key],
)
def nearest_key_has_the_largest_product(rng: Generator) -> None:
    """All lifted vectors have one norm, the inner products are those of the old vectors, and the squared
    distance of a query to a key is a constant less twice that product.
    """
    queries, keys = rng.normal(size=(5, 3)), 2 * rng.normal(size=(6, 3))
    m_q, m_k = max(np.linalg.norm(q) for q in queries), max(np.linalg.norm(k) for k in keys)
    long_q = np.array([lifted_query(q, m_q, m_k) for q in queries])
    long_k = np.array([lifted_key(k, m_q, m_k) for k in keys])
    same(np.sum(long_q**2, axis=1), np.full(5, m_q**2 + m_k**2))
    same(np.sum(long_k**2, axis=1), np.full(6, m_q**2 + m_k**2))
    same(long_q @ long_k.T, queries @ keys.T)
    gaps = np.sum((long_q[:, None] - long_k) ** 2, axis=2)
    same(gaps, 2 * (m_q**2 + m_k**2) - 2 * queries @ keys.T)


def scatterbrain(
    q: Array, k: Array, v: Array, features_q: Array, features_k: Array, mask: Array
) -> Array:
    estimate = features_q @ features_k.T
    pairs = estimate + mask * (np.exp(q @ k.T / np.sqrt(q.shape[1])) - estimate)
    return np.diag(1 / (pairs @ np.ones(len(k)))) @ pairs @ v


@check(
    "eq-scatterbrain-attention",
    r"""
    \hat{\mathbf{A}} = \phi(\mathbf{Q})\,\phi(\mathbf{K})^{\top}
    + \mathbf{M} \odot \left( \exp\!\left( \mathbf{Q}\mathbf{K}^{\top}/\sqrt{d} \right) - \phi(\mathbf{Q})\,\phi(\mathbf{K})^{\top} \right),
    \qquad
    \operatorname{Att}(\mathbf{Q},\mathbf{K},\mathbf{V}) \approx \operatorname{diag}(\hat{\mathbf{A}}\mathbf{1})^{-1}\, \hat{\mathbf{A}}\,\mathbf{V}
    """,
    by="identity",
    of=[scatterbrain],
)
def support_is_exact(rng: Generator) -> None:
    """Pair by pair the weight is exact on the support and the estimate elsewhere; with a full support
    the output is softmax attention, with none it is kernel attention.
    """
    q, k, v = rng.normal(size=(5, 3)), rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
    f_q, f_k = np.exp(rng.normal(size=(5, 4))), np.exp(rng.normal(size=(5, 4)))
    mask = (rng.uniform(size=(5, 5)) < 0.5).astype(float)
    found = scatterbrain(q, k, v, f_q, f_k, mask)
    for i in range(5):
        exact = [np.exp(sum(q[i] * k[j]) / np.sqrt(3)) for j in range(5)]
        weights = [exact[j] if mask[i, j] else sum(f_q[i] * f_k[j]) for j in range(5)]
        same(found[i], sum(w * value for w, value in zip(weights, v, strict=True)) / sum(weights))
    full = softmax(q @ k.T / np.sqrt(3)) @ v
    same(scatterbrain(q, k, v, f_q, f_k, np.ones((5, 5))), full)
    pairs = f_q @ f_k.T
    same(scatterbrain(q, k, v, f_q, f_k, 0 * mask), pairs @ v / pairs.sum(axis=1)[:, None])


def wkv(w: Array, u: Array, k: Array, v: Array, t: int) -> Array:
    past = np.exp(-(t - 1 - np.arange(1, t))[:, None] * w + k[: t - 1])
    now = np.exp(u + k[t - 1])
    return (np.sum(past * v[: t - 1], axis=0) + now * v[t - 1]) / (np.sum(past, axis=0) + now)


def rwkv_output(to_output: Array, receptance: Array, mean: Array) -> Array:
    return to_output @ (sigmoid(receptance) * mean)


@check(
    "eq-rwkv-wkv",
    r"""
    \mathrm{wkv}_t = \frac{\sum_{i=1}^{t-1} e^{-(t-1-i)\mathbf{w} + \mathbf{k}_i} \odot \mathbf{v}_i + e^{\mathbf{u} + \mathbf{k}_t} \odot \mathbf{v}_t}
    {\sum_{i=1}^{t-1} e^{-(t-1-i)\mathbf{w} + \mathbf{k}_i} + e^{\mathbf{u} + \mathbf{k}_t}},
    \qquad
    \mathbf{o}_t = \mathbf{W}_{O} \left( \sigma(\mathbf{r}_t) \odot \mathrm{wkv}_t \right)
    """,
    by="identity",
    of=[wkv, rwkv_output],
)
def two_vectors_carry_the_past(rng: Generator) -> None:
    """A recurrence that keeps two vectors, each shrunk by the decay at every step, gives the same means;
    the first token sees itself alone, and an open receptance lets the mean pass to the projection.
    """
    w, u = rng.uniform(0.1, 1, size=4), rng.normal(size=4)
    k, v = rng.normal(size=(2, 6, 4))
    top, bottom = np.zeros(4), np.zeros(4)
    for t in range(1, 7):
        bonus = np.exp(u + k[t - 1])
        same(wkv(w, u, k, v, t), (top + bonus * v[t - 1]) / (bottom + bonus))
        top = np.exp(-w) * top + np.exp(k[t - 1]) * v[t - 1]
        bottom = np.exp(-w) * bottom + np.exp(k[t - 1])
    same(wkv(w, u, k, v, 1), v[0])
    to_output, mean = rng.normal(size=(3, 4)), rng.normal(size=4)
    receptance = np.array([0.0, 40.0, -40.0, np.log(3)])
    passed = 0.5 * mean[0] * to_output[:, 0] + mean[1] * to_output[:, 1]
    same(rwkv_output(to_output, receptance, mean), passed + 0.75 * mean[3] * to_output[:, 3])


def shifted(states: Array, places: int) -> Array:
    zeros = np.zeros((places, states.shape[1]))
    return np.concatenate([zeros, states])[: len(states)]


def hourglass(states: Array, k: int, inner: Callable[[Array], Array]) -> Array:
    groups = shifted(states, k - 1).reshape(-1, k, states.shape[1])
    up = np.repeat(inner(np.mean(groups, axis=1)), k, axis=0)
    centred = up - np.mean(up, axis=1, keepdims=True)
    return states + centred / np.sqrt(np.mean(centred**2, axis=1, keepdims=True))


@check(
    "eq-hourglass-valley",
    r"""
    \mathbf{R}' = \mathbf{R} + \operatorname{LN}\!\left( \operatorname{Up}_k\!\left( \mathcal{T}\!\left( \operatorname{Short}_k( \operatorname{Shift}_{k-1}(\mathbf{R}) ) \right) \right) \right)
    """,
    by="identity",
    of=[shifted, hourglass],
)
def shift_keeps_the_model_causal(rng: Generator) -> None:
    """Built token by token from the k states up to the start of its group, the output is the same; no
    token depends on a later one, and the first of each group does depend on itself in the valley.
    """
    states, mix, k = rng.normal(size=(6, 4)), rng.normal(size=(4, 4)), 3

    def inner(groups: Array) -> Array:
        return np.cumsum(np.tanh(groups @ mix), axis=0)

    found = hourglass(states, k, inner)
    padded = {t: states[t] if t >= 0 else np.zeros(4) for t in range(-k, 6)}
    total, rows = np.zeros(4), []
    for start in (0, 3):
        mean = sum(padded[start - back] for back in range(k)) / k
        total = total + np.tanh(mean @ mix)
        rows += [(total - total.mean()) / total.std()] * k
    same(found, states + np.array(rows))
    slopes = jacobian(lambda each: hourglass(each, k, inner))(states)
    for t in range(5):
        assert np.all(slopes[t, :, t + 1 :] == 0)
    assert np.abs(slopes[3, :, 3] - np.eye(4)).max() > 1e-3


def compressed_layer(
    states: Array,
    encoded: Array,
    to_q: Array,
    to_k: tuple[Array, Array],
    to_v: tuple[Array, Array],
    to_f: Array,
    bias: Array,
    to_o: Array,
) -> Array:
    keys = np.concatenate([encoded @ to_k[0], states @ to_k[1]])
    values = np.concatenate([encoded @ to_v[0], states @ to_v[1]])
    scores = states @ to_q @ keys.T / np.sqrt(to_q.shape[1])
    places = np.arange(len(keys)) - len(encoded)
    seen = np.where(places <= np.arange(len(states))[:, None], scores, -np.inf)
    return np.maximum(softmax(seen) @ values + states @ to_f + bias, 0) @ to_o


@check(
    "eq-can-sublayer",
    r"""
    \mathbf{O} = \operatorname{ReLU}\Bigl( \operatorname{softmax}\Bigl(\frac{\mathbf{R}\mathbf{W}_{Q}\,[\mathbf{R}_{\mathrm{enc}}\mathbf{W}_{K}';\,\mathbf{R}\mathbf{W}_{K}]^{\top}}{\sqrt{d_h}}\Bigr)\,[\mathbf{R}_{\mathrm{enc}}\mathbf{W}_{V}';\,\mathbf{R}\mathbf{W}_{V}] + \mathbf{R}\mathbf{W}_{F} + \mathbf{b} \Bigr)\mathbf{W}_{O}
    """,
    by="identity",
    of=[compressed_layer],
)
def one_softmax_mixes_two_attentions(rng: Generator) -> None:
    """For each target position the joint attention is the mixture of one over the source and one over
    the target up to that position, in the ratio of their normalizers; no later position matters.
    """
    states, encoded = rng.normal(size=(4, 5)), rng.normal(size=(3, 5))
    to_q, to_f, bias, to_o = (rng.normal(size=each) for each in ((5, 2), (5, 6), 6, (6, 5)))
    to_k = rng.normal(size=(5, 2)), rng.normal(size=(5, 2))
    to_v = rng.normal(size=(5, 6)), rng.normal(size=(5, 6))
    found = compressed_layer(states, encoded, to_q, to_k, to_v, to_f, bias, to_o)
    for t in range(4):
        q, masses, outputs = states[t] @ to_q, [], []
        for rows, k, v in zip((encoded, states[: t + 1]), to_k, to_v, strict=True):
            powers = np.exp(rows @ k @ q / np.sqrt(2))
            masses.append(powers.sum())
            outputs.append(powers @ (rows @ v) / powers.sum())
        joint = (masses[0] * outputs[0] + masses[1] * outputs[1]) / sum(masses)
        inner = joint + states[t] @ to_f + bias
        same(found[t], np.where(inner > 0, inner, 0) @ to_o)


Running = tuple[Array, Array, Array]


def tile(running: Running, scores: Array, values: Array) -> Running:
    highest, total, output = running
    top = np.maximum(highest, np.max(scores))
    fade = np.exp(highest - top)
    powers = np.exp(scores - top)
    return top, fade * total + np.sum(powers), fade * output + powers @ values


@check(
    "eq-flash-online",
    r"""
    m' = \max\!\left( m, \max_{j} s_{j} \right),
    \qquad
    n' = e^{m-m'} n + \sum_{j} e^{s_{j}-m'},
    \qquad
    \mathbf{o}' = e^{m-m'} \mathbf{o} + \sum_{j} e^{s_{j}-m'} \mathbf{v}_{j}
    """,
    by="identity",
    of=[tile],
)
def tiles_give_the_exact_softmax(rng: Generator) -> None:
    """Tiles of any size, in any order, give attention exactly; scores of a thousand neither overflow nor
    vanish, and the running maximum is the largest score.
    """
    scores, values = rng.normal(size=9) * 3, rng.normal(size=(9, 4))
    for shift in (0.0, 1000.0, -1000.0):
        for cuts in ([9], [2, 5, 2], [1] * 9):
            order = rng.permutation(9)
            running: Running = (np.array(-np.inf), np.array(0.0), np.zeros(4))
            start = 0
            for size in cuts:
                part = order[start : start + size]
                running = tile(running, scores[part] + shift, values[part])
                start += size
            same(running[2] / running[1], softmax(scores) @ values)
            same(running[0], np.max(scores) + shift)


def merge(one: Running, other: Running) -> Running:
    top = np.maximum(one[0], other[0])
    first, second = np.exp(one[0] - top), np.exp(other[0] - top)
    return top, first * one[1] + second * other[1], first * one[2] + second * other[2]


@check(
    "eq-flash-merge",
    r"""
    (m, n, \mathbf{o}) = \left( m^{\star},\; e^{m_{1}-m^{\star}} n_{1} + e^{m_{2}-m^{\star}} n_{2},\; e^{m_{1}-m^{\star}} \mathbf{o}_{1} + e^{m_{2}-m^{\star}} \mathbf{o}_{2} \right)
    """,
    by="identity",
    of=[merge],
)
def parts_of_a_cache_merge_in_any_order(rng: Generator) -> None:
    """Partial results of parts of the cache give the whole one, whichever is merged first, also at scores
    of a thousand.
    """
    scores, values = rng.normal(size=9) * 3 + 1000, rng.normal(size=(9, 4))
    empty: Running = (np.array(-np.inf), np.array(0.0), np.zeros(4))
    parts = [tile(empty, scores[i : i + 3], values[i : i + 3]) for i in (0, 3, 6)]
    left = merge(merge(parts[0], parts[1]), parts[2])
    right = merge(parts[0], merge(parts[2], parts[1]))
    for found in (left, right):
        same(found[2] / found[1], softmax(scores) @ values)
        same(found[0], np.max(scores))
        same(found[1], np.sum(np.exp(scores - np.max(scores))))


def cache_bytes(layers: int, heads: int, width: int, length: int, bits: int) -> float:
    return 2 * layers * heads * width * length * bits / 8


@check(
    "eq-gqa-cache",
    r"""
    M = 2 L\, n_{K} d_{h}\, \ell\, b / 8
    """,
    by="identity",
    of=[cache_bytes],
)
def cache_is_what_its_arrays_hold(rng: Generator) -> None:
    """Arrays of keys and values allocated layer by layer hold as many bytes; the sizes of the page give
    1.07 GB at 8k tokens and 17.2 GB at 128k, four times as much for 32 heads.
    """
    held = sum(np.zeros((5, 3, 4), np.float16).nbytes for _ in range(6) for _ in "kv")
    assert cache_bytes(6, 3, 4, 5, 16) == held
    assert round(cache_bytes(32, 8, 128, 8192, 16) / 1e9, 2) == 1.07
    assert round(cache_bytes(32, 8, 128, 2**17, 16) / 1e9, 1) == 17.2
    assert round(cache_bytes(32, 32, 128, 2**17, 16) / 1e9, 1) == 68.7


def absorbed(q: Array, up_keys: Array, up_values: Array, latents: Array) -> Array:
    scores = latents @ (up_keys.T @ q)
    return up_values @ (softmax(scores) @ latents)


@check(
    "eq-mla-absorb",
    r"""
    \mathbf{q}^{\top} (\mathbf{U}_{K} \mathbf{c}_{s}) = (\mathbf{U}_{K}^{\top} \mathbf{q})^{\top} \mathbf{c}_{s},
    \qquad
    \sum_{s} p_{s}\, \mathbf{U}_{V} \mathbf{c}_{s} = \mathbf{U}_{V} \sum_{s} p_{s}\, \mathbf{c}_{s}
    """,
    by="identity",
    of=[absorbed],
)
def absorbed_projections_change_nothing(rng: Generator) -> None:
    """Attention on the cached latents equals attention on the keys and values projected from them."""
    q, latents = rng.normal(size=4), rng.normal(size=(6, 3))
    up_keys, up_values = rng.normal(size=(4, 3)), rng.normal(size=(5, 3))
    keys, values = latents @ up_keys.T, latents @ up_values.T
    same(absorbed(q, up_keys, up_values, latents), softmax(keys @ q) @ values)


def block_gates(q: Array, keys: Array, size: int) -> Array:
    means = np.mean(keys.reshape(-1, size, keys.shape[1]), axis=1)
    return means @ q


@check(
    "eq-moba-gate",
    r"""
    g_{i} = \mathbf{q}^{\top} \bar{\mathbf{k}}_{i},
    \qquad
    \bar{\mathbf{k}}_{i} = \frac{1}{|\mathcal{B}_{i}|} \sum_{j\in\mathcal{B}_{i}} \mathbf{k}_{j}
    """,
    by="bound",
    of=[block_gates],
)
def gate_is_the_mean_score_of_its_block(rng: Generator) -> None:
    """A gate is the mean of the scores in its block, hence between their extremes, and of one block's keys
    times the mean when all are alike, it is their score.
    """
    q, keys = rng.normal(size=3), rng.normal(size=(8, 3))
    gates = block_gates(q, keys, 4)
    for block in range(2):
        scores = [sum(q * key) for key in keys[4 * block : 4 * block + 4]]
        same(gates[block], sum(scores) / 4)
        assert min(scores) <= gates[block] <= max(scores)
    alike = np.repeat(keys[:2], 4, axis=0)
    same(block_gates(q, alike, 4), keys[:2] @ q)


def index_scores(queries: Array, weights: Array, keys: Array) -> Array:
    return np.maximum(0, keys @ queries.T) @ weights


@check(
    "eq-dsa-indexer",
    r"""
    I_{ts} = \sum_{j=1}^{J} w_{tj}\, \max\!\left( 0, \mathbf{q}_{tj}^{\top} \mathbf{k}_{s} \right)
    """,
    by="identity",
    of=[index_scores],
)
def negative_products_count_nothing(rng: Generator) -> None:
    """A token's score is the weighted sum of its positive products, one by one; a key opposite to all
    queries scores zero.
    """
    queries, weights, keys = rng.normal(size=(2, 4)), rng.normal(size=2), rng.normal(size=(5, 4))
    for key, found in zip(keys, index_scores(queries, weights, keys), strict=True):
        products = [sum(query * key) for query in queries]
        same(found, sum(w * p for w, p in zip(weights, products, strict=True) if p > 0))
    against = -np.linalg.pinv(queries) @ np.ones(2)
    same(index_scores(queries, weights, against[None, :]), np.zeros(1))
