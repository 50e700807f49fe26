"""The equations of the page Low-bit and training-aware quantization."""

from __future__ import annotations

import autograd.numpy as np
from numpy.random import Generator

from equations.frame import Array, check, distribution, kl, same


def ternary(w: Array) -> Array:
    s = np.mean(np.abs(w))
    return s * np.clip(np.round(w / s), -1, 1)


@check(
    "eq-bitnet-absmean",
    r"""
    \hat{W}_{ij} = s \operatorname{clip}\!\left( \left\lfloor \frac{W_{ij}}{s} \right\rceil,\; -1,\; 1 \right), \qquad s = \frac{1}{mn} \sum_{i=1}^{m} \sum_{j=1}^{n} \lvert W_{ij} \rvert
    """,
    by="bound",
    of=[ternary],
)
def three_values_and_the_nearest_is_taken(rng: Generator) -> None:
    """Every weight goes to the nearest of three values, and so no weight within one and a half scales
    moves by more than half of one.
    """
    w = rng.normal(size=(12, 20))
    scale = sum(abs(each) for each in w.ravel()) / 240
    levels = scale * np.array([-1.0, 0.0, 1.0])
    nearest = levels[np.argmin(np.abs(w[..., None] - levels), axis=-1)]
    same(ternary(w), nearest)
    near = np.abs(w) < 1.5 * scale
    assert np.abs(ternary(w) - w)[near].max() <= scale / 2
    same(ternary(np.array([[0.1, -3.0], [2.0, 0.9]])), np.array([[0.0, -1.5], [1.5, 1.5]]))


def stretched(w: Array, s: float, bits: int) -> Array:
    k = 2 ** (bits - 1)
    return s / k * (np.round(k * np.clip(w / s, -0.99, 0.99) - 0.5) + 0.5)


@check(
    "eq-paretoq-seq",
    r"""
    \hat{w} = \frac{s}{k} \left( \left\lfloor k \operatorname{clip}\!\left( \frac{w}{s},\, -0.99,\, 0.99 \right) - \frac{1}{2} \right\rceil + \frac{1}{2} \right), \qquad k = 2^{b-1}
    """,
    by="bound",
    of=[stretched],
)
def levels_are_symmetric_without_zero(rng: Generator) -> None:
    """All levels are odd multiples of half a step, none is zero, the nearest is taken, and inside the
    range no weight moves by more than half a step.
    """
    for bits, s in ((2, 1.6), (3, 0.7)):
        k = 2 ** (bits - 1)
        w = rng.uniform(-2 * s, 2 * s, size=500)
        levels = s / k * (np.arange(-k, k) + 0.5)
        nearest = levels[np.argmin(np.abs(w[:, None] - levels), axis=1)]
        same(stretched(w, s, bits), nearest)
        same(np.unique(np.round(stretched(w, s, bits), 9)), np.round(levels, 9))
        inside = np.abs(w) < 0.99 * s
        assert np.abs(stretched(w, s, bits) - w)[inside].max() <= s / k / 2 + 1e-9
    same(stretched(np.array([0.995, -2.0]), 1.0, 10), np.array([506.5, -506.5]) / 512)


def confidence_aware(student: Array, teacher: Array, beta: float) -> Array:
    return beta * kl(student, teacher) + (1 - beta) * kl(teacher, student)


@check(
    "eq-bitdistiller-cakld",
    r"""
    \mathcal{L} = \beta \operatorname{KL}\!\left( p^{S} \,\Vert\, p^{T} \right) + (1 - \beta) \operatorname{KL}\!\left( p^{T} \,\Vert\, p^{S} \right)
    """,
    by="bound",
    of=[confidence_aware],
)
def divergence_is_zero_for_the_teacher_alone(rng: Generator) -> None:
    """The loss is positive unless student and teacher agree, at the ends it is one of the two
    divergences, and exchanging the models exchanges the weights.
    """
    teacher, students = distribution(rng, 6), distribution(rng, 50, 6)
    same(confidence_aware(teacher, teacher, 0.3), 0.0)
    for student in students:
        assert confidence_aware(student, teacher, 0.3) > 0
        forward = sum(t * np.log(t / s) for t, s in zip(teacher, student, strict=True))
        reverse = sum(s * np.log(s / t) for t, s in zip(teacher, student, strict=True))
        same(confidence_aware(student, teacher, 0.0), forward)
        same(confidence_aware(student, teacher, 1.0), reverse)
        same(confidence_aware(student, teacher, 0.3), confidence_aware(teacher, student, 0.7))
