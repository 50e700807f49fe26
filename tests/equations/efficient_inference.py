"""The equations of the page Efficient inference."""

from __future__ import annotations

from itertools import combinations, permutations, product

import autograd.numpy as np
from autograd import grad
from numpy.random import Generator

from equations.frame import Array, check, differences, distribution, same, sigmoid


def layer_times(
    m: int, n: int, tokens: int, bits: int, bandwidth: float, rate: float
) -> tuple[float, float, float]:
    reading = m * n * bits / (8 * bandwidth)
    arithmetic = 2 * m * n * tokens / rate
    return reading, arithmetic, max(reading, arithmetic)


def break_even_tokens(bits: int, bandwidth: float, rate: float) -> float:
    return bits * rate / (16 * bandwidth)


@check(
    "eq-inference-roofline",
    r"""
    t(N) = \max\!\left( \frac{mnb}{8\beta},\; \frac{2mnN}{\nu} \right),
    \qquad
    \frac{mnb}{8\beta} > \frac{2mnN}{\nu}
    \quad \text{if and only if} \quad
    N < \frac{b\nu}{16\beta}
    """,
    by="identity",
    of=[layer_times, break_even_tokens],
)
def few_tokens_wait_for_weights(rng: Generator) -> None:
    """The time is that of the slower of two processes that run at once, bytes counted from stored
    weights and operations one by one; reading is the slower just below the stated number of tokens.
    """
    m, n = 3, 5
    stored = np.zeros((m, n), np.float16).nbytes
    counted = sum(2 for _ in np.ndindex(m, n, 7))
    assert layer_times(m, n, 7, 16, 2.0, 4.0) == (stored / 2, counted / 4, counted / 4)
    for bits, ratio in ((16, 10.0), (4, 32.0), (16, 3.0)):
        crossing = break_even_tokens(bits, 2.0, 2 * ratio)
        for tokens in range(1, 16):
            reading, arithmetic, time = layer_times(m, n, tokens, bits, 2.0, 2 * ratio)
            assert (reading > arithmetic) == (tokens < crossing)
            assert time == (reading if tokens < crossing else arithmetic)
    assert break_even_tokens(16, 1.0, 295.0) == 295


def expected_tokens(alpha: float, drafts: int) -> float:
    return sum(alpha**i for i in range(drafts + 1))


def expected_tokens_closed(alpha: float, drafts: int) -> float:
    return (1 - alpha ** (drafts + 1)) / (1 - alpha)


def acceptance(p: Array, q: Array) -> float:
    return np.sum(np.minimum(p, q))


@check(
    "eq-inference-speculative",
    r"""
    \mathbb{E}[\text{tokens}] = \sum_{i=0}^{k} \alpha^{i} = \frac{1-\alpha^{k+1}}{1-\alpha},
    \qquad
    \alpha = \sum_{x\in\mathcal{V}} \min\bigl( p(x),\, q(x) \bigr)
    """,
    by="identity",
    of=[expected_tokens, expected_tokens_closed, acceptance],
)
def a_pass_yields_the_accepted_guesses_and_one(rng: Generator) -> None:
    """Both forms are the mean, over all patterns of acceptance, of the guesses before the first
    rejection plus one; alpha is the chance that a drawn guess passes, one minus the distance.
    """
    p, q = distribution(rng, 5), distribution(rng, 5)
    alpha = acceptance(p, q)
    same(alpha, sum(b * min(1.0, a / b) for a, b in zip(p, q, strict=True)))
    same(alpha, 1 - np.abs(p - q).sum() / 2)
    for drafts in (1, 4):
        mean = 0.0
        for pattern in product((True, False), repeat=drafts):
            chance = np.prod([alpha if passed else 1 - alpha for passed in pattern])
            yielded = (pattern.index(False) if False in pattern else drafts) + 1
            mean += chance * yielded
        same(expected_tokens(alpha, drafts), mean)
        same(expected_tokens_closed(alpha, drafts), mean)


def sparse_block(
    x: Array,
    heads: list[int],
    neurons: list[int],
    layers: tuple[Array, Array, Array],
    predictors: tuple[Array, Array],
    count: int,
) -> tuple[Array, list[int], list[int]]:
    attention, first, second = layers
    middle = x + sum(np.tanh(attention[h] @ x) for h in heads)
    out = middle + second[:, neurons] @ np.maximum(first[neurons] @ middle, 0)
    next_heads = np.argsort(-predictors[0] @ x)[:count]
    next_neurons = np.argsort(-predictors[1] @ x)[:count]
    return out, [int(h) for h in next_heads], [int(w) for w in next_neurons]


