"""What `deploy/` describes, checked by validators and against what the server is."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from standout.settings import Settings
from tests.deploy.route import check_route

ROOT = Path(__file__).parents[2]
OPENSHIFT = [ROOT / "deploy/openshift" / f"{n}.yaml" for n in ("deployment", "service", "route")]
KUBERNETES = sorted((ROOT / "deploy/kubernetes").glob("*.yaml"))
VERSIONS = ["1.27", "1.33", kubernetes_validate.latest_version()]
"""An old one that OpenShift 4.14 still has, one between, and the newest that is known."""

NAME = "anomaly-detection"
"""What the seed's own `oc` lines ask for, as namespace and as label."""


def documents(*paths: Path) -> list[dict[str, Any]]:
    return [found for path in paths for found in yaml.safe_load_all(path.read_text())]


def of_kind(kind: str, *paths: Path) -> dict[str, Any]:
    (found,) = [document for document in documents(*paths) if document["kind"] == kind]
    return found


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("path", [*OPENSHIFT[:2], *KUBERNETES], ids=lambda p: f"{p.parent.name}")
def test_kubernetes_takes_it(path: Path, version: str) -> None:
    for document in documents(path):
        if document["kind"] != "Kustomization":
            kubernetes_validate.validate(document, version, strict=True)


def test_the_validator_refuses_what_is_wrong() -> None:
    deployment = of_kind("Deployment", *OPENSHIFT)
    deployment["spec"]["template"]["spec"]["containers"][0]["readOnlyRoot"] = True
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(deployment, VERSIONS[-1], strict=True)


def test_openshift_takes_the_route() -> None:
    check_route(of_kind("Route", *OPENSHIFT))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("apiVersion",), "v1"),
        (("spec", "to", "kind"), "Deployment"),
        (("spec", "to", "weight"), 257),
        (("spec", "port", "targetPort"), 0),
        (("spec", "tls", "termination"), "Edge"),
        (("spec", "tls", "insecureEdgeTerminationPolicy"), "redirect"),
        (("spec", "host"), "under_score.example.org"),
        (("spec", "rules"), []),
        (("spec", "path"), "metrics"),
        (("spec", "wildcardPolicy"), "Subdomain"),
        (("spec", "to", "name"), ""),
    ],
)
def test_a_wrong_route_is_refused(path: tuple[str, ...], value: Any) -> None:
    route = of_kind("Route", *OPENSHIFT)
    inner = route
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    with pytest.raises(AssertionError):
        check_route(route)


def test_the_seeds_own_lines_find_it() -> None:
    """`oc get routes -n` and `oc delete pod -l app=` name this namespace and this label."""
    for document in documents(*OPENSHIFT):
        assert document["metadata"]["namespace"] == NAME
        assert document["metadata"]["labels"]["app"] == NAME
    pod = of_kind("Deployment", *OPENSHIFT)["spec"]["template"]
    assert pod["metadata"]["labels"]["app"] == NAME
    assert pod["spec"]["containers"][0]["image"].endswith(f"/{NAME}:latest")
    assert (ROOT / "Dockerfile").is_file()


@pytest.mark.parametrize("paths", [OPENSHIFT, KUBERNETES], ids=["openshift", "kubernetes"])
def test_the_parts_fit_together(paths: list[Path]) -> None:
    deployment, service = of_kind("Deployment", *paths), of_kind("Service", *paths)
    pod = deployment["spec"]["template"]
    container = pod["spec"]["containers"][0]
    labels = pod["metadata"]["labels"].items()
    assert deployment["spec"]["selector"]["matchLabels"].items() <= labels
    assert service["spec"]["selector"].items() <= labels
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert ports == {"http": 8000}
    assert service["spec"]["ports"][0]["targetPort"] in ports
    for probe in ("startupProbe", "readinessProbe"):
        assert container[probe]["httpGet"] == {"path": "/health", "port": "http"}
    claim = of_kind("PersistentVolumeClaim", *paths)["metadata"]["name"]
    assert pod["spec"]["volumes"][0]["persistentVolumeClaim"]["claimName"] == claim
    mounts = {mount["mountPath"] for mount in container["volumeMounts"]}
    assert mounts == {"/data", "/tmp"}
    known = set(Settings.model_fields)
    for variable in container["env"]:
        assert variable["name"].removeprefix("STANDOUT_").lower().split("__")[0] in known


