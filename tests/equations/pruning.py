"""The equations of the page Pruning."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import combinations, product

import autograd.numpy as np
from autograd import grad, hessian
from numpy.random import Generator

from equations.frame import Array, check, differences, same, sigmoid, softmax, unbiased


def row_errors(weights: Array, mask: Array, changed: Array, inputs: Array) -> float:
    total = 0.0
    for delta in mask * changed - weights:
        total += delta @ (inputs @ inputs.T) @ delta
    return total


@check(
    "eq-pruning-reconstruction",
    r"""
    \bigl\lVert \mathbf{W}\mathbf{X}
    - (\mathbf{M}\odot\hat{\mathbf{W}})\mathbf{X} \bigr\rVert_F^{2}
    = \sum_{i=1}^{m} \boldsymbol{\delta}_{i}^{\top}
    \mathbf{X}\mathbf{X}^{\top} \boldsymbol{\delta}_{i},
    \qquad
    \boldsymbol{\delta}_{i}^{\top} = (\mathbf{M}\odot\hat{\mathbf{W}})_{i,:} - \mathbf{W}_{i,:}
    """,
    by="identity",
    of=[row_errors],
)
def rows_are_separate_problems(rng: Generator) -> None:
    """The squared error of the output is a sum over rows, in which a row's Hessian is twice the
    product of the inputs with themselves, the same for every row.
    """
    weights, changed = rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
    mask, inputs = rng.integers(0, 2, size=(3, 4)), rng.normal(size=(4, 6))

    def error(row: Array) -> float:
        return np.sum((weights[0] @ inputs - row @ inputs) ** 2)

    output = weights @ inputs - (mask * changed) @ inputs
    same(row_errors(weights, mask, changed, inputs), np.linalg.norm(output) ** 2)
    same(hessian(error)(changed[0]), 2 * inputs @ inputs.T)
    same(row_errors(weights[:1], np.ones((1, 4)), changed[:1], inputs), error(changed[0]))


def brain_surgeon(row: Array, curvature: Array, q: int) -> tuple[float, Array]:
    inverse = np.linalg.inv(curvature)
    cost = row[q] ** 2 / (2 * inverse[q, q])
    return cost, -row[q] / inverse[q, q] * inverse[:, q]


def positive_definite(rng: Generator, size: int) -> Array:
    root: Array = rng.normal(size=(size, 2 * size))
    return root @ root.T


@check(
    "eq-pruning-obs",
    r"""
    S_{q} = \frac{w_{q}^{2}}{2\,[\mathbf{H}^{-1}]_{qq}},
    \qquad
    \boldsymbol{\delta} = - \frac{w_{q}}{[\mathbf{H}^{-1}]_{qq}} \bigl(\mathbf{H}^{-1}\bigr)_{:,q}
    """,
    by="optimum",
    of=[brain_surgeon],
)
def surgeon_solves_the_constrained_problem(rng: Generator) -> None:
    """The update brings the weight to zero at the least rise of the loss: it equals the constrained
    least-squares solution by elimination, its cost is the score, and no random rival is cheaper.
    """
    row, curvature = rng.normal(size=5), positive_definite(rng, 5)
    for q in range(5):
        cost, delta = brain_surgeon(row, curvature, q)
        free = [k for k in range(5) if k != q]
        solved = np.zeros(5)
        solved[q] = -row[q]
        solved[free] = np.linalg.solve(curvature[np.ix_(free, free)], row[q] * curvature[free, q])
        same(delta, solved)
        same(cost, 0.5 * delta @ curvature @ delta)
        for _ in range(10):
            rival = delta + (np.arange(5) != q) * rng.normal(size=5) / 10
            assert 0.5 * rival @ curvature @ rival > cost


def hard_concrete(
    u: Array | float, a: Array | float, tau: float, gamma: float, zeta: float
) -> Array:
    stretched = (zeta - gamma) * sigmoid((np.log(u / (1 - u)) + a) / tau) + gamma
    return np.clip(stretched, 0, 1)


def open_chance(a: Array | float, tau: float, gamma: float, zeta: float) -> Array:
    return sigmoid(a - tau * np.log(-gamma / zeta))


@check(
    "eq-pruning-l0",
    r"""
    g = \operatorname{clip}\!\left( (\zeta-\gamma)\,
    \sigma\!\left( \tfrac{1}{\tau} \Bigl( \log \tfrac{u}{1-u} + a \Bigr) \right)
    + \gamma,\; 0,\; 1 \right),
    \qquad
    \Pr(g \neq 0) = \sigma\!\left( a - \tau \log \tfrac{-\gamma}{\zeta} \right)
    """,
    by="unbiasedness",
    of=[hard_concrete, open_chance],
)
def gates_are_open_as_often_as_stated(rng: Generator) -> None:
    """The share of open gates among 4,000 draws is the stated probability, and on an even grid of u
    it is so to the width of the grid; ones occur as often as the mirrored formula says.
    """
    for a, tau, gamma, zeta in ((0.4, 0.7, -0.1, 1.1), (-1.0, 0.5, -0.3, 1.2)):
        chance = open_chance(a, tau, gamma, zeta)
        unbiased(hard_concrete(rng.uniform(size=4000), a, tau, gamma, zeta) != 0, chance)
        grid = (np.arange(20000) + 0.5) / 20000
        gates = hard_concrete(grid, a, tau, gamma, zeta)
        assert abs(np.mean(gates != 0) - chance) < 1e-4
        assert np.all(np.diff(gates) >= 0)
        assert gates.min() == 0
        assert gates.max() == 1
        # The gate is 1 when u is high: by symmetry, when 1 - u opens a gate at -a no more.
        ones = 1 - open_chance(-a, tau, 1 - zeta, 1 - gamma)
        assert abs(np.mean(gates == 1) - ones) < 1e-4
    middle = (1.2 + 0.3) * np.exp(-2.0) / (1 + np.exp(-2.0)) - 0.3
    same(hard_concrete(0.5, -1.0, 0.5, -0.3, 1.2), max(0.0, middle))
    same(hard_concrete(0.5, 0.2, 0.5, -0.3, 1.2), 1.5 / (1 + np.exp(-0.4)) - 0.3)


def keep_best(scores: Array, share: float) -> Array:
    kept = round(scores.size * share)
    mask = np.zeros(scores.size)
    mask[np.argsort(-scores.ravel())[:kept]] = 1
    return mask.reshape(scores.shape)


def masked_output(weights: Array, scores: Array, share: float, x: Array) -> Array:
    return (weights * keep_best(scores, share)) @ x


@check(
    "eq-movement-mask",
    r"""
    \mathbf{a} = (\mathbf{W} \odot \mathbf{M})\,\mathbf{x}, \qquad
    \mathbf{M} = \operatorname{Top}_v(\mathbf{S}) \in \{0,1\}^{m \times n}
    """,
    by="optimum",
    of=[keep_best, masked_output],
)
def mask_keeps_the_highest_scores(rng: Generator) -> None:
    """Of all masks that keep the share v of the weights, Top_v has the highest sum of scores; the output
    is that of the layer after the other weights are set to zero.
    """
    weights, scores, x = rng.normal(size=(2, 5)), rng.normal(size=(2, 5)), rng.normal(size=5)
    mask = keep_best(scores, 0.3)
    masks = [np.array(list(f"{code:010b}"), float).reshape(2, 5) for code in range(1 << 10)]
    rivals = [each for each in masks if each.sum() == 3]
    assert len(rivals) == 120
    same(mask, max(rivals, key=lambda each: float((each * scores).sum())))
    assert keep_best(rng.normal(size=(10, 10)), 0.6).sum() == 60
    pruned = weights.copy()
    pruned[mask == 0] = 0
    same(masked_output(weights, scores, 0.3, x), [row @ x for row in pruned])


def movement_score(upstream: Array, weights: Array, x: Array) -> Array:
    return upstream[:, None] * weights * x[None, :]


@check(
    "eq-movement-score",
    r"""
    \frac{\partial \mathcal{L}}{\partial S_{ij}}
    \approx \frac{\partial \mathcal{L}}{\partial a_i} \, \frac{\partial a_i}{\partial M_{ij}}
    = \frac{\partial \mathcal{L}}{\partial a_i} \, W_{ij} \, x_j
    """,
    by="gradient",
    of=[movement_score],
)
def score_follows_the_weight(rng: Generator) -> None:
    """The score's gradient is the derivative of the loss in a mask of real numbers, and descent
    raises the score of just those weights that a gradient step on the weight drives from zero.
    """
    weights, mask = rng.normal(size=(3, 4)), rng.integers(0, 2, size=(3, 4)).astype(float)
    x, target = rng.normal(size=4), rng.normal(size=3)

    def loss(output: Array) -> float:
        return np.sum(np.tanh(output - target) ** 2)

    upstream = grad(loss)((weights * mask) @ x)
    score = movement_score(upstream, weights, x)
    same(score, grad(lambda each: loss((weights * each) @ x))(mask))
    same(score, differences(lambda each: loss((weights * each) @ x), mask), 1e-7)
    step = -grad(lambda each: loss((each * np.ones((3, 4))) @ x))(weights * mask)
    grows = step * weights > 0
    assert np.array_equal(-score > 0, grows)
    assert 0 < grows.sum() < grows.size


def kept_shares(scores: list[Array], share: float) -> list[float]:
    means = [np.sum(sigmoid(each)) / each.size for each in scores]
    return [share * len(scores) * mean / sum(means) for mean in means]


@check(
    "eq-smp-keep",
    r"""
    v^{(l)} = v \, L \, \frac{R(\mathbf{S}^{(l)})}{\sum_{k=1}^{L} R(\mathbf{S}^{(k)})}, \qquad
    R(\mathbf{S}) = \frac{1}{mn} \sum_{i,j} \sigma(S_{ij})
    """,
    by="identity",
    of=[kept_shares],
)
def layers_share_the_budget(rng: Generator) -> None:
    """The layers' shares average to the overall share, and two layers stand in the ratio of their
    mean logistic scores, whatever their size.
    """
    scores = [rng.normal(size=(2, 3)), rng.normal(size=(4, 3)) + 1, rng.normal(size=(2, 5)) - 1]
    shares = kept_shares(scores, 0.15)
    same(sum(shares) / 3, 0.15)
    means = [np.mean([1 / (1 + np.exp(-s)) for s in each.ravel()]) for each in scores]
    same(shares[0] / shares[1], means[0] / means[1])
    same(shares[2] / shares[1], means[2] / means[1])


def sparsity(step: float, start: float, count: int, gap: float, first: float, last: float) -> float:
    return last + (first - last) * (1 - (step - start) / (count * gap)) ** 3


@check(
    "eq-gradual-schedule",
    r"""
    s_t = s_f + (s_i - s_f)\left(1 - \frac{t - t_0}{n\,\Delta t}\right)^{3}
    """,
    by="gradient",
    of=[sparsity],
)
def pruning_slows_down(rng: Generator) -> None:
    """Sparsity runs from its initial to its final value over n updates; its rate is three times the
    square of the share of the way left, and comes to rest at the end.
    """
    start, count, gap, first, last = 40.0, 7, 5.0, 0.1, 0.9
    same(sparsity(40.0, start, count, gap, first, last), 0.1)
    same(sparsity(75.0, start, count, gap, first, last), 0.9)
    rate = grad(sparsity)
    for step in rng.uniform(40, 75, size=5):
        left = (75 - step) / 35
        same(rate(step, start, count, gap, first, last), 3 * 0.8 / 35 * left**2)
    by_hand = differences(
        lambda t: sparsity(float(t), start, count, gap, first, last), np.array(50.0)
    )
    same(by_hand, 3 * 0.8 / 35 * (5 / 7) ** 2, 1e-7)
    same(rate(75.0, start, count, gap, first, last), 0.0)


def contrastive_loss(h: Array, own: int, others: Array, positives: list[int], tau: float) -> float:
    chances = np.exp(others @ h / tau)
    total = sum(chance for k, chance in enumerate(chances) if k != own)
    losses = [-np.log(chances[j] / total) for j in positives]
    return sum(losses) / len(positives)


@check(
    "eq-cap-contrastive",
    r"""
    \mathcal{L}_{\mathrm{con}} = -\frac{1}{|P(i)|}\sum_{j\in P(i)} \log
    \frac{\exp(\mathbf{h}_i^{\top}\mathbf{h}_j/\tau)}{\sum_{k\neq i}\exp(\mathbf{h}_i^{\top}\mathbf{h}_k/\tau)}
    """,
    by="gradient",
    of=[contrastive_loss],
)
def positives_attract_and_the_rest_repels(rng: Generator) -> None:
    """The derivative in the example's representation is the mean of all others under the softmax
    less the mean of the positives, over the temperature; the example itself has no part in it.
    """
    others, tau = rng.normal(size=(6, 4)), 0.7
    others = others / np.linalg.norm(others, axis=1, keepdims=True)
    h, positives = others[2], [0, 4]
    rest = [0, 1, 3, 4, 5]
    shares = softmax(others[rest] @ h / tau)
    pull = (shares @ others[rest] - others[positives].mean(axis=0)) / tau
    same(grad(contrastive_loss)(h, 2, others, positives, tau), pull)
    by_hand = differences(lambda each: contrastive_loss(each, 2, others, positives, tau), h)
    same(by_hand, pull, 1e-7)
    wanted = -np.mean(np.log(shares[[0, 3]]))
    same(contrastive_loss(h, 2, others, positives, tau), wanted)


def sparsegpt(weights: Array, mask: Array, curvature: Array) -> tuple[Array, Array]:
    upper = np.linalg.cholesky(np.linalg.inv(curvature)).T
    updated, scores = np.array(weights), np.zeros(weights.shape)
    for j in range(weights.shape[1]):
        for i in range(weights.shape[0]):
            scores[i, j] = updated[i, j] ** 2 / upper[j, j] ** 2
            if mask[i, j] == 0:
                updated[i, j:] -= updated[i, j] / upper[j, j] * upper[j, j:]
    return scores, updated


@check(
    "eq-sparsegpt-update",
    r"""
    S_{ij} = \frac{W_{ij}^{2}}{U_{jj}^{2}}, \qquad
    W_{i,j:} \leftarrow W_{i,j:} - \frac{W_{ij}}{U_{jj}}\, U_{j,j:} \quad \text{for every pruned } (i,j)
    """,
    by="optimum",
    of=[sparsegpt],
)
def one_factor_serves_all_columns(rng: Generator) -> None:
    """Each update is the constrained least-squares solution over the columns not yet visited, found
    by elimination, and each score is twice what it costs: the rows of one Cholesky factor replace
    an inverse for every column.
    """
    weights, mask = rng.normal(size=(2, 5)), rng.integers(0, 2, size=(2, 5))
    mask[0, 1], mask[1, 2] = 0, 0
    curvature = positive_definite(rng, 5)
    scores, updated = sparsegpt(weights, mask, curvature)
    for i in range(2):
        row = weights[i].copy()
        for j in range(5):
            left, later = curvature[j:, j:], curvature[j + 1 :, j + 1 :]
            delta = np.append(-row[j], np.linalg.solve(later, row[j] * curvature[j + 1 :, j]))
            same(scores[i, j], delta @ left @ delta)
            if mask[i, j] == 0:
                row[j:] += delta
        same(updated[i], row)
        assert np.all(np.abs(updated[i][mask[i] == 0]) < 1e-12)


def wanda(weights: Array, inputs: Array, removed: int) -> tuple[Array, Array]:
    scores = np.abs(weights) * np.sqrt(np.sum(inputs**2, axis=1))
    order = np.argsort(scores, axis=1)
    mask = np.ones(weights.shape)
    np.put_along_axis(mask, order[:, :removed], 0, axis=1)
    return scores, mask


@check(
    "eq-wanda-score",
    r"""
    S_{ij} = |W_{ij}| \cdot \lVert \mathbf{X}_{j,:} \rVert_2
    """,
    by="optimum",
    of=[wanda],
)
def wanda_is_best_for_uncorrelated_inputs(rng: Generator) -> None:
    """A score is the norm of the output that is lost with its weight alone; where input features are
    orthogonal, no other choice of weights in a row, all tried, loses less.
    """
    weights = rng.normal(size=(2, 5))
    inputs = rng.uniform(0.3, 3, size=(5, 1)) * np.linalg.qr(rng.normal(size=(8, 5)))[0].T
    for calibration in (inputs, rng.normal(size=(5, 8))):
        scores, _ = wanda(weights, calibration, 2)
        for i, j in product(range(2), range(5)):
            same(scores[i, j], np.linalg.norm(weights[i, j] * calibration[j]))
    _, mask = wanda(weights, inputs, 2)
    for row, kept in zip(weights, mask, strict=True):
        errors = {
            gone: np.linalg.norm(sum(row[j] * inputs[j] for j in gone))
            for gone in combinations(range(5), 2)
        }
        first, second = (int(j) for j in np.flatnonzero(kept == 0))
        assert errors[first, second] == min(errors.values())


def grain_importance(old: float, beta: float, weights: Array, slopes: Array) -> float:
    return beta * old + (1 - beta) * np.abs(np.sum(weights * slopes))


@check(
    "eq-grain-importance",
    r"""
    I_u \leftarrow \beta \, I_u + (1-\beta) \, \Bigl| \sum_{w \in u} w \, \frac{\partial \mathcal{L}}{\partial w} \Bigr|
    """,
    by="gradient",
    of=[grain_importance],
)
def importance_is_the_slope_of_a_gate(rng: Generator) -> None:
    """What is averaged is the size of the derivative of the loss in a gate on the whole unit, where
    weights of opposite effect cancel; a constant signal is approached by the factor beta a step.
    """
    unit, effect = rng.normal(size=(2, 3)), rng.uniform(0.5, 2, size=(2, 3))
    effect *= np.sign(unit) * np.array([[1], [-1]])

    def loss(weights: Array) -> float:
        return np.sum(np.tanh(weights * effect))

    def gated(gate: float) -> float:
        return loss(gate * unit)

    slope = abs(grad(gated)(1.0))
    same(grain_importance(5.0, 0.0, unit, grad(loss)(unit)), slope)
    same(grain_importance(5.0, 0.0, unit, -grad(loss)(unit)), slope)
    same(slope, abs(differences(lambda g: gated(float(g)), np.array(1.0))), 1e-7)
    assert np.sum(np.abs(unit * grad(loss)(unit))) > slope + 0.01
    value = 5.0
    for _ in range(3):
        value = grain_importance(value, 0.8, unit, grad(loss)(unit))
    same(value - slope, 0.8**3 * (5 - slope))


def expert_importance(frequency: Array | float, confidence: Array | float) -> Array:
    return frequency * np.exp(confidence)


@check(
    "eq-nllb-importance",
    r"""
    I(e) = f_1(e) \, \exp\bigl(c_1(e)\bigr)
    """,
    by="identity",
    of=[expert_importance],
)
def confidence_counts_as_frequency(rng: Generator) -> None:
    """Confidence adds to the logarithm of the frequency, an expert that is never first has no
    importance at any confidence, and which experts are kept is the same for counts and for shares.
    """
    counts = rng.integers(1, 50, size=6).astype(float)
    confidence = rng.uniform(size=6)
    importance = expert_importance(counts, confidence)
    same(np.log(importance), np.log(counts) + confidence)
    same(
        expert_importance(2 * counts, confidence), expert_importance(counts, confidence + np.log(2))
    )
    assert expert_importance(0.0, 1.0) == 0
    shares = expert_importance(counts / counts.sum(), confidence)
    assert list(np.argsort(shares)) == list(np.argsort(importance))


def gated_product(p: Array, gates: Array, q: Array) -> Array:
    total = np.zeros((p.shape[0], q.shape[1]))
    for k, gate in enumerate(gates):
        total += gate * np.outer(p[:, k], q[k])
    return total


@check(
    "eq-flop-factorization",
    r"""
    \hat{\mathbf{W}} = \mathbf{P} \operatorname{diag}(\mathbf{g}) \, \mathbf{Q} = \sum_{k=1}^{r} g_k \, \mathbf{p}_k \mathbf{q}_k^{\top}
    """,
    by="identity",
    of=[gated_product],
)
def a_closed_gate_removes_one_rank(rng: Generator) -> None:
    """The sum of gated outer products is the product with a diagonal matrix, its rank is the number
    of open gates, and what belongs to a closed gate can be cut out of both factors.
    """
    p, q = rng.normal(size=(5, 3)), rng.normal(size=(3, 4))
    gates = np.array([0.7, 0.0, 1.2])
    made = gated_product(p, gates, q)
    same(made, p @ np.diag(gates) @ q)
    assert np.linalg.matrix_rank(made) == 2
    same(made, gated_product(p[:, [0, 2]], gates[[0, 2]], q[[0, 2]]))


def lagrangian(loss: float, sparse: float, target: float, first: float, second: float) -> float:
    return loss + first * (sparse - target) + second * (sparse - target) ** 2


@check(
    "eq-flop-lagrangian",
    r"""
    \max_{\lambda_1, \lambda_2} \; \min_{\mathbf{P}, \mathbf{Q}, \mathbf{g}} \;
    \mathcal{L} + \lambda_1 \bigl(s(\mathbf{g}) - t\bigr) + \lambda_2 \bigl(s(\mathbf{g}) - t\bigr)^2
    """,
    by="gradient",
    of=[lagrangian],
)
def ascent_and_descent_meet_the_target(rng: Generator) -> None:
    """The multipliers' derivatives are the violation and its square; descent in a gate and ascent in
    the multipliers end at the wanted sparsity, where the loss alone would not be.
    """
    first, second = rng.normal(size=2)
    same(lagrangian(1.3, 0.5, 0.5, first, second), 1.3)
    same(grad(lagrangian, 3)(1.0, 0.2, 0.5, first, second), -0.3)
    same(grad(lagrangian, 4)(1.0, 0.2, 0.5, first, second), 0.09)
    same(grad(lagrangian, 1)(1.0, 0.2, 0.5, first, second), first - 0.6 * second)
    by_hand = differences(lambda s: lagrangian(1.0, float(s), 0.5, first, second), np.array(0.2))
    same(by_hand, first - 0.6 * second, 1e-7)

    def game(gate: float, first: float, second: float) -> float:
        return lagrangian((gate - 1) ** 2, 1 - gate, 0.6, first, second)

    gate, first, second = 1.0, 0.0, 0.0
    for _ in range(150):
        gate -= 0.1 * grad(game)(gate, first, second)
        first += 0.5 * grad(game, 1)(gate, first, second)
        second += 0.5 * grad(game, 2)(gate, first, second)
    same(1 - gate, 0.6, 1e-6)


def block_mask(scores: Array, threshold: float, rows: int, columns: int) -> Array:
    return np.kron(sigmoid(scores) > threshold, np.ones((rows, columns)))


@check(
    "eq-block-mask",
    r"""
    \mathbf{M} = \mathbb{1}\bigl[\sigma(\mathbf{S}) > \theta\bigr] \otimes \mathbf{1}_{p \times q}
    """,
    by="gradient",
    of=[block_mask],
)
def blocks_live_and_die_together(rng: Generator) -> None:
    """Each score decides on its own block of weights, one at the threshold is off, and through the
    straight-through gradient a score learns the sum over its block.
    """
    scores = np.array([[2.0, 0.0, -1.0], [-3.0, 0.5, 1.0]])
    mask = block_mask(scores, 0.5, 2, 3)
    for i, j in product(range(4), range(9)):
        assert mask[i, j] == (scores[i // 2, j // 3] > 0)
    assert block_mask(np.array([[1.0]]), 0.7, 1, 1) == 1
    weights, x = rng.normal(size=(4, 9)), rng.normal(size=9)

    def loss(mask: Array) -> float:
        return np.sum(np.tanh((weights * mask) @ x))

    def straight_through(each: Array) -> float:
        return loss(np.kron(each, np.ones((2, 3))))

    by_weight = grad(loss)(np.kron(scores, np.ones((2, 3))))
    summed = by_weight.reshape(2, 2, 3, 3).sum(axis=(1, 3))
    same(differences(straight_through, scores), summed, 1e-6)


def follows_pattern(weights: Array) -> bool:
    groups = weights.reshape(weights.shape[0], -1, 4)
    return bool(np.all(np.sum(groups != 0, axis=2) <= 2))


def two_largest_of_four(weights: Array) -> Array:
    groups = np.abs(weights).reshape(-1, 4)
    order = np.argsort(np.argsort(-groups, axis=1), axis=1)
    return weights * (order < 2).reshape(weights.shape)


@check(
    "eq-24-pattern",
    r"""
    \bigl\lVert (W_{i,4k+1},\, W_{i,4k+2},\, W_{i,4k+3},\, W_{i,4k+4}) \bigr\rVert_0 \le 2
    \quad \text{for all rows } i \text{ and groups } k
    """,
    by="optimum",
    of=[follows_pattern, two_largest_of_four],
)
def two_largest_lose_least(rng: Generator) -> None:
    """Of the 16 ways to fill a group of four, 11 follow the pattern; keeping the two largest weights
    of each group does and, all ways tried, loses the least; groups start at multiples of four.
    """
    ways = [np.array([way], float) for way in product((0, 1), repeat=4)]
    assert sum(follows_pattern(way) for way in ways) == 11
    assert follows_pattern(np.array([[0, 0, 1, 1, 1, 1, 0, 0]], float))
    assert not follows_pattern(
        np.array([[1, 0, 0, 0, 1, 0, 1, 1], [0, 0, 0, 0, 0, 0, 0, 0]], float)
    )
    weights = rng.normal(size=(3, 8))
    pruned = two_largest_of_four(weights)
    assert follows_pattern(pruned)
    for group, kept in zip(weights.reshape(-1, 4), pruned.reshape(-1, 4), strict=True):
        rivals = [np.sum((group * (1 - way[0])) ** 2) for way in ways if follows_pattern(way)]
        same(np.sum((group - kept) ** 2), min(rivals))


def weight_importance(weight: float, slopes: Array) -> float:
    first = np.mean(slopes) * weight
    second = np.sum((slopes * weight) ** 2) / (2 * len(slopes))
    return np.abs(first - second)


@check(
    "eq-llmpruner-importance",
    r"""
    I(W_k) = \left| \frac{\partial\mathcal{L}}{\partial W_k} W_k - \frac{1}{2N}\sum_{n=1}^{N}
    \left( \frac{\partial\mathcal{L}_n}{\partial W_k} W_k \right)^{2} \right|
    """,
    by="identity",
    of=[weight_importance],
)
def importance_is_the_change_of_a_parabola(rng: Generator) -> None:
    """It is exactly how much a loss changes when the weight is removed, if the loss is a parabola with
    the mean slope of the texts and, as curvature, the mean of their squared slopes.
    """
    slopes, weight = rng.normal(size=6), 0.8

    def parabola(w: float) -> float:
        return slopes.mean() * (w - weight) + 0.5 * np.mean(slopes**2) * (w - weight) ** 2

    same(grad(parabola)(weight), slopes.mean())
    same(weight_importance(weight, slopes), abs(parabola(0.0) - parabola(weight)))
    same(weight_importance(-weight, -slopes), weight_importance(weight, slopes))


def loraprune_score(
    weights: Array, b: Array, a: Array, slope_b: Array, slope_a: Array, alpha: float
) -> tuple[Array, Array]:
    stand_in = slope_b @ a + b @ slope_a - slope_b @ slope_a
    merged = weights + alpha / a.shape[0] * (b @ a)
    return stand_in, np.abs(stand_in * merged)


@check(
    "eq-loraprune-score",
    r"""
    \begin{aligned}
    \hat{\mathbf{G}} &= \frac{\partial\mathcal{L}}{\partial\mathbf{B}}\mathbf{A} + \mathbf{B}\frac{\partial\mathcal{L}}{\partial\mathbf{A}}
     - \frac{\partial\mathcal{L}}{\partial\mathbf{B}}\frac{\partial\mathcal{L}}{\partial\mathbf{A}}, \\
    \mathbf{S} &= \Bigl| \hat{\mathbf{G}} \odot \Bigl(\mathbf{W} + \frac{\alpha}{r}\mathbf{B}\mathbf{A}\Bigr) \Bigr|
    \end{aligned}
    """,
    by="identity",
    of=[loraprune_score],
)
def stand_in_is_one_step_of_the_factors(rng: Generator) -> None:
    """The stand-in for the gradient is by how much the product of the factors falls when both take
    one gradient step; the score weighs it by the merged weight.
    """
    weights, x, alpha = rng.normal(size=(4, 5)), rng.normal(size=5), 6.0
    b, a = rng.normal(size=(4, 2)), rng.normal(size=(2, 5))

    def loss(b: Array, a: Array) -> float:
        return np.sum(np.tanh((weights + 3 * b @ a) @ x) ** 2)

    slope_b, slope_a = grad(loss)(b, a), grad(loss, 1)(b, a)
    stand_in, scores = loraprune_score(weights, b, a, slope_b, slope_a, alpha)
    same(stand_in, b @ a - (b - slope_b) @ (a - slope_a))
    for i, j in product(range(4), range(5)):
        merged = weights[i, j] + 3 * sum(b[i, k] * a[k, j] for k in range(2))
        same(scores[i, j], abs(stand_in[i, j] * merged))


def low_rank_and_rest(weights: Array, rank: int) -> tuple[Array, Array, Array]:
    u, s, vt = np.linalg.svd(weights)
    b = u[:, :rank] * s[:rank]
    a = vt[:rank]
    return b, a, weights - b @ a


def sparse_sum(b: Array, a: Array, rows: Array, rest: Array) -> Array:
    return b @ a + rows[:, None] * rest


@check(
    "eq-losparse-decomposition",
    r"""
    \mathbf{W} \approx \mathbf{B}\mathbf{A} + \mathbf{M}\odot\mathbf{R}, \qquad \mathbf{R}_0 = \mathbf{W} - \mathbf{B}_0\mathbf{A}_0
    """,
    by="optimum",
    of=[low_rank_and_rest, sparse_sum],
)
def residual_is_the_least_possible(rng: Generator) -> None:
    """With all rows kept the sum is the weight itself, with some cut only those rows change, and no
    random or alternating least-squares factors of the rank leave a smaller residual.
    """
    weights = rng.normal(size=(5, 6))
    b, a, rest = low_rank_and_rest(weights, 2)
    assert b.shape == (5, 2)
    same(sparse_sum(b, a, np.ones(5), rest), weights)
    cut = sparse_sum(b, a, np.array([1.0, 0, 1, 1, 0]), rest)
    same(cut[[0, 2, 3]], weights[[0, 2, 3]])
    same(cut[[1, 4]], (b @ a)[[1, 4]])
    for _ in range(10):
        rival = rng.normal(size=(2, 6))
        for _ in range(5):
            other = weights @ np.linalg.pinv(rival)
            rival = np.linalg.pinv(other) @ weights
        assert np.sum(rest**2) <= np.sum((weights - other @ rival) ** 2) + 1e-9


def gated_heads(heads: Array, gates: Array, output: Array) -> Array:
    gated = [gate * head for gate, head in zip(gates, heads, strict=True)]
    return np.concatenate(gated, axis=1) @ output


@check(
    "eq-voita-gates",
    r"""
    \operatorname{MultiHead}(\mathbf{Q},\mathbf{K},\mathbf{V}) = \operatorname{Concat}_{h}\bigl(g_h \, \mathbf{O}_h\bigr) \, \mathbf{W}_{O}
    """,
    by="identity",
    of=[gated_heads],
)
def a_closed_head_can_be_cut_out(rng: Generator) -> None:
    """The result is a gated sum of each head through its own rows of the output projection, so that a
    head whose gate is zero goes with its rows.
    """
    heads, output = rng.normal(size=(3, 4, 2)), rng.normal(size=(6, 5))
    gates = np.array([0.4, 0.0, 1.0])
    made = gated_heads(heads, gates, output)
    same(made, sum(gates[h] * heads[h] @ output[2 * h : 2 * h + 2] for h in range(3)))
    same(made, gated_heads(heads[[0, 2]], gates[[0, 2]], output[[0, 1, 4, 5]]))


def penalized_loss(entropy: float, locations: Array, weight: float) -> float:
    tau, gamma, zeta = 0.7, -0.2, 1.1
    chances = sigmoid(locations - tau * np.log(-gamma / zeta))
    return entropy + weight * np.sum(chances)


@check(
    "eq-voita-objective",
    r"""
    \mathcal{L} = \mathcal{L}_{\mathrm{CE}} + \lambda \sum_{h} \Pr(g_h \neq 0)
    """,
    by="unbiasedness",
    of=[penalized_loss],
)
def penalty_counts_open_heads(rng: Generator) -> None:
    """Over 4,000 draws of the gates, the weight times the number of open heads averages to the
    penalty, which has a derivative in the gates' locations where the count has none.
    """
    locations = np.array([0.5, -2.0, 1.0, -1.0])
    gates = hard_concrete(rng.uniform(size=(4000, 4)), locations, 0.7, -0.2, 1.1)
    unbiased(0.3 + 0.05 * np.sum(gates != 0, axis=1), penalized_loss(0.3, locations, 0.05))
    chances = np.array([1 / (1 + np.exp(-a) * (0.2 / 1.1) ** 0.7) for a in locations])
    same(penalized_loss(0.3, locations, 0.05), 0.3 + 0.05 * chances.sum())
    same(grad(penalized_loss, 1)(0.3, locations, 0.05), 0.05 * chances * (1 - chances))


def head_importance(outputs: Array, slopes: Array) -> float:
    products = [np.sum(output * slope) for output, slope in zip(outputs, slopes, strict=True)]
    return np.mean(np.abs(products))


@check(
    "eq-michel-importance",
    r"""
    I_h = \mathbb{E}_{\mathbf{x}} \left| \frac{\partial \mathcal{L}(\mathbf{x})}{\partial g_h} \right|
    = \mathbb{E}_{\mathbf{x}} \left| \mathbf{o}_h^{\top} \frac{\partial \mathcal{L}(\mathbf{x})}{\partial \mathbf{o}_h} \right|
    """,
    by="gradient",
    of=[head_importance],
)
def chain_rule_gives_the_mask_gradient(rng: Generator) -> None:
    """The derivative in a mask variable at one equals the product of the head's output with the
    derivative there; sizes are averaged over samples, so that opposite signs do not cancel.
    """
    outputs, targets = rng.normal(size=(5, 3)), rng.normal(size=(5, 3))
    targets[:2] = 2 * outputs[0], 0 * outputs[1]  # one output is too small, one too large

    def loss(output: Array, target: Array) -> float:
        return np.sum(np.tanh(output - target) ** 2)

    def masked(gate: float, n: int) -> float:
        return loss(gate * outputs[n], targets[n])

    slopes = np.stack([grad(loss)(o, t) for o, t in zip(outputs, targets, strict=True)])
    by_mask = np.array([grad(masked)(1.0, n) for n in range(5)])
    same(head_importance(outputs, slopes), sum(abs(each) for each in by_mask) / 5)
    assert by_mask.min() < 0 < by_mask.max()
    by_hand = [differences(partial(masked, n=n), np.array(1.0)) for n in range(5)]
    same(by_hand, by_mask, 1e-7)


def constrained_loss(
    loss: float,
    removed: float,
    wanted: float,
    multipliers: tuple[float, float],
    ranking: float,
    share: float,
) -> float:
    gap = removed - wanted
    return loss + multipliers[0] * gap + multipliers[1] * gap**2 + share * ranking


@check(
    "eq-top-objective",
    r"""
    \mathcal{L}_{\mathrm{ToP}} = \mathcal{L} + \lambda_1(\hat{c}-c) + \lambda_2(\hat{c}-c)^2 + \gamma\,\mathcal{L}_{\mathrm{rank}}
    """,
    by="gradient",
    of=[constrained_loss],
)
def constraint_pushes_towards_the_budget(rng: Generator) -> None:
    """On budget the multipliers change nothing; off it, the multipliers' derivatives are the gap and
    its square, and the quadratic term's own pull points back to the budget from either side.
    """
    first, second = rng.normal(), abs(rng.normal())
    same(constrained_loss(0.4, 0.5, 0.5, (first, second), 0.2, 0.1), 0.42)

    def loss(removed: float, first: float, second: float) -> float:
        return constrained_loss(0.4, removed, 0.5, (first, second), 0.2, 0.1)

    for removed in (0.2, 0.9):
        gap = removed - 0.5
        same(grad(loss, 1)(removed, first, second), gap)
        same(grad(loss, 2)(removed, first, second), gap**2)
        same(grad(loss)(removed, first, second), first + 2 * second * gap)
        by_hand = differences(lambda c: loss(float(c), first, second), np.array(removed))
        same(by_hand, first + 2 * second * gap, 1e-7)
        assert grad(loss)(removed, 0.0, second) * gap > 0


def memory(queries: Array, keys: Array, beta: float, steepness: float) -> Array:
    length, width = queries.shape
    left = np.zeros((length, length))
    for j in range(length):
        left[j, j] = 1
        for k in range(j + 1, length):
            score = queries[k] @ keys[j] / np.sqrt(width) + beta
            left[k, j] = left[k - 1, j] * sigmoid(steepness * score)
    return left


@check(
    "eq-dcp-keep",
    r"""
    I_{kj} = \prod_{i=j+1}^{k} \sigma_{\alpha}\!\left( \frac{\tilde{\mathbf{q}}_i^{\top}\tilde{\mathbf{k}}_j}{\sqrt{r}} + \beta \right)
    """,
    by="simulation",
    of=[memory],
)
def what_is_dropped_stays_dropped(rng: Generator) -> None:
    """As the sigmoid becomes a step, the product is what step-by-step dropping leaves: each new token
    decides on those still there, none comes back; a token is there in full for itself.
    """
    queries, keys, beta = 2 * rng.normal(size=(6, 3)), rng.normal(size=(6, 3)), 0.9
    queries[1:3] = -4 * keys[0] / np.sum(keys[0] ** 2), keys[1]  # drops the first, keeps the second
    left, present = memory(queries, keys, beta, 1e8), np.zeros((6, 6))
    alive: set[int] = set()
    for k in range(6):
        alive = {j for j in alive if sum(queries[k] * keys[j]) / 3**0.5 + beta > 0} | {k}
        present[k, list(alive)] = 1
    same(left, present)
    assert 6 < present.sum() < 21
    soft = memory(queries, keys, beta, 2.0)
    chances = [1 / (1 + np.exp(-2 * (queries[i] @ keys[1] / 3**0.5 + beta))) for i in (2, 3, 4)]
    same(soft[4, 1], np.prod(chances))


def dropping_attention(queries: Array, keys: Array, values: Array, left: Array) -> Array:
    scores = queries @ keys.T / np.sqrt(queries.shape[1])
    return softmax(scores + np.log(left)) @ values


@check(
    "eq-dcp-attention",
    r"""
    \operatorname{Att}(\mathbf{Q},\mathbf{K},\mathbf{V}) = \operatorname{softmax}\!\left( \frac{\mathbf{Q}\mathbf{K}^{\top}}{\sqrt{d}} + \log \mathbf{I} \right)\mathbf{V}
    """,
    by="identity",
    of=[dropping_attention],
)
def a_dropped_token_is_not_there(rng: Generator) -> None:
    """What is left of a token multiplies its share before the shares are scaled to one; with nothing
    left, the output is that of attention without the token.
    """
    q, k, v = rng.normal(size=(3, 4)), rng.normal(size=(5, 4)), rng.normal(size=(5, 2))
    left = rng.uniform(0.1, 1, size=(3, 5))
    shares = [[left[i, j] * np.exp(q[i] @ k[j] / 2) for j in range(5)] for i in range(3)]
    wanted = [sum(np.array(row)[:, None] * v) / sum(row) for row in shares]
    same(dropping_attention(q, k, v, left), wanted)
    left[:, 2] = 0
    kept = [0, 1, 3, 4]
    with np.errstate(divide="ignore"):
        without = dropping_attention(q, k, v, left)
    same(without, dropping_attention(q, k[kept], v[kept], left[:, kept]))


def search_loss(
    loss: float, attention: Array, hidden: Array, patch: Array, weights: tuple[float, float, float]
) -> float:
    first = weights[0] * np.sum(np.abs(attention))
    second = weights[1] * np.sum(np.abs(hidden))
    return loss + first + second + weights[2] * np.sum(np.abs(np.tanh(patch)))


@check(
    "eq-vitslim-search",
    r"""
    \mathcal{L}_{\mathrm{search}} = \mathcal{L} + w_1\lVert\boldsymbol{\zeta}_{\mathrm{attn}}\rVert_1 + w_2\lVert\boldsymbol{\zeta}_{\mathrm{mlp}}\rVert_1
    + w_3\lVert\tanh(\boldsymbol{\zeta}_{\mathrm{patch}})\rVert_1
    """,
    by="gradient",
    of=[search_loss],
)
def patch_masks_feel_a_fading_pull(rng: Generator) -> None:
    """The first two penalties pull each mask value to zero with the same force whatever its size;
    through the hyperbolic tangent, the pull on patches fades for large values and ends below one.
    """
    masks = rng.normal(size=(3, 4))
    w = (0.1, 0.2, 0.4)
    same(grad(search_loss, 1)(1.0, *masks, w), 0.1 * np.sign(masks[0]))
    same(grad(search_loss, 2)(1.0, *masks, w), 0.2 * np.sign(masks[1]))
    pull = 0.4 * np.sign(masks[2]) / np.cosh(masks[2]) ** 2
    same(grad(search_loss, 3)(1.0, *masks, w), pull)
    same(differences(lambda m: search_loss(1.0, masks[0], masks[1], m, w), masks[2]), pull, 1e-7)
    same(search_loss(1.0, 0 * masks[0], 0 * masks[1], 0 * masks[2], w), 1.0)
    assert search_loss(1.0, 0 * masks[0], 0 * masks[1], 1e3 * masks[2], w) <= 1 + 0.4 * 4


def least_groups(weights: Array, count: int) -> float:
    norms = np.sort(np.sum(weights**2, axis=1))
    return np.sum(norms[:count])


def minimax_value(
    loss: float,
    parts: list[tuple[Array, int, float]],
    heads: list[tuple[Array, int, float]],
    excess: float,
    price: float,
    slopes: Callable[[Array, int], float],
) -> float:
    total = loss + price * excess
    for weights, count, dual in parts + heads:
        total += dual * slopes(weights, count)
    return total


@check(
    "eq-uvc-minimax",
    r"""
    \min_{\mathbf{W},\,\mathbf{s},\,\mathbf{r},\,\mathbf{g}}\; \max_{\mathbf{y},\,\mathbf{p},\,z \ge 0}\;
    \mathcal{L} + \sum_{i} y_i\,\phi_{s_i}(\mathbf{W}_i) + \sum_{i,h} p_{ih}\,\phi_{r_{ih}}(\mathbf{W}_{ih})
    + z\,\bigl(F(\mathbf{s},\mathbf{r},\mathbf{g}) - F_{\max}\bigr)
    """,
    by="optimum",
    of=[least_groups, minimax_value],
)
def duals_are_free_only_for_pruned_weights(rng: Generator) -> None:
    """The penalty is the smallest that any choice of s groups leaves, all tried, and is zero when s
    groups are; then, and within the budget, no dual variable can raise the value, else it has no end.
    """
    weights = rng.normal(size=(5, 3))
    for count in range(6):
        rivals = [np.sum(weights[list(gone)] ** 2) for gone in combinations(range(5), count)]
        same(least_groups(weights, count), min(rivals))
    pruned = weights * np.array([1, 0, 1, 0, 1])[:, None]
    assert least_groups(pruned, 2) == 0

    def value(each: Array, duals: Array, excess: float) -> float:
        parts, heads = [(each, 2, duals[0])], [(each, 1, duals[1])]
        return minimax_value(0.3, parts, heads, excess, duals[2], least_groups)

    duals = np.array([0.4, 0.7, 0.2])
    slopes = grad(value, 1)(weights, duals, 0.5)
    same(slopes, [least_groups(weights, 2), least_groups(weights, 1), 0.5])
    same(value(weights, duals, 0.5), 0.3 + slopes @ duals)
    same(value(pruned, 1e6 * duals, 0.0), 0.3)
    assert value(pruned, 1e6 * duals, -0.1) < 0.3


def relative_importance(weights: Array, x: Array, alpha: float) -> Array:
    size = np.abs(weights)
    share = size / np.sum(size, axis=0) + size / np.sum(size, axis=1)[:, None]
    return share * np.sqrt(np.sum(x**2, axis=1)) ** alpha


@check(
    "eq-ria-score",
    r"""
    S_{ij} = \left( \frac{\lvert W_{ij} \rvert}{\sum_{k} \lvert W_{kj} \rvert} + \frac{\lvert W_{ij} \rvert}{\sum_{k} \lvert W_{ik} \rvert} \right) \lVert \mathbf{X}_{j,:} \rVert_2^{\alpha}
    """,
    by="bound",
    of=[relative_importance],
)
def each_row_and_each_column_shares_one_unit(rng: Generator) -> None:
    """Without the activations the scores of a matrix sum to its rows plus its columns, whatever the
    scale of the weights, and the norm of a channel multiplies its column alone.
    """
    w = rng.normal(size=(3, 5))
    x = rng.normal(size=(5, 7))
    plain = relative_importance(w, x, 0.0)
    same(np.sum(plain), 8.0)
    same(relative_importance(-3 * w, x, 0.0), plain)
    for i in range(3):
        for j in range(5):
            column = sum(abs(w[k, j]) for k in range(3))
            row = sum(abs(w[i, k]) for k in range(5))
            norm = float(np.linalg.norm(x[j])) ** 0.5
            same(
                relative_importance(w, x, 0.5)[i, j],
                (abs(w[i, j]) / column + abs(w[i, j]) / row) * norm,
            )
