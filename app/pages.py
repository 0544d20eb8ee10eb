"""Templates and files that the pages are made of."""

import gzip
import hashlib
from functools import cache
from pathlib import Path

import plotly
from starlette.templating import Jinja2Templates

_ROOT = Path(__file__).resolve().parent.parent
STATIC = _ROOT / "static"

templates = Jinja2Templates(_ROOT / "templates")

_PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"


@cache
def plotly_url() -> str:
    """The address of plotly.min.js: a hash of its content is in it, so it is good for ever."""
    digest = hashlib.sha256(_PLOTLY.read_bytes()).hexdigest()
    return f"/static/plotly-{digest[:16]}.min.js"


@cache
def plotly_script(*, compressed: bool) -> bytes:
    """The content of plotly.min.js, compressed once where that is asked for."""
    content = _PLOTLY.read_bytes()
    return gzip.compress(content, compresslevel=6, mtime=0) if compressed else content
