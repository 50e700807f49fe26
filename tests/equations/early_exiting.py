"""The equations of the page Early exiting."""

from __future__ import annotations

import autograd.numpy as np
from autograd import grad
from numpy.random import Generator

from equations.frame import (
    Array,
    check,
    differences,
    distribution,
    one_hot,
    same,
    sigmoid,
    softmax,
    unbiased,
)


def exit_losses(logits: Array, label: int) -> float:
    total, weight = 0.0, 0.0
    for l, row in enumerate(logits, start=1):
        total += l * -np.log(softmax(row)[label])
        weight += l
    return total / weight


@check(
    "eq-exit-training",
    r"""
    \mathcal{L} = \frac{\sum_{l=1}^{L} w_{l}\, \mathcal{L}_{\mathrm{CE}}\bigl(y, p^{(l)}\bigr)}
    {\sum_{l=1}^{L} w_{l}},
    \qquad w_{l} = l
    """,
    by="gradient",
    of=[exit_losses],
)
def late_exits_pull_harder(rng: Generator) -> None:
    """The logits of exit l feel l times the difference from the label, over the sum of all weights:
    a mean in which exit l counts l times, whatever the number of exits.
    """
    logits = rng.normal(size=(4, 3))
    pulls = [l / 10 * (softmax(logits[l - 1]) - one_hot(2, 3)) for l in range(1, 5)]
    same(grad(exit_losses)(logits, 2), pulls)
    same(differences(lambda each: exit_losses(each, 2), logits), pulls, 1e-7)
    repeated = [-np.log(softmax(logits[l - 1])[2]) for l in range(1, 5) for _ in range(l)]
    same(exit_losses(logits, 2), sum(repeated) / len(repeated))


def mean_depth(left: Array) -> float:
    return np.sum(1 - left[:-1])


def mean_depth_of_batch(left: Array, size: int) -> float:
    return np.sum(1 - left[:-1] ** size)


@check(
    "eq-exit-depth",
    r"""
    \mathbb{E}[l^{*}] = \sum_{l=0}^{L-1} \bigl( 1 - F(l) \bigr),
    \qquad
    \mathbb{E}\Bigl[ \max_{i \le N} l^{*}_{i} \Bigr] = \sum_{l=0}^{L-1} \bigl( 1 - F(l)^{N} \bigr)
    """,
    by="unbiasedness",
    of=[mean_depth, mean_depth_of_batch],
)
def a_batch_waits_for_its_slowest(rng: Generator) -> None:
    """The sum of the shares still running is the mean exit, and over 4,000 sampled batches the mean
    of the latest exit agrees with its formula; the page's example gives 9 layers and almost 12.
    """
    shares = distribution(rng, 6)
    left = np.concatenate([[0.0], np.cumsum(shares)])
    same(mean_depth(left), sum(shares[l] * (l + 1) for l in range(6)))
    same(mean_depth_of_batch(left, 1), mean_depth(left))
    exits = rng.choice(np.arange(1, 7), p=shares, size=(4000, 3))
    unbiased(exits.max(axis=1), mean_depth_of_batch(left, 3))
    example = np.array([0.0] * 6 + [0.5] * 6 + [1.0])
    same(mean_depth(example), 9.0)
    assert 11.9 < mean_depth_of_batch(example, 8) < 12


def first_below(values: Array, threshold: float) -> int:
    for l, value in enumerate(values, start=1):
        if value < threshold:
            return l
    return len(values)


def entropy_exit(predictions: Array, threshold: float) -> int:
    entropies = [-np.sum(p * np.log(p)) for p in predictions]
    return first_below(np.array(entropies), threshold)


@check(
    "eq-deebert-entropy",
    r"""
    l^{*} = \min \Bigl\{ l : - \sum_{c=1}^{C} p^{(l)}_{c} \log p^{(l)}_{c} < \theta \Bigr\}
    """,
    by="simulation",
    of=[first_below, entropy_exit],
)
def entropy_decides_layer_by_layer(rng: Generator) -> None:
    """The exit is the one at which a run layer by layer stops, the last one when none does; an
    entropy at the threshold goes on, and a higher threshold never exits later.
    """
    for _ in range(20):
        predictions, threshold = distribution(rng, 5, 3), rng.uniform(0.3, 1.2)
        stop = 5
        for l in range(4, -1, -1):
            if sum(p * np.log(1 / p) for p in predictions[l]) < threshold:
                stop = l + 1
        assert entropy_exit(predictions, threshold) == stop
        assert entropy_exit(predictions, threshold + 0.2) <= stop
    even = np.full((3, 4), 0.25)
    assert entropy_exit(even, np.log(4) - 1e-9) == 3
    assert entropy_exit(even, np.log(4) + 1e-9) == 1
    assert first_below(np.array([0.5, 0.2]), 0.5) == 2


