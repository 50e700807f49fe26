"""The equations of the page State-space and linear models."""

from __future__ import annotations

import autograd.numpy as np
import numpy
from autograd import grad
from numpy.random import Generator

from equations.frame import Array, check, same


def hybrid_bytes(
    length: int, layers: int, full: int, heads: int, width: int, bits: int, states: int, size: int
) -> float:
    cache = full * 2 * heads * width * length * bits / 8
    return cache + (layers - full) * states * size * bits / 8


@check(
    "eq-hybrid-memory",
    r"""
    M(\ell) = L_{A} \cdot 2 n_{K} d_{h} \ell\, b / 8 + (L - L_{A})\, n_{S}\, d_{K} d_{V}\, b / 8
    """,
    by="identity",
    of=[hybrid_bytes],
)
def hybrid_memory_is_what_its_arrays_hold(rng: Generator) -> None:
    """Arrays allocated layer by layer hold as many bytes; with the sizes of the page it is 17.2 GB of full
    attention and 4.3 GB of a hybrid at 128k tokens.
    """
    held = 0
    for layer in range(6):
        if layer < 2:
            held += sum(numpy.zeros((5, 3, 4), numpy.float16).nbytes for _ in "kv")
        else:
            held += numpy.zeros((7, 4, 8), numpy.float16).nbytes
    assert hybrid_bytes(5, 6, 2, 3, 4, 16, 7, 4 * 8) == held
    full = hybrid_bytes(2**17, 32, 32, 8, 128, 16, 32, 128**2)
    hybrid = hybrid_bytes(2**17, 32, 8, 8, 128, 16, 32, 128**2)
    assert round(full / 1e9, 1) == 17.2
    assert round(hybrid / 1e9, 1) == 4.3


def retention(q: Array, k: Array, v: Array, decay: float) -> Array:
    state, outputs = np.zeros((k.shape[1], v.shape[1])), []
    for query, key, value in zip(q, k, v, strict=True):
        state = decay * state + np.outer(key, value)
        outputs.append(state.T @ query)
    return np.array(outputs)


@check(
    "eq-retnet-retention",
    r"""
    \mathbf{S}_{t} = \gamma\, \mathbf{S}_{t-1} + \mathbf{k}_{t} \mathbf{v}_{t}^{\top},
    \qquad
    \mathbf{o}_{t} = \mathbf{S}_{t}^{\top} \mathbf{q}_{t} = \sum_{i=1}^{t} \gamma^{t-i} (\mathbf{q}_{t}^{\top} \mathbf{k}_{i})\, \mathbf{v}_{i}
    """,
    by="identity",
    of=[retention],
)
def retention_is_attention_that_fades(rng: Generator) -> None:
    """The recurrence gives the same outputs as the matrix of scores, each times the decay to the power of
    its distance, without later tokens.
    """
    q, k, v = rng.normal(size=(6, 3)), rng.normal(size=(6, 3)), rng.normal(size=(6, 4))
    places = numpy.arange(6)
    fade = numpy.tril(0.8 ** np.maximum(places[:, None] - places, 0))
    same(retention(q, k, v, 0.8), (fade * (q @ k.T)) @ v)


def gated(q: Array, k: Array, v: Array, gates: Array) -> Array:
    state, outputs = np.zeros((k.shape[1], v.shape[1])), []
    for query, key, value, gate in zip(q, k, v, gates, strict=True):
        state = np.diag(gate) @ state + np.outer(key, value)
        outputs.append(state.T @ query)
    return np.array(outputs)


@check(
    "eq-gla-recurrence",
    r"""
    \mathbf{S}_{t} = \operatorname{diag}(\boldsymbol{\alpha}_{t})\, \mathbf{S}_{t-1} + \mathbf{k}_{t} \mathbf{v}_{t}^{\top},
    \qquad
    \mathbf{o}_{t} = \mathbf{S}_{t}^{\top} \mathbf{q}_{t}
    """,
    by="identity",
    of=[gated],
)
def gates_are_ratios_of_running_products(rng: Generator) -> None:
    """Queries times the running product of the gates, and keys divided by it, give the same outputs as
    masked linear attention.
    """
    q, k, v = rng.normal(size=(6, 3)), rng.normal(size=(6, 3)), rng.normal(size=(6, 4))
    gates = rng.uniform(0.4, 0.9, size=(6, 3))
    running = numpy.cumprod(gates, axis=0)
    same(gated(q, k, v, gates), numpy.tril((q * running) @ (k / running).T) @ v)


