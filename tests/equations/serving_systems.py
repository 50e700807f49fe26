"""The equations of the page Serving systems."""

from __future__ import annotations

import autograd.numpy as np
from numpy.random import Generator

from equations.frame import Array, check, same


def intensity(size: float, bits: float, batch: Array, context: float, kappa: float) -> Array:
    return 2 * size * batch / (size * bits / 8 + batch * context * kappa)


def ceilings(size: float, bits: float, batch: Array, context: float, kappa: float) -> Array:
    return 1 / np.maximum(bits / (16 * batch), context * kappa / (2 * size))


@check(
    "eq-serving-intensity",
    r"""
    I(B) = \frac{2 P B}{P b / 8 + B \ell \kappa} < \min\!\left( \frac{16 B}{b},\; \frac{2 P}{\ell \kappa} \right)
    """,
    by="bound",
    of=[intensity, ceilings],
)
def intensity_stays_below_both_ceilings_and_reaches_them(rng: Generator) -> None:
    """The intensity is below both ceilings, approaches the first for short contexts and the second
    for large batches, and falls short of the smaller by a factor of two at most.
    """
    for _ in range(40):
        size, bits = rng.uniform(1e9, 7e10), float(rng.choice([4, 8, 16]))
        context, kappa = rng.uniform(100, 1e5), rng.uniform(1e4, 5e5)
        batch = rng.integers(1, 512, size=8).astype(float)
        value = intensity(size, bits, batch, context, kappa)
        top = ceilings(size, bits, batch, context, kappa)
        assert np.all(value < top)
        assert np.all(value >= top / 2)
        same(1 / value, bits / (16 * batch) + context * kappa / (2 * size))
        short = intensity(size, bits, batch, 1e-9, kappa)
        same(ceilings(size, bits, batch, 1e-9, kappa), short)
        same(top, np.array([min(each, 2 * size / (context * kappa)) for each in short]))
        same(
            intensity(size, bits, np.array(1e15), context, kappa),
            2 * size / (context * kappa),
            1e-4,
        )


def first_token(wait: float, size: float, tokens: float, peak: float, used: float) -> float:
    return wait + 2 * size * tokens / (used * peak)


@check(
    "eq-serving-ttft",
    r"""
    t_{\mathrm{first}} \approx w + \frac{2 P \ell}{u \nu}
    """,
    by="simulation",
    of=[first_token],
)
def time_is_that_of_counted_operations(rng: Generator) -> None:
    """The time after the queue is that of the multiplications and additions of a small network,
    counted one by one, at the rate that is used.
    """
    rows, columns, tokens = 5, 7, 3
    operations = 0
    for _ in range(tokens):
        for _ in range(rows):
            for _ in range(columns):
                operations += 2
    for wait, peak, used in ((0.0, 100.0, 1.0), (1.5, 40.0, 0.5), (0.2, 10.0, 0.3)):
        same(
            first_token(wait, rows * columns, tokens, peak, used), wait + operations / (peak * used)
        )


def goodput(
    rates: Array, first: Array, token: Array, limits: tuple[float, float], share: float
) -> float:
    met = np.mean((first <= limits[0]) & (token <= limits[1]), axis=1)
    return float(np.max(rates[met >= share]))


@check(
    "eq-serving-goodput",
    r"""
    G = \max \left\{ \lambda : \Pr\nolimits_{\lambda}\!\left( t_{\mathrm{first}} \le \theta_{1} \text{ and } t_{\mathrm{token}} \le \theta_{2} \right) \ge \rho \right\}
    """,
    by="simulation",
    of=[goodput],
)
def goodput_is_the_last_rate_that_meets_both_limits(rng: Generator) -> None:
    """Going through the rates and counting requests one by one gives the same goodput; a limit met
    exactly counts, and so does a share met exactly.
    """
    rates = np.array([1.0, 2.0, 4.0, 8.0])
    first = np.array([[1, 1, 1, 1, 3], [1, 2, 2, 2, 9], [2, 2, 2, 9, 1], [9, 9, 9, 1, 9]]) / 1.0
    token = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [1, 1, 9, 9, 1], [1, 1, 1, 1, 1]]) / 1.0
    for limits in ((2.0, 1.0), (3.0, 1.0), (9.0, 9.0), (2.0, 9.0)):
        for share in (0.2, 0.6, 0.8):
            best = 0.0
            for rate, firsts, tokens in zip(rates, first, token, strict=True):
                good = 0
                for one, two in zip(firsts, tokens, strict=True):
                    good += 1 if not (one > limits[0] or two > limits[1]) else 0
                if good >= share * 5 - 1e-12:
                    best = rate
            same(goodput(rates, first, token, limits, share), best)


