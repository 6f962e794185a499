"""Novelty's verdicts stay what they were in its version."""

from __future__ import annotations

import json

import pytest

from standout.detectors import registry
from tests.golden.make_novelty import FILE, VARIANTS, verdicts

KEPT = json.loads(FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("variant", VARIANTS)
def test_verdicts_are_those_of_the_version(variant: str) -> None:
    assert registry.version(VARIANTS[variant][0]) == 1
    told = verdicts(*VARIANTS[variant])
    assert told["votes"] == KEPT[variant]["votes"]
    for name in ("score", "expected", "upper"):
        for found, kept in zip(told[name], KEPT[variant][name], strict=True):
            assert found == (None if kept is None else pytest.approx(kept, rel=1e-7)), name
