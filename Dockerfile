FROM python:3.11-slim

# requirements-cluster.txt for a server, scheduler or worker of a Dask cluster.
ARG REQUIREMENTS=requirements.txt

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 DIGITSCOPE_HOME=/data DIGITSCOPE_HOST=0.0.0.0

WORKDIR /srv/digitscope
COPY requirements.txt requirements-cluster.txt ./
RUN pip install --no-cache-dir -r $REQUIREMENTS

COPY app app
COPY static static
COPY templates templates
COPY trainer trainer

RUN useradd --system digitscope && mkdir /data && chown digitscope /data
USER digitscope
VOLUME /data
EXPOSE 8000

HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["python", "-c", "\
import os, urllib.request as r; \
r.urlopen(f'http://127.0.0.1:{os.environ.get(\"DIGITSCOPE_PORT\", 8000)}/healthz', timeout=2)"]

# The server is process 1 and gets SIGTERM itself: it saves what is training and ends.
CMD ["python", "-m", "app"]
