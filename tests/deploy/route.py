"""OpenShift's Route, ``route.openshift.io/v1``: a check against the fields that are published.

OpenShift's own schema is not to be had as a package, so the rules stand here in our words, from the
definition that its API repository publishes. Only what a person may write is checked, not
`status`.
"""

from __future__ import annotations

import re
from typing import Any

HOST = re.compile(r"([A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]{0,61}[A-Za-z0-9])(\.(?=.)|$)")
ANNOTATION = re.compile(r"([a-z0-9.-]+/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
TERMINATIONS = {"edge", "passthrough", "reencrypt"}
INSECURE = {"Allow", "None", "Redirect", ""}
CERTIFICATES = {"key", "certificate", "caCertificate", "destinationCACertificate"}
SPEC = {
    "alternateBackends",
    "host",
    "httpHeaders",
    "path",
    "port",
    "subdomain",
    "tls",
    "to",
    "wildcardPolicy",
}


def check_route(route: dict[str, Any]) -> None:
    """Assert that OpenShift would take this object."""
    assert set(route) <= {"apiVersion", "kind", "metadata", "spec"}
    assert (route["apiVersion"], route["kind"]) == ("route.openshift.io/v1", "Route")
    for name, value in route["metadata"].get("annotations", {}).items():
        assert ANNOTATION.fullmatch(name), name
        assert isinstance(value, str), name
    spec = route["spec"]
    assert set(spec) <= SPEC, set(spec) - SPEC
    check_target(spec["to"])
    others = spec.get("alternateBackends", [])
    assert len(others) <= 3
    for other in others:
        check_target(other)
    for name in ("host", "subdomain"):
        if spec.get(name):
            assert len(spec[name]) <= 253
            assert is_host(spec[name]), spec[name]
    assert spec.get("wildcardPolicy", "None") in {"None", "Subdomain", ""}
    # A wildcard of what, otherwise?
    assert spec.get("wildcardPolicy") != "Subdomain" or spec.get("host")
    assert spec.get("path", "/").startswith("/"), spec["path"]
    if "port" in spec:
        check_port(spec["port"])
    if "tls" in spec:
        check_tls(spec["tls"])
        # What is passed through is not looked into.
        passed = spec["tls"]["termination"] == "passthrough"
        assert not (passed and (spec.get("path") or spec.get("httpHeaders")))


def is_host(name: str) -> bool:
    at = 0
    while at < len(name):
        found = HOST.match(name, at)
        if found is None:
            return False
        at = found.end()
    return bool(name)


def check_target(target: dict[str, Any]) -> None:
    assert set(target) <= {"kind", "name", "weight"}
    assert target["kind"] in {"Service", ""}
    assert isinstance(target["name"], str)
    assert target["name"]
    weight = target.get("weight", 100)
    assert type(weight) is int
    assert 0 <= weight <= 256


def check_port(port: dict[str, Any]) -> None:
    assert set(port) == {"targetPort"}
    assert type(port["targetPort"]) in {int, str}
    assert port["targetPort"] not in {0, ""}


def check_tls(tls: dict[str, Any]) -> None:
    known = {"termination", "insecureEdgeTerminationPolicy", "externalCertificate", *CERTIFICATES}
    assert set(tls) <= known
    assert tls["termination"] in TERMINATIONS
    insecure = tls.get("insecureEdgeTerminationPolicy", "")
    assert insecure in INSECURE
    if tls["termination"] == "passthrough":
        assert insecure != "Allow"
        assert not any(tls.get(name) for name in CERTIFICATES)
    if tls["termination"] == "edge":
        assert not tls.get("destinationCACertificate")