def uncertainty(p: Array) -> float:
    return np.sum(p * np.log(p)) / np.log(1 / len(p))


def uncertainty_exit(predictions: Array, threshold: float) -> int:
    for l, p in enumerate(predictions, start=1):
        if uncertainty(p) < threshold:
            return l
    return len(predictions)


@check(
    "eq-fastbert-uncertainty",
    r"""
    u^{(l)} = \frac{\sum_{c=1}^{C} p^{(l)}_{c} \log p^{(l)}_{c}}{\log (1/C)},
    \qquad \text{exit at } l \text{ if } u^{(l)} < \theta
    """,
    by="bound",
    of=[uncertainty, uncertainty_exit],
)
def uncertainty_lies_between_zero_and_one(rng: Generator) -> None:
    """It is between 0 and 1 for any number of classes, 1 for an even prediction, and near 0 for a
    sure one; it is the entropy counted in units of the largest possible, and a run stops below it.
    """
    for classes in (2, 3, 7):
        predictions = distribution(rng, 6, classes)
        entropies = [-sum(x * np.log(x) for x in p) / np.log(classes) for p in predictions]
        same([uncertainty(p) for p in predictions], entropies)
        assert all(0 < uncertainty(p) < 1 for p in predictions)
        same(uncertainty(np.full(classes, 1 / classes)), 1.0)
        sure = np.where(np.arange(classes) == 0, 1 - 1e-9 * (classes - 1), 1e-9)
        assert 0 < uncertainty(sure) < 1e-6
        threshold = sorted(entropies)[2] + 1e-9
        stops = [l for l, value in enumerate(entropies, start=1) if value < threshold]
        assert uncertainty_exit(predictions, threshold) == stops[0]
    assert uncertainty_exit(np.full((4, 2), 0.5), 1.0) == 4
    assert uncertainty_exit(np.full((4, 2), 0.5), 0.1) == 4


def confident_exit(logits: Array, temperatures: Array, threshold: float) -> int:
    for l, (z, tau) in enumerate(zip(logits, temperatures, strict=True), start=1):
        if np.max(softmax(z / tau)) >= threshold:
            return l
    return len(logits)


@check(
    "eq-right-tool-confidence",
    r"""
    l^{*} = \min \Bigl\{ l : \max_{c} \operatorname{softmax}\bigl(\mathbf{z}^{(l)} / \tau_{l}\bigr)_{c} \ge \theta \Bigr\}
    """,
    by="simulation",
    of=[confident_exit],
)
def calibrated_confidence_decides(rng: Generator) -> None:
    """The exit is the first whose calibrated top probability reaches the threshold, exactly reaching
    it included; temperatures above one never make a run stop earlier.
    """
    for _ in range(20):
        logits, temperatures = 2 * rng.normal(size=(5, 3)), rng.uniform(0.5, 3, size=5)
        threshold, stop = rng.uniform(0.5, 0.95), 5
        for l in range(4, -1, -1):
            powers = [np.exp(z / temperatures[l]) for z in logits[l]]
            if max(powers) / sum(powers) >= threshold:
                stop = l + 1
        assert confident_exit(logits, temperatures, threshold) == stop
        assert confident_exit(logits, 1.5 * temperatures, threshold) >= stop
    assert confident_exit(np.zeros((3, 2)), np.ones(3), 0.5) == 1


def patient_exit(predictions: Array, patience: int) -> int:
    count = 0
    for l in range(1, len(predictions)):
        agrees = np.argmax(predictions[l]) == np.argmax(predictions[l - 1])
        count = count + 1 if agrees else 0
        if count == patience:
            return l + 1
    return len(predictions)


