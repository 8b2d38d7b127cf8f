"""Entry point of ``python -m referral``, which runs the ``referral`` command."""

from referral.cli import main

if __name__ == "__main__":
    main()
