"""The equations of the page Efficient reasoning."""

from __future__ import annotations

import autograd.numpy as np
from numpy.random import Generator

from equations.frame import Array, check, distribution, same, sigmoid, unbiased


def expected_tokens(share: float, long: float, short: float) -> Array:
    return np.array([share * long + (1 - share) * short, long - (1 - share) * (long - short)])


@check(
    "eq-reasoning-adaptive",
    r"""
    \mathbb{E}[n] = \pi n_{1} + (1 - \pi) n_{0} = n_{1} - (1 - \pi)(n_{1} - n_{0})
    """,
    by="unbiasedness",
    of=[expected_tokens],
)
def both_forms_are_the_mean_of_simulated_lengths(rng: Generator) -> None:
    """Both forms agree with the mean length when each question is thought about at random."""
    for share, long, short in ((0.3, 4000.0, 200.0), (0.8, 900.0, 50.0)):
        lengths = np.where(rng.random(20000) < share, long, short)
        first, second = expected_tokens(share, long, short)
        unbiased(lengths, first)
        same(first, second)


def limited_reward(correct: bool, tokens: int, limit: int) -> float:
    return float(correct) * float(tokens <= limit)


@check(
    "eq-thinkprune-reward",
    r"""
    r(\mathbf{y}) = \mathbb{1}[\mathbf{y} \text{ is correct}] \; \mathbb{1}[n \le n_{\max}]
    """,
    by="simulation",
    of=[limited_reward],
)
def only_answers_that_end_within_the_limit_earn(rng: Generator) -> None:
    """The reward is that of reading an answer token by token and giving up at the limit."""
    for tokens in range(1, 12):
        for limit in range(1, 12):
            left = limit
            for _ in range(tokens):
                left -= 1
            for correct in (True, False):
                earned = 0.0 if left < 0 or not correct else 1.0
                same(limited_reward(correct, tokens, limit), earned)


def length_term(tokens: Array, wanted: float, alpha: float) -> Array:
    return -alpha * np.maximum(wanted - tokens, tokens - wanted)


@check(
    "eq-l1-length",
    r"""
    \delta(\mathbf{y}) = -\alpha \, \lvert n^{*} - n \rvert
    """,
    by="optimum",
    of=[length_term],
)
def the_wanted_length_is_best_and_each_token_off_costs_the_same(rng: Generator) -> None:
    """No length does better than the one asked for, and every token away from it costs alpha."""
    tokens = np.arange(0.0, 2001.0)
    for wanted, alpha in ((700.0, 0.0003), (1200.0, 0.01)):
        terms = length_term(tokens, wanted, alpha)
        assert tokens[np.argmax(terms)] == wanted
        same(terms.max(), 0.0)
        same(np.diff(terms)[: int(wanted)], np.full(int(wanted), alpha))
        same(np.diff(terms)[int(wanted) :], np.full(2000 - int(wanted), -alpha))


def relative_reward(tokens: Array, alpha: float) -> Array:
    return 1 - alpha * sigmoid((tokens - np.mean(tokens)) / np.std(tokens))


@check(
    "eq-arora-reward",
    r"""
    r(\mathbf{y}) = \mathbb{1}[\mathbf{y} \text{ is correct}] \left( 1 - \alpha \, \sigma\!\left( \frac{n - \mu}{s} \right) \right)
    """,
    by="bound",
    of=[relative_reward],
)
def shorter_correct_answers_earn_more_between_two_bounds(rng: Generator) -> None:
    """Rewards of correct answers lie between one minus alpha and one, fall with length, are half-way
    at the mean length, and do not change when all lengths are scaled.
    """
    for alpha in (0.1, 0.4):
        tokens = rng.uniform(100, 9000, size=9)
        tokens = np.append(tokens, 2 * tokens.mean() - tokens)
        rewards = relative_reward(tokens, alpha)
        assert np.all((rewards > 1 - alpha) & (rewards < 1))
        assert np.all(np.diff(rewards[np.argsort(tokens)]) < 0)
        same(relative_reward(3 * tokens, alpha), rewards)
        same(rewards.mean(), 1 - alpha / 2)
        same(np.log(alpha / (1 - rewards) - 1) * tokens.std(), tokens.mean() - tokens)


def mixture(p: Array, embeddings: Array, k: int) -> Array:
    kept = np.argsort(-p)[:k]
    return (p[kept] / np.sum(p[kept])) @ embeddings[kept]


@check(
    "eq-soft-thinking-mixture",
    r"""
    \mathbf{e} = \sum_{v \in \mathcal{V}_{k}} \frac{p(v)}{\sum_{u \in \mathcal{V}_{k}} p(u)} \, \mathbf{e}_{v}
    """,
    by="limit",
    of=[mixture],
)
def one_token_is_greedy_and_all_tokens_the_expectation(rng: Generator) -> None:
    """With one token the next input is that of greedy decoding, with all tokens the expected
    embedding; in between, weights add up to one.
    """
    p, embeddings = distribution(rng, 30), rng.normal(size=(30, 6))
    same(mixture(p, embeddings, 1), embeddings[np.argmax(p)])
    same(mixture(p, embeddings, 30), p @ embeddings)
    ones = np.hstack([embeddings, np.ones((30, 1))])
    for k in (2, 5, 17):
        same(mixture(p, ones, k)[-1], 1.0)
        threshold = np.sort(p)[-k]
        weights = np.where(p >= threshold, p, 0.0)
        same(mixture(p, embeddings, k), weights @ embeddings / weights.sum())
