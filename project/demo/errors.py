"""What can go wrong in the demo, in the words that its user reads."""

from pathlib import Path


class DemoError(Exception):
    """The demo cannot go on; the text says why and what to do."""


class WrongOption(DemoError):
    """A choice of the user has no meaning."""

    def __init__(self, name: str, value: str, wanted: str) -> None:
        super().__init__(f"{name}={value} is not {wanted}. Try: make demo {name}=8001")


class PortInUse(DemoError):
    """The web server's port cannot be had."""

    def __init__(self, port: int, error: OSError) -> None:
        super().__init__(
            f"Port {port} on 127.0.0.1 cannot be used ({error.strerror or error}).\n"
            f"Stop the program that listens there, or take another port: make demo PORT={port + 1}"
        )


class FolderNotWritable(DemoError):
    """The demo's folder cannot be used."""

    def __init__(self, folder: Path, error: OSError) -> None:
        super().__init__(
            f"The folder {folder} cannot be written ({error.strerror or error}).\n"
            "Make it yours, or choose another one: make demo VAR_DIR=/some/folder"
        )


class FolderInUse(DemoError):
    """Two demos would share one folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"Another demo is running in {folder}.\n"
            "Stop it, or give this one a folder of its own: make demo VAR_DIR=/some/folder"
        )


class ServerDied(DemoError):
    """The worker or the web server ended by itself."""

    def __init__(self, name: str, code: int, tail: str) -> None:
        how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        super().__init__(f"The {name} {how}, so the demo stops. {tail}")


class PreparationFailed(DemoError):
    """A process that was asked for something ended with an error."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence or "The preparation ended without saying why.")


class TookTooLong(DemoError):
    """Something did not come within its deadline."""

    def __init__(self, what: str, seconds: float, details: str) -> None:
        super().__init__(f"Gave up after {seconds:.0f} seconds: {what}.\n{details}".rstrip())
