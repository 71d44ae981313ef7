"""Kibana: the data views and dashboards of Wirepipe, written as code, and their import into a server."""

from pipeline.kibana.importing import KibanaError, import_objects

__all__ = ["KibanaError", "import_objects"]
