"""The equations of the page Parameter-efficient fine-tuning."""

from __future__ import annotations

from math import erf
from statistics import NormalDist

import autograd.numpy as np
from autograd import grad, hessian, jacobian
from numpy.random import Generator

from equations.frame import Array, check, differences, distribution, same, softmax


def adapter(h: Array, down: Array, up: Array) -> Array:
    return h + up @ np.tanh(down @ h)


@check(
    "eq-peft-adapter",
    r"""
    \mathbf{h}' = \mathbf{h} + \mathbf{W}_{\mathrm{up}}\, \gamma(\mathbf{W}_{\mathrm{down}} \mathbf{h}),
    \qquad
    \mathbf{W}_{\mathrm{down}}\in\mathbb{R}^{r\times d},\;
    \mathbf{W}_{\mathrm{up}}\in\mathbb{R}^{d\times r}
    """,
    by="gradient",
    of=[adapter],
)
def adapter_starts_as_the_identity(rng: Generator) -> None:
    """A zero up-projection changes nothing; the derivative in the hidden state is the identity plus a
    matrix of rank r that varies with the state, so that no fixed matrix can take the adapter's place.
    """
    h, down, up = rng.normal(size=6), rng.normal(size=(2, 6)), rng.normal(size=(6, 2))
    h = h / np.max(np.abs(down @ h))  # off the flat ends of the nonlinearity
    same(adapter(h, down, 0 * up), h)
    slope = jacobian(adapter)(h, down, up)
    same(slope, np.eye(6) + (up * (1 - np.tanh(down @ h) ** 2)) @ down)
    probe = rng.normal(size=6)
    along = differences(lambda each: probe @ adapter(each, down, up), h)
    same(probe @ slope, along, 1e-7)
    assert np.linalg.matrix_rank(slope - np.eye(6)) == 2
    assert np.abs(adapter(2 * h, down, up) - 2 * adapter(h, down, up)).max() > 1e-3


def mass(q: Array, keys: Array) -> float:
    return np.sum(np.exp(keys @ q / np.sqrt(len(q))))


def attend(q: Array, keys: Array, values: Array) -> Array:
    return np.exp(keys @ q / np.sqrt(len(q))) @ values / mass(q, keys)


def with_prefix(
    q: Array, keys: Array, values: Array, prefix_keys: Array, prefix_values: Array
) -> Array:
    share = mass(q, prefix_keys) / (mass(q, prefix_keys) + mass(q, keys))
    words = attend(q, keys, values)
    return (1 - share) * words + share * attend(q, prefix_keys, prefix_values)


@check(
    "eq-peft-prefix",
    r"""
    \begin{aligned}
    \operatorname{Att}\bigl(\mathbf{q}, [\mathbf{P}_{K};\mathbf{K}], [\mathbf{P}_{V};\mathbf{V}]\bigr)
    &= (1-\lambda) \operatorname{Att}(\mathbf{q},\mathbf{K},\mathbf{V})
    + \lambda \operatorname{Att}(\mathbf{q},\mathbf{P}_{K},\mathbf{P}_{V}), \\
    \lambda &= \frac{Z(\mathbf{P}_{K})}{Z(\mathbf{P}_{K}) + Z(\mathbf{K})},
    \qquad
    Z(\mathbf{K}) = \sum_{t} \exp\!\left( \frac{(\mathbf{q}\mathbf{K}^{\top})_{t}}{\sqrt{d}} \right)
    \end{aligned}
    """,
    by="identity",
    of=[mass, attend, with_prefix],
)
def prefix_is_a_mixture(rng: Generator) -> None:
    """One softmax over the prefix and the words gives the same as the mixture of two attentions, whose
    share is the weight that this softmax gives to the prefix.
    """
    q, keys, values = rng.normal(size=4), rng.normal(size=(5, 4)), rng.normal(size=(5, 4))
    prefix_keys, prefix_values = rng.normal(size=(2, 4)), rng.normal(size=(2, 4))
    weights = softmax(np.vstack([prefix_keys, keys]) @ q / 2)
    joint = weights @ np.vstack([prefix_values, values])
    same(with_prefix(q, keys, values, prefix_keys, prefix_values), joint)
    same(attend(q, keys, values), weights[2:] @ values / weights[2:].sum())
    same(mass(q, prefix_keys) / (mass(q, prefix_keys) + mass(q, keys)), weights[:2].sum())
    same(mass(np.zeros(4), keys), 5.0)


def normal_levels(bits: int) -> list[float]:
    quantile = NormalDist().inv_cdf
    cells = 2**bits + 1
    return [0.5 * (quantile(i / cells) + quantile((i + 1) / cells)) for i in range(1, cells - 1)]


