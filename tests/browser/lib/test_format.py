from playwright.sync_api import Page


def test_only_all_of_it_is_100_percent(blank: Page) -> None:
    shares = [0, 0.969, 0.9994, 0.995, 0.9996, 1]
    words = """async ([shares, digits]) => {
        const { percent } = await import("/static/lib/format.js");
        return shares.map((share) => percent(share, digits).replaceAll("\u00a0", " "));
    }"""
    exact = blank.evaluate(words, [shares, 1])
    assert exact == ["0.0 %", "96.9 %", "99.9 %", "99.5 %", ">99.9 %", "100.0 %"]
    assert blank.evaluate(words, [shares, 0]) == ["0 %", "97 %", ">99 %", ">99 %", ">99 %", "100 %"]