def delta_step(state: Array, key: Array, value: Array, rate: float) -> Array:
    return state + rate * np.outer(key, value - state.T @ key)


def delta(q: Array, k: Array, v: Array, rates: Array, state: Array) -> tuple[Array, Array]:
    outputs = []
    for query, key, value, rate in zip(q, k, v, rates, strict=True):
        state = delta_step(state, key, value, rate)
        outputs.append(state.T @ query)
    return np.array(outputs), state


@check(
    "eq-deltanet-recurrence",
    r"""
    \mathbf{S}_{t} = \mathbf{S}_{t-1} + \beta_{t}\, \mathbf{k}_{t} \left( \mathbf{v}_{t} - \mathbf{S}_{t-1}^{\top} \mathbf{k}_{t} \right)^{\top},
    \qquad
    \mathbf{o}_{t} = \mathbf{S}_{t}^{\top} \mathbf{q}_{t}
    """,
    by="gradient",
    of=[delta_step, delta],
)
def delta_rule_is_a_gradient_step(rng: Generator) -> None:
    """A step moves the state against the gradient of half the squared error of the recalled value, by the
    rate; at rate one, a key of length one recalls its newest value exactly.
    """
    state, key, value = rng.normal(size=(3, 4)), rng.normal(size=3), rng.normal(size=4)

    def error(memory: Array) -> Array:
        return np.sum((memory.T @ key - value) ** 2) / 2

    same(delta_step(state, key, value, 0.3), state - 0.3 * grad(error)(state))
    key = key / np.sqrt(key @ key)
    keys = np.array([key, rng.normal(size=3), key])
    values = rng.normal(size=(3, 4))
    outputs, _ = delta(keys, keys, values, np.ones(3), state)
    same(outputs[0], values[0])
    same(outputs[2], values[2])
    queries = rng.normal(size=(3, 3))
    asked, last = delta(queries, keys, values, np.ones(3), state)
    same(asked[2], last.T @ queries[2])
    same(last.T @ key, values[2])


def chunk_updates(k: Array, v: Array, rates: Array, state: Array) -> Array:
    inner = np.eye(len(k)) + np.tril(np.diag(rates) @ k @ k.T, -1)
    return np.linalg.inv(inner) @ np.diag(rates) @ (v - k @ state)


def chunk_output(q: Array, k: Array, state: Array, updates: Array) -> tuple[Array, Array]:
    return q @ state + np.tril(q @ k.T, 0) @ updates, state + k.T @ updates


@check(
    "eq-deltanet-chunk",
    r"""
    \mathbf{T} = \left( \mathbf{I} + \operatorname{tril}\!\left( \operatorname{diag}(\boldsymbol{\beta})\, \mathbf{K} \mathbf{K}^{\top}, -1 \right) \right)^{-1} \operatorname{diag}(\boldsymbol{\beta}),
    \qquad
    \mathbf{U} = \mathbf{T} \left( \mathbf{V} - \mathbf{K} \mathbf{S} \right)
    """,
    by="identity",
    of=[chunk_updates],
)
def chunk_solves_for_all_updates_at_once(rng: Generator) -> None:
    """The rows of the solution are what the delta rule writes for each token of the chunk, one after the
    other, from a state that is not zero.
    """
    k, v = rng.normal(size=(5, 3)), rng.normal(size=(5, 4))
    rates, state = rng.uniform(0.1, 0.9, size=5), rng.normal(size=(3, 4))
    written, now = [], state
    for key, value, rate in zip(k, v, rates, strict=True):
        written.append(rate * (value - now.T @ key))
        now = now + np.outer(key, written[-1])
    same(chunk_updates(k, v, rates, state), np.array(written))


