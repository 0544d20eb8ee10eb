import numpy as np
import pytest

from trainer.config import Config, ConfigError, kinds
from trainer.layers import Shape
from trainer.layers.sequential import Sequential

NOT_A_NUMBER, INFINITY = float("nan"), float("inf")


def test_a_validation_share_leaves_fewer_pictures_to_learn_from() -> None:
    config = Config.from_dict({"train_limit": 129, "validation": 0.1})
    assert (config.train_size(60_000), config.batch_size) == (117, 117)
    assert Config.from_dict({"validation": 0.1}).steps_per_epoch(60_000) == 422
    with pytest.raises(ConfigError, match="batch_size: expected at most the 117"):
        Config.from_dict({"train_limit": 129, "validation": 0.1, "batch_size": 118})
    with pytest.raises(ConfigError, match="validation: expected a share of at least one"):
        Config.from_dict({"train_limit": 9, "validation": 0.1})


def test_the_defaults_are_the_reference_networks() -> None:
    config = Config()
    assert (config.hidden, config.activation, config.initializer) == ((50,), "relu", "random")
    assert (config.loss, config.optimizer, config.learning_rate) == ("cross_entropy", "sgd", 0.1)
    assert (config.schedule, config.batch_size, config.epochs) == ("constant", 128, 20)
    assert (config.sampling, config.augment, config.seed) == ("random", False, 0)
    assert config.train_limit is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("dataset", "strokes"),
        ("dataset", "a folder of the user"),
        ("hidden", []),
        ("hidden", [2048] * 8),
        ("hidden", [1]),
        ("activation", "sigmoid"),
        ("initializer", "he"),
        ("loss", "mean_squared_error"),
        ("optimizer", "adam"),
        ("learning_rate", 10),
        ("learning_rate", 1e-9),
        ("schedule", "cosine"),
        ("batch_size", 1),
        ("batch_size", 4096),
        ("epochs", 1000),
        ("sampling", "shuffle"),
        ("augment", True),
        ("seed", 2**32 - 1),
        ("train_limit", 1),
        ("train_limit", 60_000),
        ("train_limit", 1_000_000),
        ("train_limit", None),
    ],
)
def test_what_lies_within_the_limits_is_taken(field: str, value: object) -> None:
    assert Config.from_dict({field: value}).to_dict()[field] == value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("dataset", ""),
        ("dataset", 1),
        ("hidden", [0]),
        ("hidden", [2049]),
        ("hidden", [1] * 9),
        ("hidden", 50),
        ("hidden", "50"),
        ("hidden", [50.0]),
        ("hidden", [True]),
        ("hidden", None),
        ("activation", "tanh"),
        ("activation", ["relu"]),
        ("initializer", None),
        ("loss", ""),
        ("optimizer", "SGD"),
        ("learning_rate", 0),
        ("learning_rate", -0.1),
        ("learning_rate", 10.5),
        ("learning_rate", NOT_A_NUMBER),
        ("learning_rate", INFINITY),
        ("learning_rate", "0.1"),
        ("learning_rate", True),
        ("schedule", "linear"),
        ("batch_size", 0),
        ("batch_size", 4097),
        ("batch_size", 128.0),
        ("batch_size", True),
        ("epochs", 0),
        ("epochs", 1001),
        ("epochs", "20"),
        ("sampling", "all"),
        ("augment", 1),
        ("augment", "true"),
        ("seed", -1),
        ("seed", 2**32),
        ("seed", 10**400),
        ("train_limit", 0),
        ("train_limit", 100.0),
        ("train_limit", False),
        ("momentum", 0.9),
    ],
)
def test_what_lies_beyond_them_is_an_error_with_a_message_on_that_field(
    field: str, value: object
) -> None:
    with pytest.raises(ConfigError) as error:
        Config.from_dict({field: value})
    assert list(error.value.fields) == [field]
    assert field in str(error.value)


def test_every_bad_field_has_its_own_message() -> None:
    with pytest.raises(ConfigError) as error:
        Config.from_dict({"epochs": 0, "seed": "x", "optimizer": "sgd"})
    assert error.value.fields.keys() == {"epochs", "seed"}
    assert error.value.fields["epochs"] == "expected an integer from 1 to 1,000; got 0"


