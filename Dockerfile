# syntax=docker/dockerfile:1

FROM python:3.13-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
RUN python -m venv /opt/deskhand
COPY requirements.lock requirements-build.lock ./
RUN /opt/deskhand/bin/pip install --no-deps --require-hashes -r requirements.lock \
 && python -m pip install --no-deps --require-hashes -r requirements-build.lock
COPY pyproject.toml LICENSE ./
COPY bot bot
COPY adapters adapters
COPY storage storage
RUN python -m pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
 && /opt/deskhand/bin/pip install --no-deps --no-index /wheels/*.whl \
 && /opt/deskhand/bin/python -m compileall -q /opt/deskhand/lib \
 && /opt/deskhand/bin/pip uninstall --yes --quiet pip


FROM python:3.13-slim
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Deskhand" \
      org.opencontainers.image.description="A service desk and incident bot for Slack, Discord and the browser" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

RUN groupadd --gid 10001 deskhand \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin deskhand \
 && install -d -o 10001 -g 10001 -m 0750 /data
COPY --from=build /opt/deskhand /opt/deskhand

ENV PATH=/opt/deskhand/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DESKHAND_SERVICE__DATA_DIR=/data \
    DESKHAND_HTTP__LISTEN=0.0.0.0:8025 \
    DESKHAND_MAIL__INTAKE__LISTEN=0.0.0.0:2525

USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8025 2525
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
  CMD ["deskhand", "healthcheck"]
ENTRYPOINT ["deskhand"]
CMD ["run", "--config", "/etc/deskhand/deskhand.toml"]
