"""The files of the API page: below `/docs/`, what each is and where it comes from."""

from __future__ import annotations

OWN_FILES = {"docs.css": "text/css", "docs.js": "text/javascript"}
SWAGGER_FILES = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}
