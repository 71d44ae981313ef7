"""The manifests are whole: they compose, the API's schemas take them, and what they name is there."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from pipeline.cli import parser
from pipeline.settings import load

MANIFESTS = Path(__file__).parents[2] / "deploy" / "kubernetes"
FOLDERS = ("base", "overlays/production")
APIS = ("1.29", "1.32", "1.35")
Object = dict[str, Any]


def composed(folder: str) -> list[Object]:
    """What `kubectl apply -k` would send, by whichever of the two programs is here."""
    tool = (
        ["kubectl", "kustomize"]
        if shutil.which("kubectl")
        else ["kustomize", "build"]
        if shutil.which("kustomize")
        else None
    )
    if tool is None:
        if os.environ.get("WIRE_REQUIRE_SERVERS"):
            pytest.fail("WIRE_REQUIRE_SERVERS is set, and there is neither kubectl nor kustomize")
        pytest.skip("neither kubectl nor kustomize")
    done = subprocess.run([*tool, str(MANIFESTS / folder)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


@pytest.fixture(params=FOLDERS)
def objects(request: pytest.FixtureRequest) -> list[Object]:
    """The objects of one folder."""
    return composed(request.param)


@pytest.fixture
def production() -> list[Object]:
    """The objects of the overlay for production."""
    return composed("overlays/production")


def of_kind(objects: list[Object], *kinds: str) -> list[Object]:
    """Those of some kinds."""
    return [one for one in objects if one["kind"] in kinds]


def pods(objects: list[Object]) -> Iterator[tuple[str, Object]]:
    """Every workload's name and pod template."""
    for one in of_kind(objects, "Deployment", "StatefulSet", "Job"):
        yield one["metadata"]["name"], one["spec"]["template"]


def environment(objects: list[Object], pod: Object) -> dict[str, str]:
    """What the pod's process is told, but for secrets."""
    [container] = pod["spec"]["containers"]
    told: dict[str, str] = {}
    for source in container.get("envFrom", []):
        if name := source.get("configMapRef", {}).get("name"):
            [found] = [one for one in of_kind(objects, "ConfigMap") if one["metadata"]["name"] == name]
            told |= found["data"]
    return told | {one["name"]: one["value"] for one in container.get("env", [])}


@pytest.mark.parametrize("api", APIS)
def test_the_api_of_each_version_takes_every_object(objects: list[Object], api: str) -> None:
    for one in objects:
        kubernetes_validate.validate(one, api, strict=True)


def test_there_are_all_services(objects: list[Object]) -> None:
    assert sorted(name for name, _ in pods(objects)) == [
        "wirepipe-collect",
        "wirepipe-index",
        "wirepipe-process",
        "wirepipe-serve",
        "wirepipe-setup",
    ]


def test_what_pods_are_told_are_settings(objects: list[Object]) -> None:
    for _, pod in pods(objects):
        settings = load(None, environment(objects, pod))
        assert settings.kafka.brokers
        assert settings.elastic.url


def test_what_pods_run_are_commands(objects: list[Object]) -> None:
    for _, pod in pods(objects):
        [container] = pod["spec"]["containers"]
        parser().parse_args(container["args"])


def test_probes_ask_where_the_service_listens(objects: list[Object]) -> None:
    for name, pod in pods(objects):
        if name == "wirepipe-setup":
            continue
        [container] = pod["spec"]["containers"]
        settings = load(None, environment(objects, pod))
        listens = {settings.streams.port, parser().parse_args(container["args"]).__dict__.get("port")}
        ports = {one["name"]: one["containerPort"] for one in container["ports"]}
        asked = {
            container[f"{kind}Probe"]["httpGet"]["path"]: ports[container[f"{kind}Probe"]["httpGet"]["port"]]
            for kind in ("startup", "liveness", "readiness")
        }
        assert set(asked) == {"/health", "/ready"}
        assert set(asked.values()) <= listens


