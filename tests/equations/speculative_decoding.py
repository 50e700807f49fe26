"""The equations of the page Speculative decoding."""

from __future__ import annotations

from itertools import combinations

import autograd.numpy as np
from numpy.random import Generator

from equations.frame import Array, check, distribution, same, unbiased


def tree_tokens(parents: list[int], rates: list[float]) -> float:
    reached: list[float] = []
    for parent, rate in zip(parents, rates, strict=True):
        reached.append(rate * (1.0 if parent < 0 else reached[parent]))
    return 1 + sum(reached)


@check(
    "eq-speculation-tree",
    r"""
    \mathbb{E}[\text{tokens}] = 1 + \sum_{u \in \mathcal{T}} \; \prod_{w \in \operatorname{path}(u)} a(w)
    """,
    by="unbiasedness",
    of=[tree_tokens],
)
def a_pass_yields_the_nodes_that_are_reached(rng: Generator) -> None:
    """Walks down a tree that accept one child, or none, at the stated rates yield the stated number
    of tokens on average, the one from the residual included; for a chain it is the geometric sum.
    """
    parents = [-1, -1, 0, 0, 1, 2]
    rates = [0.5, 0.3, 0.4, 0.2, 0.6, 0.7]
    lengths = []
    for _ in range(4000):
        node, tokens = -1, 1
        while True:
            children = [c for c, parent in enumerate(parents) if parent == node]
            draw, chosen = rng.uniform(), None
            for child in children:
                if draw < rates[child]:
                    chosen = child
                    break
                draw -= rates[child]
            if chosen is None:
                break
            node, tokens = chosen, tokens + 1
        lengths.append(float(tokens))
    unbiased(np.array(lengths), tree_tokens(parents, rates))
    same(tree_tokens(parents, rates), 1 + 0.5 + 0.3 + 0.2 + 0.1 + 0.18 + 0.14)
    same(tree_tokens([-1, 0, 1], [0.8] * 3), (1 - 0.8**4) / (1 - 0.8))


def speculation_gain(rate: float, length: int, cost: float) -> float:
    return (1 - rate ** (length + 1)) / ((1 - rate) * (1 + length * cost))


@check(
    "eq-speculation-gain",
    r"""
    G = \frac{1 - \alpha^{k+1}}{(1 - \alpha)\,(1 + k c)}
    """,
    by="simulation",
    of=[speculation_gain],
)
def drafting_pays_when_acceptance_exceeds_cost(rng: Generator) -> None:
    """A run of rounds, each costing one pass and its drafts, makes as many times more tokens per
    unit of time as stated; one drafted token gains if and only if acceptance exceeds its cost.
    """
    for rate, length, cost in ((0.7, 4, 0.05), (0.5, 2, 0.2)):
        rounds = 6000
        accepted = rng.uniform(size=(rounds, length)) < rate
        tokens = 1 + np.cumprod(accepted, axis=1).sum(axis=1)
        unbiased(tokens / (1 + length * cost), speculation_gain(rate, length, cost))
    for rate in (0.1, 0.4, 0.9):
        same(speculation_gain(rate, 1, rate), 1.0)
        assert speculation_gain(rate, 1, rate - 0.05) > 1 > speculation_gain(rate, 1, rate + 0.05)
    same(speculation_gain(0.3, 0, 0.5), 1.0)


def acceptance(p: Array, q: Array) -> Array:
    return np.minimum(1, p / q)


def residual(p: Array, q: Array) -> Array:
    rest = np.maximum(0, p - q)
    return rest / np.sum(rest)


@check(
    "eq-speculative-accept",
    r"""
    \Pr[\text{accept } \tilde{x}] = \min\!\left( 1,\; \frac{p(\tilde{x})}{q(\tilde{x})} \right),
    \qquad
    p'(x) = \frac{\max\bigl( 0,\; p(x) - q(x) \bigr)}{\sum_{v \in \mathcal{V}} \max\bigl( 0,\; p(v) - q(v) \bigr)}
    """,
    by="identity",
    of=[acceptance, residual],
)
def the_output_has_the_distribution_of_the_large_model(rng: Generator) -> None:
    """Accepted drafts and tokens drawn after a rejection together follow the large model exactly,
    token by token, and the share accepted is one minus the total variation distance.
    """
    for _ in range(5):
        p, q = distribution(rng, 2, 7)
        kept = q * acceptance(p, q)
        after = residual(p, q)
        same(kept + (1 - kept.sum()) * after, p)
        same(kept.sum(), 1 - np.abs(p - q).sum() / 2)
        same(after.sum(), 1.0)
        assert np.all(kept <= q) and np.all(after[p <= q] == 0)


def accepted(p: Array, q: Array, guess: int, r: float) -> bool:
    return bool(r <= p[guess] / q[guess])