@check(
    "eq-dejavu-lookahead",
    r"""
    \begin{aligned}
    \mathbf{x}' &= \mathrm{MHA}_{i}(\mathbf{x}; \mathcal{S}^{h}_{i}), & \mathbf{x}'' &= \mathrm{MLP}_{i}(\mathbf{x}'; \mathcal{S}^{w}_{i}), \\
    \mathcal{S}^{h}_{i+1} &= P^{h}_{i}(\mathbf{x}), & \mathcal{S}^{w}_{i+1} &= P^{w}_{i}(\mathbf{x})
    \end{aligned}
    """,
    by="identity",
    of=[sparse_block],
)
def the_next_choice_needs_no_result(rng: Generator) -> None:
    """Leaving out neurons that are silent for this input changes nothing, leaving out heads removes
    just their terms, and the choice for the next block depends on this block's input alone, so that
    it can be made while the block is computed.
    """
    x = rng.normal(size=4)
    layers = rng.normal(size=(3, 4, 4)), rng.normal(size=(6, 4)), rng.normal(size=(4, 6))
    predictors = rng.normal(size=(3, 4)), rng.normal(size=(6, 4))
    every = list(range(6))
    middle = x + np.tanh(layers[0] @ x).sum(axis=0)
    layers[1][0] -= middle * (layers[1][0] @ middle + 1) / (middle @ middle)
    hidden = layers[1] @ middle  # the first is -1, so one neuron at least is silent
    dense, heads, neurons = sparse_block(x, [0, 1, 2], every, layers, predictors, 2)
    same(dense, middle + layers[2] @ (hidden * (hidden > 0)))
    active = [w for w in every if hidden[w] > 0]
    assert len(active) < 6
    same(sparse_block(x, [0, 1, 2], active, layers, predictors, 2)[0], dense)
    kept = x + np.tanh(layers[0][[0, 2]] @ x).sum(axis=0)
    wanted = kept + layers[2] @ np.where(layers[1] @ kept > 0, layers[1] @ kept, 0)
    out, *chosen = sparse_block(x, [0, 2], every, layers, predictors, 2)
    same(out, wanted)
    assert chosen == [heads, neurons]
    for choice, scores in ((heads, predictors[0] @ x), (neurons, predictors[1] @ x)):
        assert sum(scores[choice]) == max(
            sum(scores[[*s]]) for s in combinations(range(len(scores)), 2)
        )


def block_time(layers: int, tokens: int, prefill: float, transfers: list[float]) -> float:
    return layers * prefill + layers * (tokens - 1) * max(transfers)


def best_policy(times: list[float], sizes: list[int]) -> int:
    rates = [time / size for time, size in zip(times, sizes, strict=True)]
    return rates.index(min(rates))


@check(
    "eq-flexgen-policy",
    r"""
    \min_{\mathbf{p}} \ \frac{T}{b_{s}}, \quad T = L \, T_{\mathrm{pre}} + L (n - 1) \, T_{\mathrm{gen}},
    \quad T_{\mathrm{gen}} = \max\bigl(t_{\mathrm{cpu \to gpu}}, t_{\mathrm{gpu \to cpu}}, t_{\mathrm{disk \to cpu}}, t_{\mathrm{cpu \to disk}}, t_{\mathrm{comp}}\bigr)
    """,
    by="simulation",
    of=[block_time, best_policy],
)
def layers_wait_for_the_slowest_transfer(rng: Generator) -> None:
    """A schedule run step by step, one prefill and the further tokens through all layers with the
    four transfers and the computation of each step at once, takes the stated time; the chosen policy
    generates the most sequences in a given time.
    """
    times, sizes = [], [8, 3, 20, 12]
    for _ in sizes:
        prefill, transfers = rng.uniform(2, 4), [float(t) for t in rng.uniform(size=5)]
        clock = 0.0
        for token in range(6):
            for _ in range(3):
                finished = [clock + (prefill if token == 0 else t) for t in transfers]
                clock = max(finished)
        times.append(block_time(3, 6, prefill, transfers))
        same(times[-1], clock)
    made = [1e6 / time * size for time, size in zip(times, sizes, strict=True)]
    assert made[best_policy(times, sizes)] == max(made)


def cascade(
    order: tuple[int, ...], thresholds: tuple[float, ...], scores: Array, prices: Array
) -> tuple[int, float]:
    spent = 0.0
    for model, threshold in zip(order, thresholds, strict=True):
        spent += prices[model]
        if scores[model] >= threshold:
            return model, spent
    return order[-1], spent


def best_cascade(
    cascades: list[tuple[tuple[int, ...], tuple[float, ...]]],
    scores: Array,
    prices: Array,
    rewards: Array,
    budget: float,
) -> tuple[float, float]:
    best = (-np.inf, 0.0)
    for order, thresholds in cascades:
        runs = [
            cascade(order, thresholds, row, cost) for row, cost in zip(scores, prices, strict=True)
        ]
        reward = np.mean([gain[model] for (model, _), gain in zip(runs, rewards, strict=True)])
        cost = np.mean([spent for _, spent in runs])
        if cost <= budget and reward > best[0]:
            best = (reward, cost)
    return best


