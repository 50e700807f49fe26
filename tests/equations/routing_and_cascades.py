"""The equations of the page Routing and cascades."""

from __future__ import annotations

import autograd.numpy as np
from numpy.random import Generator

from equations.frame import Array, check, same, unbiased


def costs(share: float, weak: float, strong: float) -> Array:
    cascade = weak + (1 - share) * strong
    router = share * weak + (1 - share) * strong
    return np.array([cascade, router])


def worth_it(share: float, weak: float, strong: float) -> bool:
    return share > weak / strong


@check(
    "eq-routing-cost",
    r"""
    C_{\mathrm{cascade}} = c_{1} + (1 - a) c_{2}, \qquad C_{\mathrm{router}} = a c_{1} + (1 - a) c_{2}, \qquad C_{\mathrm{cascade}} < c_{2} \iff a > \frac{c_{1}}{c_{2}}
    """,
    by="unbiasedness",
    of=[costs, worth_it],
)
def costs_are_the_means_of_simulated_bills(rng: Generator) -> None:
    """Both costs are the mean bill of simulated queries, and the cascade is cheaper than the strong
    model exactly where the inequality says.
    """
    for share, weak, strong in ((0.6, 1.0, 20.0), (0.3, 1.0, 2.5), (0.5, 3.0, 5.0)):
        ends = rng.random(40000) < share
        cascade, router = costs(share, weak, strong)
        unbiased(weak + np.where(ends, 0.0, strong), cascade)
        unbiased(np.where(ends, weak, strong), router)
        same(cascade - router, (1 - share) * weak)
        assert worth_it(share, weak, strong) == (cascade < strong)
    assert not worth_it(0.25, 1.0, 4.0)


def routed(preferred: Array, threshold: float) -> Array:
    return preferred >= threshold


@check(
    "eq-routellm-threshold",
    r"""
    \text{model}(\mathbf{x}) = \begin{cases} \text{strong} & \text{if } P(\mathbf{x}) \ge \theta \\ \text{weak} & \text{otherwise} \end{cases}
    """,
    by="optimum",
    of=[routed],
)
def no_choice_of_as_many_queries_gains_more(rng: Generator) -> None:
    """Of all sets with as many queries, those at or above the threshold have the largest expected
    number of preferred answers.
    """
    preferred = rng.random(12)
    for threshold in (0.2, preferred[3], 0.9):
        strong = routed(preferred, threshold)
        assert strong[preferred == threshold].all()
        best = sum(sorted(preferred)[len(preferred) - int(strong.sum()) :])
        same(preferred[strong].sum(), best)
        assert strong.sum() == sum(p >= threshold for p in preferred)
