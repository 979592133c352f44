"""What was asked of a registry is not there, or the registry is not."""

from __future__ import annotations

from headway.errors.root import HeadwayError


class RegistryError(HeadwayError):
    """The registry refused a request, or holds something that it should not.

    An example is a version without files.

    What to do: Read the registry's own words in the message; they say what it refused.
    """

    code = "registry.failed"


class ModelNotFoundError(RegistryError):
    """There is no such model or version.

    The message names what there is. A server knows only what it serves.

    What to do: Ask for one that is named.
    """

    code = "registry.model_not_found"


class AliasNotFoundError(RegistryError):
    """The model has no such alias.

    The message names those that it has.

    What to do: Ask for one of them, or for a version by its number.
    """

    code = "registry.alias_not_found"


class AmbiguousModelError(RegistryError):
    """Several models are served, and the request named none.

    What to do: Post to `/models/NAME/predict`, or give the client the name of a model.
    """

    code = "registry.ambiguous_model"


class RegistryUnavailableError(RegistryError):
    """The registry did not answer.

    What to do: Try again, as the same call may succeed later; check `registry.uri`.
    """

    code = "registry.unavailable"