@check(
    "eq-frugalgpt-cascade",
    r"""
    \max_{\mathbf{m}, \boldsymbol{\theta}} \ \mathbb{E}\bigl[ r(y, f_{m_{z}}(\mathbf{x})) \bigr]
    \quad \text{s.t.} \quad \mathbb{E}\Bigl[ \sum_{i=1}^{z} c_{m_{i}}(\mathbf{x}) \Bigr] \le B,
    \qquad z = \min \{ i : g(\mathbf{x}, f_{m_{i}}(\mathbf{x})) \ge \theta_{i} \}
    """,
    by="optimum",
    of=[cascade, best_cascade],
)
def a_cascade_beats_each_single_model(rng: Generator) -> None:
    """Each query stops at the first answer whose score reaches the threshold and pays for all models
    asked; the best cascade keeps to the budget, and no other order and thresholds, nor any single
    model within the budget, earns more.
    """
    scores = rng.uniform(size=(12, 3))
    prices = np.array([1.0, 3, 9]) * rng.uniform(0.8, 1.2, size=(12, 1))
    rewards = (rng.uniform(size=(12, 3)) < scores + np.array([0, 0.1, 0.2])).astype(float)
    levels = (0.0, 0.4, 0.7)
    cascades = [
        (order, (*pair, 0.0))
        for order in permutations(range(3))
        for pair in product(levels, repeat=2)
    ]
    outcomes = []
    for order, limits in cascades:
        gains, costs = [], []
        for q in range(12):
            asked = next(i for i in range(3) if scores[q, order[i]] >= limits[i]) + 1
            assert cascade(order, limits, scores[q], prices[q])[0] == order[asked - 1]
            gains.append(rewards[q, order[asked - 1]])
            costs.append(sum(prices[q, m] for m in order[:asked]))
        outcomes.append((sum(gains) / 12, sum(costs) / 12))
    for budget in (2.0, 6.0, 14.0):
        reward, cost = best_cascade(cascades, scores, prices, rewards, budget)
        assert cost <= budget
        same(reward, max(gain for gain, spent in outcomes if spent <= budget))
        singles = [rewards[:, m].mean() for m in range(3) if prices[:, m].mean() <= budget]
        assert reward >= max(singles)
    exact = best_cascade(cascades[:1], scores, prices, rewards, np.inf)[1]
    assert best_cascade(cascades[:1], scores, prices, rewards, exact)[1] == exact
    assert best_cascade(cascades[:1], scores, prices, rewards, exact - 1e-9) == (-np.inf, 0.0)
    assert cascade((0, 1), (0.5, 0.5), np.array([0.5, 0.9]), np.ones(2)) == (0, 1.0)
    assert cascade((1, 0), (0.5, 0.5), np.array([0.1, 0.2]), np.ones(2)) == (0, 2.0)


def editor_loss(losses: tuple[float, float, float, float], weight: float, scores: Array) -> float:
    draft, placeholders, inserted, deleted = losses
    return draft + placeholders + inserted + deleted + weight * np.sum(sigmoid(scores))


def masked(weights: Array, scores: Array, sparsity: float) -> Array:
    threshold = np.sort(scores, axis=None)[int(sparsity * scores.size)]
    side = weights.shape[0] // scores.shape[0]
    return weights * np.kron(scores >= threshold, np.ones((side, side)))


@check(
    "eq-deer-loss",
    r"""
    \mathcal{L} = \mathcal{L}_{\mathrm{CTC}} + \mathcal{L}_{\mathrm{PLH}} + \mathcal{L}_{\mathrm{INS}} + \mathcal{L}_{\mathrm{DEL}} + \lambda \lVert \sigma(\mathbf{S}) \rVert_1,
    \qquad \mathbf{W} \leftarrow \mathbf{W} \odot \mathbf{M}(\mathbf{S})
    """,
    by="gradient",
    of=[editor_loss, masked],
)
def sampled_networks_lie_in_each_other(rng: Generator) -> None:
    """The sparsity term pulls every score down, most where the sigmoid is steepest; whole blocks are
    kept in the sampled share, and what a sparser network keeps, a denser one keeps too.
    """
    scores, weights = rng.normal(size=(2, 4)), rng.normal(size=(4, 8))
    losses = (0.5, 0.25, 0.125, 1.0)
    pull = 0.3 / (2 * np.cosh(scores / 2)) ** 2
    same(grad(editor_loss, 2)(losses, 0.3, scores), pull)
    same(differences(lambda each: editor_loss(losses, 0.3, each), scores), pull, 1e-7)
    same(editor_loss(losses, 0.3, np.zeros((2, 4))), 1.875 + 0.3 * 8 / 2)
    kept = [masked(weights, scores, sparsity) for sparsity in (0.0, 0.25, 0.5, 0.75)]
    same(kept[0], weights)
    for number, each in enumerate(kept):
        blocks = each.reshape(2, 2, 4, 2).transpose(0, 2, 1, 3).reshape(8, 4)
        assert list(np.sort((blocks != 0).sum(axis=1))) == [0] * 2 * number + [4] * (8 - 2 * number)
        assert not np.any((each != 0) & (kept[max(number - 1, 0)] == 0))
        chosen = np.flatnonzero(blocks[:, 0])
        assert scores.ravel()[chosen].min() == np.sort(scores, axis=None)[2 * number]