@check(
    "eq-pabee-patience",
    r"""
    k^{(l)} = \begin{cases} k^{(l-1)} + 1 & \text{if } \arg\max_c p^{(l)}_c = \arg\max_c p^{(l-1)}_c \\ 0 & \text{otherwise} \end{cases}
    \qquad \text{exit at } l \text{ if } k^{(l)} = P
    """,
    by="simulation",
    of=[patient_exit],
)
def patience_waits_for_a_run_of_equal_answers(rng: Generator) -> None:
    """The exit is the first at which the last P + 1 answers are equal, found by looking at all
    windows; a change of mind starts the count anew.
    """
    for patience in (1, 2, 3):
        for _ in range(15):
            predictions = distribution(rng, 8, 2)
            answers = [int(p[1] > p[0]) for p in predictions]
            runs = [l for l in range(patience + 1, 9) if len({*answers[l - patience - 1 : l]}) == 1]
            assert patient_exit(predictions, patience) == (runs[0] if runs else 8)
    turned = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.2, 0.8], [0.1, 0.9], [0.6, 0.4]])
    assert patient_exit(turned, 2) == 5


def past_future_logits(
    states: Array, l: int, gate: Array, maps: Array, shifts: Array, classifiers: Array
) -> Array:
    past, future = np.zeros(len(gate)), np.zeros(len(gate))
    for j in range(len(classifiers)):
        if j <= l:
            past += classifiers[j] @ states[j]
        else:
            future += classifiers[j] @ np.tanh(maps[j] @ states[l] + shifts[j])
    return 2 * gate * past + 2 * (1 - gate) * future


@check(
    "eq-past-future-logits",
    r"""
    \mathbf{z}^{(l)} = 2 \boldsymbol{\lambda}^{(l)} \odot \sum_{j \le l} g_{j}(\mathbf{h}_{j}) + 2 \bigl(\mathbf{1} - \boldsymbol{\lambda}^{(l)}\bigr) \odot \sum_{j > l} g_{j}(\hat{\mathbf{h}}^{(l)}_{j}),
    \qquad \hat{\mathbf{h}}^{(l)}_{j} = \tanh(\mathbf{A}_{j} \mathbf{h}_{l} + \mathbf{b}_{j})
    """,
    by="identity",
    of=[past_future_logits],
)
def an_even_gate_adds_all_layers(rng: Generator) -> None:
    """With guesses that equal the real states and a gate of one half, every exit gives the sum over
    all layers; a gate of one counts the past twice alone, a gate of zero the guessed future.
    """
    states, classifiers = rng.uniform(-0.9, 0.9, size=(4, 3)), rng.normal(size=(4, 2, 3))
    maps, shifts = np.zeros((4, 3, 3)), np.arctanh(states)
    whole = sum(classifiers[j] @ states[j] for j in range(4))
    for l in range(4):
        same(past_future_logits(states, l, np.full(2, 0.5), maps, shifts, classifiers), whole)
    maps, shifts = rng.normal(size=(4, 3, 3)), rng.normal(size=(4, 3))
    past = classifiers[0] @ states[0] + classifiers[1] @ states[1]
    guesses = [np.tanh([maps[j][i] @ states[1] + shifts[j, i] for i in range(3)]) for j in (2, 3)]
    future = classifiers[2] @ guesses[0] + classifiers[3] @ guesses[1]
    same(past_future_logits(states, 1, np.ones(2), maps, shifts, classifiers), 2 * past)
    same(past_future_logits(states, 1, np.zeros(2), maps, shifts, classifiers), 2 * future)
    gate = np.array([0.2, 0.7])
    mixed = past_future_logits(states, 1, gate, maps, shifts, classifiers)
    same(mixed, [0.4 * past[0] + 1.6 * future[0], 1.4 * past[1] + 0.6 * future[1]])


def wrongness(states: Array, v: Array, b: float) -> Array:
    return sigmoid(states @ v + b)


def learning_to_exit_loss(states: Array, v: Array, b: float, wrong: Array) -> float:
    return np.mean((wrongness(states, v, b) - wrong) ** 2)


def learned_exit(states: Array, v: Array, b: float, threshold: float) -> int:
    for l, u in enumerate(wrongness(states, v, b), start=1):
        if u < threshold:
            return l
    return len(states)


