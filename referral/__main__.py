"""``python -m referral``: the same as the ``referral`` command."""

from referral.cli import main

if __name__ == "__main__":
    main()
