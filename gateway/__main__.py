"""``python -m gateway``: the same as the console script ``sekisho``."""

from gateway.cli.main import main

if __name__ == "__main__":
    main()