@check(
    "eq-qlora-nf",
    r"""
    q_i = \frac{1}{2}\left( \Phi^{-1}\!\left(\frac{i}{2^{b}+1}\right) + \Phi^{-1}\!\left(\frac{i+1}{2^{b}+1}\right) \right)
    """,
    by="identity",
    of=[normal_levels],
)
def levels_are_midpoints_of_equal_shares(rng: Generator) -> None:
    """Cut where a bisection of the error function finds equal shares of a normal variable, the line has
    a level in the middle of each finite cell; the levels are symmetric about an exact zero.
    """

    def cut(share: float) -> float:
        low, high = -9.0, 9.0
        for _ in range(60):
            middle = (low + high) / 2
            if (1 + erf(middle / 2**0.5)) / 2 < share:
                low = middle
            else:
                high = middle
        return (low + high) / 2

    for bits, cells in ((2, 5), (4, 17)):
        cuts = np.array([cut(i / cells) for i in range(1, cells)])
        found = np.array(normal_levels(bits))
        same(found, cuts[:-1] + np.diff(cuts) / 2)
        same(found, -found[::-1])
        same(found[len(found) // 2], 0.0)
        assert len(found) == 2**bits - 1


def dequantized(constants: Array, values: Array) -> Array:
    return np.repeat(constants, len(values) // len(constants)) * values


def qlora(c1: Array, c2: Array, codes: Array, levels: Array, b: Array, a: Array, x: Array) -> Array:
    weights = dequantized(dequantized(c1, c2), levels[codes].ravel()).reshape(codes.shape)
    return weights @ x + b @ (a @ x)


@check(
    "eq-qlora-forward",
    r"""
    \mathbf{a} = \hat{\mathbf{W}}\mathbf{x} + \mathbf{B}\mathbf{A}\mathbf{x},
    \qquad
    \hat{\mathbf{W}} = \operatorname{dequant}\bigl(\operatorname{dequant}(c_1, c_2),\, \mathbf{W}^{\mathrm{NF4}}\bigr)
    """,
    by="identity",
    of=[dequantized, qlora],
)
def constants_are_restored_then_weights(rng: Generator) -> None:
    """Decoding each weight on its own, by its code, its block and its block of blocks, gives the same
    output; the gradient of the factors is that of an adapter on the decoded weights.
    """
    levels, codes = np.linspace(-1, 1, 16), rng.integers(16, size=(4, 6))
    c2, c1 = rng.integers(1, 128, size=8).astype(float), rng.uniform(0.01, 0.02, size=2)
    b, a, x = rng.normal(size=(4, 2)), rng.normal(size=(2, 6)), rng.normal(size=6)
    weights = np.zeros((4, 6))
    for place in range(24):  # blocks of 3 weights, blocks of 4 constants
        value = levels[codes[place // 6, place % 6]]
        weights[place // 6, place % 6] = value * c2[place // 3] * c1[place // 12]
    merged = weights + sum(np.outer(b[:, k], a[k]) for k in range(2))
    same(qlora(c1, c2, codes, levels, b, a, x), merged @ x)
    target = rng.normal(size=4)

    def loss(factor: Array) -> float:
        return np.sum((qlora(c1, c2, codes, levels, factor, a, x) - target) ** 2)

    same(grad(loss)(b), np.outer(2 * (merged @ x - target), a @ x))


def svd_update(p: Array, values: Array, q: Array) -> Array:
    return p @ np.diag(values) @ q


@check(
    "eq-adalora-svd",
    r"""
    \Delta\mathbf{W} = \mathbf{P}\boldsymbol{\Lambda}\mathbf{Q}
    """,
    by="identity",
    of=[svd_update],
)
def triplets_can_be_dropped_alone(rng: Generator) -> None:
    """The update is a sum over triplets, so a value set to zero takes out just its own; with orthogonal
    factors the values are singular values, and dropping the smallest is the nearest lower rank.
    """
    p, q = np.linalg.qr(rng.normal(size=(6, 3)))[0], np.linalg.qr(rng.normal(size=(5, 3)))[0].T
    values = np.array([2.0, -0.5, 1.0])
    update = svd_update(p, values, q)
    same(np.linalg.svd(update)[1][:3], np.array([2.0, 1.0, 0.5]))
    dropped = svd_update(p, values * [1, 0, 1], q)
    same(update - dropped, -0.5 * np.outer(p[:, 1], q[1]))
    u, s, vt = np.linalg.svd(update)
    same(dropped, (u[:, :2] * s[:2]) @ vt[:2])


def sensitivity(w: Array, slope: Array) -> Array:
    return np.abs(w * slope)


def smoothed_score(history: list[Array], beta1: float, beta2: float) -> Array:
    mean, spread = np.zeros(1), np.zeros(1)
    for now in history:
        mean = beta1 * mean + (1 - beta1) * now
        spread = beta2 * spread + (1 - beta2) * np.abs(now - mean)
    return mean * spread


def triplet_scores(value: Array, left: Array, right: Array) -> Array:
    return value + np.mean(left, axis=0) + np.mean(right, axis=1)


@check(
    "eq-adalora-importance",
    r"""
    S_{i} = S(\lambda_{i}) + \frac{1}{m}\sum_{j=1}^{m} S(P_{ji}) + \frac{1}{n}\sum_{j=1}^{n} S(Q_{ij}),
    \qquad
    S(w) = \bar{I}(w)\,\bar{U}(w),
    \qquad
    I(w) = \lvert w \, \nabla_{w}\mathcal{L} \rvert
    """,
    by="gradient",
    of=[sensitivity, smoothed_score, triplet_scores],
)
def importance_is_the_cost_of_shrinking(rng: Generator) -> None:
    """The sensitivity is the size of the derivative of the loss when that entry alone is shrunk towards
    zero; the running means weigh the steps geometrically, and a triplet counts its three parts.
    """
    w, mix, target = rng.normal(size=5), rng.normal(size=(3, 5)), rng.normal(size=3)

    def loss(each: Array) -> float:
        return np.sum((np.tanh(mix @ each) - target) ** 2)

    def shrunk(share: Array) -> float:
        return loss(w * share)

    found = sensitivity(w, grad(loss)(w))
    same(found, np.abs(grad(shrunk)(np.ones(5))))
    same(found, np.abs(differences(shrunk, np.ones(5))), 1e-7)

    history, beta1, beta2 = [rng.uniform(size=4) for _ in range(3)], 0.7, 0.6
    i1, i2, i3 = history
    means = [0.3 * i1, 0.3 * (0.7 * i1 + i2), 0.3 * (0.49 * i1 + 0.7 * i2 + i3)]
    gaps = [np.abs(now - mean) for now, mean in zip(history, means, strict=True)]
    spread = 0.4 * (0.36 * gaps[0] + 0.6 * gaps[1] + gaps[2])
    same(smoothed_score(history, beta1, beta2), means[2] * spread)

    value, left, right = rng.uniform(size=3), rng.uniform(size=(6, 3)), rng.uniform(size=(3, 5))
    for i, score in enumerate(triplet_scores(value, left, right)):
        by_entry = sum(left[j, i] for j in range(6)) / 6 + sum(right[i, j] for j in range(5)) / 5
        same(score, value[i] + by_entry)


def truncated(weights: Array, b: Array, a: Array, alpha: float, rank: int, x: Array) -> Array:
    return weights @ x + alpha / rank * (b[:, :rank] @ (a[:rank] @ x))


@check(
    "eq-dylora-truncation",
    r"""
    \mathbf{a} = \mathbf{W}\mathbf{x} + \frac{\alpha}{r}\, \mathbf{B}_{:,1:r}\, \mathbf{A}_{1:r,:}\, \mathbf{x},
    \qquad r \sim p(\cdot),\; r \in \{r_{\min},\dots,r_{\max}\}
    """,
    by="gradient",
    of=[truncated],
)
def only_the_leading_ranks_learn(rng: Generator) -> None:
    """At each rank the layer is that of an adapter which never had more; the loss has no gradient in
    the rows and columns cut off, and the factor makes up for the number of those left.
    """
    weights, b, a = rng.normal(size=(5, 6)), rng.normal(size=(5, 4)), rng.normal(size=(4, 6))
    x, alpha = rng.normal(size=6), 3.0
    for rank in (1, 2, 3, 4):
        kept = sum(np.outer(b[:, k], a[k]) for k in range(rank))
        same(truncated(weights, b, a, alpha, rank, x), (weights + kept * 3 / rank) @ x)

        def loss(b: Array, a: Array, rank: int = rank) -> float:
            return np.sum(np.tanh(truncated(weights, b, a, alpha, rank, x)))

        slope_b, slope_a = grad(loss)(b, a), grad(loss, 1)(b, a)
        assert np.all(slope_b[:, rank:] == 0) and np.all(slope_a[rank:] == 0)
        assert np.all(slope_b[:, :rank] != 0) and np.all(slope_a[:rank] != 0)


def glora(
    weights: Array, bias: Array, a: Array, b: Array, c: Array, d: Array, e: Array, x: Array
) -> Array:
    return (weights + weights * a + b) @ x + weights @ c + d * bias + e + bias


@check(
    "eq-glora-layer",
    r"""
    \mathbf{a} = \bigl(\mathbf{W} + \mathbf{W}\odot\mathbf{A} + \mathbf{B}\bigr)\mathbf{x} + \mathbf{W}\mathbf{c} + \mathbf{d}\odot\mathbf{b}_0 + \mathbf{e} + \mathbf{b}_0
    """,
    by="identity",
    of=[glora],
)
def five_tensors_cover_the_special_cases(rng: Generator) -> None:
    """Weight updates of low rank, scale and shift of the output, and a prompt added to the input come
    out as special cases, and all five tensors at once as the sum of their effects; the layer stays
    affine, so that weight and bias can take them in.
    """
    weights, bias, x = rng.normal(size=(3, 4)), rng.normal(size=3), rng.normal(size=4)
    none, still, empty = np.zeros((3, 4)), np.zeros(3), np.zeros(4)
    plain = weights @ x + bias
    low = np.outer(rng.normal(size=3), rng.normal(size=4))
    same(glora(weights, bias, none, low, empty, still, still, x), plain + low @ x)
    scale, shift, prompt = rng.normal(size=3), rng.normal(size=3), rng.normal(size=4)
    rows = np.outer(scale - 1, np.ones(4))
    shifted = glora(weights, bias, rows, none, empty, scale - 1, shift, x)
    same(shifted, scale * plain + shift)
    same(glora(weights, bias, none, none, prompt, still, still, x), weights @ (x + prompt) + bias)
    whole = shifted + low @ x + weights @ prompt
    tuned = weights, bias, rows, low, prompt, scale - 1, shift
    same(glora(*tuned, x), whole)
    same(glora(*tuned, 3 * x) - whole, 2 * (whole - glora(*tuned, 0 * x)))


def shared_increment(v: Array, core: Array, u: Array, s: float) -> Array:
    return s * (v @ core @ u)


@check(
    "eq-fact-tt",
    r"""
    \Delta\mathbf{W}_i = s\, \mathbf{V}\,\boldsymbol{\Sigma}_i\,\mathbf{U}
    """,
    by="identity",
    of=[shared_increment],
)
def increments_form_a_tensor_train(rng: Generator) -> None:
    """Entry by entry the increments of all blocks are a tensor train, whose two unfoldings have rank r
    although the blocks together hold far more numbers than the factors.
    """
    v, u = rng.normal(size=(7, 2)), rng.normal(size=(2, 7))
    cores, s = rng.normal(size=(5, 2, 2)), 0.3
    tensor = np.array([shared_increment(v, core, u, s) for core in cores])
    train = np.zeros((5, 7, 7))
    for i, j, k in np.ndindex(5, 7, 7):
        train[i, j, k] = sum(
            0.3 * v[j, p] * cores[i, p, q] * u[q, k] for p in range(2) for q in range(2)
        )
    same(tensor, train)
    assert np.linalg.matrix_rank(tensor.transpose(1, 0, 2).reshape(7, 35)) == 2
    assert np.linalg.matrix_rank(tensor.reshape(35, 7)) == 2
    assert v.size + u.size + cores.size == 48 < tensor.size == 245


def lora(weights: Array, b: Array, a: Array, alpha: float, x: Array) -> Array:
    rank = a.shape[0]
    return weights @ x + alpha / rank * (b @ (a @ x))


@check(
    "eq-lora-update",
    r"""
    \mathbf{a} = \mathbf{W}\mathbf{x} + \frac{\alpha}{r}\,\mathbf{B}\mathbf{A}\mathbf{x},
    \qquad \mathbf{B}\in\mathbb{R}^{m\times r},\ \mathbf{A}\in\mathbb{R}^{r\times n},\ r \ll \min(m,n)
    """,
    by="identity",
    of=[lora],
)
def lora_can_be_merged(rng: Generator) -> None:
    """The update merges into one matrix that differs from W by rank r, a zero B leaves the layer
    as it was, and with alpha = r the factor is one.
    """
    weights, b, a = rng.normal(size=(6, 5)), rng.normal(size=(6, 2)), rng.normal(size=(2, 5))
    x, alpha = rng.normal(size=5), 8.0
    merged = np.stack([lora(weights, b, a, alpha, unit) for unit in np.eye(5)], axis=1)
    same(lora(weights, b, a, alpha, x), merged @ x)
    same(merged - weights, 4 * sum(np.outer(b[:, k], a[k]) for k in range(2)))
    assert np.linalg.matrix_rank(merged - weights) == 2
    same(lora(weights, 0 * b, a, alpha, x), weights @ x)
    same(lora(weights, b, a, 2.0, x), (weights + b @ a) @ x)


def kronecker_sum(shared: Array, s: Array, t: Array) -> Array:
    return sum(np.kron(shared[i], np.outer(s[i], t[i])) for i in range(len(shared)))


@check(
    "eq-compacter-kronecker",
    r"""
    \mathbf{W} = \sum_{i=1}^{p} \mathbf{A}_i \otimes \mathbf{B}_i, \qquad \mathbf{B}_i = \mathbf{s}_i\,\mathbf{t}_i^{\top}
    """,
    by="identity",
    of=[kronecker_sum],
)
def product_needs_no_large_matrix(rng: Generator) -> None:
    """With the input folded into p rows, small products give the same output as the large matrix, which
    has full rank although its own factors hold k + d numbers only.
    """
    shared, s, t = rng.normal(size=(3, 3, 3)), rng.normal(size=(3, 2)), rng.normal(size=(3, 4))
    x = rng.normal(size=12)
    weights = kronecker_sum(shared, s, t)
    assert weights.shape == (6, 12)
    output = np.zeros((3, 2))
    for a, column, row in zip(shared, s, t, strict=True):
        output += np.outer(a @ (x.reshape(3, 4) @ row), column)
    same(weights @ x, output.ravel())
    assert np.linalg.matrix_rank(weights) == 6
    assert s.size + t.size == sum(weights.shape)


def rescaled_attention(q: Array, k: Array, v: Array, l_k: Array, l_v: Array) -> Array:
    return softmax(q @ (l_k * k).T / np.sqrt(q.shape[1])) @ (l_v * v)


def rescaled_layer(w1: Array, w2: Array, l_f: Array, x: Array) -> Array:
    return w2 @ (l_f * np.tanh(w1 @ x))


@check(
    "eq-ia3-rescaling",
    r"""
    \operatorname{softmax}\!\left(\frac{\mathbf{Q}\,(\mathbf{l}_{k}\odot\mathbf{K})^{\top}}{\sqrt{d}}\right)(\mathbf{l}_{v}\odot\mathbf{V}),
    \qquad
    \mathbf{W}_{2}\,\bigl(\mathbf{l}_{f}\odot\gamma(\mathbf{W}_{1}\mathbf{x})\bigr)
    """,
    by="identity",
    of=[rescaled_attention, rescaled_layer],
)
def vectors_fold_into_the_weights(rng: Generator) -> None:
    """Multiplied into the columns of the key and value projections and of the second feed-forward
    matrix, the vectors give the same output; vectors of ones change nothing.
    """
    tokens, l_k, l_v, l_f = (rng.normal(size=shape) for shape in ((5, 3), 4, 4, 6))
    to_q, to_k, to_v = rng.normal(size=(3, 3, 4))
    w1, w2 = rng.normal(size=(6, 3)), rng.normal(size=(2, 6))
    q, k, v = tokens @ to_q, tokens @ to_k, tokens @ to_v
    found = rescaled_attention(q, k, v, l_k, l_v)
    folded_k, folded_v = tokens @ (to_k * l_k), tokens @ (to_v * l_v)
    for row, output in zip(q, found, strict=True):
        powers = np.array([np.exp(sum(row * key) / 2) for key in folded_k])
        same(output, powers @ folded_v / powers.sum())
    same(rescaled_layer(w1, w2, l_f, tokens[0]), (w2 * l_f) @ np.tanh(w1 @ tokens[0]))
    same(rescaled_attention(q, k, v, np.ones(4), np.ones(4)), softmax(q @ k.T / 2) @ v)
    same(rescaled_layer(w1, w2, np.ones(6), tokens[0]), w2 @ np.tanh(w1 @ tokens[0]))


def gated_weights(prompt: Array, words: Array, gate: float) -> Array:
    return np.concatenate([gate * softmax(prompt), softmax(words)])


@check(
    "eq-llamaadapter-gate",
    r"""
    \mathbf{a}_l = \bigl[\, g_l \operatorname{softmax}(\mathbf{z}_l^{\mathrm{prompt}}) \,;\; \operatorname{softmax}(\mathbf{z}_l^{\mathrm{word}}) \,\bigr]
    """,
    by="identity",
    of=[gated_weights],
)
def closed_gate_leaves_the_words_alone(rng: Generator) -> None:
    """The words keep the weights that they have without prompts, whatever the gate, while the prompts
    share the gate's value between them; at zero the model is the old one, but the gate can learn.
    """
    prompt, words, values = rng.normal(size=3), rng.normal(size=5), rng.normal(size=8)
    alone = np.exp(words) / sum(np.exp(words))
    for gate in (0.0, 0.4, -1.5):
        found = gated_weights(prompt, words, gate)
        same(found[3:], alone)
        same(found[:3].sum(), gate)
        same(found[:3] * np.exp(prompt[0] - prompt), np.full(3, found[0]))
    same(gated_weights(prompt, words, 0.0) @ values, alone @ values[3:])
    slope = grad(lambda gate: np.dot(gated_weights(prompt, words, gate), values))(0.0)
    same(slope, np.exp(prompt) @ values[:3] / np.exp(prompt).sum())


def task_prompt(shared: Array, u: Array, v: Array) -> Array:
    return shared * np.outer(u, v)


@check(
    "eq-mpt-prompt",
    r"""
    \mathbf{P}_k = \mathbf{P} \odot \bigl(\mathbf{u}_k \mathbf{v}_k^{\top}\bigr)
    """,
    by="identity",
    of=[task_prompt],
)
def rows_and_columns_are_rescaled(rng: Generator) -> None:
    """The task rescales positions and dimensions of the shared prompt, which is a product with two
    diagonal matrices; vectors of ones give the shared prompt itself.
    """
    shared, u, v = rng.normal(size=(3, 5)), rng.normal(size=3), rng.normal(size=5)
    same(task_prompt(shared, u, v), np.diag(u) @ shared @ np.diag(v))
    same(task_prompt(shared, np.ones(3), np.ones(5)), shared)


def mixed_prompt(target: Array, sources: Array, h: Array, tau: float) -> Array:
    powers = np.exp(np.max(sources, axis=1) @ h / tau)
    return target + np.einsum("j,jpd->pd", powers / np.sum(powers), sources)


@check(
    "eq-attempt-mixture",
    r"""
    \mathbf{P}(\mathbf{x}) = \mathbf{P}_{0} + \sum_{j} a_{j}\,\mathbf{P}_{j},
    \qquad
    a_{j} = \frac{\exp(\tilde{\mathbf{p}}_{j}^{\top}\mathbf{h}/\tau)}{\sum_{k}\exp(\tilde{\mathbf{p}}_{k}^{\top}\mathbf{h}/\tau)}
    """,
    by="limit",
    of=[mixed_prompt],
)
def temperature_runs_from_choice_to_mean(rng: Generator) -> None:
    """As the temperature grows the sources are averaged, with an error of one over it; as it falls the
    source whose pooled vector agrees best is added; in between, weights are in the ratio of powers.
    """
    target, sources, h = rng.normal(size=(4, 3)), rng.normal(size=(5, 4, 3)), rng.normal(size=3)
    h = h / np.linalg.norm(h)
    sources[2] += 5 * h
    pooled = np.array([[max(column) for column in source.T] for source in sources])
    agreement = np.array([sum(vector * h) for vector in pooled])
    chosen = sources[np.argmax(agreement)]
    same(mixed_prompt(target, sources, h, 0.02), target + chosen, 1e-6)
    mean = target + sources.mean(axis=0)
    gaps = [tau * (mixed_prompt(target, sources, h, tau) - mean) for tau in (1e4, 2e4)]
    same(gaps[0], gaps[1], 0.01)
    marked = np.concatenate([sources, np.zeros((5, 4, 1))], axis=2)
    marked[:, 0, 3] = [1, 10, 100, 1000, 10000]
    found = mixed_prompt(np.zeros((4, 4)), marked, np.append(h, 0), 0.5)[0, 3]
    weights = [np.exp(2 * each) for each in agreement]
    same(found, sum(w * 10**j for j, w in enumerate(weights)) / sum(weights))


def pst_scores(
    weights: Array, b: Array, a: Array, rows: Array, columns: Array, alpha1: float, alpha2: float
) -> Array:
    structure = np.outer(rows, np.ones(len(columns))) + np.outer(np.ones(len(rows)), columns)
    return np.abs(weights) + alpha1 * (b @ a) + alpha2 * structure


def pst_weights(weights: Array, u: Array, v: Array, beta: float) -> Array:
    return weights + beta * (u @ v)


@check(
    "eq-pst-score",
    r"""
    \mathbf{S} = \lvert\mathbf{W}'\rvert + \alpha_{1}\,\mathbf{B}\mathbf{A} + \alpha_{2}\,(\mathbf{r}\mathbf{1}^{\top} + \mathbf{1}\mathbf{c}^{\top}),
    \qquad \mathbf{W}' = \mathbf{W} + \beta\,\mathbf{U}\mathbf{V}
    """,
    by="gradient",
    of=[pst_scores, pst_weights],
)
def few_numbers_learn_the_scores(rng: Generator) -> None:
    """Entry by entry a score is the magnitude of the new weight plus a low-rank, a row's and a column's
    term; a loss of the scores reaches each factor by the gradient that the chain rule gives.
    """
    weights, b, a = rng.normal(size=(4, 5)), rng.normal(size=(4, 2)), rng.normal(size=(2, 5))
    u, v = rng.normal(size=(4, 3)), rng.normal(size=(3, 5))
    rows, columns = rng.normal(size=4), rng.normal(size=5)
    new = pst_weights(weights, u, v, 0.7)
    found = pst_scores(new, b, a, rows, columns, 0.3, 0.2)
    for i, j in np.ndindex(4, 5):
        same(new[i, j], weights[i, j] + 0.7 * sum(u[i] * v[:, j]))
        term = 0.3 * sum(b[i] * a[:, j]) + 0.2 * (rows[i] + columns[j])
        same(found[i, j], abs(new[i, j]) + term)
    upstream = rng.normal(size=(4, 5))

    def loss(new: Array, b: Array, a: Array, rows: Array, columns: Array) -> float:
        return np.sum(upstream * pst_scores(new, b, a, rows, columns, 0.3, 0.2))

    slopes = [grad(loss, place)(new, b, a, rows, columns) for place in range(5)]
    same(slopes[0], upstream * np.sign(new))
    same(slopes[1], 0.3 * upstream @ a.T)
    same(slopes[2], 0.3 * b.T @ upstream)
    same(slopes[3], 0.2 * upstream.sum(axis=1))
    same(slopes[4], 0.2 * upstream.sum(axis=0))


def sum_of_modules(first: Array, second: Array, share: float) -> Array:
    return share * first + (1 - share) * second


@check(
    "eq-pem-sum",
    r"""
    \boldsymbol{\theta}^{+} = \lambda\,\boldsymbol{\theta}_1 + (1-\lambda)\,\boldsymbol{\theta}_2
    """,
    by="identity",
    of=[sum_of_modules],
)
def modules_are_mixed_by_their_weights(rng: Generator) -> None:
    """The ends are the two modules; outputs that are linear in the weights, as with (IA)3, are mixed in
    the same shares, but those of two LoRA modules lack a known product of the differences.
    """
    l1, l2, activations = rng.normal(size=4), rng.normal(size=4), rng.normal(size=4)
    w2, share = rng.normal(size=(3, 4)), 0.3
    same(sum_of_modules(l1, l2, 1.0), l1)
    same(sum_of_modules(l1, l2, 0.0), l2)
    mixed = 0.3 * (w2 @ (l1 * activations)) + 0.7 * (w2 @ (l2 * activations))
    same(w2 @ (sum_of_modules(l1, l2, share) * activations), mixed)
    b1, b2 = rng.normal(size=(2, 3, 2))
    a1, a2 = rng.normal(size=(2, 2, 4))
    merged = sum_of_modules(b1, b2, share) @ sum_of_modules(a1, a2, share)
    same(merged, 0.3 * b1 @ a1 + 0.7 * b2 @ a2 - 0.21 * (b1 - b2) @ (a1 - a2))


def negated_lora(b: Array, a: Array) -> tuple[Array, Array]:
    return -b, a


def negated_ia3(scale: Array) -> Array:
    return 2 - scale


@check(
    "eq-pem-negation",
    r"""
    (\mathbf{B},\mathbf{A}) \mapsto (-\mathbf{B},\mathbf{A}), \qquad \mathbf{l} \mapsto 2\cdot\mathbf{1} - \mathbf{l}
    """,
    by="identity",
    of=[negated_lora, negated_ia3],
)
def change_is_turned_round(rng: Generator) -> None:
    """What either module adds to the output of its layer changes its sign; done twice, nothing has
    changed, and a neutral module stays neutral.
    """
    weights, b, a = rng.normal(size=(4, 5)), rng.normal(size=(4, 2)), rng.normal(size=(2, 5))
    scale, x, h = rng.normal(size=4), rng.normal(size=5), rng.normal(size=4)
    plain = weights @ x
    other_b, other_a = negated_lora(b, a)
    same((weights + other_b @ other_a) @ x - plain, plain - (weights + b @ a) @ x)
    same(other_a, a)
    same(negated_ia3(scale) * h - h, h - scale * h)
    same(negated_ia3(negated_ia3(scale)), scale)
    same(negated_ia3(np.ones(4)), np.ones(4))


def consistency_loss(task: float, p1: Array, p2: Array, strength: float) -> float:
    there, back = np.sum(p1 * np.log(p1 / p2)), np.sum(p2 * np.log(p2 / p1))
    return task + strength / 2 * (there + back)


def merged_copies(copies: Array) -> Array:
    return np.sum(copies, axis=0) / len(copies)


@check(
    "eq-adamix-consistency-merge",
    r"""
    \mathcal{L}_{\mathrm{total}} = \mathcal{L} + \frac{\lambda}{2}\Bigl(\operatorname{KL}(p_{1}\,\Vert\,p_{2}) + \operatorname{KL}(p_{2}\,\Vert\,p_{1})\Bigr),
    \qquad
    \mathbf{W} = \frac{1}{M}\sum_{i=1}^{M}\mathbf{W}_{i}
    """,
    by="limit",
    of=[consistency_loss, merged_copies],
)
def passes_are_pulled_together(rng: Generator) -> None:
    """The penalty is zero for equal predictions, positive and symmetric else, and for logits that differ
    little it tends to half its weight times their squared distance in the Fisher metric; the merged
    matrix gives the mean output of its copies.
    """
    logits, gap = rng.normal(size=5), rng.normal(size=5)
    p = softmax(logits)
    metric = hessian(lambda each: np.log(np.sum(np.exp(each))))(logits)
    same(consistency_loss(1.5, p, p, 3.0), 1.5)
    for size in (1e-2, 1e-3):
        near = softmax(logits + size * gap)
        penalty = consistency_loss(1.5, p, near, 3.0) - 1.5
        assert abs(penalty / (size**2 * 1.5 * (gap @ metric @ gap)) - 1) < 3 * size
    far = distribution(rng, 5)
    assert consistency_loss(0.0, p, far, 3.0) > 0
    same(consistency_loss(0.0, p, far, 3.0), consistency_loss(0.0, far, p, 3.0))
    by_hand = sum((a - b) * (np.log(a) - np.log(b)) for a, b in zip(p, far, strict=True))
    same(consistency_loss(0.0, p, far, 3.0), 1.5 * by_hand)
    copies, x = rng.normal(size=(4, 3, 5)), rng.normal(size=5)
    same(merged_copies(copies) @ x, np.mean([copy @ x for copy in copies], axis=0))


def stability_bound(lipschitz: float, curvature: float, share: float, count: int) -> float:
    return 2 * lipschitz**2 / ((curvature + 2 * (1 - share)) * count)


@check(
    "eq-sparse-tuning-stability",
    r"""
    \mathbb{E}\,\bigl\lvert \mathcal{L}(\boldsymbol{\theta}_{\setminus i}; \mathbf{x}_{i}) - \mathcal{L}(\boldsymbol{\theta}; \mathbf{x}_{i}) \bigr\rvert
    \;\le\; \frac{2\rho^{2}}{\bigl(\Lambda_{\min} + 2(1-p)\bigr)\,N}
    """,
    by="bound",
    of=[stability_bound],
)
def leaving_one_out_changes_little(rng: Generator) -> None:
    """Two examples with opposite slopes reach the bound; for many of them, with a curvature in common,
    the change tends to half of it, and for logistic losses of random examples it stays below.
    """

    def change(slopes: Array, curvature: float, share: float) -> float:
        """Minimize mean(slope * t + curvature * t**2 / 2) + (1 - share) * t**2 by hand."""
        stiffness, changes = curvature + 2 * (1 - share), []
        for i in range(len(slopes)):
            whole = -np.mean(slopes) / stiffness
            part = -np.mean(np.delete(slopes, i)) / stiffness
            loss = [slopes[i] * t + curvature * t**2 / 2 for t in (part, whole)]
            changes.append(abs(loss[0] - loss[1]))
        return float(np.mean(changes))

    for share in (0.1, 0.6):
        opposite = np.array([1.5, -1.5])
        same(stability_bound(1.5, 0.0, share, 2), change(opposite, 0.0, share))
    many = np.array([1.5, -1.5] * 100)
    half = change(many, 3.0, 0.6) / stability_bound(1.5, 3.0, 0.6, 200)
    assert abs(half - 0.5) < 0.01

    count, share = 8, 0.3
    x = rng.normal(size=(count, 3))

    def objective(theta: Array, data: Array) -> float:
        return np.mean(np.log1p(np.exp(-data @ theta))) + (1 - share) * np.sum(theta**2)

    def minimum(data: Array) -> Array:
        theta = np.zeros(3)
        for _ in range(6):
            p = 1 / (1 + np.exp(data @ theta))
            slope = -p @ data / len(data) + 1.4 * theta
            theta = theta - np.linalg.solve(
                (data.T * p * (1 - p)) @ data / len(data) + 1.4 * np.eye(3), slope
            )
        return theta

    best = minimum(x)
    same(grad(objective)(best, x), np.zeros(3))
    changes = [
        abs(np.log1p(np.exp(-x[i] @ best)) - np.log1p(np.exp(-x[i] @ minimum(np.delete(x, i, 0)))))
        for i in range(count)
    ]
    curved = np.linalg.eigvalsh(hessian(objective)(best, x))[0] - 1.4
    assert np.mean(changes) < stability_bound(np.linalg.norm(x, axis=1).max(), curved, share, count)


def decomposed(w: Array, b: Array, a: Array, s: float, m: Array) -> Array:
    moved = w + s * (b @ a)
    return m[:, None] * moved / np.sqrt(np.sum(moved**2, axis=1))[:, None]


@check(
    "eq-dora-update",
    r"""
    \mathbf{W}'_{i,:} = m_{i}\, \frac{\mathbf{W}_{i,:} + s\,(\mathbf{B}\mathbf{A})_{i,:}}{\lVert \mathbf{W}_{i,:} + s\,(\mathbf{B}\mathbf{A})_{i,:} \rVert_2}
    """,
    by="bound",
    of=[decomposed],
)
def magnitude_is_trained_apart_from_direction(rng: Generator) -> None:
    """Every row has the trained magnitude and the direction of the updated weight, and the start
    leaves the weight as it was.
    """
    w, b, a = rng.normal(size=(4, 6)), rng.normal(size=(4, 2)), rng.normal(size=(2, 6))
    m = rng.uniform(0.5, 2.0, size=4)
    new = decomposed(w, b, a, 0.7, m)
    same(np.linalg.norm(new, axis=1), m)
    moved = w + 0.7 * sum(np.outer(b[:, k], a[k]) for k in range(2))
    cosine = np.sum(new * moved, axis=1) / np.linalg.norm(moved, axis=1) / m
    same(cosine, np.ones(4))
    same(decomposed(w, 0 * b, a, 0.7, np.linalg.norm(w, axis=1)), w)


def principal_start(w: Array, r: int) -> tuple[Array, Array, Array]:
    u, values, v = np.linalg.svd(w, full_matrices=False)
    b = u[:, :r] * np.sqrt(values[:r])
    a = np.sqrt(values[:r])[:, None] * v[:r]
    return b, a, w - b @ a


@check(
    "eq-pissa-start",
    r"""
    \mathbf{B}_{0}\mathbf{A}_{0} = \operatorname{SVD}_{r}(\mathbf{W}), \qquad \mathbf{W} = \mathbf{B}_{0}\mathbf{A}_{0} + \mathbf{R}
    """,
    by="bound",
    of=[principal_start],
)
def frozen_part_holds_only_the_small_singular_values(rng: Generator) -> None:
    """The factors hold the largest singular values, the frozen part the others, and both together are
    the weight.
    """
    w = rng.normal(size=(5, 7))
    values = np.linalg.svd(w, compute_uv=False)
    b, a, rest = principal_start(w, 2)
    same(b @ a + rest, w)
    same(np.linalg.svd(rest, compute_uv=False)[:3], values[2:])
    same(np.linalg.svd(b @ a, compute_uv=False)[:2], values[:2])
    assert np.linalg.matrix_rank(b @ a) == 2
