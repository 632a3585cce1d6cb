"""`python -m cgan_tutorial` is the command cgan-tutorial."""

from cgan_tutorial.cli import main

if __name__ == "__main__":
    main()