@pytest.mark.parametrize("paths", [OPENSHIFT, KUBERNETES], ids=["openshift", "kubernetes"])
def test_it_may_do_little(paths: list[Path]) -> None:
    spec = of_kind("Deployment", *paths)["spec"]
    pod = spec["template"]["spec"]
    security = pod["containers"][0]["securityContext"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert security["readOnlyRootFilesystem"] is True
    assert security["allowPrivilegeEscalation"] is False
    assert security["capabilities"] == {"drop": ["ALL"]}
    # Two servers on one folder would be refused by its lock.
    assert (spec["replicas"], spec["strategy"]["type"]) == (1, "Recreate")
    # A service of that name would otherwise set STANDOUT_PORT to an address.
    assert pod["enableServiceLinks"] is False


def test_the_kustomization_names_all() -> None:
    named = of_kind("Kustomization", *KUBERNETES)["resources"]
    assert {*named, "kustomization.yaml"} == {path.name for path in KUBERNETES}


def test_compose_names_what_is_there() -> None:
    service = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["standout"]
    assert service["build"] == "."
    assert service["read_only"] is True
    assert service["volumes"] == ["data:/data"]
    assert service["ports"] == ["127.0.0.1:8000:8000"]


def test_the_image_is_set_as_the_manifests_want() -> None:
    text = (ROOT / "Dockerfile").read_text()
    for line in (
        "USER 10001:0",
        "VOLUME /data",
        "EXPOSE 8000",
        'ENTRYPOINT ["standout"]',
        'CMD ["serve"]',
    ):
        assert f"\n{line}\n" in text
    said = dict(re.findall(r"(STANDOUT_\w+)=(\S+)", text))
    wanted = {"HOST": "0.0.0.0", "PORT": "8000", "DATA_DIR": "/data"}
    assert said == {f"STANDOUT_{name}": value for name, value in wanted.items()}
    assert all(name.removeprefix("STANDOUT_").lower() in Settings.model_fields for name in said)


def test_the_image_gets_what_the_build_needs() -> None:
    kept = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    copied = re.findall(r"^COPY (?!--from)(.+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert {name for line in copied for name in line.split()[:-1]} == set(kept)
    assert all((ROOT / name).exists() for name in kept)


def test_the_image_has_the_locked_versions() -> None:
    """The image's lock is the part of the whole one that runs; `make lock` writes both."""
    pins = re.compile(
        r"^(\S+==\S+(?: ; [^\\\n]+)?) \\\n((?:    --hash=\S+(?: \\)?\n)+)", re.MULTILINE
    )
    whole, image = (
        {pin.strip(): set(hashes.replace("\\", "").split()) for pin, hashes in pins.findall(text)}
        for text in (
            (ROOT / "requirements.txt").read_text(),
            (ROOT / "deploy/requirements.txt").read_text(),
        )
    )
    assert image
    assert image.items() <= whole.items()
    names = {re.split("==", pin)[0] for pin in image}
    project = (ROOT / "pyproject.toml").read_text()
    wanted = re.search(r"^dependencies = \[(.*?)^\]", project, re.DOTALL | re.MULTILINE)
    assert wanted is not None
    assert {re.split(r"[\[>=]", line)[0] for line in re.findall(r'"(.+)"', wanted[1])} <= names


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze here")
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    text = (ROOT / "deploy/systemd/standout.service").read_text()
    # The program is not installed here; any that is will do.
    text = text.replace("/opt/standout/bin/standout", str(shutil.which("true")))
    assert verified(tmp_path, text) == ""
    assert "Failed to parse" in verified(tmp_path, text + "\n[Service]\nRestart=sometimes\n")
    assert "Unknown key" in verified(tmp_path, text + "\n[Service]\nRestarts=always\n")


def verified(folder: Path, text: str) -> str:
    unit = folder / "standout.service"
    unit.write_text(text)
    command = ["systemd-analyze", "verify", "--man=no", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stderr
