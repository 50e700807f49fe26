"""The equations of the page Knowledge distillation."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import combinations, pairwise, product
from math import erf

import autograd.numpy as np
import numpy
from autograd import grad
from numpy.random import Generator

from equations.frame import (
    Array,
    check,
    differences,
    distribution,
    kl,
    one_hot,
    same,
    softmax,
    unbiased,
)


def soft_targets(z_student: Array, z_teacher: Array, tau: float) -> float:
    p, q = softmax(z_teacher / tau), softmax(z_student / tau)
    return tau**2 * np.sum(p * np.log(p / q))


def soft_gradient(z_student: Array, z_teacher: Array, tau: float) -> Array:
    return tau * (softmax(z_student / tau) - softmax(z_teacher / tau))


def hot_gradient(z_student: Array, z_teacher: Array) -> Array:
    centred_student = z_student - np.mean(z_student)
    centred_teacher = z_teacher - np.mean(z_teacher)
    return (centred_student - centred_teacher) / len(z_student)


@check(
    "eq-distillation-soft-targets",
    r"""
    \mathcal{L}_{\mathrm{KD}}
    = \tau^{2} \operatorname{KL}\bigl(p^{T}_{\tau} \,\Vert\, p^{S}_{\tau}\bigr),
    \qquad
    \frac{\partial \mathcal{L}_{\mathrm{KD}}}{\partial \mathbf{z}^{S}}
    = \tau \bigl(p^{S}_{\tau} - p^{T}_{\tau}\bigr)
    \to \frac{1}{C} \bigl(\tilde{\mathbf{z}}^{S} - \tilde{\mathbf{z}}^{T}\bigr)
    \quad \text{as } \tau \to \infty
    """,
    by="gradient",
    of=[soft_targets, soft_gradient, hot_gradient],
)
def soft_gradient_outlives_the_temperature(rng: Generator) -> None:
    """The stated gradient is the derivative of the loss, and its distance from the limit, which
    has no temperature, falls as one over the temperature.
    """
    student, teacher = rng.normal(size=5), rng.normal(size=5) + 1
    for tau in (0.7, 1.0, 3.0):
        gradient = soft_gradient(student, teacher, tau)
        same(gradient, grad(soft_targets)(student, teacher, tau))
        same(
            gradient, differences(partial(soft_targets, z_teacher=teacher, tau=tau), student), 1e-6
        )
    same(soft_targets(student, teacher, 1.0), kl(softmax(teacher), softmax(student)))
    limit = hot_gradient(student, teacher)
    gap, smaller = (
        np.max(np.abs(soft_gradient(student, teacher, tau) - limit)) for tau in (1e3, 1e4)
    )
    assert gap < 2e-3
    same(smaller / gap, 0.1, 1e-2)


def sequence_loss(model: Callable[[list[int]], Array], words: list[int]) -> float:
    total = 0.0
    for t, word in enumerate(words):
        total -= np.log(model(words[:t])[word])
    return total


def beam_search(model: Callable[[list[int]], Array], length: int, width: int) -> list[int]:
    beam: list[tuple[float, list[int]]] = [(1.0, [])]
    for _ in range(length):
        longer = [
            (chance * share, [*words, word])
            for chance, words in beam
            for word, share in enumerate(model(words))
        ]
        beam = sorted(longer, reverse=True)[:width]
    return max(beam)[1]


def chain(start: Array, steps: Array) -> Callable[[list[int]], Array]:
    """Return a language model whose next word depends on the last one."""
    return lambda words: steps[words[-1]] if words else start


def sequences(model: Callable[[list[int]], Array], length: int) -> dict[tuple[int, ...], float]:
    """Return the probability of each sequence."""
    size = len(model([]))
    return {
        words: float(numpy.prod([model(list(words[:t]))[w] for t, w in enumerate(words)]))
        for words in product(range(size), repeat=length)
    }


@check(
    "eq-distillation-sequence",
    r"""
    \mathcal{L}_{\mathrm{SeqKD}} = - \log p^{S}(\hat{\mathbf{y}}^{T} \mid \mathbf{x})
    = - \sum_{t=1}^{|\hat{\mathbf{y}}^{T}|}
    \log p^{S}\bigl(\hat{y}^{T}_{t} \mid \hat{\mathbf{y}}^{T}_{<t}, \mathbf{x}\bigr),
    \qquad
    \hat{\mathbf{y}}^{T} \approx \operatorname*{arg\,max}_{\mathbf{y}} p^{T}(\mathbf{y} \mid \mathbf{x})
    """,
    by="optimum",
    of=[sequence_loss, beam_search],
)
def beam_search_nears_the_best_sequence(rng: Generator) -> None:
    """The loss is minus the logarithm of the whole sequence's probability; a wide beam finds the
    sequence that brute force finds, and a narrow one may miss it, hence the approximation sign.
    """
    teacher = chain(distribution(rng, 3), distribution(rng, 3, 3))
    student = chain(distribution(rng, 3), distribution(rng, 3, 3))
    chances, by_student = sequences(teacher, 4), sequences(student, 4)
    same(chances[tuple(beam_search(teacher, 4, 81))], max(chances.values()))
    for words, chance in by_student.items():
        same(sequence_loss(student, list(words)), -np.log(chance))
    misled = chain(np.array([0.6, 0.4]), np.array([[0.5, 0.5], [0.1, 0.9]]))
    assert beam_search(misled, 2, 1)[0] == 0
    assert beam_search(misled, 2, 2) == [1, 1]


def f_divergence(p: Array, q: Array, name: str) -> float:
    u = p / q
    f = {"forward": u * np.log(u), "reverse": -np.log(u), "total": 1 / 2 * np.abs(u - 1)}[name]
    return np.sum(q * f)


@check(
    "eq-distillation-divergence",
    r"""
    D_{f}\bigl(p^{T} \,\Vert\, p^{S}\bigr) = \sum_{v\in\mathcal{V}} p^{S}(v)\,
    f\!\left(\frac{p^{T}(v)}{p^{S}(v)}\right),
    \qquad
    f(u) = \begin{cases}
    u \log u & \text{for } \operatorname{KL}(p^{T} \,\Vert\, p^{S}) \\
    - \log u & \text{for } \operatorname{KL}(p^{S} \,\Vert\, p^{T}) \\
    \tfrac{1}{2} \lvert u - 1 \rvert & \text{for total variation}
    \end{cases}
    """,
    by="identity",
    of=[f_divergence],
)
def one_family_has_the_three_divergences(rng: Generator) -> None:
    """The three functions give both Kullback-Leibler divergences and the total variation distance,
    the latter found by brute force as the largest difference in the probability of an event.
    """
    p, q = distribution(rng, 6), distribution(rng, 6)
    same(f_divergence(p, q, "forward"), kl(p, q))
    same(f_divergence(p, q, "reverse"), kl(q, p))
    events = [list(event) for size in range(7) for event in combinations(range(6), size)]
    same(f_divergence(p, q, "total"), max(abs(p[event].sum() - q[event].sum()) for event in events))
    for name in ("forward", "reverse", "total"):
        same(f_divergence(p, p, name), 0.0)


def gated_expert(h: Array, gate: Array, experts: Array) -> Array:
    g = softmax(gate @ h)
    e = np.argmax(g)
    return g[e] * np.tanh(experts[e] @ h)


@check(
    "eq-minimoe-gate",
    r"""
    \mathbf{h}' = g_{e}(\mathbf{h})\,E_{e}(\mathbf{h}), \qquad e = \operatorname*{arg\,max}_{j}\, g_{j}(\mathbf{h}), \qquad \mathbf{g}(\mathbf{h}) = \operatorname{softmax}(\mathbf{W}_{g}\mathbf{h})
    """,
    by="gradient",
    of=[gated_expert],
)
def the_factor_trains_the_gate(rng: Generator) -> None:
    """Only the expert with the highest gate runs and receives a gradient, and the factor in front
    of it gives the gate one: the derivative of a softmax entry.
    """
    h, gate, experts = rng.normal(size=4), rng.normal(size=(3, 4)), rng.normal(size=(3, 4, 4))
    scores = [float(np.exp(row @ h)) for row in gate]
    e = scores.index(max(scores))
    shares = np.array(scores) / sum(scores)
    same(gated_expert(h, gate, experts), shares[e] * np.tanh(experts[e] @ h))
    by_expert = grad(lambda each: np.sum(gated_expert(h, gate, each)))(experts)
    assert [bool(np.any(each)) for each in by_expert] == [j == e for j in range(3)]
    slope = shares[e] * (one_hot(e, 3) - shares) * np.sum(np.tanh(experts[e] @ h))
    by_gate = grad(lambda each: np.sum(gated_expert(h, each, experts)))(gate)
    same(by_gate, np.outer(slope, h))
    same(by_gate, differences(lambda w: np.sum(gated_expert(h, w, experts)), gate), 1e-7)


def distilbert_loss(
    z_student: Array,
    z_teacher: Array,
    tau: float,
    masked: float,
    h_student: Array,
    h_teacher: Array,
    alphas: tuple[float, float, float],
) -> float:
    p, q = softmax(z_teacher / tau), softmax(z_student / tau)
    lengths = np.sqrt(np.sum(h_student**2)) * np.sqrt(np.sum(h_teacher**2))
    cosine = np.sum(h_student * h_teacher) / lengths
    soft = tau**2 * np.sum(p * np.log(p / q))
    return alphas[0] * soft + alphas[1] * masked + alphas[2] * (1 - cosine)


@check(
    "eq-distilbert-loss",
    r"""
    \mathcal{L} = \alpha_{1}\,\tau^{2}\,\operatorname{KL}\bigl(p^{T}_{\tau}\,\Vert\,p^{S}_{\tau}\bigr) + \alpha_{2}\,\mathcal{L}_{\mathrm{mlm}} + \alpha_{3}\,\bigl(1-\cos(\mathbf{h}^{T},\mathbf{h}^{S})\bigr)
    """,
    by="gradient",
    of=[distilbert_loss],
)
def distilbert_terms_pull_as_stated(rng: Generator) -> None:
    """The logits feel the temperature times the difference of the softened distributions, and the
    hidden states only their directions: no loss when parallel, twice the weight when opposed.
    """
    z, teacher, tau = rng.normal(size=5), rng.normal(size=5), 2.5
    h, target = rng.normal(size=4), rng.normal(size=4)
    alphas = (5.0, 2.0, 3.0)

    def loss(z: Array, h: Array) -> float:
        return distilbert_loss(z, teacher, tau, 0.7, h, target, alphas)

    gradient = 5 * tau * (softmax(z / tau) - softmax(teacher / tau))
    same(grad(loss)(z, h), gradient)
    same(differences(lambda each: loss(each, h), z), gradient, 1e-6)
    same(loss(z, 7 * h), loss(z, h))
    same(np.sum(grad(loss, 1)(z, h) * h), 0.0)
    same(loss(teacher, 3 * target), 2 * 0.7)
    same(loss(teacher, -3 * target), 2 * 0.7 + 2 * 3)
    orthogonal = h - h @ target / (target @ target) * target
    same(loss(teacher, orthogonal), 2 * 0.7 + 3)


def value_relation(values: Array) -> Array:
    return softmax(values @ np.swapaxes(values, -1, -2) / np.sqrt(values.shape[-1]))


def minilm_loss(a_teacher: Array, a_student: Array, v_teacher: Array, v_student: Array) -> float:
    g_teacher, g_student = value_relation(v_teacher), value_relation(v_student)
    rows = kl(a_teacher, a_student) + kl(g_teacher, g_student)
    return np.sum(rows) / (a_teacher.shape[0] * a_teacher.shape[1])


@check(
    "eq-minilm-relations",
    r"""
    \mathcal{L} = \frac{1}{A\ell}\sum_{h=1}^{A}\sum_{t=1}^{\ell}\Bigl[ \operatorname{KL}\bigl(\mathbf{A}^{T}_{h,t}\,\Vert\,\mathbf{A}^{S}_{h,t}\bigr) + \operatorname{KL}\bigl(\mathbf{G}^{T}_{h,t}\,\Vert\,\mathbf{G}^{S}_{h,t}\bigr) \Bigr], \qquad \mathbf{G}_{h} = \operatorname{softmax}\Bigl(\frac{\mathbf{V}_{h}\mathbf{V}_{h}^{\top}}{\sqrt{d_h}}\Bigr)
    """,
    by="identity",
    of=[value_relation, minilm_loss],
)
def minilm_compares_models_of_other_width(rng: Generator) -> None:
    """The loss agrees with sums over heads, positions and words written out, it compares values of
    different width, and it does not change when a head's values are rotated.
    """
    heads, length, wide, narrow = 2, 3, 5, 4
    a, b = distribution(rng, heads, length, length), distribution(rng, heads, length, length)
    v, w = rng.normal(size=(heads, length, wide)), rng.normal(size=(heads, length, narrow))
    total = 0.0
    for h, t in product(range(heads), range(length)):
        dots = [
            [float(np.dot(x[h, t], x[h, s])) / x.shape[2] ** 0.5 for s in range(3)] for x in (v, w)
        ]
        g, r = (np.exp(row) / np.sum(np.exp(row)) for row in dots)
        total += sum(p * np.log(p / q) for p, q in zip(a[h, t], b[h, t], strict=True))
        total += sum(p * np.log(p / q) for p, q in zip(g, r, strict=True))
    same(minilm_loss(a, b, v, w), total / 6)
    rotation = np.linalg.qr(rng.normal(size=(narrow, narrow)))[0]
    same(minilm_loss(a, b, v, w @ rotation), minilm_loss(a, b, v, w))
    same(minilm_loss(a, a, w, w @ rotation), 0.0)


def relation_loss(teacher: Array, student: Array, heads: int) -> float:
    relations = []
    for states in (teacher, student):
        kinds, length, width = states.shape
        sliced = states.reshape(kinds, length, heads, width // heads).transpose(0, 2, 1, 3)
        dots = sliced @ np.swapaxes(sliced, -1, -2)
        relations.append(softmax(dots / np.sqrt(width / heads)))
    return np.sum(np.mean(kl(relations[0], relations[1]), axis=-1))


@check(
    "eq-minilmv2-relation",
    r"""
    \mathcal{L} = \sum_{\mathbf{Z} \in \{\mathbf{Q}, \mathbf{K}, \mathbf{V}\}} \; \sum_{h=1}^{A} \;
    \operatorname{KL}\Bigl( \operatorname{softmax}\Bigl(\frac{\mathbf{Z}^{T}_{h} (\mathbf{Z}^{T}_{h})^{\top}}{\sqrt{d^{T}/A}}\Bigr) \Bigm\Vert
    \operatorname{softmax}\Bigl(\frac{\mathbf{Z}^{S}_{h} (\mathbf{Z}^{S}_{h})^{\top}}{\sqrt{d^{S}/A}}\Bigr) \Bigr)
    """,
    by="identity",
    of=[relation_loss],
)
def relation_heads_are_free(rng: Generator) -> None:
    """The loss agrees with loops over queries, keys and values, relation heads and positions; the
    number of relation heads need not be that of either model, and rotating a slice costs nothing.
    """
    teacher, student, heads = rng.normal(size=(3, 4, 12)), rng.normal(size=(3, 4, 6)), 3
    total = 0.0
    for kind, h in product(range(3), range(heads)):
        slices = teacher[kind][:, 4 * h : 4 * h + 4], student[kind][:, 2 * h : 2 * h + 2]
        for t in range(4):
            p, q = (softmax([float(x[t] @ row) for row in x] / np.sqrt(x.shape[1])) for x in slices)
            total += kl(p, q) / 4
    same(relation_loss(teacher, student, heads), total)
    rotated = np.array(student)
    rotated[0, :, 2:4] = rotated[0, :, 2:4] @ np.linalg.qr(rng.normal(size=(2, 2)))[0]
    same(relation_loss(teacher, rotated, heads), total)
    same(relation_loss(student, rotated, heads), 0.0)


def teacher_gradient(
    slope: Callable[[Array, Array], Array],
    teacher: Array,
    student: Array,
    v: Array,
    rate: float,
    epsilon: float,
) -> Array:
    ahead = slope(teacher, student + epsilon * v)
    behind = slope(teacher, student - epsilon * v)
    return slope(teacher, student) - rate * (ahead - behind) / (2 * epsilon)


@check(
    "eq-lgtm-teacher-gradient",
    r"""
    \mathbf{g}^{T} = \nabla_{\boldsymbol{\theta}^{T}}\mathcal{L}^{T} - \eta\,\frac{\nabla_{\boldsymbol{\theta}^{T}}\mathcal{L}^{T}(\boldsymbol{\theta}^{T},\boldsymbol{\theta}^{S}+\epsilon\mathbf{v}) - \nabla_{\boldsymbol{\theta}^{T}}\mathcal{L}^{T}(\boldsymbol{\theta}^{T},\boldsymbol{\theta}^{S}-\epsilon\mathbf{v})}{2\epsilon}, \qquad \mathbf{v} = \nabla_{\tilde{\boldsymbol{\theta}}^{S}}\mathcal{L}_{\mathrm{val}}(\tilde{\boldsymbol{\theta}}^{S})
    """,
    by="gradient",
    of=[teacher_gradient],
)
def difference_of_slopes_is_the_feedback(rng: Generator) -> None:
    """The result is the derivative, in the teacher's weights, of the teacher's loss plus the loss
    on held-out data after the student's trial step; two further passes replace the second-order
    term, with an error that falls as the square of epsilon.
    """
    x, y, teacher = rng.normal(size=(5, 3)), rng.normal(size=5), rng.normal(size=3)
    student, rate = rng.normal(size=3), 0.3

    def agreement(theta_t: Array, theta_s: Array) -> float:
        return np.mean((np.tanh(x @ theta_t) - np.tanh(x @ theta_s)) ** 2)

    def teacher_loss(theta_t: Array, theta_s: Array) -> float:
        return np.mean((x @ theta_t - y) ** 2) + agreement(theta_t, theta_s)

    def held_out(theta_s: Array) -> float:
        return np.mean((np.sin(x) @ theta_s - y) ** 2)

    def after_step(theta_t: Array) -> float:
        trial = student - rate * grad(agreement, 1)(theta_t, student)
        return teacher_loss(theta_t, student) + held_out(trial)

    v = grad(held_out)(student - rate * grad(agreement, 1)(teacher, student))
    exact = grad(after_step)(teacher)
    same(exact, differences(after_step, teacher), 1e-6)
    slope = grad(teacher_loss)
    errors = [
        np.max(np.abs(teacher_gradient(slope, teacher, student, v, rate, epsilon) - exact))
        for epsilon in (0.02, 0.01)
    ]
    assert errors[1] < 1e-3
    same(errors[0] / errors[1], 4.0, 0.05)


def decision_shares(z: Array, sigma: float) -> Array:
    places, weights = numpy.polynomial.hermite_e.hermegauss(60)
    gaps = (z[:, None] - z[None, :])[:, :, None] / sigma + places
    below = (1 + np.vectorize(erf)(gaps / np.sqrt(2))) / 2
    others = np.where(np.eye(len(z))[:, :, None] == 1, 1.0, below)
    return np.prod(others, axis=1) @ weights / np.sqrt(2 * np.pi)


@check(
    "eq-dbkd-rootfinding",
    r"""
    \Pr_{\boldsymbol{\epsilon}\sim\mathcal{N}(\mathbf{0},\sigma^2\mathbf{I})}\Bigl[\operatorname*{arg\,max}_{j}\,\bigl(z^{T}_{j}+\epsilon_{j}\bigr) = c\Bigr] = \hat{p}_{c}, \qquad c = 1,\dots,C
    """,
    by="unbiasedness",
    of=[decision_shares],
)
def shares_of_decisions_reveal_the_logits(rng: Generator) -> None:
    """The probability agrees with 4,000 draws of the noise and, for two classes, with the normal
    distribution function; solving the equation for the logits finds them again, up to a shift.
    """
    z, sigma = np.array([0.3, -0.4, 0.9]), 0.8
    shares = decision_shares(z, sigma)
    draws = z + sigma * rng.normal(size=(4000, 3))
    unbiased(np.eye(3)[np.argmax(draws, axis=1)], shares)
    exact = 0.5 + 0.5 * erf((0.3 + 0.4) / (sigma * 2))
    same(decision_shares(z[:2], sigma), [exact, 1 - exact], 1e-7)
    found = np.zeros(3)
    for _ in range(25):
        found = found + sigma * np.log(shares / decision_shares(found, sigma))
    same(found - found.mean(), z - z.mean(), 1e-6)


def dynabert_loss(
    z_sub: Array,
    z_teacher: Array,
    embeddings: tuple[Array, Array],
    states: list[tuple[Array, Array]],
    weights: tuple[float, float],
) -> float:
    soft = -np.sum(softmax(z_teacher) * np.log(softmax(z_sub)))
    inner = np.mean((embeddings[0] - embeddings[1]) ** 2)
    for sub, teacher in states:
        inner += np.mean((sub - teacher) ** 2)
    return weights[0] * soft + weights[1] * inner


@check(
    "eq-dynabert-width",
    r"""
    \mathcal{L} = \lambda_{1}\,\mathcal{L}_{\mathrm{soft}}\bigl(\mathbf{z}^{(w)},\mathbf{z}^{T}\bigr) + \lambda_{2}\Bigl( \operatorname{MSE}\bigl(\mathbf{E}^{(w)},\mathbf{E}^{T}\bigr) + \sum_{l=1}^{L}\operatorname{MSE}\bigl(\mathbf{R}^{(w)}_{l},\mathbf{R}^{T}_{l}\bigr) \Bigr)
    """,
    by="gradient",
    of=[dynabert_loss],
)
def dynabert_pulls_logits_and_states(rng: Generator) -> None:
    """The derivative in the sub-network's logits is the weighted difference of the distributions,
    in each inner state the weighted mean difference, and equal states leave the entropy alone.
    """
    z, teacher = rng.normal(size=4), rng.normal(size=4)
    e = rng.normal(size=(2, 3, 5))
    r = rng.normal(size=(2, 2, 3, 5))

    def loss(z: Array, embedded: Array, states: Array) -> float:
        pairs = [(states[0], r[0, 1]), (states[1], r[1, 1])]
        return dynabert_loss(z, teacher, (embedded, e[1]), pairs, (2.0, 3.0))

    same(grad(loss)(z, e[0], r[:, 0]), 2 * (softmax(z) - softmax(teacher)))
    same(grad(loss, 1)(z, e[0], r[:, 0]), 3 * 2 * (e[0] - e[1]) / 15)
    same(grad(loss, 2)(z, e[0], r[:, 0]), 3 * 2 * (r[:, 0] - r[:, 1]) / 15)
    same(differences(lambda each: loss(each, e[0], r[:, 0]), z), grad(loss)(z, e[0], r[:, 0]), 1e-7)
    entropy = -sum(p * np.log(p) for p in softmax(teacher))
    same(loss(teacher, e[1], r[:, 1]), 2 * entropy)


def replacing_rate(step: int, slope: float, start: float) -> float:
    return min(1, slope * step + start)


def replaced(h: Array, draws: Array, successors: Array, predecessors: Array) -> Array:
    for r, scc, prd in zip(draws, successors, predecessors, strict=True):
        h = r * (scc @ h) + (1 - r) * (prd @ h)
    return h


@check(
    "eq-theseus-replacing",
    r"""
    \mathbf{h}_{i+1} = r_{i}\,\mathrm{scc}_{i}(\mathbf{h}_{i}) + (1-r_{i})\,\mathrm{prd}_{i}(\mathbf{h}_{i}), \qquad r_{i}\sim\operatorname{Bernoulli}\bigl(\min(1,\,kt+b)\bigr)
    """,
    by="identity",
    of=[replacing_rate, replaced],
)
def theseus_ends_with_the_successor(rng: Generator) -> None:
    """Over all draws, weighted by their probabilities, linear modules give the product of their
    mixtures; at rate one only the successor is left, and a draw never mixes two modules.
    """
    h, modules = rng.normal(size=4), rng.normal(size=(2, 3, 4, 4))
    scc, prd = modules
    rate = replacing_rate(20, 0.01, 0.1)
    same(rate, 0.3)
    mean = np.zeros(4)
    for draws in product((0, 1), repeat=3):
        share = np.prod([rate if draw else 1 - rate for draw in draws])
        output = replaced(h, np.array(draws), scc, prd)
        chosen = h
        for place, draw in enumerate(draws):
            chosen = (scc if draw else prd)[place] @ chosen
        same(output, chosen)
        mean = mean + share * output
    mixed = [rate * scc[i] + (1 - rate) * prd[i] for i in range(3)]
    same(mean, mixed[2] @ mixed[1] @ mixed[0] @ h)
    assert replacing_rate(91, 0.01, 0.1) == 1


def transferability(e: Array, own: Array, others: Array) -> float:
    first = e @ own / (np.linalg.norm(e) * np.linalg.norm(own))
    second = e @ others / (np.linalg.norm(e) * np.linalg.norm(others))
    return (first + second) / 2


def example_weight(t: float, p_true: float) -> float:
    return (1 + t) / (1 + np.exp((1 - p_true) ** 2))


@check(
    "eq-metakd-weight",
    r"""
    t = \frac{\cos(\mathbf{e}, \mathbf{c}_{k}) + \cos(\mathbf{e}, \bar{\mathbf{c}}_{\neg k})}{2}, \qquad
    w = \frac{1 + t}{1 + \exp\bigl((1 - p^{T}(y))^{2}\bigr)}
    """,
    by="bound",
    of=[transferability, example_weight],
)
def metakd_weights_lie_between_zero_and_one(rng: Generator) -> None:
    """No example weighs less than zero or more than one; both are reached, the latter by an example
    along both centroids that the teacher is sure of, and the weight grows with either.
    """
    own, others = rng.normal(size=5), rng.normal(size=5)
    for _ in range(50):
        t = transferability(rng.normal(size=5), own, others)
        assert -1 < t < 1
        low, high = sorted(rng.uniform(size=2))
        assert 0 < example_weight(t, low) < example_weight(t, high) < 1
        assert example_weight(t, low) < example_weight(t + 0.1, low)
    same(transferability(3 * own, 2 * own, own), 1.0)
    same(transferability(own, -2 * own, -own), -1.0)
    same(transferability(2 * own, own, -own), 0.0)
    same([example_weight(1.0, 1.0), example_weight(-1.0, 0.3)], [1.0, 0.0])
    same(example_weight(0.4, 0.0), 1.4 / (1 + np.e))
    same(example_weight(0.4, 0.5), 1.4 / (1 + np.exp(0.25)))


def most_divisive(sentences: Array, teacher: Array, student: Array) -> int:
    p = softmax(sentences @ teacher.T)
    q = softmax(sentences @ student.T)
    return int(np.argmax(-np.sum(p * np.log(q), axis=-1)))


@check(
    "eq-matekd-generator",
    r"""
    \phi^{\star} = \operatorname*{arg\,max}_{\phi} \; D\bigl(p^{T}(\mathbf{x}'_{\phi}), p^{S}(\mathbf{x}'_{\phi})\bigr)
    """,
    by="optimum",
    of=[most_divisive],
)
def generator_finds_what_divides_most(rng: Generator) -> None:
    """Of all sentences that the generator could write, the chosen one has the largest sum of the
    teacher's entropy and its divergence from the student, counted one by one.
    """
    teacher, student = rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
    for _ in range(8):
        sentences = rng.normal(size=(20, 4))
        scores = []
        for sentence in sentences:
            p, q = softmax(teacher @ sentence), softmax(student @ sentence)
            scores.append(float(-np.sum(p * np.log(p)) + kl(p, q)))
        chosen = most_divisive(sentences, teacher, student)
        assert scores[chosen] == max(scores)


def matekd_loss(
    label: int, z: Array, z_teacher: Array, z_adversarial: Array, z_teacher_adversarial: Array
) -> float:
    hard = -np.log(softmax(z)[label])
    soft = -np.sum(softmax(z_teacher) * np.log(softmax(z)))
    adversarial = -np.sum(softmax(z_teacher_adversarial) * np.log(softmax(z_adversarial)))
    return 1 / 3 * (hard + soft + adversarial)


@check(
    "eq-matekd-student",
    r"""
    \mathcal{L} = \frac{1}{3}\Bigl[ \mathcal{L}_{\mathrm{CE}}\bigl(y, p^{S}(\mathbf{x})\bigr)
    + D\bigl(p^{T}(\mathbf{x}), p^{S}(\mathbf{x})\bigr) + D\bigl(p^{T}(\mathbf{x}'_{\phi}), p^{S}(\mathbf{x}'_{\phi})\bigr) \Bigr]
    """,
    by="gradient",
    of=[matekd_loss],
)
def matekd_student_follows_three_targets(rng: Generator) -> None:
    """The student's logits feel a third of the difference from the label, from the teacher, and,
    on the altered sentence, from the teacher there.
    """
    z, teacher, altered, teacher_altered = rng.normal(size=(4, 5))
    first, second = grad(matekd_loss, 1), grad(matekd_loss, 3)
    p, q = softmax(z), softmax(altered)
    expected = ((p - one_hot(2, 5)) + (p - softmax(teacher))) / 3
    same(first(2, z, teacher, altered, teacher_altered), expected)
    expected = differences(lambda each: matekd_loss(2, each, teacher, altered, teacher_altered), z)
    same(first(2, z, teacher, altered, teacher_altered), expected, 1e-7)
    same(second(2, z, teacher, altered, teacher_altered), (q - softmax(teacher_altered)) / 3)
    same(matekd_loss(0, np.zeros(5), np.zeros(5), np.zeros(5), np.zeros(5)), np.log(5.0))


def blended(pair: Array, share: float) -> Array:
    return share * pair[0] + (1 - share) * pair[1]


def mixkd_loss(
    student: Callable[[Array], Array],
    teacher: Callable[[Array], Array],
    examples: Array,
    labels: Array,
    share: float,
    weights: Array,
) -> float:
    x, y = blended(examples, share), blended(labels, share)
    own = -np.sum(labels[0] * np.log(student(examples[0])))
    mixed = -np.sum(y * np.log(student(x)))
    return own + weights[0] * mixed + weights[1] * np.mean((teacher(x) - student(x)) ** 2)


@check(
    "eq-mixkd-loss",
    r"""
    \mathcal{L} = \mathcal{L}_{\mathrm{CE}}\bigl(y_{i}, p^{S}(\mathbf{x}_{i})\bigr)
    + \alpha_{1}\, \mathcal{L}_{\mathrm{CE}}\bigl(y', p^{S}(\mathbf{x}')\bigr)
    + \alpha_{2}\, D\bigl(p^{T}(\mathbf{x}'), p^{S}(\mathbf{x}')\bigr),
    \qquad
    (\mathbf{x}', y') = \lambda\, (\mathbf{x}_{i}, y_{i}) + (1-\lambda)\, (\mathbf{x}_{j}, y_{j})
    """,
    by="identity",
    of=[blended, mixkd_loss],
)
def mixkd_asks_about_every_blend(rng: Generator) -> None:
    """At a share of one the blend is the first example, at zero the second; in between, both labels
    count by their shares and the distance is that of the two models at the blend.
    """
    maps, examples = rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 4))
    labels, weights = np.stack([one_hot(0, 3), one_hot(2, 3)]), np.array([0.7, 1.9])

    def student(x: Array) -> Array:
        return softmax(maps[0] @ x)

    def teacher(x: Array) -> Array:
        return softmax(maps[1] @ x)

    for share in (0.0, 0.3, 1.0):
        x = examples[1] + share * (examples[0] - examples[1])
        q = softmax(maps[0] @ x)
        apart = sum((softmax(maps[1] @ x)[c] - q[c]) ** 2 for c in range(3)) / 3
        mixed = -share * np.log(q[0]) - (1 - share) * np.log(q[2])
        wanted = -np.log(softmax(maps[0] @ examples[0])[0]) + 0.7 * mixed + 1.9 * apart
        same(mixkd_loss(student, teacher, examples, labels, share, weights), wanted)


def mtbert_loss(
    label: int, z: Array, teachers: Array, h: Array, h_teachers: Array, maps: Array
) -> float:
    log_student = np.log(softmax(z))
    loss = -log_student[label]
    for p, states, to_student in zip(teachers, h_teachers, maps, strict=True):
        loss += -np.sum(p * log_student) / (1 - np.log(p[label]))
        for own, theirs in zip(h, states, strict=True):
            loss += np.mean((own - to_student @ theirs) ** 2)
    return loss


@check(
    "eq-mtbert-loss",
    r"""
    \mathcal{L} = \mathcal{L}_{\mathrm{CE}}(y, p^{S})
    + \sum_{i=1}^{N} \frac{\mathcal{L}_{\mathrm{CE}}(p^{T_i}, p^{S})}{1 + \mathcal{L}_{\mathrm{CE}}(y, p^{T_i})}
    + \sum_{i=1}^{N} \sum_{l} \operatorname{MSE}\bigl(\mathbf{h}^{S}_{l}, \mathbf{P}_{i} \mathbf{h}^{T_i}_{l}\bigr)
    """,
    by="gradient",
    of=[mtbert_loss],
)
def mtbert_trusts_teachers_that_are_right(rng: Generator) -> None:
    """The pull of a teacher on the student's logits is its difference over one plus its own loss:
    in full from a teacher that is sure and right, and vanishing for one that rules out the label.
    """
    z, h, label = rng.normal(size=4), rng.normal(size=(2, 3)), 1
    teachers = np.stack([distribution(rng, 4), np.array([1e-12, 1 - 3e-12, 1e-12, 1e-12])])
    states, maps = rng.normal(size=(2, 2, 5)), rng.normal(size=(2, 3, 5))
    q = softmax(z)
    share = 1 / (1 + np.log(1 / teachers[0, label]))
    pull = (q - one_hot(label, 4)) + share * (q - teachers[0]) + (q - one_hot(label, 4))
    gradient = grad(mtbert_loss, 1)(label, z, teachers, h, states, maps)
    same(gradient, pull, 1e-8)
    same(
        differences(lambda each: mtbert_loss(label, each, teachers, h, states, maps), z),
        pull,
        1e-6,
    )
    moved = sum(2 * (h - states[i] @ maps[i].T) / 3 for i in range(2))
    same(grad(mtbert_loss, 3)(label, z, teachers, h, states, maps), moved)
    wrong = np.array([[0.5 - 5e-201, 1e-200, 0.25, 0.25]])
    alone = mtbert_loss(label, z, wrong[:0], h, states[:0], maps[:0])
    with_wrong = mtbert_loss(label, z, wrong, np.zeros((1, 3)), np.zeros((1, 1, 5)), maps[:1])
    assert 0 < with_wrong - alone < 0.02


def path_scores(slope: Callable[[Array], Array], embeddings: Array, steps: int) -> Array:
    total = np.zeros(embeddings.shape)
    for k in range(1, steps + 1):
        total += slope(k / steps * embeddings)
    return embeddings * total / steps


def attribution_loss(scores_teacher: list[Array], scores_student: list[Array]) -> float:
    loss = 0.0
    for teacher, student in zip(scores_teacher, scores_student, strict=True):
        a_teacher = np.sqrt(np.sum(teacher**2, axis=1))
        a_student = np.sqrt(np.sum(student**2, axis=1))
        gap = a_teacher / np.linalg.norm(a_teacher) - a_student / np.linalg.norm(a_student)
        loss += np.sum(gap**2)
    return loss


@check(
    "eq-adkd-attribution",
    r"""
    a^{c}_{i} = \Bigl\lVert \mathbf{e}_i \odot \frac{1}{m}\sum_{k=1}^{m}\frac{\partial F_c(\frac{k}{m}\mathbf{E})}{\partial \mathbf{e}_i} \Bigr\rVert_2, \qquad \mathcal{L}_{\mathrm{attr}} = \sum_{c=1}^{C} \Bigl\lVert \frac{\mathbf{a}^{T,c}}{\lVert\mathbf{a}^{T,c}\rVert_2} - \frac{\mathbf{a}^{S,c}}{\lVert\mathbf{a}^{S,c}\rVert_2} \Bigr\rVert_2^2
    """,
    by="limit",
    of=[path_scores, attribution_loss],
)
def attributions_add_up(rng: Generator) -> None:
    """With more steps the entries behind the token scores add up to the change of the class's
    log-probability from a zero input, with an error that halves when the steps double; the loss
    does not see the size of the scores and is two minus twice their cosine.
    """
    embeddings, weights = rng.normal(size=(3, 2)), rng.normal(size=(4, 6))

    def output(each: Array) -> float:
        return np.log(softmax(np.tanh(weights @ np.reshape(each, 6))))[1]

    wanted = output(embeddings) - output(np.zeros((3, 2)))
    errors = [np.sum(path_scores(grad(output), embeddings, m)) - wanted for m in (20, 40)]
    same(errors[0], 2 * errors[1], 0.005)
    assert abs(errors[1]) < 0.2
    twice = path_scores(grad(output), embeddings, 2)
    same(twice, embeddings * (grad(output)(embeddings / 2) + grad(output)(embeddings)) / 2)
    teacher, student = rng.normal(size=(2, 3, 2)), rng.normal(size=(2, 3, 4))
    cosines = []
    for a, b in zip(teacher, student, strict=True):
        x, y = ([float(np.linalg.norm(row)) for row in each] for each in (a, b))
        cosines.append(np.dot(x, y) / np.linalg.norm(x) / np.linalg.norm(y))
    same(attribution_loss(list(teacher), list(student)), 4 - 2 * sum(cosines))
    same(attribution_loss(list(teacher), list(5 * teacher)), 0.0)


def pkd_loss(
    hard: float,
    soft: float,
    h_student: Array,
    h_teacher: Array,
    layers: list[int],
    alpha: float,
    beta: float,
) -> float:
    patient = 0.0
    for j, layer in enumerate(layers):
        own = h_student[j] / np.sqrt(np.sum(h_student[j] ** 2))
        theirs = h_teacher[layer] / np.sqrt(np.sum(h_teacher[layer] ** 2))
        patient += np.sum((own - theirs) ** 2)
    return (1 - alpha) * hard + alpha * soft + beta * patient


@check(
    "eq-pkd-loss",
    r"""
    \mathcal{L} = (1-\alpha)\,\mathcal{L}_{\mathrm{CE}} + \alpha\,\mathcal{L}_{\mathrm{KD}} + \beta \sum_{j=1}^{M} \Bigl\lVert \frac{\mathbf{h}^{S}_{j}}{\lVert\mathbf{h}^{S}_{j}\rVert_2} - \frac{\mathbf{h}^{T}_{I(j)}}{\lVert\mathbf{h}^{T}_{I(j)}\rVert_2} \Bigr\rVert_2^2
    """,
    by="identity",
    of=[pkd_loss],
)
def patience_sees_directions_only(rng: Generator) -> None:
    """The last term is two minus twice the cosine of each student state and its teacher state, so
    that scaling a state changes nothing; the first two terms are a weighted mean.
    """
    own, theirs, layers = rng.normal(size=(2, 5)), rng.normal(size=(6, 5)), [1, 4]
    loss = pkd_loss(0.3, 0.8, own, theirs, layers, 0.7, 10.0)
    cosines = [
        own[j] @ theirs[i] / np.linalg.norm(own[j]) / np.linalg.norm(theirs[i])
        for j, i in ((0, 1), (1, 4))
    ]
    same(loss, 0.3 * 0.3 + 0.7 * 0.8 + 10 * (4 - 2 * sum(cosines)))
    same(pkd_loss(0.3, 0.8, 2 * own, 9 * theirs, layers, 0.7, 10.0), loss)
    same(pkd_loss(0.5, 0.5, theirs[[1, 4]], theirs, layers, 0.7, 10.0), 0.5)


def attention_loss(student: Array, teacher: Array) -> float:
    losses = [np.mean((a - b) ** 2) for a, b in zip(student, teacher, strict=True)]
    return sum(losses) / len(losses)


def hidden_loss(student: Array, to_teacher: Array, teacher: Array) -> float:
    return np.mean((student @ to_teacher - teacher) ** 2)


@check(
    "eq-tinybert-layer",
    r"""
    \mathcal{L}_{\mathrm{attn}} = \frac{1}{A}\sum_{h=1}^{A}\operatorname{MSE}\bigl(\mathbf{A}^{S}_{h},\mathbf{A}^{T}_{h}\bigr), \qquad \mathcal{L}_{\mathrm{hidn}} = \operatorname{MSE}\bigl(\mathbf{R}^{S}\mathbf{W}_{\mathrm{map}},\mathbf{R}^{T}\bigr)
    """,
    by="optimum",
    of=[attention_loss, hidden_loss],
)
def least_squares_is_the_best_map(rng: Generator) -> None:
    """The least-squares map has no gradient and beats random neighbours; the attention loss is the
    mean squared difference over heads and entries, so that a difference of c costs c squared.
    """
    student, teacher = rng.normal(size=(9, 3)), rng.normal(size=(9, 5))
    best = np.linalg.lstsq(student, teacher, rcond=None)[0]
    same(grad(hidden_loss, 1)(student, best, teacher), np.zeros((3, 5)))
    least = sum(
        np.sum((row @ best - want) ** 2) for row, want in zip(student, teacher, strict=True)
    )
    same(hidden_loss(student, best, teacher), least / 45)
    for _ in range(20):
        rival = best + rng.normal(size=(3, 5)) / 10
        assert hidden_loss(student, rival, teacher) > hidden_loss(student, best, teacher)
    heads = rng.normal(size=(2, 4, 4))
    same(attention_loss(heads + 0.3, heads), 0.09)
    changed = np.array(heads)
    changed[1, 2, 0] += 1
    same(attention_loss(changed, heads), 1 / 32)
    apart = heads + np.array([0.3, 0.5])[:, None, None]
    same(attention_loss(apart, heads), (0.09 + 0.25) / 2)


def cheapest_flow(costs: Array, supply: Array, demand: Array) -> tuple[Array, float]:
    sources, sinks = costs.shape
    rows = np.vstack([np.kron(np.eye(sources), np.ones(sinks)), np.tile(np.eye(sinks), sources)])
    wanted = np.concatenate([supply, demand])
    best, least = np.zeros(costs.shape), np.inf
    for basis in combinations(range(costs.size), sources + sinks - 1):
        columns = rows[:, list(basis)]
        amounts = np.linalg.lstsq(columns, wanted, rcond=None)[0]
        flow = np.zeros(costs.size)
        flow[list(basis)] = amounts
        feasible = np.allclose(rows @ flow, wanted) and np.all(flow > -1e-12)
        price = np.sum(flow * costs.ravel())
        if feasible and price < least:
            best, least = flow.reshape(costs.shape), price
    return best, least


@check(
    "eq-bertemd-flow",
    r"""
    \mathcal{L}_{\mathrm{EMD}} = \sum_{i=1}^{M}\sum_{j=1}^{N} f^{*}_{ij}\, d_{ij}, \qquad f^{*} = \operatorname*{arg\,min}_{f\ge 0} \sum_{i,j} f_{ij}\,d_{ij} \quad \mathrm{s.t.} \quad \sum_{j} f_{ij} = w^{S}_{i}, \quad \sum_{i} f_{ij} = w^{T}_{j}
    """,
    by="optimum",
    of=[cheapest_flow],
)
def no_other_flow_is_cheaper(rng: Generator) -> None:
    """No random flow between the layer weights is cheaper than the optimal one, which keeps both
    sets of weights; for costs that are distances on a line it costs the area between the two
    distribution functions.
    """
    supply, demand = distribution(rng, 2), distribution(rng, 3)
    costs = rng.uniform(size=(2, 3))
    flow, least = cheapest_flow(costs, supply, demand)
    same(flow.sum(axis=1), supply)
    same(flow.sum(axis=0), demand)
    assert np.all(flow > -1e-12)
    same(least, sum(flow[i, j] * costs[i, j] for i in range(2) for j in range(3)))
    for _ in range(30):
        rival = rng.uniform(size=(2, 3))
        for _ in range(60):  # scaling rows and columns in turn reaches both margins
            rival = rival * (supply / rival.sum(axis=1))[:, None]
            rival = rival * (demand / rival.sum(axis=0))
        assert np.sum(rival * costs) > least - 1e-9
    x, y = np.sort(rng.uniform(size=2)), np.sort(rng.uniform(size=3))
    cuts = np.sort(np.concatenate([x, y]))
    gaps = [
        abs(supply[x <= cut].sum() - demand[y <= cut].sum()) * (after - cut)
        for cut, after in pairwise(cuts)
    ]
    same(cheapest_flow(np.abs(x[:, None] - y), supply, demand)[1], sum(gaps))


def generated_weights(
    scale: Array, shift: Array, shares: Array, out_map: Array, layers: Array, in_map: Array
) -> Array:
    mixed = np.zeros(scale.shape)
    for share, weights in zip(shares, layers, strict=True):
        mixed += share * (out_map.T @ weights @ in_map)
    return scale * np.tanh(mixed) + shift


@check(
    "eq-weightdistillation-generator",
    r"""
    \mathbf{W}^{S} = \mathbf{A} \odot \tanh\Bigl( \sum_{j=1}^{k} c_{j} \, \mathbf{P}_{\mathrm{o}}^{\top} \mathbf{W}^{T}_{j} \mathbf{P}_{\mathrm{i}} \Bigr) + \mathbf{B}
    """,
    by="identity",
    of=[generated_weights],
)
def generator_is_a_kronecker_map(rng: Generator) -> None:
    """Stacked into a vector, the mixed matrix is the Kronecker product of the two maps times the
    mixed teacher; zero layers leave the shift alone, and no entry leaves it by more than the scale.
    """
    layers, shares = rng.uniform(-1, 1, size=(2, 4, 5)), rng.uniform(-0.3, 0.3, size=2)
    out_map, in_map = rng.uniform(-1, 1, size=(4, 3)), rng.uniform(-1, 1, size=(5, 2))
    scale, shift = rng.uniform(1, 2, size=(3, 2)), rng.normal(size=(3, 2))
    made = generated_weights(scale, shift, shares, out_map, layers, in_map)
    mixed = np.kron(out_map.T, in_map.T) @ (shares[0] * layers[0] + shares[1] * layers[1]).ravel()
    same(np.arctanh((made - shift) / scale).ravel(), mixed, 1e-7)
    same(generated_weights(scale, shift, shares, out_map, 0 * layers, in_map), shift)
    assert np.all(np.abs(made - shift) < np.abs(scale))


def ted_loss(
    task: float,
    z: Array,
    z_teacher: Array,
    tau: float,
    states: list[tuple[Array, Array]],
    filters: list[tuple[Array, Array]],
    alphas: tuple[float, float],
) -> float:
    p, q = softmax(z_teacher / tau), softmax(z / tau)
    layers = 0.0
    for (own, theirs), (g_student, g_teacher) in zip(states, filters, strict=True):
        layers += np.mean((g_student @ own - g_teacher @ theirs) ** 2)
    soft = tau**2 * np.sum(p * np.log(p / q))
    return task + alphas[0] * soft + alphas[1] / len(states) * layers


@check(
    "eq-ted-loss",
    r"""
    \mathcal{L} = \mathcal{L}_{\mathrm{task}} + \alpha_{1} \tau^{2} \operatorname{KL}\bigl(p^{T}_{\tau} \,\Vert\, p^{S}_{\tau}\bigr)
    + \frac{\alpha_{2}}{K} \sum_{k=1}^{K} \operatorname{MSE}\bigl( g^{S}_{k}(\mathbf{h}^{S}_{k}), g^{T}_{k}(\mathbf{h}^{T}_{k}) \bigr)
    """,
    by="gradient",
    of=[ted_loss],
)
def ted_pulls_filtered_states(rng: Generator) -> None:
    """The derivative in the logits has the factor of one temperature, and that in a hidden state
    passes through its filter and is averaged over the matched layers.
    """
    z, teacher, tau, alphas = rng.normal(size=4), rng.normal(size=4), 3.0, (0.5, 2.0)
    own, theirs = rng.normal(size=(3, 4)), rng.normal(size=(3, 6))
    g, k = rng.normal(size=(3, 5, 4)), rng.normal(size=(3, 5, 6))

    def loss(z: Array, own: Array) -> float:
        pairs = [(own[i], theirs[i]) for i in range(3)]
        return ted_loss(0.4, z, teacher, tau, pairs, [(g[i], k[i]) for i in range(3)], alphas)

    same(grad(loss)(z, own), 0.5 * tau * (softmax(z / tau) - softmax(teacher / tau)))
    pulls = [2 / 3 * 2 / 5 * g[i].T @ (g[i] @ own[i] - k[i] @ theirs[i]) for i in range(3)]
    same(grad(loss, 1)(z, own), pulls)
    same(differences(lambda each: loss(z, each), own), pulls, 1e-6)
    matched = [(own[0], own[0])]
    same(ted_loss(0.4, z, z, tau, matched, [(g[0], g[0])], alphas), 0.4)


def word_loss(
    teacher: Callable[[list[int]], Array], student: Callable[[list[int]], Array], words: list[int]
) -> float:
    total = 0.0
    for t in range(len(words)):
        p, q = teacher(words[:t]), student(words[:t])
        total += np.sum(p * np.log(p / q))
    return total


def joint_teaching_loss(by_teacher: float, by_student: float, alpha: float) -> float:
    return alpha * by_teacher + (1 - alpha) * by_student


@check(
    "eq-jointteaching-loss",
    r"""
    \mathcal{L}_{\mathrm{JT}} = \alpha\,\mathcal{L}_{\mathrm{word}}(\mathbf{x},\hat{\mathbf{y}}^{T}) + (1-\alpha)\,\mathcal{L}_{\mathrm{word}}(\mathbf{x},\hat{\mathbf{y}}^{S})
    """,
    by="identity",
    of=[word_loss, joint_teaching_loss],
)
def joint_teaching_is_a_coin(rng: Generator) -> None:
    """The loss is the expectation over a coin that takes the teacher's target with probability
    alpha; on the teacher's own samples the word losses average to the divergence of sequences.
    """
    teacher = chain(distribution(rng, 3), distribution(rng, 3, 3))
    student = chain(distribution(rng, 3), distribution(rng, 3, 3))
    first, second = [0, 2, 1], [1, 1, 2]
    losses = [word_loss(teacher, student, words) for words in (first, second)]
    for words, loss in zip((first, second), losses, strict=True):
        same(loss, sum(kl(teacher(words[:t]), student(words[:t])) for t in range(3)))
    same(joint_teaching_loss(losses[0], losses[1], 0.25), losses[1] + (losses[0] - losses[1]) / 4)
    chances, others = sequences(teacher, 3), sequences(student, 3)
    mean = sum(chance * word_loss(teacher, student, [*w]) for w, chance in chances.items())
    same(mean, sum(chance * np.log(chance / others[w]) for w, chance in chances.items()))


def tvd_loss(
    teacher: Callable[[list[int]], Array],
    student: Callable[[list[int]], Array],
    by_teacher: list[int],
    by_student: list[int],
) -> float:
    total = 0.0
    for words in (by_teacher, by_student):
        for t in range(len(words)):
            total += 1 / 4 * np.sum(np.abs(student(words[:t]) - teacher(words[:t])))
    return total


@check(
    "eq-fdistill-tvd",
    r"""
    \mathcal{L}_{\mathrm{TVD}} \approx \frac{1}{4}\sum_{t=1}^{|\mathbf{y}|}\sum_{v\in\mathcal{V}} \bigl| p^{S}(v\mid\mathbf{y}_{<t}) - p^{T}(v\mid\mathbf{y}_{<t}) \bigr| + \frac{1}{4}\sum_{t=1}^{|\mathbf{y}'|}\sum_{v\in\mathcal{V}} \bigl| p^{S}(v\mid\mathbf{y}'_{<t}) - p^{T}(v\mid\mathbf{y}'_{<t}) \bigr|
    """,
    by="bound",
    of=[tvd_loss],
)
def steps_bound_the_distance_of_sequences(rng: Generator) -> None:
    """Its expectation over samples of both models, enumerated, is never less than the total
    variation distance between whole sequences, and equals it for sequences of one word.
    """
    for length in (1, 2, 3):
        teacher = chain(distribution(rng, 3), distribution(rng, 3, 3))
        student = chain(distribution(rng, 3), distribution(rng, 3, 3))
        p, q = sequences(teacher, length), sequences(student, length)
        distance = sum(abs(p[words] - q[words]) for words in p) / 2
        empty: list[int] = []
        mean = sum(p[w] * tvd_loss(teacher, student, [*w], empty) for w in p)
        mean += sum(q[w] * tvd_loss(teacher, student, empty, [*w]) for w in q)
        assert mean >= distance - 1e-12
        if length == 1:
            same(mean, distance)
        halves = [
            sum(
                chances[w]
                * sum(
                    np.abs(teacher([*w[:t]]) - student([*w[:t]])).sum() / 2 for t in range(length)
                )
                for w in chances
            )
            for chances in (p, q)
        ]
        same(mean, (halves[0] + halves[1]) / 2)


def log_partition(first: Array, pairs: Array) -> float:
    scores = first
    for step in pairs:
        scores = np.log(np.sum(np.exp(scores[:, None] + step), axis=0))
    return np.log(np.sum(np.exp(scores)))


def factorized_loss(marginals: list[Array], scores: list[Array], log_z: float) -> float:
    total = 0.0
    for chance, score in zip(marginals, scores, strict=True):
        total += np.sum(chance * score)
    return -total + log_z


@check(
    "eq-structuralkd-factorized",
    r"""
    \mathcal{L} = -\sum_{\mathbf{y}} p^{T}(\mathbf{y} \mid \mathbf{x}) \log p^{S}(\mathbf{y} \mid \mathbf{x})
    = -\sum_{u \in \mathcal{U}^{S}(\mathbf{x})} p^{T}(u \mid \mathbf{x}) \, \psi^{S}(u, \mathbf{x}) + \log Z^{S}(\mathbf{x})
    """,
    by="identity",
    of=[log_partition, factorized_loss],
)
def parts_replace_all_structures(rng: Generator) -> None:
    """For a tagger whose parts are pairs of neighbouring tags, the sum over parts and the partition
    function equal the cross-entropy over all tag sequences, enumerated.
    """
    first, pairs = rng.normal(size=3), rng.normal(size=(3, 3, 3))
    tags = list(product(range(3), repeat=4))
    teacher = dict(zip(tags, distribution(rng, 81), strict=True))

    def score(y: tuple[int, ...]) -> float:
        return float(first[y[0]] + sum(pairs[t, y[t], y[t + 1]] for t in range(3)))

    total = sum(np.exp(score(y)) for y in tags)
    cross_entropy = -sum(teacher[y] * np.log(np.exp(score(y)) / total) for y in tags)
    starts, steps = np.zeros(3), np.zeros((3, 3, 3))
    for y, chance in teacher.items():
        starts[y[0]] += chance
        for t in range(3):
            steps[t, y[t], y[t + 1]] += chance
    log_z = log_partition(first, pairs)
    same(log_z, np.log(total))
    same(factorized_loss([starts, *steps], [first, *pairs], log_z), cross_entropy)


def log_ratio(
    student: Callable[[list[int]], Array], teacher: Callable[[list[int]], Array], words: list[int]
) -> float:
    ratio = 0.0
    for t, word in enumerate(words):
        ratio += np.log(student(words[:t])[word] / teacher(words[:t])[word])
    return ratio


@check(
    "eq-minillm-reverse",
    r"""
    \mathcal{L} = \operatorname{KL}\bigl(p^{S} \,\Vert\, p^{T}\bigr)
    = \mathbb{E}_{\mathbf{x},\, \mathbf{y} \sim p^{S}(\cdot \mid \mathbf{x})} \left[ \log \frac{p^{S}(\mathbf{y} \mid \mathbf{x})}{p^{T}(\mathbf{y} \mid \mathbf{x})} \right]
    """,
    by="unbiasedness",
    of=[log_ratio],
)
def samples_of_the_student_estimate_the_divergence(rng: Generator) -> None:
    """Over 2,000 responses sampled from the student the log-ratio averages to the reverse divergence
    between all responses, enumerated, and the exact expectation equals it.
    """
    student = chain(distribution(rng, 3), distribution(rng, 3, 3))
    teacher = chain(distribution(rng, 3), distribution(rng, 3, 3))
    q, p = sequences(student, 3), sequences(teacher, 3)
    divergence = sum(chance * np.log(chance / p[words]) for words, chance in q.items())
    ratios = {words: log_ratio(student, teacher, [*words]) for words in q}
    same(sum(q[words] * ratio for words, ratio in ratios.items()), divergence)
    drawn = rng.choice(len(q), size=2000, p=list(q.values()))
    unbiased(np.array(list(ratios.values()))[drawn], divergence)


def mixed_sampler(p: Array, q: Array, alpha: float) -> tuple[Array, Array]:
    mixed = alpha * p + (1 - alpha) * q
    return mixed, q / mixed


@check(
    "eq-minillm-mixed",
    r"""
    \tilde{p}(y_t \mid \mathbf{y}_{<t}, \mathbf{x}) = \alpha \, p^{T}(y_t \mid \mathbf{y}_{<t}, \mathbf{x}) + (1 - \alpha) \, p^{S}(y_t \mid \mathbf{y}_{<t}, \mathbf{x}), \qquad
    w_t = \frac{p^{S}(y_t \mid \mathbf{y}_{<t}, \mathbf{x})}{\tilde{p}(y_t \mid \mathbf{y}_{<t}, \mathbf{x})}
    """,
    by="bound",
    of=[mixed_sampler],
)
def importance_weights_are_bounded(rng: Generator) -> None:
    """Under the mixture the weights give the student's expectation of any value, and unlike those
    of sampling from the teacher alone they never exceed one over the student's share.
    """
    p, q, values = distribution(rng, 6), distribution(rng, 6), rng.normal(size=6)
    mixed, weights = mixed_sampler(p, q, 0.2)
    same(mixed.sum(), 1.0)
    same(np.sum(mixed * weights * values), np.sum(q * values))
    assert np.all(weights <= 1 / 0.8)
    same(mixed_sampler(np.array([0.0, 1.0]), np.array([0.5, 0.5]), 0.2)[1][0], 1 / 0.8)


def on_policy_loss(
    divergence: Callable[[tuple[int, ...]], float],
    data: list[tuple[int, ...]],
    written: dict[tuple[int, ...], float],
    share: float,
) -> float:
    fixed = np.mean([divergence(words) for words in data])
    own = np.sum([chance * divergence(words) for words, chance in written.items()])
    return (1 - share) * fixed + share * own


@check(
    "eq-gkd-objective",
    r"""
    \mathcal{L} = (1 - \lambda) \, \mathbb{E}_{(\mathbf{x}, \mathbf{y}) \sim \mathcal{D}} \bigl[ D(p^{T} \Vert p^{S})(\mathbf{y} \mid \mathbf{x}) \bigr]
    + \lambda \, \mathbb{E}_{\mathbf{x} \sim \mathcal{D},\, \mathbf{y} \sim p^{S}(\cdot \mid \mathbf{x})} \bigl[ D(p^{T} \Vert p^{S})(\mathbf{y} \mid \mathbf{x}) \bigr]
    """,
    by="unbiasedness",
    of=[on_policy_loss],
)
def a_share_of_sequences_is_the_students(rng: Generator) -> None:
    """Taking each sequence from the student with probability lambda, else from the data, gives the
    loss on average over 2,000 draws; without own sequences it is the loss on the data.
    """
    teacher = chain(distribution(rng, 3), distribution(rng, 3, 3))
    student = chain(distribution(rng, 3), distribution(rng, 3, 3))
    written = sequences(student, 2)
    data: list[tuple[int, ...]] = [(0, 1), (2, 2), (2, 0)]

    def divergence(words: tuple[int, ...]) -> float:
        steps = [kl(teacher([*words[:t]]), student([*words[:t]])) for t in range(2)]
        return float(steps[0] + steps[1]) / 2

    every = {words: divergence(words) for words in written}
    loss = on_policy_loss(divergence, data, written, 0.7)
    own = rng.choice(9, size=2000, p=list(written.values()))
    given = rng.choice(3, size=2000)
    coin = rng.uniform(size=2000) < 0.7
    drawn = np.where(
        coin, np.array(list(every.values()))[own], np.array([every[words] for words in data])[given]
    )
    unbiased(drawn, loss)
    on_data = (every[0, 1] + every[2, 2] + every[2, 0]) / 3
    same(on_policy_loss(divergence, data, written, 0.0), on_data)
    own_mean = sum(chance * every[words] for words, chance in written.items())
    same(on_policy_loss(divergence, data, written, 1.0), own_mean)
    same(loss, on_data + 0.7 * (own_mean - on_data))


def generalized_jsd(p: Array, q: Array, beta: float) -> float:
    mixed = beta * p + (1 - beta) * q
    to_mixed = np.sum(p * np.log(p / mixed)), np.sum(q * np.log(q / mixed))
    return beta * to_mixed[0] + (1 - beta) * to_mixed[1]


@check(
    "eq-gkd-jsd",
    r"""
    D_{\beta}(p^{T} \Vert p^{S}) = \beta \operatorname{KL}(p^{T} \Vert M) + (1 - \beta) \operatorname{KL}(p^{S} \Vert M), \qquad M = \beta \, p^{T} + (1 - \beta) \, p^{S}
    """,
    by="limit",
    of=[generalized_jsd],
)
def jsd_leads_from_one_direction_to_the_other(rng: Generator) -> None:
    """Divided by beta it tends to the forward divergence as beta falls to zero, divided by one minus
    beta to the reverse one as beta rises to one, each with an error in proportion; it is the
    entropy of the mixture less the mixed entropies, at most that of the coin.
    """
    p, q = distribution(rng, 5), distribution(rng, 5)
    for small in (1e-3, 1e-4):
        assert abs(generalized_jsd(p, q, small) / small - kl(p, q)) < 20 * small
        assert abs(generalized_jsd(p, q, 1 - small) / small - kl(q, p)) < 20 * small

    def entropy(each: Array) -> float:
        return float(-np.sum(each * np.log(each)))

    for beta in (0.3, 0.5):
        mixed = beta * p + (1 - beta) * q
        gap = entropy(mixed) - beta * entropy(p) - (1 - beta) * entropy(q)
        same(generalized_jsd(p, q, beta), gap)
        assert 0 < gap < entropy(np.array([beta, 1 - beta]))


def propagation_loss(z: Array, z_teacher: Array, ends: list[int], tau: float) -> float:
    losses = []
    for own, theirs, end in zip(z, z_teacher, ends, strict=True):
        p, q = softmax(theirs / tau), softmax(own / tau)
        steps = np.sum(p * np.log(p / q), axis=-1)
        losses.append(sum(step for t, step in enumerate(steps) if t > end))
    return tau**2 * sum(losses) / len(losses)


@check(
    "eq-propagation-context",
    r"""
    \mathcal{L} = \tau^{2} \, \mathbb{E}_{\mathbf{y} \sim G(\mathbf{d})} \sum_{t > t_e}
    \operatorname{KL}\bigl( p^{T}_{\tau}(\cdot \mid \mathbf{d}, \mathbf{y}_{<t}) \,\Vert\, p^{S}_{\tau}(\cdot \mid \mathbf{y}_{<t}) \bigr)
    """,
    by="gradient",
    of=[propagation_loss],
)
def only_words_after_the_mention_teach(rng: Generator) -> None:
    """The student's logits feel the temperature times the difference from the model that sees the
    definition, averaged over continuations, at positions after the mention and nowhere else.
    """
    z, teacher, tau, ends = rng.normal(size=(2, 4, 3)), rng.normal(size=(2, 4, 3)), 2.0, [0, 2]
    wanted = tau * (softmax(z / tau) - softmax(teacher / tau)) / 2
    wanted[0, :1], wanted[1, :3] = 0, 0
    same(grad(propagation_loss)(z, teacher, ends, tau), wanted)
    by_hand = differences(lambda each: propagation_loss(each, teacher, ends, tau), z)
    same(by_hand, wanted, 1e-7)


def step_by_step_loss(
    z_label: Array, label: list[int], z_rationale: Array, rationale: list[int], alpha: float
) -> float:
    losses = []
    for logits, words in ((z_label, label), (z_rationale, rationale)):
        steps = [np.log(softmax(row)[word]) for row, word in zip(logits, words, strict=True)]
        losses.append(-sum(steps) / len(steps))
    return alpha * losses[0] + (1 - alpha) * losses[1]


@check(
    "eq-stepbystep-loss",
    r"""
    \mathcal{L} = \alpha \, \mathcal{L}_{\mathrm{label}} + (1 - \alpha) \, \mathcal{L}_{\mathrm{rationale}}
    """,
    by="gradient",
    of=[step_by_step_loss],
)
def label_and_rationale_share_the_gradient(rng: Generator) -> None:
    """The logits of label and rationale feel the difference from the true words in the shares alpha
    and one minus alpha, each averaged over its own words, so that a long rationale does not win.
    """
    z, r = rng.normal(size=(1, 4)), rng.normal(size=(3, 4))
    words = [2, 0, 3]
    first = grad(step_by_step_loss)(z, [1], r, words, 0.3)
    same(first, 0.3 * (softmax(z) - one_hot(1, 4)))
    second = grad(step_by_step_loss, 2)(z, [1], r, words, 0.3)
    same(second, 0.7 * (softmax(r) - np.eye(4)[words]) / 3)
    by_hand = differences(lambda each: step_by_step_loss(z, [1], each, words, 0.3), r)
    same(by_hand, second, 1e-7)


def skewed(teacher: Array, student: Array, skew: float) -> Array:
    mixed = skew * teacher + (1 - skew) * student
    return np.sum(teacher * np.log(teacher / mixed))


@check(
    "eq-distillm-skew",
    r"""
    D^{(\lambda)}\bigl(p^{T} \,\Vert\, p^{S}\bigr) = \operatorname{KL}\bigl(p^{T} \,\Vert\, \lambda p^{T} + (1-\lambda) p^{S}\bigr)
    """,
    by="bound",
    of=[skewed],
)
def skew_bounds_the_divergence(rng: Generator) -> None:
    """Without skew it is the divergence itself, equal models have none, and with skew it stays below
    the logarithm of one over the skew even where the student puts no mass.
    """
    p, q = distribution(rng, 6), distribution(rng, 6)
    same(skewed(p, q, 0.0), kl(p, q))
    same(skewed(p, p, 0.3), 0.0)
    same(skewed(p, q, 1.0), 0.0)
    assert 0 < skewed(p, q, 0.1) < kl(p, q)
    none = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 1.0])
    assert skewed(p, none, 0.1) < np.log(10)
    same(skewed(p, none, 0.1), kl(p, 0.1 * p + 0.9 * none))
