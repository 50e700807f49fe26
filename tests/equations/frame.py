"""Frame: how a check of an equation is registered and run, and what the checks share."""

from __future__ import annotations

import importlib
import pkgutil
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import autograd.numpy as np
import numpy
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

import equations

if TYPE_CHECKING:
    from collections.abc import Callable

Array: TypeAlias = NDArray[Any]
Test: TypeAlias = "Callable[[Generator], None]"

#: How a claim can be tested.
MEANS: Final = {
    "gradient": "automatic differentiation and finite differences give the same derivative",
    "optimum": "brute force or random competitors find nothing better",
    "identity": "two ways to compute the same agree on random tensors",
    "bound": "no random input breaks an inequality, and some input reaches it",
    "limit": "the statement holds in a limit, with the rate at which it is approached",
    "unbiasedness": "an average over samples is the expectation, within four standard errors",
    "simulation": "the rule decides as the procedure that it abbreviates, step by step",
}


@dataclass(frozen=True)
class Check:
    """A test of the claim that an equation makes."""

    label: str
    tex: str
    means: str
    implementations: tuple[Callable[..., Any], ...]  #: What :mod:`equations.mutants` mutates.
    test: Test

    def run(self) -> None:
        """Test the claim on the same random numbers each time.

        :raises AssertionError: It does not hold.
        """
        self.test(default_rng(zlib.crc32(self.label.encode())))


#: By label; filled by importing the modules, see :func:`load`.
CHECKS: dict[str, Check] = {}


def check(label: str, tex: str, *, by: str, of: list[Callable[..., Any]]) -> Callable[[Test], Test]:
    """Register the decorated function as the test of an equation's claim.

    The site reads the arguments without running anything: they are literals, the claim is
    the docstring.

    :param label: The equation's label on the page.
    :param tex: Its TeX, word for word; white space does not count.
    :param by: A key of :data:`MEANS`.
    :param of: The functions that implement the equation; nothing else is mutated.
    """

    def register(test: Test) -> Test:
        assert label not in CHECKS, f"{label} is checked twice"
        assert by in MEANS, f"{label}: '{by}' is no means"
        CHECKS[label] = Check(label, tex, by, tuple(of), test)
        return test

    return register


def load() -> dict[str, Check]:
    """Import the modules of all pages and return their checks."""
    for module in sorted(each.name for each in pkgutil.iter_modules(equations.__path__)):
        importlib.import_module(f"equations.{module}")
    return CHECKS


def same(actual: Any, expected: Any, tolerance: float = 1e-9) -> None:
    """Assert that two arrays agree, relative to the size of their entries, and have no NaN."""
    numpy.testing.assert_allclose(
        actual, expected, rtol=tolerance, atol=tolerance, equal_nan=False, strict=False
    )
    assert numpy.shape(actual) == numpy.shape(expected)


def differences(function: Callable[[Any], Any], at: Array, step: float = 1e-6) -> Array:
    """Return the gradient of a scalar function by central finite differences."""
    at = numpy.asarray(at, dtype=float)
    gradient = numpy.zeros(at.shape)
    for place in numpy.ndindex(*at.shape):
        shift = numpy.zeros(at.shape)
        shift[place] = step
        gradient[place] = (function(at + shift) - function(at - shift)) / (2 * step)
    return gradient


def unbiased(samples: Array, expected: Any, errors: float = 4.0) -> None:
    """Assert that the mean over the first axis lies within four standard errors."""
    spread = numpy.std(samples, axis=0, ddof=1) / numpy.sqrt(len(samples))
    assert numpy.all(numpy.abs(numpy.mean(samples, axis=0) - expected) <= errors * spread)


def softmax(scores: Any, axis: int = -1) -> Any:
    """Return the softmax along an axis."""
    powers = np.exp(scores - np.max(scores, axis=axis, keepdims=True))
    return powers / np.sum(powers, axis=axis, keepdims=True)


def sigmoid(x: Any) -> Any:
    """Return the logistic function."""
    return (1 + np.tanh(x / 2)) / 2  # no overflow


def distribution(rng: Generator, *shape: int) -> Array:
    """Return random probabilities along the last axis, none of them zero."""
    draws: Array = rng.dirichlet(numpy.full(shape[-1], 2.0), size=shape[:-1])
    return draws


def kl(p: Any, q: Any) -> Any:
    """Return the Kullback-Leibler divergences between the distributions along the last axis."""
    return np.sum(p * (np.log(p) - np.log(q)), axis=-1)


def one_hot(place: int, size: int) -> Array:
    """Return a unit vector."""
    unit: Array = numpy.eye(size)[place]
    return unit
