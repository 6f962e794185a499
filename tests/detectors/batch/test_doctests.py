"""The examples in the docstrings are true."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import numpy as np
import pytest

from standout import features
from standout.detectors import batch, ranking


def modules() -> list[str]:
    found = [ranking.__name__]
    for package in (batch, features):
        names = pkgutil.iter_modules(package.__path__)
        found += [f"{package.__name__}.{module.name}" for module in names]
    return found


@pytest.mark.parametrize("name", modules())
def test_examples(name: str) -> None:
    module = importlib.import_module(name)
    failed, _ = doctest.testmod(module, extraglobs={"np": np})
    assert failed == 0


def test_there_are_examples() -> None:
    finder = doctest.DocTestFinder(exclude_empty=True)
    examples = [
        test
        for name in modules()
        for test in finder.find(importlib.import_module(name))
        if test.examples
    ]
    assert len(examples) >= 12
