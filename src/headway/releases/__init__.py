"""From a fitted model to a release: register, adopt, resolve, replay. Use cases: no HTTP, no SQL."""
