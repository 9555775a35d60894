# One image for API, worker and migrations; the command says which. Servers are named by settings: none is inside.
# The base is an argument so that an installation can pin a digest or name its own mirror's copy.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm
ARG NODE_IMAGE=node:22-bookworm-slim

FROM ${NODE_IMAGE} AS console
WORKDIR /source/console
COPY console/package.json console/package-lock.json console/.npmrc ./
RUN npm ci --silent
COPY console ./
COPY docs/openapi.json ../docs/openapi.json
RUN npm run --silent build

FROM ${PYTHON_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /source
COPY requirements/build.txt requirements/runtime.txt requirements/
RUN python -m venv /build && /build/bin/pip install --require-hashes --only-binary :all: -r requirements/build.txt \
 && python -m venv /app && /app/bin/pip install --require-hashes --only-binary :all: -r requirements/runtime.txt
COPY pyproject.toml hatch_build.py README.md LICENSE ./
COPY backend backend
COPY miniprogram_api miniprogram_api
COPY workers workers
COPY sandbox sandbox
COPY operations operations
COPY --from=console /source/miniprogram_api/built miniprogram_api/built
RUN /build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
 && /app/bin/pip install --no-deps --no-index /wheels/*.whl \
 && /app/bin/python -m compileall -q /app/lib

FROM ${PYTHON_IMAGE}
# It holds no pg_dump: `wuwei backup` runs beside it, where PostgreSQL 18's client programs or the extra [embedded] are.
RUN groupadd --gid 10001 wuwei && useradd --uid 10001 --gid wuwei --no-create-home --shell /usr/sbin/nologin wuwei \
 && install --directory --owner=wuwei --group=wuwei --mode=700 /data
COPY --from=build /app /app
ENV PATH=/app/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    WUWEI_DATA_DIR=/data WUWEI_API_HOST=0.0.0.0
WORKDIR /data
VOLUME /data
USER wuwei
EXPOSE 8000
# Readiness is on the internal listener, which the outside does not see.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD \
  ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8001/readyz', timeout=2)"]
STOPSIGNAL SIGTERM
CMD ["wuwei", "api"]
