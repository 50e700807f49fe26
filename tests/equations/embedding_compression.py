"""The equations of the page Embedding compression."""

from __future__ import annotations

from itertools import product

import autograd.numpy as np
from autograd import grad
from numpy.random import Generator

from equations.frame import Array, check, differences, same


def code_share(words: int, width: int, bits: int, books: int, vectors: int) -> float:
    codes = words * books * np.log2(vectors)
    return (codes + books * vectors * width * bits) / (words * width * bits)


def factor_share(words: int, width: int, rank: int) -> float:
    return rank * (words + width) / (words * width)


@check(
    "eq-embedding-share",
    r"""
    \rho_{\mathrm{codes}}
    = \frac{\lvert\mathcal{V}\rvert M \log_{2} K + M K d\, b}{\lvert\mathcal{V}\rvert\, d\, b},
    \qquad
    \rho_{\mathrm{factors}}
    = \frac{r\,(\lvert\mathcal{V}\rvert + d)}{\lvert\mathcal{V}\rvert\, d}
    """,
    by="limit",
    of=[code_share, factor_share],
)
def shares_tend_to_those_of_one_word(rng: Generator) -> None:
    """The shares count the bits of codes and tables that are built; with the vocabulary they tend to
    a word's own share, with an error of one over its size, and 32 books of 16 cost 128 bits a word.
    """
    words, width, bits, books, vectors = 6, 5, 32, 3, 8
    codes = "".join(f"{code:03b}" for code in rng.integers(vectors, size=words * books))
    table = np.zeros((books, vectors, width), np.float32)
    full = np.zeros((words, width), np.float32)
    share = (len(codes) + 8 * table.nbytes) / (8 * full.nbytes)
    same(code_share(words, width, bits, books, vectors), share)
    u, v = np.zeros((words, 2)), np.zeros((width, 2))
    same(factor_share(words, width, 2), (u.size + v.size) / full.size)
    for size in (10**5, 10**6):
        gap = code_share(size, 300, 32, 32, 16) - 128 / (300 * 32)
        same(gap * size, 32.0 * 16, 1e-6)
        same((factor_share(size, 300, 20) - 20 / 300) * size, 20.0, 1e-5)


def decoded(books: Array, code: Array) -> Array:
    total = np.zeros(books.shape[2])
    for book, number in zip(books, code, strict=True):
        total += book[number]
    return total


def reconstruction(books: Array, codes: Array, embeddings: Array) -> float:
    errors = [
        np.sum((decoded(books, code) - e) ** 2) for code, e in zip(codes, embeddings, strict=True)
    ]
    return sum(errors) / len(errors)


@check(
    "eq-compcode-sum",
    r"""
    \hat{\mathbf{e}}_{w} = \sum_{i=1}^{M} \mathbf{A}_{i}\bigl[C^{i}_{w}\bigr], \qquad \min_{C,\mathbf{A}} \frac{1}{\lvert\mathcal{V}\rvert}\sum_{w\in\mathcal{V}} \bigl\lVert \hat{\mathbf{e}}_{w} - \mathbf{e}_{w} \bigr\rVert_2^2
    """,
    by="optimum",
    of=[decoded, reconstruction],
)
def codes_are_one_hot_factors(rng: Generator) -> None:
    """With each code as a stack of unit vectors the sum is one matrix product, for which least
    squares gives the best books to given codes, and trying all codes the best code of each word.
    """
    books, embeddings = rng.normal(size=(2, 3, 4)), rng.normal(size=(8, 4))
    codes = rng.integers(3, size=(8, 2))
    units = np.concatenate([np.eye(3)[codes[:, i]] for i in range(2)], axis=1)
    stacked = units @ books.reshape(6, 4)
    same([decoded(books, code) for code in codes], stacked)
    loss = reconstruction(books, codes, embeddings)
    same(loss, np.mean([np.linalg.norm(row) ** 2 for row in stacked - embeddings]))
    best = np.linalg.lstsq(units, embeddings, rcond=None)[0].reshape(2, 3, 4)
    least = reconstruction(best, codes, embeddings)
    for _ in range(10):
        assert least < reconstruction(best + rng.normal(size=(2, 3, 4)) / 10, codes, embeddings)
    every = [np.array(code) for code in product(range(3), repeat=2)]
    chosen = [
        every[int(np.argmin([np.linalg.norm(decoded(best, code) - e) for code in every]))]
        for e in embeddings
    ]
    assert reconstruction(best, np.array(chosen), embeddings) <= least