def wasted(tokens: Array, block: int) -> Array:
    return block * np.ceil(tokens / block) - tokens


@check(
    "eq-paging-waste",
    r"""
    0 \le s \left\lceil \frac{\ell}{s} \right\rceil - \ell \le s - 1
    """,
    by="simulation",
    of=[wasted],
)
def a_block_is_taken_only_when_the_last_is_full(rng: Generator) -> None:
    """Filling blocks token by token leaves as many empty places, from none to all but one."""
    for block in (1, 4, 16):
        left, seen = 0, []
        for _ in range(3 * block):
            left = left - 1 if left else block - 1
            seen.append(left)
        same(wasted(np.arange(1.0, 3 * block + 1), block), np.array(seen, dtype=float))
        assert min(seen) == 0
        assert max(seen) == block - 1


def batched(x: Array, w: Array, a: Array, b: Array, which: Array) -> Array:
    added = np.einsum("nd,ndr,nrm->nm", x, a[which], b[which])
    return x @ w + added


@check(
    "eq-punica-batch",
    r"""
    \mathbf{Y} = \mathbf{X} \mathbf{W} + \begin{pmatrix} \mathbf{x}_{1}^{\top} \mathbf{A}_{1} \mathbf{B}_{1} \\ \vdots \\ \mathbf{x}_{N}^{\top} \mathbf{A}_{N} \mathbf{B}_{N} \end{pmatrix}
    """,
    by="identity",
    of=[batched],
)
def each_request_sees_its_own_merged_weights(rng: Generator) -> None:
    """Every row equals that of a model of its own, with the adapter merged into the weights."""
    x, w = rng.normal(size=(6, 8)), rng.normal(size=(8, 5))
    a, b = rng.normal(size=(3, 8, 2)), rng.normal(size=(3, 2, 5))
    which = np.array([0, 2, 1, 0, 2, 2])
    alone = [row @ (w + a[i] @ b[i]) for row, i in zip(x, which, strict=True)]
    same(batched(x, w, a, b, which), np.array(alone))


def charged(
    counter: Array, client: int, tokens: tuple[int, int], prices: tuple[float, float], share: Array
) -> Array:
    added = (prices[0] * tokens[0] + prices[1] * tokens[1]) / share[client]
    return counter + added * np.eye(len(counter))[client]


def chosen(counter: Array) -> int:
    return int(np.argmin(counter))


@check(
    "eq-vtc-counter",
    r"""
    c_{i} \leftarrow c_{i} + \frac{w_{\mathrm{in}} \, n_{\mathrm{in}} + w_{\mathrm{out}} \, n_{\mathrm{out}}}{\omega_{i}}, \qquad i^{*} = \operatorname*{arg\,min}_{i} c_{i}
    """,
    by="bound",
    of=[charged, chosen],
)
def no_backlogged_client_falls_behind_by_more_than_one_request(rng: Generator) -> None:
    """While all clients wait, counters differ by the dearest request at most, so that service, in
    priced tokens, follows the shares.
    """
    share, prices = np.array([1.0, 2.0, 0.5]), (3.0, 2.0)
    counter, service = np.zeros(3), np.zeros(3)
    for _ in range(400):
        client = chosen(counter)
        tokens = (int(rng.integers(1, 30)), int(rng.integers(1, 30)))
        counter = charged(counter, client, tokens, prices, share)
        service[client] += 3 * tokens[0] + 2 * tokens[1]
        assert counter.max() - counter.min() <= (3 * 29 + 2 * 29) / share.min()
    same(counter, service / share)
