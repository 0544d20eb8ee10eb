import re
from io import BytesIO

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.conftest import Problems
from tests.browser.drawing import ONE, ZERO, Fingers, draw_with_mouse, on_pad, open_pad
from tests.browser.servers import Server

ANSWER = re.compile(r"\d\s+\d+\s% sure")
NOTHING = re.compile(r"\?\s+Waiting")


def picture_of_ones(number: int) -> bytes:
    """A PNG with that many upright strokes side by side."""
    image = Image.new("L", (120 * number, 200), 255)
    pen = ImageDraw.Draw(image)
    for i in range(number):
        pen.line([(60 + 120 * i, 40), (60 + 120 * i, 160)], fill=0, width=14)
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def open_picture(page: Page, content: bytes) -> None:
    """Choose a file."""
    picture: FilePayload = {"name": "picture.png", "mimeType": "image/png", "buffer": content}
    page.get_by_label("Open picture").set_input_files(picture)


def blank_picture() -> bytes:
    """A PNG of white paper."""
    buffer = BytesIO()
    Image.new("L", (200, 200), 255).save(buffer, "PNG")
    return buffer.getvalue()


def test_a_stroke_with_the_mouse_is_answered(page: Page, server: Server) -> None:
    open_pad(page, server)
    draw_with_mouse(page, ZERO)
    expect(page.get_by_role("status")).to_contain_text(ANSWER)
    expect(page.get_by_role("img", name="What the network saw")).to_be_visible()
    expect(page.locator("#bars li")).to_have_count(10)
    expect(page.locator("#history li")).to_have_count(3)
    expect(page.get_by_role("heading", name="How the picture was prepared")).to_be_visible()


def test_it_is_answered_while_the_stroke_still_goes(page: Page, server: Server) -> None:
    open_pad(page, server)
    first, *rest = on_pad(page, ONE)
    page.mouse.move(*first)
    page.mouse.down()
    for point in rest:
        page.mouse.move(*point)
    expect(page.get_by_role("status")).to_contain_text(ANSWER)
    page.mouse.up()


def test_a_finger_draws_and_does_not_scroll(phone: Page, server: Server) -> None:
    open_pad(phone, server)
    Fingers(phone).lead([[point] for point in on_pad(phone, ONE)])
    expect(phone.get_by_role("status")).to_contain_text(ANSWER)
    assert phone.evaluate("scrollY") == 0
    expect(phone.get_by_role("heading", name="How the picture was prepared")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_two_fingers_scroll_and_leave_no_stroke(phone: Page, server: Server) -> None:
    open_pad(phone, server)
    expect(phone.get_by_label("Drawing pad")).to_be_visible()
    steps = [on_pad(phone, [(0.3, 0.9 - 0.02 * i), (0.7, 0.9 - 0.02 * i)]) for i in range(30)]
    Fingers(phone).lead(steps)
    phone.wait_for_function("scrollY > 50")
    expect(phone.get_by_role("button", name="Undo")).to_be_disabled()
    expect(phone.get_by_role("status")).to_contain_text(NOTHING)


def test_undo_redo_and_clear_have_buttons_and_keys(page: Page, server: Server) -> None:
    open_pad(page, server)
    draw_with_mouse(page, ONE)
    status = page.get_by_role("status")
    expect(status).to_contain_text(ANSWER)
    page.keyboard.press("Control+z")
    expect(status).to_contain_text(NOTHING)
    page.keyboard.press("Control+Shift+z")
    expect(status).to_contain_text(ANSWER)
    page.get_by_role("button", name="Clear").click()
    expect(status).to_contain_text(NOTHING)
    page.get_by_role("button", name="Undo").click()
    expect(status).to_contain_text(ANSWER)
    page.keyboard.press("Delete")
    expect(status).to_contain_text(NOTHING)


def test_the_keyboard_draws(page: Page, server: Server) -> None:
    open_pad(page, server)
    page.get_by_label("Drawing pad").focus()
    page.keyboard.press("Space")
    for _ in range(10):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.get_by_role("status")).to_contain_text(ANSWER)
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()


def test_a_picture_of_several_digits_gets_a_box_for_each(page: Page, server: Server) -> None:
    open_pad(page, server)
    open_picture(page, picture_of_ones(3))
    expect(page.locator("#boxes rect")).to_have_count(3)
    expect(page.locator("#boxes [data-explained=true]")).to_have_count(1)
    expect(page.get_by_role("status")).to_contain_text("3 digits")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#boxes rect")).to_have_count(0)
    expect(page.get_by_role("status")).to_contain_text(NOTHING)


