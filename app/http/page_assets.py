"""Templates and scripts of the pages."""

import gzip
import hashlib
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.templating import Jinja2Templates

from app.http.static_files import STATIC, static_address


def _static(request: Request) -> dict[str, str]:
    """Add the address of the static files to the context of each template."""
    return {"static": static_address()}


_TEMPLATES = Path(__file__).resolve().parents[2] / "templates"

templates = Jinja2Templates(_TEMPLATES, context_processors=[_static])

# The basic bundle of plotly.js is a quarter of the full one: at the first visit a page opens more
# than a second sooner.
_PLOTLY = STATIC / "vendor" / "plotly-basic.min.js"


@cache
def plotly_url() -> str:
    """Address of Plotly's script, with a hash of its content, so that it can be cached for good."""
    digest = hashlib.sha256(_PLOTLY.read_bytes()).hexdigest()
    return f"/static/plotly-{digest[:16]}.min.js"


@cache
def plotly_script(*, compressed: bool) -> bytes:
    """Content of Plotly's script, as it is or compressed."""
    content = _PLOTLY.read_bytes()
    return gzip.compress(content, compresslevel=6, mtime=0) if compressed else content