def test_selectors_find_their_pods(objects: list[Object]) -> None:
    labels = [pod["metadata"]["labels"] for _, pod in pods(objects)]
    asked = [one["spec"]["selector"] for one in of_kind(objects, "Service")]
    asked += [
        one["spec"]["selector"]["matchLabels"]
        for one in of_kind(objects, "PodDisruptionBudget", "Deployment", "StatefulSet")
    ]
    asked += [one["spec"]["podSelector"]["matchLabels"] for one in of_kind(objects, "NetworkPolicy")]
    for selector in asked:
        assert any(selector.items() <= one.items() for one in labels), selector


def test_scaling_moves_what_is_there_and_leaves_its_number_alone(objects: list[Object]) -> None:
    for scaler in of_kind(objects, "HorizontalPodAutoscaler"):
        target = scaler["spec"]["scaleTargetRef"]
        [found] = [
            one
            for one in of_kind(objects, target["kind"])
            if one["metadata"]["name"] == target["name"] and one["apiVersion"] == target["apiVersion"]
        ]
        assert "replicas" not in found["spec"]


def test_every_service_may_be_disturbed_by_one_only(objects: list[Object]) -> None:
    budgets = {one["metadata"]["name"] for one in of_kind(objects, "PodDisruptionBudget")}
    assert budgets == {name for name, _ in pods(objects)} - {"wirepipe-setup"}


def test_pods_have_no_rights(objects: list[Object]) -> None:
    for _, pod in pods(objects):
        spec = pod["spec"]
        [container] = spec["containers"]
        assert spec["automountServiceAccountToken"] is False
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["limits"]["memory"]
        assert container["resources"]["requests"]["cpu"]


def test_every_mount_has_a_volume(objects: list[Object]) -> None:
    for one in of_kind(objects, "Deployment", "StatefulSet", "Job"):
        claims = [claim["metadata"]["name"] for claim in one["spec"].get("volumeClaimTemplates", [])]
        spec = one["spec"]["template"]["spec"]
        volumes = sorted([volume["name"] for volume in spec["volumes"]] + claims)
        assert volumes == sorted(mount["name"] for mount in spec["containers"][0]["volumeMounts"])


def test_collectors_reach_no_private_address_but_the_servers(objects: list[Object]) -> None:
    [feeds] = [
        one for one in of_kind(objects, "NetworkPolicy") if one["metadata"]["name"] == "wirepipe-feeds"
    ]
    [rule] = feeds["spec"]["egress"]
    closed = {network for one in rule["to"] for network in one["ipBlock"]["except"]}
    assert {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7"} <= closed


def test_production_names_three_brokers_and_survives_one(production: list[Object]) -> None:
    for _, pod in pods(production):
        settings = load(None, environment(production, pod))
        assert len(settings.kafka.brokers.split(",")) == 3
        assert settings.kafka.replicas == 3
        assert settings.kafka.security == "SASL_SSL"
        assert settings.elastic.url.count("https://") == 3
        assert settings.elastic.replicas >= 1
    running = {
        one["metadata"]["name"]: one["spec"].get("replicas")
        for one in of_kind(production, "Deployment", "StatefulSet")
    }
    least = {
        one["spec"]["scaleTargetRef"]["name"]: one["spec"]["minReplicas"]
        for one in of_kind(production, "HorizontalPodAutoscaler")
    }
    assert all((running[name] or least[name]) >= 2 for name in running)


def test_production_takes_passwords_and_certificates_from_secrets(production: list[Object]) -> None:
    assert not of_kind(production, "Secret")
    for _, pod in pods(production):
        [container] = pod["spec"]["containers"]
        assert {"secretRef": {"name": "wirepipe", "optional": False}} in container["envFrom"]
        mounts = {one["name"]: one["mountPath"] for one in container["volumeMounts"]}
        settings = load(None, environment(production, pod))
        assert settings.kafka.ca.startswith(mounts["tls"] + "/")
        assert settings.elastic.ca.startswith(mounts["tls"] + "/")
        written = [settings.kafka.password, settings.elastic.password, settings.elastic.api_key]
        assert written == ["", "", ""]
