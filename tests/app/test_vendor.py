import hashlib

import pytest

from tests.conftest import ROOT

VENDOR = ROOT / "static" / "vendor"

# SHA-256 of each file; a new version of a library comes with a new line here.
CHECKSUMS = {
    "lit-all.min.js": "d853df076a5a3bd597221ebbef7eef8232b3ce09ec068bbbc10e284a1ea7a9ae",
    "plotly-basic.min.js": "99784e3abfb07b142a15e521a439e6d9addceadb3f79553fd24c72774f0649ba",
}


@pytest.mark.parametrize("name", CHECKSUMS)
def test_a_vendored_script_is_the_file_that_was_released(name: str) -> None:
    assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == CHECKSUMS[name]


def test_each_vendored_script_is_listed_with_its_version_and_licence() -> None:
    readme = (VENDOR / "README.md").read_text()
    scripts = sorted(path.name for path in VENDOR.glob("*.js"))
    assert scripts == sorted(CHECKSUMS)
    for name in scripts:
        licence = "LICENSE." + name.partition("-")[0]
        assert name in readme
        assert licence in readme
        assert (VENDOR / licence).is_file()


def test_the_vendored_lit_tells_its_version() -> None:
    assert "litElementVersions" in (VENDOR / "lit-all.min.js").read_text()
    assert "`lit` 3.3.3" in (VENDOR / "README.md").read_text()
