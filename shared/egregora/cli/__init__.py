"""The command line: each command is imported when it is called, so that help is quick."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from egregora import __version__
from egregora.errors import EgregoraError

COMMANDS = {
    "run": "Turn exports into a website, here; go on where an earlier run stopped.",
    "upload": "Put an export into a deployment's bucket, and follow it until the website has grown.",
    "messages": "Print the messages of exports as JSON lines.",
    "estimate": "Say what a run would cost; no model is called.",
    "status": "Show windows by state, what failed and why, and what was spent.",
    "reprocess": "Work on every window that is not done under the present prompts and model.",
    "publish": "Bring the website up to what is known, without working on windows.",
    "serve": "Show a website in the browser, on this machine only.",
    "doctor": "Check that everything a run needs is in order.",
    "forget": "Remove a conversation and all that was made from it.",
    "init": "Make a work folder with a settings file to edit.",
}

DONE, WITH_FAILURES, NOT_STARTED, INTERRUPTED = 0, 1, 2, 130


class Commands(click.Group):
    """A group that knows its commands by name and loads only the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in the order of a first use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"egregora.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="egregora")
def cli() -> None:
    """Turn a group's chat history into a living website.

    \b
    egregora run "WhatsApp Chat with Harbour Street.zip"
    egregora serve

    Exit status: 0 done, 1 done with failures that `status` lists, 2 could not start.
    """


def main() -> None:
    """Run a command; whatever goes wrong is said in one line."""
    sys.exit(answer(sys.argv[1:]))


def answer(arguments: list[str]) -> int:
    """Run a command and return its exit status."""
    try:
        status = cli.main(arguments, prog_name="egregora", standalone_mode=False)
    except click.ClickException as error:
        where = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "egregora"
        click.echo(f"{where}: {error.format_message()} (see {where} --help)", err=True)
        return NOT_STARTED
    except (KeyboardInterrupt, click.Abort):
        click.echo("\nStopped. Run the same command again to go on where it was.", err=True)
        return INTERRUPTED
    except BrokenPipeError:  # whoever read our output has had enough
        sys.stderr.close()
        return DONE
    except Exception as error:
        click.echo(f"egregora: {_line(error)}", err=True)
        return NOT_STARTED
    return status if isinstance(status, int) else DONE


def _line(error: Exception) -> str:
    """What to tell of an error: what we know of it, or at least where it is; never a traceback."""
    if isinstance(error, EgregoraError):
        return str(error)
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or error)
    from egregora.logs import whereabouts

    return f"a fault in egregora itself ({whereabouts(error)}); please report this line"