def binarized(weights: Array, x: Array) -> Array:
    return (weights @ x > 0).astype(float)


def decoded_bits(weights: Array, bits: Array, shift: Array) -> Array:
    return np.tanh(weights.T @ bits + shift)


def binary_loss(weights: Array, bits: Array, shift: Array, x: Array, penalty: float) -> float:
    error = np.sum((x - decoded_bits(weights, bits, shift)) ** 2) / len(x)
    gram = weights.T @ weights - np.eye(len(x))
    return error + penalty / 2 * np.sum(gram**2)


@check(
    "eq-nlb-autoencoder",
    r"""
    \mathbf{b} = h(\mathbf{W}\mathbf{x}), \qquad \hat{\mathbf{x}} = \tanh(\mathbf{W}^{\top}\mathbf{b}+\mathbf{c}), \qquad \mathcal{L} = \frac{1}{n}\lVert\mathbf{x}-\hat{\mathbf{x}}\rVert_2^2 + \frac{\lambda}{2}\lVert\mathbf{W}^{\top}\mathbf{W}-\mathbf{I}\rVert_F^2
    """,
    by="gradient",
    of=[binarized, decoded_bits, binary_loss],
)
def one_map_encodes_and_decodes(rng: Generator) -> None:
    """The derivative in the shared map, with the bits held fixed as the step function has none, is
    that of the decoder plus a pull to orthonormal columns; such columns have no penalty and a bit
    is one exactly when its row and the word vector point the same way.
    """
    weights, shift, x = rng.normal(size=(6, 4)), rng.normal(size=4), rng.uniform(-1, 1, size=4)
    bits = binarized(weights, x)
    assert list(bits) == [float(sum(row * x) > 0) for row in weights]
    assert list(binarized(np.array([[1.0, 0], [0, 1]]), np.array([0.0, 0.2]))) == [0, 1]
    out = np.tanh(np.array([sum(weights[:, i] * bits) + shift[i] for i in range(4)]))
    pull = -2 / 4 * np.outer(bits, (x - out) * (1 - out**2))
    pull = pull + 2 * 0.3 * weights @ (weights.T @ weights - np.eye(4))
    same(grad(binary_loss)(weights, bits, shift, x, 0.3), pull)
    by_hand = differences(lambda each: binary_loss(each, bits, shift, x, 0.3), weights)
    same(by_hand, pull, 1e-6)
    orthonormal = np.linalg.qr(weights)[0]
    free = binary_loss(orthonormal, bits, shift, x, 0.0)
    same(binary_loss(orthonormal, bits, shift, x, 0.3), free)
    same(decoded_bits(0 * weights, bits, np.arctanh(x)), x)
    same(binary_loss(np.sqrt(2) * orthonormal, 0 * bits, np.arctanh(x), x, 0.3), 0.3 / 2 * 4)


def embedding(u: Array, v: Array) -> Array:
    return np.maximum(u, 0) @ v.T


@check(
    "eq-distilled-embedding-factors",
    r"""
    \hat{\mathbf{E}} = \operatorname{ReLU}(\mathbf{U})\,\mathbf{V}^{\top}
    """,
    by="bound",
    of=[embedding],
)
def words_are_non_negative_sums(rng: Generator) -> None:
    """Each word's vector is a non-negative combination of the same r directions, so the rank is at
    most r; without the cut at zero, negative shares would count too.
    """
    u, v = rng.normal(size=(7, 3)), rng.normal(size=(5, 3))
    made = embedding(u, v)
    shares = np.linalg.lstsq(v, made.T, rcond=None)[0].T
    same(v @ shares.T, made.T)
    assert shares.min() > -1e-12
    assert np.linalg.matrix_rank(made) <= 3
    same(shares[u > 0], u[u > 0])
    assert np.all(np.abs(shares[u <= 0]) < 1e-12)
