"""From a fitted model to a release: register, adopt, fetch, replay. Use cases: no HTTP, no SQL."""
