import re

import pytest

from tests.conftest import ROOT
from trainer.layers import Layer
from trainer.layers.explanation import Explanation
from trainer.layers.kinds import every_kind
from trainer.layers.losses import LOSSES

KINDS = list(every_kind())
NAMES = {"x", "y", "t", "W", "b", "dx", "dy", "dW", "db", "L"}


def passes(layer: Layer) -> tuple[Explanation, Explanation]:
    return layer.explain_forward(), layer.explain_backward()


def test_every_layer_and_loss_is_explained() -> None:
    kinds = [layer.kind for layer in KINDS]
    assert kinds == ["dense", "relu", "sigmoid", *["softmax_with_loss"] * len(LOSSES)]


@pytest.mark.parametrize("layer", KINDS, ids=lambda layer: layer.kind)
def test_the_source_lines_stand_in_the_file_at_their_numbers(layer: Layer) -> None:
    for explanation, method in zip(passes(layer), ("forward", "backward"), strict=True):
        sources = explanation.sources()
        assert sources[0].name == f"{type(layer).__name__}.{method}"
        for source in sources:
            lines = (ROOT / source.file).read_text(encoding="utf-8").splitlines()
            shown = source.text.splitlines()
            assert shown[0].startswith("def ")
            there = lines[source.line - 1 : source.line - 1 + len(shown)]
            assert [line.strip() for line in there] == [line.strip() for line in shown]


@pytest.mark.parametrize("layer", KINDS, ids=lambda layer: layer.kind)
def test_formulas_name_the_arrays_of_a_layer(layer: Layer) -> None:
    forward, backward = passes(layer)
    assert forward.formulas[0].result == "y"
    assert backward.formulas[-1].result == "dx"
    for formula in (*forward.formulas, *backward.formulas):
        assert {name.removesuffix("ᵀ") for name in formula.operands} <= NAMES
        left, right = formula.text.split(" = ")
        assert left == formula.result
        found = re.findall(r"(?<![a-z])d?[xytWb]ᵀ?(?![a-z])", right)
        assert list(formula.operands) == list(dict.fromkeys(found))
        assert formula.help.endswith(".")


@pytest.mark.parametrize("layer", KINDS, ids=lambda layer: layer.kind)
def test_every_gradient_of_a_parameter_has_a_formula(layer: Layer) -> None:
    results = {formula.result for formula in layer.explain_backward().formulas}
    assert {f"d{name}" for name in layer.parameters()} <= results
