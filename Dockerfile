# podman build -t standout .        (or docker, or buildah)
#
# Any image with Python 3.11 to 3.13 as python3, its venv module included, will do as the base.
ARG BASE=docker.io/library/python:3.13-slim

FROM ${BASE} AS build
WORKDIR /src
# What changes rarely comes first: an edit of the code does not fetch the dependencies again.
COPY deploy/requirements.txt ./
RUN python3 -m venv /opt/standout \
    && /opt/standout/bin/python -m pip install --no-cache-dir --require-hashes -r requirements.txt
COPY pyproject.toml hatch_build.py package.json package-lock.json .npmrc README.md LICENSE ./
COPY src src
# The build hook fetches what the pages take from npm, and brings an npm if there is none.
RUN /opt/standout/bin/python -m pip install --no-cache-dir --no-deps . \
    && /opt/standout/bin/python -m pip uninstall --yes --quiet pip setuptools \
    && find /opt/standout/lib -type d -name tests -prune -exec rm -rf {} +

FROM ${BASE}
LABEL org.opencontainers.image.title="Standout" \
      org.opencontainers.image.description="Finds what stands out in numbers" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /opt/standout /opt/standout
# Group 0 may write, too: OpenShift runs a container as some user of that group.
RUN mkdir -m 2770 /data && chown 10001:0 /data
ENV PATH=/opt/standout/bin:$PATH \
    HOME=/data \
    PYTHONDONTWRITEBYTECODE=1 \
    STANDOUT_HOST=0.0.0.0 \
    STANDOUT_PORT=8000 \
    STANDOUT_DATA_DIR=/data
# Nothing else is written: temporary files, too, land here where the root is read-only.
VOLUME /data
WORKDIR /data
USER 10001:0
EXPOSE 8000
# The first start compiles the kernels, for some seconds.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python3", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ['STANDOUT_PORT'] + '/health', timeout=4)"]
ENTRYPOINT ["standout"]
CMD ["serve"]