@check(
    "eq-berxit-lte",
    r"""
    u^{(l)} = \sigma\bigl(\mathbf{v}^{\top} \mathbf{h}_{l} + b\bigr),
    \qquad \mathcal{L}_{\mathrm{LTE}} = \frac{1}{L} \sum_{l=1}^{L} \bigl(u^{(l)} - e^{(l)}\bigr)^{2},
    \qquad \text{exit at } l \text{ if } u^{(l)} < \theta
    """,
    by="gradient",
    of=[wrongness, learning_to_exit_loss, learned_exit],
)
def one_unit_learns_where_exits_are_wrong(rng: Generator) -> None:
    """The derivatives in the shared unit are those of a mean of squares through a logistic function;
    a unit whose scores are the targets has no loss, and the run stops at the first low score.
    """
    states, v, b = rng.normal(size=(5, 3)), rng.normal(size=3), 0.3
    wrong = np.array([1.0, 1, 0, 1, 0])
    u = np.array([1 / (1 + np.exp(-sum(v * h) - b)) for h in states])
    pull = 2 / 5 * (u - wrong) * u * (1 - u)
    same(grad(learning_to_exit_loss, 1)(states, v, b, wrong), pull @ states)
    same(grad(learning_to_exit_loss, 2)(states, v, b, wrong), sum(pull))
    by_hand = differences(lambda each: learning_to_exit_loss(states, each, b, wrong), v)
    same(by_hand, pull @ states, 1e-7)
    same(learning_to_exit_loss(states, v, b, u), 0.0)
    for threshold in (*np.sort(u) + 1e-9, 0.0):
        stops = [l for l in range(1, 6) if u[l - 1] < threshold]
        assert learned_exit(states, v, b, threshold) == (stops[0] if stops else 5)
    assert learned_exit(states, 0 * v, 0.0, 0.5) == 5


def worst_score(scores: Array, answers: Array) -> float:
    worst = -np.inf
    for score, answer in zip(scores, answers, strict=True):
        if answer != answers[-1]:
            worst = max(worst, score)
    return worst


def calibrated_threshold(worst: Array, tolerance: float) -> float:
    ordered = np.sort(np.append(worst, np.inf))
    place = np.ceil((1 - tolerance) * len(ordered))
    return ordered[int(place) - 1]


def consistent_exit(scores: Array, threshold: float) -> int:
    for l, score in enumerate(scores, start=1):
        if score > threshold:
            return l
    return len(scores)


@check(
    "eq-cats-exit",
    r"""
    m_{i} = \max \bigl\{ S^{(l)}(\mathbf{x}_{i}) : \hat{y}^{(l)}_{i} \ne \hat{y}^{(L)}_{i} \bigr\},
    \qquad l^{*} = \min \bigl\{ l : S^{(l)}(\mathbf{x}) > \mathrm{Quantile}_{1-\epsilon}\bigl(\{m_{i}\} \cup \{\infty\}\bigr) \bigr\}
    """,
    by="bound",
    of=[worst_score, calibrated_threshold, consistent_exit],
)
def disagreement_stays_below_the_tolerance(rng: Generator) -> None:
    """Calibrated on all other inputs, at most the tolerated share of inputs exits with another answer
    than the full model's, counted over every input left out in turn; that share is reached when
    low layers are sure of wrong answers, and an infinite threshold leaves the full model.
    """
    count, tolerance = 40, 0.15
    for _ in range(3):
        scores, answers = rng.uniform(size=(count, 5)), rng.integers(3, size=(count, 5))
        answers[:, 0] = (answers[:, -1] + 1) % 3  # so that each input has a layer that disagrees
        worst = np.array([worst_score(s, a) for s, a in zip(scores, answers, strict=True)])
        by_hand = [s[a != a[-1]].max() for s, a in zip(scores, answers, strict=True)]
        same(worst, by_hand)
        exceeding, wrong = 0, 0
        for i in range(count):
            threshold = calibrated_threshold(np.delete(worst, i), tolerance)
            assert np.mean(np.append(np.delete(worst, i), np.inf) <= threshold) >= 1 - tolerance
            exit_ = consistent_exit(scores[i], threshold)
            passing = [l for l in range(1, 6) if scores[i, l - 1] > threshold]
            assert exit_ == (passing[0] if passing else 5)
            wrong += answers[i, exit_ - 1] != answers[i, -1]
            exceeding += worst[i] > threshold
        assert wrong <= exceeding == tolerance * count
    assert calibrated_threshold(np.array([0.1, 0.2, 0.3]), 0.2) == np.inf
    assert consistent_exit(np.ones(4), np.inf) == 4
    assert consistent_exit(np.array([0.5, 0.6]), 0.5) == 2
    assert worst_score(np.array([0.9, 0.3]), np.array([1, 1])) == -np.inf


