import base64
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from tests.app.conftest import Trained
from tests.app.http_calls import assert_error, predict, saved, seven, start, wait_for
from tests.app.images.drawing import sheet_of_digits
from tests.conftest import running_server
from trainer.datasets import Library


def prediction(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def decoded(url: str) -> Image.Image:
    kind, _, content = url.partition(",")
    assert kind == "data:image/png;base64"
    return Image.open(BytesIO(base64.b64decode(content)))


def probabilities(trained: Trained, picture: Image.Image) -> list[float]:
    """Probabilities for a prepared picture, computed again from the network's weights."""
    content = trained.client.get(f"/api/runs/{trained.run}/checkpoint").content
    with np.load(BytesIO(content), allow_pickle=False) as weights:
        w1, b1, w2, b2 = (weights[name].astype(np.float64) for name in ("W1", "b1", "W2", "b2"))
    x = np.asarray(picture.convert("L"), np.float64).ravel() / 255
    scores = np.maximum(x @ w1 + b1, 0) @ w2 + b2
    y = np.exp(scores - scores.max())
    return list(y / y.sum())


def test_a_picture_is_read(trained: Trained) -> None:
    read = prediction(predict(trained.client, seven()))
    assert (read["run"], read["epoch"]) == (trained.run, 3)
    assert len(read["probabilities"]) == 10
    assert sum(read["probabilities"]) == pytest.approx(1)
    assert read["digit"] == int(np.argmax(read["probabilities"]))
    assert read["confidence"] == max(read["probabilities"])
    assert read["inverted"] is True
    picture = decoded(read["input"])
    assert picture.size == (28, 28)
    assert probabilities(trained, picture) == pytest.approx(read["probabilities"], abs=0.02)


def test_white_ink_on_black_is_not_inverted(trained: Trained) -> None:
    image = Image.open(BytesIO(seven())).convert("L").point(lambda grey: 255 - grey)
    light = prediction(predict(trained.client, saved(image)))
    dark = prediction(predict(trained.client, seven()))
    assert (light["inverted"], dark["inverted"]) == (False, True)
    assert light["digit"] == dark["digit"]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_every_common_kind_of_picture_is_read(trained: Trained, kind: str) -> None:
    expected = prediction(predict(trained.client, seven()))["digit"]
    assert prediction(predict(trained.client, seven(kind=kind)))["digit"] == expected


def test_test_pictures_are_predicted_as_accurately_as_in_the_training(
    trained: Trained, data_home: Path
) -> None:
    test = Library(data_home, offline=True).load("strokes").test
    pictures = [Image.fromarray(x.reshape(28, 28)).resize((140, 140)) for x in test.x[:60]]
    results = prediction(predict(trained.client, *map(saved, pictures)))["results"]
    right = sum(result["digit"] == t for result, t in zip(results, test.t[:60], strict=True))
    run = trained.client.get(f"/api/runs/{trained.run}").json()
    # The preparation costs something, and 60 pictures are few.
    assert right / 60 > run["test_accuracy"] - 0.2


def test_a_framed_picture_is_read_as_the_training_read_it(trained: Trained) -> None:
    mistakes = trained.client.get(f"/api/runs/{trained.run}/failures").json()["items"]
    pictures = [base64.b64decode(item["image"].partition(",")[2]) for item in mistakes]
    read = prediction(predict(trained.client, *pictures, framed=1))
    for item, result in zip(mistakes, read["results"], strict=True):
        assert result["digit"] == item["predicted"]
        assert result["confidence"] == pytest.approx(item["confidence"], abs=1e-3)


def test_a_framed_picture_has_the_same_fields_as_others(trained: Trained) -> None:
    picture = Image.new("L", (28, 28))
    picture.paste(200, (2, 3, 5, 20))
    read = prediction(predict(trained.client, saved(picture), framed=1, stages=1, history=1))
    assert (read["inverted"], read["size"]) == (False, [28, 28])
    assert [digit["box"] for digit in read["digits"]] == [[0, 0, 28, 28]]
    assert decoded(read["input"]).tobytes() == picture.tobytes()
    assert [stage["name"] for stage in read["stages"]] == ["original"]
    assert read["history"][-1]["probabilities"] == pytest.approx(read["probabilities"])


def test_a_framed_picture_has_28_by_28_pixels(trained: Trained) -> None:
    body = assert_error(predict(trained.client, seven((280, 28)), framed=1), 422, "invalid")
    assert "28 × 28" in body["fields"]["image"]
    assert "280 × 28" in body["fields"]["image"]
    black = saved(Image.new("L", (28, 28)))
    assert (
        "drawn"
        in assert_error(predict(trained.client, black, framed=1), 422, "blank")["fields"]["image"]
    )


def test_stages_and_history_are_added_if_requested(trained: Trained) -> None:
    plain = prediction(predict(trained.client, seven()))
    assert not {"stages", "history", "history_complete"} & set(plain)
    full = prediction(predict(trained.client, seven(), stages=1, history=1))
    names = ["original", "ink", "cropped", "20×20", "centred"]
    assert [stage["name"] for stage in full["stages"]] == names
    for stage in full["stages"]:
        assert set(stage) == {"name", "image", "digit", "confidence"}
        assert decoded(stage["image"]).size
    assert full["stages"][-1]["image"] == full["input"]
    assert full["stages"][-1]["digit"] == full["digit"]
    assert [row["epoch"] for row in full["history"]] == [1, 2, 3]
    assert full["history_complete"] is True
    assert full["history"][-1]["probabilities"] == pytest.approx(full["probabilities"])


def test_the_run_and_the_epoch_can_be_chosen(trained: Trained) -> None:
    history = prediction(predict(trained.client, seven(), history=1))["history"]
    for row in history:
        read = prediction(predict(trained.client, seven(), run=trained.run, epoch=row["epoch"]))
        assert read["epoch"] == row["epoch"]
        assert read["probabilities"] == pytest.approx(row["probabilities"])
    assert prediction(predict(trained.client, seven(), epoch=2))["epoch"] == 2


def test_several_digits_are_in_reading_order(trained: Trained) -> None:
    sheet = Image.new("L", (600, 300), 255)
    for place in ((20, 60), (220, 50), (420, 70)):
        sheet.paste(Image.open(BytesIO(seven((160, 180)))).convert("L"), place)
    read = prediction(predict(trained.client, saved(sheet)))
    assert read["size"] == [600, 300]
    lefts = [digit["box"][0] for digit in read["digits"]]
    assert len(lefts) == 3
    assert lefts == sorted(lefts)
    surest = max(read["digits"], key=lambda digit: digit["confidence"])
    for name in ("digit", "confidence", "probabilities", "input"):
        assert read[name] == surest[name]
    for digit in read["digits"]:
        assert set(digit) == {"box", "digit", "confidence", "probabilities", "input"}


def test_any_digit_of_a_picture_can_be_described(trained: Trained) -> None:
    picture = saved(sheet_of_digits(2, 2, 100))
    surest = prediction(predict(trained.client, picture, stages=1, history=1))
    confidences = [digit["confidence"] for digit in surest["digits"]]
    assert confidences[surest["place"]] == max(confidences)
    for place in range(4):
        read = prediction(predict(trained.client, picture, stages=1, history=1, digit=place))
        digit = read["digits"][place]
        assert read["place"] == place
        for name in ("digit", "confidence", "probabilities", "input"):
            assert read[name] == digit[name]
        assert read["stages"][-1]["image"] == digit["input"]
        last = read["history"][-1]["probabilities"]
        assert last == pytest.approx(digit["probabilities"], rel=1e-4)  # in single precision
        assert read["digits"] == surest["digits"]


@pytest.mark.parametrize("place", [4, -1, 10**30])
def test_a_digit_that_the_picture_does_not_have_is_422(trained: Trained, place: int) -> None:
    picture = saved(sheet_of_digits(2, 2, 100))
    fields = assert_error(predict(trained.client, picture, digit=place), 422, "invalid")["fields"]
    assert str(place) in fields["digit"]


def test_lines_of_digits_are_read_as_lines(trained: Trained) -> None:
    read = prediction(predict(trained.client, saved(sheet_of_digits(3, 4, 80))))
    corners = [(top // 80, left // 80) for left, top, *_ in (d["box"] for d in read["digits"])]
    assert corners == [(row, column) for row in range(3) for column in range(4)]


def test_several_pictures_have_results_or_errors_of_their_own_in_order(trained: Trained) -> None:
    pictures = [seven(), b"nonsense", blank(), seven((300, 300)), huge()]
    results = prediction(predict(trained.client, *pictures))["results"]
    kinds = [result.get("error", {}).get("type") for result in results]
    assert kinds == [None, "unreadable", "blank", None, "too_large"]
    alone = prediction(predict(trained.client, seven()))
    assert results[0]["probabilities"] == alone["probabilities"]


def test_up_to_64_pictures_are_read_at_once(trained: Trained) -> None:
    small = seven((40, 40))
    assert len(prediction(predict(trained.client, *[small] * 64))["results"]) == 64
    body = assert_error(predict(trained.client, *[small] * 65), 422, "invalid")
    assert "64" in body["fields"]["image"]


def blank() -> bytes:
    return saved(Image.new("RGB", (280, 280), "white"))


def huge() -> bytes:
    return saved(Image.new("1", (5000, 4001)))


def bomb() -> bytes:
    """A small file with 10 gigapixels by its header."""
    content = bytearray(saved(Image.new("L", (1, 1))))
    content[16:24] = (100_000).to_bytes(4, "big") * 2
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    return bytes(content)


@pytest.mark.parametrize(
    ("picture", "status", "kind"),
    [
        (blank(), 422, "blank"),
        (saved(Image.new("RGBA", (280, 280))), 422, "blank"),
        (huge(), 413, "too_large"),
        (bomb(), 413, "too_large"),
        (b"x" * 5_000_001, 413, "too_large"),
        (seven() + bytes(5_000_000), 413, "too_large"),
        (b"", 415, "unreadable"),
        (b"nonsense", 415, "unreadable"),
        (b"x" * 5_000_000, 415, "unreadable"),
        (seven()[:200], 415, "unreadable"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "unreadable"),
        (b"%PDF-1.7 ", 415, "unreadable"),
    ],
    ids=["blank", "transparent", "huge", "bomb", "large", "padded", "empty", "text", "largest",
         "cut", "svg", "pdf"],
)  # fmt: skip
def test_a_picture_that_cannot_be_used_is_an_error(
    trained: Trained, picture: bytes, status: int, kind: str
) -> None:
    message = assert_error(predict(trained.client, picture), status, kind)["error"]["message"]
    assert "expected" in message.lower()


def test_a_picture_of_20_megapixels_is_read(trained: Trained) -> None:
    assert prediction(predict(trained.client, seven((5000, 4000))))["size"] == [5000, 4000]


@pytest.mark.parametrize(
    ("parameters", "status", "kind"),
    [
        ({"run": "nope"}, 404, "not_found"),
        ({"run": ""}, 404, "not_found"),
        ({"epoch": 4}, 404, "not_found"),
        ({"epoch": 0}, 404, "not_found"),
        ({"epoch": 10**30}, 404, "not_found"),
        ({"epoch": "x"}, 422, "invalid"),
        ({"stages": "maybe"}, 422, "invalid"),
    ],
)
def test_an_unknown_network_is_an_error(
    trained: Trained, parameters: dict[str, Any], status: int, kind: str
) -> None:
    assert_error(predict(trained.client, seven(), **parameters), status, kind)
    assert_error(predict(trained.client, seven(), seven(), **parameters), status, kind)


@pytest.fixture(scope="module")
def untrained(shared_home: Path) -> Iterator[httpx.Client]:
    with running_server(shared_home) as server, server.client() as client:
        yield client


def test_without_a_trained_network_a_prediction_is_a_conflict(untrained: httpx.Client) -> None:
    assert_error(predict(untrained, seven()), 409, "conflict")
    run = start(untrained, dataset="strokes", batch_size=1, epochs=300)["id"]
    assert_error(predict(untrained, seven()), 409, "conflict")
    assert_error(predict(untrained, seven(), run=run), 409, "conflict")
    untrained.post(f"/api/runs/{run}/stop")
    wait_for(untrained, run, "stopped")


@pytest.mark.slow
def test_the_newest_network_reads_also_while_a_newer_one_has_no_epoch_yet(
    untrained: httpx.Client,
) -> None:
    runs = [start(untrained, dataset="strokes", train_limit=50, epochs=1)["id"] for _ in range(2)]
    for run in runs:
        wait_for(untrained, run, "finished")
    newer = start(untrained, dataset="strokes", batch_size=1, epochs=300)["id"]
    assert prediction(predict(untrained, seven()))["run"] == runs[1]
    untrained.post(f"/api/runs/{newer}/stop")
    wait_for(untrained, newer, "stopped")
    untrained.delete(f"/api/runs/{runs[1]}")
    assert prediction(predict(untrained, seven()))["run"] == runs[0]
