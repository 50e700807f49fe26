"""The equations of the page Low-rank decomposition."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product

import autograd.numpy as np
from autograd import grad
from numpy.random import Generator

from equations.frame import Array, check, same, softmax


def rivals(
    rng: Generator, wanted: Array, rank: int, weights: Array | None = None
) -> Iterator[Array]:
    """Yield matrices of a rank that come near another: alternating least squares, some steps each.

    :param weights: Of the squared errors of the rows, all one when left out.
    """
    scale = np.ones(len(wanted)) if weights is None else np.sqrt(weights)
    target = scale[:, None] * wanted
    for _ in range(6):
        right = rng.normal(size=(rank, wanted.shape[1]))
        for _ in range(8):
            left = target @ np.linalg.pinv(right)
            right = np.linalg.pinv(left) @ target
            yield left @ right / scale[:, None]


def fewer_numbers(rank: int, m: int, n: int) -> bool:
    return rank * (m + n) < m * n


def break_even(m: int, n: int) -> float:
    return m * n / (m + n)


@check(
    "eq-low-rank-count",
    r"""
    \hat{\mathbf{W}} = \mathbf{B}\mathbf{A},
    \qquad
    r\,(m+n) < mn
    \quad \text{if and only if} \quad
    r < \frac{mn}{m+n}
    """,
    by="identity",
    of=[fewer_numbers, break_even],
)
def factors_save_below_the_break_even_rank(rng: Generator) -> None:
    """For all small sizes and ranks, counting the entries of built factors agrees with the bound on
    the rank, which for a square matrix is half its side; at equality nothing is saved.
    """
    for m, n, rank in product(range(1, 9), range(1, 9), range(1, 9)):
        b, a = np.zeros((m, rank)), np.zeros((rank, n))
        saved = b.size + a.size < (b @ a).size
        assert saved == fewer_numbers(rank, m, n) == (rank < break_even(m, n))
    assert break_even(12, 12) == 6
    assert not fewer_numbers(6, 12, 12)


def truncated(weights: Array, rank: int) -> Array:
    u, s, vt = np.linalg.svd(weights, full_matrices=False)
    total = np.zeros(weights.shape)
    for i in range(rank):
        total += s[i] * np.outer(u[:, i], vt[i])
    return total


def tail(weights: Array, rank: int) -> float:
    return np.sum(np.linalg.svd(weights, compute_uv=False)[rank:] ** 2)


@check(
    "eq-low-rank-svd",
    r"""
    \min_{\operatorname{rank}(\hat{\mathbf{W}}) \le r} \lVert \mathbf{W} - \hat{\mathbf{W}} \rVert_F^{2}
    = \sum_{i>r} \sigma_{i}^{2},
    \qquad
    \hat{\mathbf{W}} = \operatorname{SVD}_{r}(\mathbf{W})
    = \sum_{i=1}^{r} \sigma_{i}\, \mathbf{u}_{i} \mathbf{v}_{i}^{\top}
    """,
    by="optimum",
    of=[truncated, tail],
)
def no_matrix_of_the_rank_is_nearer(rng: Generator) -> None:
    """The truncated decomposition has the rank and misses by the sum of the squared singular values
    left out; no competitor from alternating least squares is nearer, and some come as near.
    """
    weights = rng.normal(size=(5, 7))
    for rank in (1, 3):
        near = truncated(weights, rank)
        error = np.sum((weights - near) ** 2)
        assert np.linalg.matrix_rank(near) == rank
        same(error, tail(weights, rank))
        values = np.linalg.eigvalsh(weights @ weights.T)
        same(error, sum(values[: 5 - rank]))
        errors = [np.sum((weights - rival) ** 2) for rival in rivals(rng, weights, rank)]
        assert error - 1e-9 <= min(errors) < 1.1 * error
    same(truncated(weights, 5), weights)


def fitted_to_outputs(weights: Array, inputs: Array, rank: int) -> Array:
    u = np.linalg.svd(weights @ inputs)[0][:, :rank]
    return u @ u.T @ weights


@check(
    "eq-low-rank-outputs",
    r"""
    \min_{\operatorname{rank}(\hat{\mathbf{W}}) \le r}
    \lVert \mathbf{W}\mathbf{X} - \hat{\mathbf{W}}\mathbf{X} \rVert_F^{2}
    = \lVert \mathbf{W}\mathbf{X} - \operatorname{SVD}_{r}(\mathbf{W}\mathbf{X}) \rVert_F^{2},
    \qquad
    \hat{\mathbf{W}} = \mathbf{U}_{r} \mathbf{U}_{r}^{\top} \mathbf{W}
    """,
    by="optimum",
    of=[fitted_to_outputs],
)
def outputs_are_fitted_best(rng: Generator) -> None:
    """The projection has the rank and its outputs are the truncated decomposition of the outputs, so
    that no competitor does better on them; the truncation of the weight itself does worse.
    """
    weights = rng.normal(size=(5, 4))
    inputs = rng.normal(size=(4, 4)) @ rng.normal(size=(4, 9))
    outputs = weights @ inputs
    near = fitted_to_outputs(weights, inputs, 2)
    assert np.linalg.matrix_rank(near) == 2
    error = np.sum((outputs - near @ inputs) ** 2)
    same(near @ inputs, truncated(outputs, 2))
    same(error, tail(outputs, 2))
    for rival in rivals(rng, weights, 2):
        assert np.sum((outputs - rival @ inputs) ** 2) > error
    assert error < np.sum((outputs - truncated(weights, 2) @ inputs) ** 2)


def row_importance(slopes: Array) -> Array:
    fisher = np.mean(slopes**2, axis=0)
    return np.sqrt(np.sum(fisher, axis=1))


def weighted_truncation(weights: Array, importance: Array, rank: int) -> Array:
    u, s, vt = np.linalg.svd(np.diag(importance) @ weights)
    near = u[:, :rank] @ np.diag(s[:rank]) @ vt[:rank]
    return np.diag(1 / importance) @ near


@check(
    "eq-fwsvd-factorization",
    r"""
    \mathbf{W} \approx \hat{\mathbf{I}}^{-1}\operatorname{SVD}_{r}\bigl(\hat{\mathbf{I}}\,\mathbf{W}\bigr),
    \qquad
    \hat{\mathbf{I}} = \operatorname{diag}\Bigl(\sqrt{\textstyle\sum_{j} \mathcal{F}_{1j}},\dots,\sqrt{\textstyle\sum_{j} \mathcal{F}_{mj}}\Bigr),
    \qquad
    \mathcal{F}_{ij} = \frac{1}{\lvert\mathcal{D}\rvert}\sum_{d\in\mathcal{D}}\Bigl(\frac{\partial\mathcal{L}(d)}{\partial W_{ij}}\Bigr)^{2}
    """,
    by="optimum",
    of=[row_importance, weighted_truncation],
)
def rows_count_by_their_fisher_information(rng: Generator) -> None:
    """The weighted truncation has the least squared error of its rank when each row's error counts by
    the row's Fisher information, summed from per-example gradients; plain truncation has more.
    """
    weights, inputs, labels = (
        rng.normal(size=(4, 5)),
        rng.normal(size=(6, 5)),
        rng.integers(4, size=6),
    )

    def loss(each: Array, d: int) -> float:
        return -np.log(softmax(each @ inputs[d]))[labels[d]]

    slopes = np.stack([grad(loss)(weights, d) for d in range(6)])
    counts = [sum(slopes[d, i, j] ** 2 for d in range(6) for j in range(5)) / 6 for i in range(4)]
    importance = row_importance(slopes)
    same(importance**2, counts)
    near = weighted_truncation(weights, importance, 2)
    assert np.linalg.matrix_rank(near) == 2

    def error(each: Array) -> float:
        return float(np.sum(np.array(counts)[:, None] * (weights - each) ** 2))

    errors = [error(rival) for rival in rivals(rng, weights, 2, np.array(counts))]
    assert error(near) - 1e-9 <= min(errors) < 1.1 * error(near)
    assert error(near) < error(truncated(weights, 2))
    same(weighted_truncation(weights, np.full(4, 3.0), 2), truncated(weights, 2))


def weighted_fit(weights: Array, fisher: Array, left: Array, right: Array, penalty: float) -> float:
    misfit = np.sum(fisher * (weights - left @ right) ** 2)
    return misfit + penalty * (np.sum(left**2) + np.sum(right**2))


@check(
    "eq-tfwsvd-objective",
    r"""
    \min_{\mathbf{B},\mathbf{A}}\ \sum_{i,j} \mathcal{F}_{ij} \bigl(W_{ij} - \mathbf{b}_{i}^{\top}\mathbf{a}_{j}\bigr)^{2}
    + \lambda \Bigl(\sum_{i} \lVert\mathbf{b}_{i}\rVert_2^{2} + \sum_{j} \lVert\mathbf{a}_{j}\rVert_2^{2}\Bigr)
    """,
    by="optimum",
    of=[weighted_fit],
)
def one_importance_per_weight_needs_a_search(rng: Generator) -> None:
    """With one importance per row the row-weighted truncation is the least there is; with one per
    weight, alternating least squares finds less, each step the least for the factor it solves for.
    """
    weights, rows = rng.normal(size=(4, 5)), rng.uniform(0.2, 3, size=4)

    def split(near: Array) -> tuple[Array, Array]:
        u, s, vt = np.linalg.svd(near)
        return u[:, :2] * s[:2], vt[:2]

    def error(near: Array, fisher: Array) -> float:
        return weighted_fit(weights, fisher, *split(near), 0)

    alike = np.repeat(rows[:, None], 5, axis=1)
    least = error(weighted_truncation(weights, np.sqrt(rows), 2), alike)
    errors = [error(rival, alike) for rival in rivals(rng, weights, 2, rows)]
    assert least - 1e-9 <= min(errors) < 1.1 * least

    fisher = alike * rng.uniform(0.01, 4, size=(4, 5))
    start = weighted_truncation(weights, np.sqrt(np.sum(fisher, axis=1)), 2)
    left, right = split(start)
    for _ in range(30):
        for i in range(4):
            left[i] = np.linalg.solve(
                right * fisher[i] @ right.T + 0.01 * np.eye(2), right @ (fisher[i] * weights[i])
            )
        for j in range(5):
            right[:, j] = np.linalg.solve(
                (left.T * fisher[:, j]) @ left + 0.01 * np.eye(2),
                left.T @ (fisher[:, j] * weights[:, j]),
            )
    found = weighted_fit(weights, fisher, left, right, 0.01)
    assert found < weighted_fit(weights, fisher, *split(start), 0.01)
    terms = [
        fisher[i, j] * (weights[i, j] - np.dot(left[i], right[:, j])) ** 2
        for i, j in product(range(4), range(5))
    ]
    same(found, sum(terms) + 0.01 * (np.vdot(left, left) + np.vdot(right, right)))
    same(grad(weighted_fit, 3)(weights, fisher, left, right, 0.01), np.zeros((2, 5)), 1e-8)


def bank_block(u: Array, shares: Array, cores: Array, v: Array) -> Array:
    core = np.zeros(cores[0].shape)
    for share, each in zip(shares, cores, strict=True):
        core += share * each
    return u @ core @ v.T


@check(
    "eq-tucker-bank",
    r"""
    \mathbf{W}_{j} \approx \mathbf{U}\Bigl(\sum_{i} p_{ji}\,\mathbf{G}_{i}\Bigr)\mathbf{V}^{\top}
    """,
    by="identity",
    of=[bank_block],
)
def blocks_are_one_tucker_tensor(rng: Generator) -> None:
    """All blocks stacked are one third-order tensor with three factors (a sum over all indices); a
    block with a single coefficient is one core between the common factors, and no rank is larger.
    """
    u, v = rng.normal(size=(5, 2)), rng.normal(size=(6, 3))
    cores, shares = rng.normal(size=(4, 2, 3)), rng.normal(size=(7, 4))
    stacked = np.einsum("ji,ab,ibc,dc->jad", shares, u, cores, v)
    for j in range(7):
        block = bank_block(u, shares[j], cores, v)
        same(block, stacked[j])
        assert np.linalg.matrix_rank(block) <= 2
    same(bank_block(u, np.array([0, 0, 1.0, 0]), cores, v), u @ cores[2] @ v.T)


def train_entry(cores: list[Array], indices: tuple[int, ...]) -> float:
    row = np.ones((1, 1))
    for core, index in zip(cores, indices, strict=True):
        row = row @ core[index]
    return row[0, 0]


def tensor_train(tensor: Array, rank: int) -> list[Array]:
    cores, rest, before = [], tensor, 1
    for size in tensor.shape[:-1]:
        u, s, vt = np.linalg.svd(rest.reshape(before * size, -1), full_matrices=False)
        after = min(rank, len(s))
        cores.append(u[:, :after].reshape(before, size, after).transpose(1, 0, 2))
        rest, before = np.diag(s[:after]) @ vt[:after], after
    cores.append(rest.reshape(before, tensor.shape[-1], 1).transpose(1, 0, 2))
    return cores


@check(
    "eq-tensor-train",
    r"""
    \mathcal{X}(i_{1},\dots,i_{N}) = \mathbf{G}_{1}[i_{1}]\,\mathbf{G}_{2}[i_{2}]\cdots\mathbf{G}_{N}[i_{N}],
    \qquad \mathbf{G}_{k}[i_{k}]\in\mathbb{R}^{r_{k-1}\times r_{k}},\ r_{0}=r_{N}=1
    """,
    by="bound",
    of=[train_entry, tensor_train],
)
def a_train_of_full_rank_is_exact(rng: Generator) -> None:
    """Every entry is found again when the ranks suffice; with smaller ranks the squared error stays
    below the sum of what each unfolding of the tensor must lose, and a tensor of rank one fits.
    """
    tensor = rng.normal(size=(2, 3, 4))

    def whole(cores: list[Array]) -> Array:
        return np.array([train_entry(cores, place) for place in np.ndindex(2, 3, 4)]).reshape(
            2, 3, 4
        )

    cores = tensor_train(tensor, 12)
    assert [core.shape for core in cores] == [(2, 1, 2), (3, 2, 4), (4, 4, 1)]
    same(whole(cores), tensor)
    lost = tail(tensor.reshape(2, 12), 1) + tail(tensor.reshape(6, 4), 1)
    error = np.sum((whole(tensor_train(tensor, 1)) - tensor) ** 2)
    assert max(tail(tensor.reshape(2, 12), 1), tail(tensor.reshape(6, 4), 1)) <= error <= lost
    simple = np.einsum("i,j,k->ijk", *(rng.normal(size=size) for size in (2, 3, 4)))
    same(whole(tensor_train(simple, 1)), simple)


def nearest_kronecker(
    weights: Array, left: tuple[int, int], right: tuple[int, int]
) -> tuple[Array, Array]:
    (m1, n1), (m2, n2) = left, right
    blocks = weights.reshape(m1, m2, n1, n2).transpose(0, 2, 1, 3)
    u, s, vt = np.linalg.svd(blocks.reshape(m1 * n1, m2 * n2))
    a = np.sqrt(s[0]) * u[:, 0]
    b = np.sqrt(s[0]) * vt[0]
    return a.reshape(m1, n1), b.reshape(m2, n2)


@check(
    "eq-kronecker-nearest",
    r"""
    (\mathbf{A},\mathbf{B}) = \operatorname*{arg\,min}_{\mathbf{A},\mathbf{B}}\ \lVert\mathbf{W} - \mathbf{A}\otimes\mathbf{B}\rVert_{F}^{2},
    \qquad \mathbf{A}\in\mathbb{R}^{m_{1}\times n_{1}},\ \mathbf{B}\in\mathbb{R}^{m_{2}\times n_{2}},\ m_{1}m_{2}=m,\ n_{1}n_{2}=n
    """,
    by="optimum",
    of=[nearest_kronecker],
)
def kronecker_is_the_nearest(rng: Generator) -> None:
    """The leading singular pair of the rearranged matrix gives a Kronecker product that no random
    or alternating least-squares competitor beats, and an exact product is found again.
    """
    weights = rng.normal(size=(6, 8))
    a, b = nearest_kronecker(weights, (2, 4), (3, 2))
    error = np.sum((weights - np.kron(a, b)) ** 2)
    for _ in range(20):
        rival, other = rng.normal(size=(2, 4)), np.zeros((3, 2))
        for _ in range(60):  # each half-step is an exact least-squares fit
            other = np.einsum("iajb,ij->ab", weights.reshape(2, 3, 4, 2), rival) / np.sum(rival**2)
            rival = np.einsum("iajb,ab->ij", weights.reshape(2, 3, 4, 2), other) / np.sum(other**2)
        assert error <= np.sum((weights - np.kron(rival, other)) ** 2) + 1e-9
    exact = np.kron(rng.normal(size=(2, 4)), rng.normal(size=(3, 2)))
    same(np.kron(*nearest_kronecker(exact, (2, 4), (3, 2))), exact)


def block_term_attention(core: Array, q: Array, k: Array, v: Array) -> Array:
    total = np.zeros((q.shape[0], k.shape[0], v.shape[0]))
    for i, j, m in np.ndindex(*core.shape):
        total += core[i, j, m] * q[:, i, None, None] * k[:, j, None] * v[:, m]
    return total


@check(
    "eq-tensorized-block",
    r"""
    \operatorname{Att}_{\mathrm{TD}}(\mathcal{G};\mathbf{Q},\mathbf{K},\mathbf{V}) = \sum_{i}\sum_{j}\sum_{m} \mathcal{G}_{ijm}\; \mathbf{q}_i \circ \mathbf{k}_j \circ \mathbf{v}_m
    """,
    by="identity",
    of=[block_term_attention],
)
def block_is_a_core_with_three_factors(rng: Generator) -> None:
    """The sum of outer products is the core multiplied by queries, keys and values, one along each
    side; summed over the first side's matching positions it is a product of three matrices, and a
    diagonal core needs one sum instead of three.
    """
    q, k, v = rng.normal(size=(4, 2)), rng.normal(size=(5, 3)), rng.normal(size=(6, 2))
    core = rng.normal(size=(2, 3, 2))
    tensor = block_term_attention(core, q, k, v)
    same(tensor, np.einsum("ijm,ai,bj,cm->abc", core, q, k, v))
    unfolded = q @ core.reshape(2, 6) @ np.kron(k, v).T
    same(tensor.reshape(4, 30), unfolded)
    diagonal = np.zeros((2, 2, 2))
    diagonal[0, 0, 0], diagonal[1, 1, 1] = 0.5, 2.0
    one_sum = sum(
        diagonal[i, i, i] * np.einsum("a,b,c->abc", q[:, i], k[:, i], v[:, i]) for i in (0, 1)
    )
    same(block_term_attention(diagonal, q, k[:, :2], v), one_sum)


def multilinear(cores: Array, q: Array, k: Array, v: Array, output: Array) -> Array:
    total = np.zeros((q.shape[0], k.shape[0], v.shape[0]))
    for core in cores:
        total += np.einsum("i,ai,bi,ci->abc", core, q, k, v)
    slices = [(total / len(cores))[:, b] for b in range(k.shape[0])]
    return np.concatenate(slices, axis=1) @ output


@check(
    "eq-tensorized-multilinear",
    r"""
    \operatorname{MultiLinear} = \operatorname{SplitConcat}\!\left( \frac{1}{h} \sum_{j=1}^{h} \operatorname{Att}_{\mathrm{TD}}\!\left( \mathcal{G}_j;\, \mathbf{Q}\mathbf{W}_{Q}, \mathbf{K}\mathbf{W}_{K}, \mathbf{V}\mathbf{W}_{V} \right) \right) \mathbf{W}_{O}
    """,
    by="identity",
    of=[multilinear],
)
def cores_are_averaged_before_the_output(rng: Generator) -> None:
    """Each output entry, written as one sum over positions and core entries, agrees; equal cores
    count as one, and shared projections make the layer linear in the mean core.
    """
    q, k, v = rng.normal(size=(3, 2)), rng.normal(size=(4, 2)), rng.normal(size=(5, 2))
    cores, output = rng.normal(size=(3, 2)), rng.normal(size=(20, 6))
    made = multilinear(cores, q, k, v, output)
    mean = [float(np.mean(cores[:, i])) for i in range(2)]
    for a, out in product(range(3), range(6)):
        entry = sum(
            mean[i] * q[a, i] * k[b, i] * v[c, i] * output[5 * b + c, out]
            for i, b, c in product(range(2), range(4), range(5))
        )
        same(made[a, out], entry)
    same(
        multilinear(np.tile(cores[:1], (2, 1)), q, k, v, output),
        multilinear(cores[:1], q, k, v, output),
    )


def read_by_columns(side: int) -> Array:
    order = np.arange(side * side).reshape(side, side).T.ravel()
    return np.eye(side * side)[order]


def block_diagonal(blocks: Array) -> Array:
    count, rows, columns = blocks.shape
    whole = np.zeros((count, rows, count, columns))
    for i, block in enumerate(blocks):
        whole[i, :, i] = block
    return whole.reshape(count * rows, count * columns)


def monarch(left: Array, right: Array) -> Array:
    p = read_by_columns(len(left))
    return p @ block_diagonal(left) @ p.T @ block_diagonal(right)


@check(
    "eq-monarch-product",
    r"""
    \mathbf{W} = \mathbf{P}\,\mathbf{L}\,\mathbf{P}^{\top}\,\mathbf{R}
    """,
    by="identity",
    of=[read_by_columns, block_diagonal, monarch],
)
def monarch_is_two_batches_of_small_products(rng: Generator) -> None:
    """Applied to a vector it is: reshape to a square, multiply the rows by their blocks, transpose,
    multiply by the other blocks, transpose back. Block by block the matrix has rank one, so that
    two sets of square-root-of-n blocks stand for all its entries.
    """
    left, right, x = rng.normal(size=(3, 3, 3)), rng.normal(size=(3, 3, 3)), rng.normal(size=9)
    square = np.stack([right[i] @ row for i, row in enumerate(x.reshape(3, 3))])
    square = np.stack([left[j] @ column for j, column in enumerate(square.T)])
    whole = monarch(left, right)
    same(whole @ x, square.T.ravel())
    for i, j in product(range(3), range(3)):
        # Rows i of each output block and columns of input block j meet in one middle entry.
        block = whole.reshape(3, 3, 3, 3)[:, i, j]
        same(block, np.outer(left[i][:, j], right[j][i]))
    vector = np.arange(9)
    same(read_by_columns(3) @ vector, vector.reshape(3, 3).T.ravel())


def butterfly_factor(twiddles: Array, i: int) -> Array:
    size, s = 2 * len(twiddles), 2 ** (i - 1)
    factor, pair = np.zeros((size, size)), 0
    for start in range(0, size, 2 * s):
        for j in range(start, start + s):
            factor[np.ix_([j, j + s], [j, j + s])] = twiddles[pair]
            pair += 1
    return factor


def butterfly(twiddles: Array) -> Array:
    whole = np.eye(2 * twiddles.shape[1])
    for i in range(1, len(twiddles) + 1):
        whole = butterfly_factor(twiddles[i - 1], i) @ whole
    return whole


@check(
    "eq-butterfly-product",
    r"""
    \mathbf{W} = \mathbf{B}_{\log_2 n} \cdots \mathbf{B}_2 \mathbf{B}_1,
    \qquad
    \begin{bmatrix} (\mathbf{B}_i\mathbf{x})_{j} \\ (\mathbf{B}_i\mathbf{x})_{j+s} \end{bmatrix}
    = \mathbf{T}_{i,j} \begin{bmatrix} x_{j} \\ x_{j+s} \end{bmatrix},
    \qquad s = 2^{i-1}
    """,
    by="identity",
    of=[butterfly_factor, butterfly],
)
def butterflies_hold_fast_transforms(rng: Generator) -> None:
    """With sums and differences as entries the product is the Hadamard matrix, built by Kronecker
    products; each factor has two entries a row at the stated distance, 2n in all, and random
    factors apply the small matrices to the pairs one after the other.
    """
    hadamard = np.array([[1.0, 1], [1, -1]])
    same(butterfly(np.tile(hadamard, (3, 4, 1, 1))), np.kron(np.kron(hadamard, hadamard), hadamard))
    twiddles, x = rng.normal(size=(3, 4, 2, 2)), rng.normal(size=8)
    y = x.copy()
    for i, distance in enumerate((1, 2, 4)):
        pairs = [(j, j + distance) for j in range(8) if j % (2 * distance) < distance]
        for number, (a, b) in enumerate(pairs):
            y[a], y[b] = twiddles[i, number] @ np.array([y[a], y[b]])
        assert np.count_nonzero(butterfly_factor(twiddles[i], i + 1)) == 16
    same(butterfly(twiddles) @ x, y)


def sparse_part(rest: Array, count: int, ridge: float) -> Array:
    kept = np.argsort(-np.abs(rest), axis=None)[:count]
    sparse = np.zeros(rest.size)
    sparse[kept] = rest.ravel()[kept] / (1 + ridge)
    return sparse.reshape(rest.shape)


def low_rank_part(rest: Array, rank: int, ridge: float) -> Array:
    u, s, vt = np.linalg.svd(rest, full_matrices=False)
    return u[:, :rank] @ np.diag(s[:rank] / (1 + ridge)) @ vt[:rank]


def objective(whole: Array, low: Array, sparse: Array, ridges: tuple[float, float]) -> float:
    error = np.sum((whole - low - sparse) ** 2)
    return error + ridges[0] * np.sum(low**2) + ridges[1] * np.sum(sparse**2)


@check(
    "eq-sparse-plus-low-rank",
    r"""
    \min_{\mathbf{W}_{\mathrm{low}},\mathbf{W}_{\mathrm{sparse}}}\ \lVert\mathbf{W}-\mathbf{W}_{\mathrm{low}}-\mathbf{W}_{\mathrm{sparse}}\rVert_{F}^{2} + \lambda\lVert\mathbf{W}_{\mathrm{low}}\rVert_{F}^{2} + \mu\lVert\mathbf{W}_{\mathrm{sparse}}\rVert_{F}^{2}
    \quad\text{s.t.}\quad \operatorname{rank}(\mathbf{W}_{\mathrm{low}})\le r,\ \lVert\mathbf{W}_{\mathrm{sparse}}\rVert_{0}\le k
    """,
    by="optimum",
    of=[sparse_part, low_rank_part, objective],
)
def each_half_has_a_closed_form(rng: Generator) -> None:
    """With one part fixed the other's best value is a shrunk truncation: all supports tried, none of
    the sparse kind is better, nor any random one of low rank; alternating never raises the
    objective.
    """
    whole, ridges = rng.normal(size=(3, 4)), (0.3, 0.5)
    low = low_rank_part(rng.normal(size=(3, 4)), 1, 0.0)
    sparse = sparse_part(whole - low, 2, 0.5)
    value = objective(whole, low, sparse, ridges)
    by_hand = sum((whole - low - sparse).ravel() ** 2) + 0.3 * sum(low.ravel() ** 2)
    same(value, by_hand + 0.5 * sum(sparse.ravel() ** 2))
    for support in combinations(range(12), 2):
        rival = np.zeros(12)
        rival[list(support)] = (whole - low).ravel()[list(support)] / 1.5
        assert objective(whole, low, rival.reshape(3, 4), ridges) >= value - 1e-12
    assert np.count_nonzero(sparse) == 2
    same(sparse_part(np.array([[-3.0, 1, 2]]), 1, 0.5), [[-2.0, 0, 0]])
    for scale in (0.9, 1.1):
        assert objective(whole, low, scale * sparse, ridges) > value
    best = low_rank_part(whole - sparse, 1, 0.3)
    assert np.linalg.matrix_rank(best) == 1
    better = objective(whole, best, sparse, ridges)
    assert better <= value
    for _ in range(30):
        rival = np.outer(rng.normal(size=3), rng.normal(size=4))
        rival = rival * np.sum(rival * (whole - sparse)) / np.sum(rival**2) / 1.3
        assert objective(whole, rival, sparse, ridges) > better
    for scale in (0.9, 1.1):
        assert objective(whole, scale * best, sparse, ridges) > better


def whitened(w: Array, x: Array, r: int) -> tuple[Array, float]:
    s = np.linalg.cholesky(x @ x.T)
    u, sigma, v = np.linalg.svd(w @ s, full_matrices=False)
    near = (u[:, :r] * sigma[:r]) @ v[:r] @ np.linalg.inv(s)
    return near, np.sum(sigma[r:] ** 2)


@check(
    "eq-svdllm-whitening",
    r"""
    \hat{\mathbf{W}} = \operatorname{SVD}_{r}(\mathbf{W}\mathbf{S})\, \mathbf{S}^{-1}, \qquad \mathbf{S}\mathbf{S}^{\top} = \mathbf{X}\mathbf{X}^{\top}, \qquad \lVert \mathbf{W}\mathbf{X} - \hat{\mathbf{W}}\mathbf{X} \rVert_F^2 = \sum_{i > r} \sigma_{i}^{2}
    """,
    by="optimum",
    of=[whitened],
)
def dropped_values_are_the_output_error(rng: Generator) -> None:
    """The output error is the sum of the squares of the dropped singular values, and no other matrix
    of that rank has a smaller one, truncation of the plain weights included.
    """
    w = rng.normal(size=(6, 5))
    x = rng.normal(size=(5, 40)) * np.array([5.0, 1.0, 0.2, 3.0, 0.5])[:, None]
    for r in (1, 2, 4):
        near, left = whitened(w, x, r)
        assert np.linalg.matrix_rank(near) == r
        error = np.sum((w @ x - near @ x) ** 2)
        same(error, left)
        u, sigma, v = np.linalg.svd(w, full_matrices=False)
        plain = (u[:, :r] * sigma[:r]) @ v[:r]
        assert error < np.sum((w @ x - plain @ x) ** 2)
        for _ in range(50):
            b, a = rng.normal(size=(6, r)), rng.normal(size=(r, 5))
            best = np.linalg.lstsq((a @ x).T, (w @ x).T, rcond=None)[0].T
            assert error <= np.sum((w @ x - best @ a @ x) ** 2) + 1e-9
            assert error <= np.sum((w @ x - b @ a @ x) ** 2)


def shared_basis(layers: list[Array], x: Array, r: int) -> tuple[list[Array], Array]:
    s = np.linalg.cholesky(x @ x.T)
    u, sigma, v = np.linalg.svd(np.concatenate(layers) @ s, full_matrices=False)
    return np.split(u[:, :r] * sigma[:r], len(layers)), v[:r] @ np.linalg.inv(s)


@check(
    "eq-basis-sharing",
    r"""
    \begin{bmatrix} \mathbf{C}_{1} \\ \vdots \\ \mathbf{C}_{K} \end{bmatrix} \mathbf{B} = \operatorname{SVD}_{r}\!\left( \begin{bmatrix} \mathbf{W}_{1} \\ \vdots \\ \mathbf{W}_{K} \end{bmatrix} \mathbf{S} \right) \mathbf{S}^{-1}, \qquad \hat{\mathbf{W}}_{k} = \mathbf{C}_{k} \mathbf{B}
    """,
    by="optimum",
    of=[shared_basis],
)
def no_common_basis_fits_the_layers_better(rng: Generator) -> None:
    """Layers that have a common basis are met exactly; for others no random basis, with the best
    coefficients for each layer, has a smaller output error over all of them.
    """
    x = rng.normal(size=(5, 30)) * np.array([4.0, 1.0, 0.3, 2.0, 0.6])[:, None]
    common = rng.normal(size=(2, 5))
    layers = [rng.normal(size=(4, 2)) @ common for _ in range(3)]
    parts, basis = shared_basis(layers, x, 2)
    for part, layer in zip(parts, layers, strict=True):
        same(part @ basis, layer, 1e-7)
    layers = [rng.normal(size=(4, 5)) for _ in range(3)]
    parts, basis = shared_basis(layers, x, 2)
    error = sum(np.sum((w @ x - c @ basis @ x) ** 2) for w, c in zip(layers, parts, strict=True))
    for _ in range(100):
        rival = rng.normal(size=(2, 5))
        best = [np.linalg.lstsq((rival @ x).T, (w @ x).T, rcond=None)[0].T for w in layers]
        other = [np.sum((w @ x - c @ rival @ x) ** 2) for w, c in zip(layers, best, strict=True)]
        assert error < sum(other)
