from tests.app.conftest import Trained


def test_the_kinds_of_layers_come_with_formulas_and_source_lines(trained: Trained) -> None:
    found = trained.client.get("/api/layers").json()["layers"]
    assert [(layer["kind"], layer["label"], layer["loss"]) for layer in found] == [
        ("dense", "Dense", None),
        ("relu", "ReLU", None),
        ("sigmoid", "Sigmoid", None),
        ("softmax_with_loss", "Softmax with loss", "cross_entropy"),
        ("softmax_with_loss", "Softmax with loss", "mean_squared_error"),
    ]
    backward = found[0]["backward"]
    assert backward["formulas"][0]["text"] == "dW = xᵀ · dy"
    assert backward["formulas"][0]["operands"] == ["xᵀ", "dy"]
    names = [source["name"] for source in backward["sources"]]
    assert names == ["Dense.backward", "Dense.parameter_gradients"]
    assert backward["sources"][0]["file"] == "trainer/layers/dense.py"
    assert "product(dy, self.W.T, out=dx)" in backward["sources"][0]["text"]