def test_a_batch_is_never_more_than_the_training_pictures() -> None:
    assert Config.from_dict({"train_limit": 100}).batch_size == 100
    assert Config.from_dict({"train_limit": 1000}).batch_size == 128
    with pytest.raises(ConfigError, match="batch_size: expected at most the 100 training"):
        Config.from_dict({"train_limit": 100, "batch_size": 101})


def test_sizes_are_limited_by_the_data_set_where_that_is_known() -> None:
    assert Config.from_dict({}, available=100).batch_size == 100
    assert Config.from_dict({"train_limit": 50}, available=100).batch_size == 50
    assert Config.from_dict({"train_limit": 100}, available=100).train_limit == 100
    for values, message in (
        ({"train_limit": 101}, "train_limit: expected at most the 100 training pictures; got 101"),
        ({"batch_size": 101}, "batch_size: expected at most the 100 training pictures; got 101"),
    ):
        with pytest.raises(ConfigError, match=message):
            Config.from_dict(values, available=100)


def test_steps_are_limited_by_the_size_of_the_data_set() -> None:
    values = {"batch_size": 1, "epochs": 400}
    assert Config.from_dict(values, available=50_000).epochs == 400
    with pytest.raises(ConfigError, match="epochs: expected at most 20,000,000 steps"):
        Config.from_dict(values, available=50_001)


def test_a_config_survives_the_way_through_plain_values() -> None:
    config = Config(hidden=(512, 256), optimizer="adam", learning_rate=0.001, augment=True)
    assert Config.from_dict(config.to_dict()) == config


def test_an_epochs_steps_are_rounded_up() -> None:
    assert Config().steps_per_epoch(60_000) == 469
    assert Config().steps_per_epoch(3000) == 24
    assert Config.from_dict({"train_limit": 129}).steps_per_epoch(60_000) == 2


def test_weights_are_counted_with_their_biases() -> None:
    assert Config().weights(10) == 784 * 50 + 50 + 50 * 10 + 10
    assert Config(hidden=()).weights(6) == 784 * 6 + 6


def test_the_cost_of_a_network_is_counted_layer_by_layer() -> None:
    cost = Config(hidden=(50,)).cost(10)
    assert cost.parameters == 784 * 50 + 50 + 50 * 10 + 10
    # A multiplication and an addition for each weight and bias, 1 for each ReLU and 4 for each
    # probability.
    assert cost.flops == 2 * cost.parameters + 50 + 4 * 10
    assert Config(hidden=(50,), activation="sigmoid").cost(10).flops == cost.flops + 3 * 50


def test_a_built_network_has_the_cost_of_its_config() -> None:
    config = Config(hidden=(7, 5), activation="sigmoid")
    network = Sequential.from_config(config)
    assert network.cost((784,)) == config.cost(10)
    assert config.weights(10) == sum(array.size for array in network.parameters().values())


def test_each_specification_knows_the_shape_that_its_layer_returns() -> None:
    shape: Shape = (784,)
    x = np.ones((3, 784), np.float32)
    for spec in Config(hidden=(7, 5)).layers(10):
        layer = spec.build(shape, np.random.default_rng(0), np.float32)
        assert layer.spec == spec
        shape = spec.output_shape(shape)
        x = layer.apply(x)
        assert x.shape == (3, *shape)


@pytest.mark.parametrize(
    ("field", "instruction"),
    [
        ("epochs", "Enter a whole number from 1 to 1,000"),
        ("learning_rate", "Enter a number above 0 and at most 10"),
        ("hidden", "Enter 0 to 8 layers of 1 to 2,048 units, such as 512, 256"),
        ("optimizer", "Choose one of SGD, Momentum, Adam"),
        ("augment", "Choose yes or no"),
    ],
)
def test_a_form_has_a_sentence_for_an_invalid_value(field: str, instruction: str) -> None:
    assert kinds()[field].instruction == instruction


def test_a_field_that_may_be_empty_says_so() -> None:
    assert kinds()["train_limit"].instruction.endswith(", or leave this empty")


def test_every_field_and_choice_is_explained() -> None:
    for kind in kinds().values():
        assert kind.help
        assert all(choice["label"] and choice["help"] for choice in kind.form().get("choices", []))