@check(
    "eq-deltanet-output",
    r"""
    \mathbf{O} = \mathbf{Q} \mathbf{S} + \operatorname{tril}\!\left( \mathbf{Q} \mathbf{K}^{\top}, 0 \right) \mathbf{U},
    \qquad
    \mathbf{S}' = \mathbf{S} + \mathbf{K}^{\top} \mathbf{U}
    """,
    by="identity",
    of=[chunk_output],
)
def chunks_give_the_recurrence(rng: Generator) -> None:
    """Two chunks, the second starting from the state of the first, give all outputs and the last state of
    the recurrence.
    """
    q, k, v = rng.normal(size=(6, 3)), rng.normal(size=(6, 3)), rng.normal(size=(6, 4))
    rates, state = rng.uniform(0.1, 0.9, size=6), rng.normal(size=(3, 4))
    expected, last = delta(q, k, v, rates, state)
    found = []
    for part in (slice(0, 3), slice(3, 6)):
        updates = chunk_updates(k[part], v[part], rates[part], state)
        outputs, state = chunk_output(q[part], k[part], state, updates)
        found.append(outputs)
    same(np.concatenate(found), expected)
    same(state, last)


def gated_delta_step(state: Array, key: Array, value: Array, rate: float, decay: float) -> Array:
    erased = np.eye(len(key)) - rate * np.outer(key, key)
    return decay * erased @ state + rate * np.outer(key, value)


@check(
    "eq-gated-delta",
    r"""
    \mathbf{S}_{t} = \alpha_{t} \left( \mathbf{I} - \beta_{t}\, \mathbf{k}_{t} \mathbf{k}_{t}^{\top} \right) \mathbf{S}_{t-1} + \beta_{t}\, \mathbf{k}_{t} \mathbf{v}_{t}^{\top}
    """,
    by="identity",
    of=[gated_delta_step],
)
def gate_first_then_delta_rule(rng: Generator) -> None:
    """The state fades first, then the delta rule writes: as the code does it, step by step."""
    state, key, value = rng.normal(size=(3, 4)), rng.normal(size=3), rng.normal(size=4)
    found = gated_delta_step(state, key, value, 0.3, 0.7)
    same(found, delta_step(0.7 * state, key, value, 0.3))


def selective(x: Array, steps: Array, rates: Array, b: Array, c: Array, skip: float) -> Array:
    state, outputs = np.zeros(len(rates)), []
    for u, step, into, out in zip(x, steps, b, c, strict=True):
        state = np.exp(step * rates) * state + step * u * into
        outputs.append(out @ state + skip * u)
    return np.array(outputs)


@check(
    "eq-mamba-recurrence",
    r"""
    \mathbf{h}_{t} = \exp(\Delta_{t} \mathbf{a}) \odot \mathbf{h}_{t-1} + \Delta_{t} x_{t}\, \mathbf{b}_{t},
    \qquad
    y_{t} = \mathbf{c}_{t}^{\top} \mathbf{h}_{t} + D x_{t}
    """,
    by="identity",
    of=[selective],
)
def selective_recurrence_is_a_sum_over_the_past(rng: Generator) -> None:
    """Each output is a sum over earlier inputs, weighted by what is left of them after the steps since."""
    x, steps = rng.normal(size=5), rng.uniform(0.1, 1, size=5)
    rates, b, c = -rng.uniform(0.5, 2, size=3), rng.normal(size=(5, 3)), rng.normal(size=(5, 3))
    for t, found in enumerate(selective(x, steps, rates, b, c, 0.4)):
        expected = 0.4 * x[t]
        for i in range(t + 1):
            left = np.exp(rates * sum(steps[i + 1 : t + 1]))
            expected += np.sum(c[t] * left * b[i]) * steps[i] * x[i]
        same(found, expected)


def compose(second: tuple[Array, Array], first: tuple[Array, Array]) -> tuple[Array, Array]:
    return second[0] * first[0], second[0] * first[1] + second[1]


