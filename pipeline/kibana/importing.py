"""Puts the dashboards into a Kibana, by its own import of saved objects."""

from __future__ import annotations

from typing import Any

import httpx

TIMEOUT_SECONDS = 60.0


class KibanaError(Exception):
    """Kibana did not take the objects; the message says which address, what it answered, and what to do where that is known."""


def import_objects(
    url: str, objects: bytes, *, user: str = "", password: str = "", api_key: str = "", ca: str = ""
) -> int:
    """Imports saved objects (NDJSON) into the Kibana at `url` (with `/s/NAME` for a space) and returns how many; those that are
    there already are written over. With an API key, or a user. Raises KibanaError."""
    asked = f"{url.rstrip('/')}/api/saved_objects/_import"
    headers = {"kbn-xsrf": "wirepipe"}
    if api_key:
        headers["Authorization"] = f"ApiKey {api_key}"
    try:
        with httpx.Client(
            verify=_trusted(ca),
            auth=(user, password) if user and not api_key else None,
            timeout=TIMEOUT_SECONDS,
        ) as client:
            answer = client.post(
                asked,
                params={"overwrite": "true"},
                headers=headers,
                files={"file": ("wirepipe.ndjson", objects, "application/ndjson")},
            )
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise KibanaError(f"{asked}: {error or type(error).__name__}") from error
    return _imported(asked, answer)


def _trusted(ca: str) -> Any:
    import ssl

    return ssl.create_default_context(cafile=ca) if ca else True


def _imported(asked: str, answer: httpx.Response) -> int:
    """How many objects an answer says were taken."""
    if answer.status_code in (401, 403):
        raise KibanaError(
            f"{asked}: {answer.status_code}: this user or key may not save objects in Kibana (it needs that privilege)"
        )
    if answer.status_code == 404:
        raise KibanaError(f"{asked}: 404: no Kibana there, or no such space")
    if answer.status_code == 503:
        raise KibanaError(f"{asked}: 503: Kibana is not ready yet; try again in a minute")
    try:
        said = answer.json()
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise KibanaError(f"{asked}: {answer.status_code}: no Kibana there: {answer.text[:200]!r}")
    if not answer.is_success:
        raise KibanaError(f"{asked}: {answer.status_code}: {said.get('message', said)}")
    if not said.get("success"):
        raise KibanaError(f"{asked}: {_refused(said.get('errors') or [])}")
    return int(said["successCount"])


def _refused(errors: list[dict[str, Any]]) -> str:
    """The objects that were refused, each with the reason."""
    return "; ".join(
        f"{one.get('type')} {one.get('id')}: {_reason(one.get('error') or {})}" for one in errors
    )


def _reason(error: dict[str, Any]) -> str:
    missing = ", ".join(f"{one['type']} {one['id']}" for one in error.get("references", []))
    return " ".join(filter(None, [error.get("type"), error.get("message"), missing and f"needs {missing}"]))
