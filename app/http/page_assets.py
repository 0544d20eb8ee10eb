"""Templates and files that the pages are made of."""

import gzip
import hashlib
from functools import cache
from pathlib import Path

from starlette.templating import Jinja2Templates

_ROOT = Path(__file__).resolve().parents[2]
STATIC = _ROOT / "static"

templates = Jinja2Templates(_ROOT / "templates")

# The part of plotly.js that draws lines: a quarter of the script that the plotly package brings,
# and a browser that has not seen it yet opens a page more than a second sooner.
_PLOTLY = STATIC / "vendor" / "plotly-basic.min.js"


@cache
def plotly_url() -> str:
    """The address of Plotly's script: a hash of its content is in it, so it is good for ever."""
    digest = hashlib.sha256(_PLOTLY.read_bytes()).hexdigest()
    return f"/static/plotly-{digest[:16]}.min.js"


@cache
def plotly_script(*, compressed: bool) -> bytes:
    """The content of Plotly's script, compressed once where that is asked for."""
    content = _PLOTLY.read_bytes()
    return gzip.compress(content, compresslevel=6, mtime=0) if compressed else content
