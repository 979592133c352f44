"""Where a release came from: who made it, and from which revision of which code."""

from __future__ import annotations

import getpass
import shutil
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_TIMEOUT_S = 5

# MLflow's own names, so that its pages show them
USER_TAG = "mlflow.user"
COMMIT_TAG = "mlflow.source.git.commit"
BRANCH_TAG = "mlflow.source.git.branch"
DIRTY_TAG = "headway.git.dirty"

# Of a lossy version: its precision, what it was made of and how, and what it loses
LOSSY_TAG = "headway.lossy"
LOSSY_FROM_TAG = "headway.lossy_from"
LOSSY_DIGEST_TAG = "headway.lossy_from_digest"
LOSSY_METHOD_TAG = "headway.lossy_method"
LOSSY_LOSS_TAG = "headway.lossy_loss"
LOSSY_TAGS = (LOSSY_TAG, LOSSY_FROM_TAG, LOSSY_DIGEST_TAG, LOSSY_METHOD_TAG, LOSSY_LOSS_TAG)


def lineage_tags(work_tree: Path) -> dict[str, str]:
    """Return tags that tell the user, and the git revision of `work_tree` where it is in one.

    A work tree with changes that are not committed is `dirty`: its revision alone does not tell
    what ran.
    """
    tags = user_tags()
    commit = _git(work_tree, "rev-parse", "HEAD")
    if commit:
        branch = _git(work_tree, "rev-parse", "--abbrev-ref", "HEAD")
        changes = _git(work_tree, "status", "--porcelain", "--untracked-files=no")
        tags |= {COMMIT_TAG: commit, DIRTY_TAG: "false" if changes == "" else "true"}
        if branch and branch != "HEAD":
            tags[BRANCH_TAG] = branch
    return tags


def user_tags() -> dict[str, str]:
    """Return the tag that tells the user, or none where the machine does not know."""
    try:
        return {USER_TAG: getpass.getuser()}
    except (OSError, KeyError):  # a container may run a number without a name
        return {}


def _git(work_tree: Path, *arguments: str) -> str | None:
    """Return what git prints, or `None` where it cannot tell."""
    git = shutil.which("git")
    if git is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 (fixed arguments)
            [git, "-C", str(work_tree), *arguments],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