def asymmetric_exit(relevant: Array, high: float, low: float) -> int:
    for l, p in enumerate(relevant[:-1], start=1):
        if p > high or 1 - p > low:
            return l
    return len(relevant)


@check(
    "eq-monobert-asymmetric",
    r"""
    l^{*} = \min \bigl\{ l < L : p^{(l)}_{+} > \theta_{+} \ \text{or} \ p^{(l)}_{-} > \theta_{-} \bigr\}
    """,
    by="simulation",
    of=[asymmetric_exit],
)
def each_side_has_its_own_threshold(rng: Generator) -> None:
    """A run stops at the first layer at which either probability is above its own threshold, a tie
    goes on, and the last layer answers in any case.
    """
    for _ in range(30):
        relevant, high, low = rng.uniform(size=6), rng.uniform(0.6, 1), rng.uniform(0.5, 1)
        stop = 6
        for l in range(5, 0, -1):
            pair = np.array([relevant[l - 1], 1 - relevant[l - 1]])
            if np.any(pair > np.array([high, low])):
                stop = l
        assert asymmetric_exit(relevant, high, low) == stop
    assert asymmetric_exit(np.array([0.75, 0.25, 0.5]), 0.75, 0.75) == 3
    assert asymmetric_exit(np.array([0.5, 0.9, 0.5]), 0.75, 0.75) == 2
    assert asymmetric_exit(np.array([0.1, 0.9, 0.5]), 0.75, 0.75) == 1


def window_uncertainty(values: Array, half: int) -> Array:
    largest = []
    for t in range(len(values)):
        inside = [u for k, u in enumerate(values) if np.abs(k - t) <= half]
        largest.append(max(inside))
    return np.array(largest)


def leaving_tokens(values: Array, half: int, threshold: float) -> Array:
    return window_uncertainty(values, half) < threshold


@check(
    "eq-tokee-window",
    r"""
    \tilde{u}^{(l)}_{t} = \max_{\lvert k - t \rvert \le w} u^{(l)}_{k},
    \qquad \text{token } t \text{ exits at } l \text{ if } \tilde{u}^{(l)}_{t} < \theta
    """,
    by="simulation",
    of=[window_uncertainty, leaving_tokens],
)
def a_token_waits_for_its_neighbours(rng: Generator) -> None:
    """A token leaves when it and all neighbours within the window are below the threshold: each
    uncertain token holds back itself and w on either side, also at the ends of a sentence.
    """
    for half in (0, 1, 2):
        values, threshold = rng.uniform(size=9), 0.7
        held = np.zeros(9, bool)
        for t, value in enumerate(values):
            if not value < threshold:
                held[max(0, t - half) : t + half + 1] = True
        assert list(leaving_tokens(values, half, threshold)) == list(~held)
        padded = np.pad(values, half)
        same(
            window_uncertainty(values, half), [padded[t : t + 2 * half + 1].max() for t in range(9)]
        )
    assert not leaving_tokens(np.array([0.5]), 1, 0.5)[0]


def margin_loss(easy: Array, hard: Array, margin: float) -> float:
    return np.maximum(0, margin - (np.max(easy) - np.max(hard)))


@check(
    "eq-cascadebert-margin",
    r"""
    \mathcal{L}_{\mathrm{DAR}} = \max\bigl(0, \ \gamma - (q_{i} - q_{j})\bigr),
    \qquad q = \max_{c} p_{c}
    """,
    by="gradient",
    of=[margin_loss],
)
def easy_examples_are_pushed_above_hard_ones(rng: Generator) -> None:
    """Inside the margin the derivative is minus one in the easy example's top probability, plus one
    in the hard one's and zero elsewhere; beyond the margin there is no loss and no derivative.
    """
    easy, hard = np.array([0.2, 0.6, 0.2]), np.array([0.5, 0.2, 0.3])
    same(margin_loss(easy, hard, 0.3), 0.2)
    same(grad(margin_loss)(easy, hard, 0.3), [0.0, -1, 0])
    same(grad(margin_loss, 1)(easy, hard, 0.3), [1.0, 0, 0])
    same(differences(lambda p: margin_loss(p, hard, 0.3), easy), [0.0, -1, 0], 1e-7)
    same(margin_loss(easy, hard, 0.05), 0.0)
    same(grad(margin_loss)(easy, hard, 0.05), np.zeros(3))
    same(margin_loss(hard, easy, 0.05), 0.15)
