"""What `import headway` offers: one function for each verb of the command line.

What a program needs every day is an attribute of `headway` itself; the rest is called as
`headway.api.models()` after `import headway.api`.

Invariant: a function here resolves settings, asks `headway.wiring` for the parts, and calls one use
case; it decides nothing itself.
"""

from __future__ import annotations

from headway.api.administration import create_key, keys, revoke_key, upgrade_database
from headway.api.looking import diff, doctor, forms, models, resolve, versions
from headway.api.optimizing import optimize
from headway.api.releases import adopt, alias, export, import_, register, rm, tag
from headway.api.serving import app, contract, load, serve

__all__ = [
    "adopt",
    "alias",
    "app",
    "contract",
    "create_key",
    "diff",
    "doctor",
    "export",
    "forms",
    "import_",
    "keys",
    "load",
    "models",
    "optimize",
    "register",
    "resolve",
    "revoke_key",
    "rm",
    "serve",
    "tag",
    "upgrade_database",
    "versions",
]