@check(
    "eq-mamba-scan",
    r"""
    (\mathbf{f}_{2}, \mathbf{g}_{2}) \circ (\mathbf{f}_{1}, \mathbf{g}_{1}) = (\mathbf{f}_{2} \odot \mathbf{f}_{1},\; \mathbf{f}_{2} \odot \mathbf{g}_{1} + \mathbf{g}_{2})
    """,
    by="identity",
    of=[compose],
)
def scan_in_any_order_gives_the_states(rng: Generator) -> None:
    """The composition is associative, and rounds of doubling distance give every state of the recurrence,
    three rounds for eight tokens.
    """
    factors, addends = rng.uniform(0.2, 0.9, size=(8, 3)), rng.normal(size=(8, 3))
    steps = list(zip(factors, addends, strict=True))
    one = compose(compose(steps[2], steps[1]), steps[0])
    other = compose(steps[2], compose(steps[1], steps[0]))
    same(one[0], other[0])
    same(one[1], other[1])
    scanned = steps
    for distance in (1, 2, 4):
        scanned = [
            compose(step, scanned[t - distance]) if t >= distance else step
            for t, step in enumerate(scanned)
        ]
    state = np.zeros(3)
    for t in range(8):
        state = factors[t] * state + addends[t]
        same(scanned[t][1], state)


def dual(x: Array, decays: Array, b: Array, c: Array) -> Array:
    places = range(len(x))
    mask = np.array(
        [[np.exp(np.sum(decays[j + 1 : i + 1])) if i >= j else 0.0 for j in places] for i in places]
    )
    return (mask * (c @ b.T)) @ x


@check(
    "eq-mamba2-dual",
    r"""
    \mathbf{Y} = \left( \mathbf{L} \odot \mathbf{C} \mathbf{B}^{\top} \right) \mathbf{X},
    \qquad
    L_{ij} = \exp\!\left( \sum_{k=j+1}^{i} a_{k} \right) \text{ for } i \ge j,
    \quad L_{ij} = 0 \text{ for } i < j
    """,
    by="identity",
    of=[dual],
)
def dual_form_gives_the_recurrence(rng: Generator) -> None:
    """The masked product gives the outputs of the recurrence with one decay for each token and head."""
    x, b, c = rng.normal(size=(6, 4)), rng.normal(size=(6, 3)), rng.normal(size=(6, 3))
    decays = -rng.uniform(0.1, 1, size=6)
    state, expected = np.zeros((3, 4)), []
    for t in range(6):
        state = np.exp(decays[t]) * state + np.outer(b[t], x[t])
        expected.append(c[t] @ state)
    same(dual(x, decays, b, c), np.array(expected))


def channel_step(state: Array, key: Array, value: Array, rate: float, decays: Array) -> Array:
    erased = np.eye(len(key)) - rate * np.outer(key, key)
    return erased @ np.diag(decays) @ state + rate * np.outer(key, value)


@check(
    "eq-kda-recurrence",
    r"""
    \mathbf{S}_{t} = \left( \mathbf{I} - \beta_{t}\, \mathbf{k}_{t} \mathbf{k}_{t}^{\top} \right) \operatorname{diag}(\boldsymbol{\alpha}_{t})\, \mathbf{S}_{t-1} + \beta_{t}\, \mathbf{k}_{t} \mathbf{v}_{t}^{\top}
    """,
    by="identity",
    of=[channel_step],
)
def channels_fade_before_the_delta_rule(rng: Generator) -> None:
    """Each channel of the key fades first, then the delta rule writes; equal decays give the gated delta
    rule with one decay.
    """
    state, key, value = rng.normal(size=(3, 4)), rng.normal(size=3), rng.normal(size=4)
    decays = rng.uniform(0.2, 0.9, size=3)
    found = channel_step(state, key, value, 0.3, decays)
    same(found, delta_step(decays[:, None] * state, key, value, 0.3))
    alike = channel_step(state, key, value, 0.3, np.full(3, 0.7))
    same(alike, gated_delta_step(state, key, value, 0.3, 0.7))