def test_labels_stand_outside_their_boxes(page: Page, server: Server) -> None:
    open_pad(page, server)
    strip = Image.open(BytesIO(picture_of_ones(6))).crop((0, 38, 720, 170))
    buffer = BytesIO()
    strip.save(buffer, "PNG")
    open_picture(page, buffer.getvalue())
    expect(page.locator("#boxes rect")).to_have_count(6)
    covered = page.locator("#boxes").evaluate(
        """(svg) => [...svg.querySelectorAll("rect")].filter((rect) => {
            const [box, label] = [rect, rect.nextSibling].map((n) => n.getBoundingClientRect());
            return label.bottom > box.top + 4 && label.top < box.bottom - 4;
        }).length"""
    )
    assert covered == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (blank_picture(), "Nothing is drawn on this picture"),
        (b"nonsense", "can't be read as a picture"),
        (b"x" * 5_000_001, "over 5 MB"),
    ],
    ids=["blank", "unreadable", "large"],
)
def test_a_picture_that_is_no_use_leaves_the_pad_and_is_told(
    page: Page, server: Server, problems: Problems, content: bytes, words: str
) -> None:
    problems.expect("predict")
    problems.expect("Failed to load resource")
    open_pad(page, server)
    open_picture(page, content)
    expect(page.get_by_role("alert").filter(has_text=words)).to_be_visible()
    expect(page.get_by_role("status")).not_to_contain_text("Waiting")
    expect(page.get_by_alt_text("The picture you gave")).to_be_hidden()
    draw_with_mouse(page, ONE)
    expect(page.get_by_role("status")).to_contain_text(ANSWER)


def test_clearing_a_picture_leaves_an_empty_pad(page: Page, server: Server) -> None:
    open_pad(page, server)
    draw_with_mouse(page, ZERO)
    status = page.get_by_role("status")
    expect(status).to_contain_text(ANSWER)
    open_picture(page, picture_of_ones(2))
    expect(status).to_contain_text("2 digits")
    page.get_by_role("button", name="Clear").click()
    expect(status).to_contain_text(NOTHING)
    page.get_by_role("button", name="Undo").click()
    expect(status).to_contain_text(ANSWER)


def test_of_several_pictures_the_first_is_taken_and_the_page_says_so(
    page: Page, server: Server
) -> None:
    open_pad(page, server)
    page.evaluate(
        """(bytes) => {
            const dataTransfer = new DataTransfer();
            const content = [new Uint8Array(bytes)];
            for (const name of ["one.png", "two.png"]) {
                dataTransfer.items.add(new File(content, name, { type: "image/png" }));
            }
            dispatchEvent(new DragEvent("drop", { dataTransfer }));
        }""",
        list(picture_of_ones(1)),
    )
    expect(page.get_by_text("Only the first of 2 pictures was taken.")).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text(ANSWER)


def test_it_is_asked_again_once_the_server_is_back(
    page: Page, server: Server, problems: Problems
) -> None:
    problems.expect("ERR_FAILED")
    open_pad(page, server)
    page.route("**/api/predict*", lambda route: route.abort())
    draw_with_mouse(page, ONE)
    expect(page.get_by_role("alert").filter(has_text="can't be reached")).to_be_visible()
    page.unroute("**/api/predict*")
    expect(page.get_by_role("status")).to_contain_text(ANSWER)


def test_a_tool_with_nothing_left_to_do_gives_the_focus_to_the_pad(
    page: Page, server: Server
) -> None:
    open_pad(page, server)
    draw_with_mouse(page, ONE)
    page.get_by_role("button", name="Clear").press("Enter")
    expect(page.get_by_label("Drawing pad")).to_be_focused()


def test_a_pasted_picture_is_answered(page: Page, server: Server) -> None:
    open_pad(page, server)
    expect(page.get_by_label("Drawing pad")).to_be_visible()
    page.evaluate(
        """(bytes) => {
            const data = new DataTransfer();
            data.items.add(new File([new Uint8Array(bytes)], "one.png", { type: "image/png" }));
            dispatchEvent(new ClipboardEvent("paste", { clipboardData: data }));
        }""",
        list(picture_of_ones(1)),
    )
    expect(page.get_by_role("status")).to_contain_text(ANSWER)


def test_another_epoch_answers_when_chosen(page: Page, server: Server) -> None:
    open_pad(page, server)
    draw_with_mouse(page, ZERO)
    expect(page.get_by_role("status")).to_contain_text(ANSWER)
    with page.expect_request(re.compile(r"predict.*epoch=1")):
        page.get_by_label("Epoch", exact=True).select_option("1")
