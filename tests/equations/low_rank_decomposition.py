"""The equations of the page Low-rank decomposition."""

from __future__ import annotations

import autograd.numpy as np
from numpy.random import Generator

from equations.frame import Array, check, same


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
