"""`headway completion`: the script that lets a shell complete our commands and options.

Names of models are not completed: the registry client takes seconds to import.
"""

from __future__ import annotations

import click
from click.shell_completion import ShellComplete, get_completion_class

from headway.cli.invocation import Command, Invocation
from headway.config.terminal import COMPLETION_VARIABLE

PROGRAM = "headway"
SHELLS = ("bash", "zsh", "fish")
INSTALL = {
    "bash": "headway completion bash > ~/.local/share/bash-completion/completions/headway",
    "zsh": 'headway completion zsh > "${fpath[1]}/_headway"',
    "fish": "headway completion fish > ~/.config/fish/completions/headway.fish",
}


@click.command(cls=Command)
@click.argument("shell", metavar="SHELL", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that completes commands and options in a shell.

    SHELL is bash, zsh or fish. Put what it prints where the shell looks for such scripts.
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"there is no completion for {shell}", ctx)
    script = ShellComplete.source(kind(ctx.find_root().command, {}, PROGRAM, COMPLETION_VARIABLE))
    console = ctx.ensure_object(Invocation).console
    if console.json:
        console.document({"shell": shell, "script": script, "install": INSTALL[shell]})
    else:
        console.text(script)
        console.note(f"keep it: {INSTALL[shell]}")
