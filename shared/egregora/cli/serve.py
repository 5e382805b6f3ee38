"""`egregora serve`: show a website in the browser, on this machine only."""

from __future__ import annotations

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import click

from egregora.cli.options import SITE, line
from egregora.errors import Reject


class SiteHandler(SimpleHTTPRequestHandler):
    """Serves files of one folder, with the site's own page for what is not there; says nothing on the console."""

    extensions_map = {  # noqa: RUF012 - the base class has it so
        **SimpleHTTPRequestHandler.extensions_map,
        ".wasm": "application/wasm",
        ".pagefind": "application/octet-stream",
        ".js": "text/javascript",
        ".svg": "image/svg+xml",
    }

    def list_directory(self, path: object) -> None:
        """A folder without a page is not listed."""
        self.send_error(404)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """The site's 404 page where there is one."""
        page = Path(self.directory) / "404.html"
        if code != 404 or not page.is_file():
            super().send_error(code, message, explain)
            return
        body = page.read_bytes()
        self.send_response(404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class has it so
        """Nothing: addresses of pages are nobody's business."""


@click.command("serve")
@click.argument("site", type=click.Path(path_type=Path), default=SITE, metavar="[SITE_DIR]")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes any free one.")
def command(site: Path, port: int) -> None:
    """Show a website in the browser, on this machine only, until Ctrl-C."""
    if not (site / "index.html").is_file():
        raise Reject(f"there is no website in {site}: make one with `{line('run', 'EXPORT', '--to', site)}`")
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), partial(SiteHandler, directory=str(site)))
    except OSError as error:
        raise Reject(f"port {port} is taken ({error.strerror}): choose another with --port") from error
    with server:
        click.echo(f"http://127.0.0.1:{server.server_port}/  (Ctrl-C to stop)")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo()
