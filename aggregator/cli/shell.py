"""The verb that prints completion for a shell; changes no file of the user's."""

from __future__ import annotations

import click

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print what makes a shell complete verbs and options.

    \b
      eval "$(aggregator completion bash)"     # in ~/.bashrc
      eval "$(aggregator completion zsh)"      # in ~/.zshrc
      aggregator completion fish > ~/.config/fish/completions/aggregator.fish
    """
    from click.shell_completion import get_completion_class

    root = ctx.find_root().command
    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"no completion for {shell}")
    # Not `source()` of click's bash class: that runs bash to ask for its version, and the script
    # itself needs nothing newer than 4.4 of 2016.
    maker = found(root, {}, "aggregator", "_AGGREGATOR_COMPLETE")
    click.echo(maker.source_template % maker.source_vars())