@check(
    "eq-specinfer-verify",
    r"""
    \text{accept } \tilde{x} \text{ if } r \le \frac{p(\tilde{x} \mid u)}{q(\tilde{x} \mid u)},
    \qquad \text{else } p(x \mid u) \leftarrow \operatorname{norm}\bigl(\max(0,\, p(x \mid u) - q(x \mid u))\bigr)
    """,
    by="identity",
    of=[accepted, residual],
)
def the_output_is_the_large_models(rng: Generator) -> None:
    """With one guess or two, whichever small models drew them, the token that is kept follows the
    large model's distribution exactly: chances of acceptance and of the residual, summed up.
    """
    p, q = distribution(rng, 4), distribution(rng, 4)
    for guess in range(4):
        passed = min(1.0, p[guess] / q[guess])
        assert accepted(p, q, guess, passed - 1e-9)
        assert accepted(p, q, guess, min(1.0, passed + 1e-9)) == (passed == 1)
    assert accepted(np.array([0.5, 0.5]), np.array([1.0, 1e-9]), 0, 0.5)
    grid = (np.arange(400) + 0.5) / 400
    for drafts in ([q], [q, distribution(rng, 4)]):
        kept, target, reached = np.zeros(4), p, 1.0
        for draft in drafts:
            shares = [np.mean([accepted(target, draft, x, r) for r in grid]) for x in range(4)]
            exact = np.minimum(1, target / draft)
            assert np.max(np.abs(shares - exact)) <= 1 / 400
            kept += reached * draft * exact
            reached *= 1 - np.sum(draft * exact)
            target = residual(target, draft)
            same(target.sum(), 1.0)
        same(kept + reached * target, p)


def entropy(p: Array) -> float:
    return -np.sum(p * np.log(p))


def typical(p: Array, threshold: float, factor: float) -> Array:
    return p > np.minimum(threshold, factor * np.exp(-entropy(p)))


@check(
    "eq-medusa-typical",
    r"""
    \text{accept } \tilde{x} \quad \text{if} \quad p(\tilde{x}) > \min\bigl( \epsilon,\; \alpha\, e^{-H(p)} \bigr),
    \qquad
    H(p) = -\sum_{v \in \mathcal{V}} p(v) \log p(v)
    """,
    by="simulation",
    of=[entropy, typical],
)
def flat_distributions_accept_more(rng: Generator) -> None:
    """Over a uniform vocabulary every token passes when the factor is below one, since the limit is
    the factor over the number of words; a peaked distribution is limited by the fixed threshold.
    """
    for size in (4, 50):
        flat = np.full(size, 1 / size)
        same(entropy(flat), np.log(size))
        assert typical(flat, 0.3, 0.9).all()
        assert not typical(flat, 0.9, 1.1).any()
    assert not typical(np.array([0.5, 0.5]), 0.5, 9.0).any()
    peaked = np.array([0.9, 0.06, 0.04])
    limit = 0.5 * 0.9**0.9 * 0.06**0.06 * 0.04**0.04
    assert list(typical(peaked, 0.05, 0.5)) == [True, True, False]
    assert list(typical(peaked, 0.95, 0.5)) == [x > limit for x in peaked]
    for _ in range(20):
        p = distribution(rng, 6)
        words = np.exp(-np.sum([x * np.log(x) for x in p]))
        assert list(typical(p, 0.3, 0.5)) == [x > 0.3 or x * words > 0.5 for x in p]


def path_values(parents: list[int], confidences: Array) -> Array:
    values: list[float] = []
    for parent, confidence in zip(parents, confidences, strict=True):
        values.append(np.log(confidence) + (0.0 if parent < 0 else values[parent]))
    return np.exp(np.array(values))


def best_tree(parents: list[int], confidences: Array, size: int) -> list[int]:
    values = path_values(parents, confidences)
    return sorted(int(u) for u in np.argsort(-values)[:size])


@check(
    "eq-eagle2-tree",
    r"""
    V(u) = \prod_{w \in \operatorname{path}(u)} q(w), \qquad \mathcal{T} = \operatorname*{arg\,max}_{\mathcal{S}:\; \lvert \mathcal{S} \rvert = m} \; \sum_{u \in \mathcal{S}} V(u)
    """,
    by="optimum",
    of=[path_values, best_tree],
)
def the_chosen_nodes_form_the_best_tree(rng: Generator) -> None:
    """No other set of as many nodes has a larger sum of path products, and the chosen set needs no
    repair: the parent of each chosen node is chosen too.
    """
    parents = [-1, -1, 0, 0, 1, 1, 2, 4]
    for _ in range(10):
        confidences = rng.uniform(0.1, 0.9, size=8)
        values = []
        for node in range(8):
            product, at = 1.0, node
            while at >= 0:
                product *= confidences[at]
                at = parents[at]
            values.append(product)
        same(path_values(parents, confidences), np.array(values))
        for size in (1, 3, 5):
            chosen = best_tree(parents, confidences, size)
            best = max(sum(values[u] for u in s) for s in combinations(range(8), size))
            same(sum(values[u] for u in chosen), best)
            assert len(chosen) == size
            assert all(parents[u] < 0 or parents[u] in chosen for u in chosen)
