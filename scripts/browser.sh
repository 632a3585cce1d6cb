#!/bin/sh
# The browser tests take any Chromium; one is fetched into .venv only where none is found.
set -eu
for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null; then
        exit 0
    fi
done
for found in .venv/browsers/chromium*/INSTALLATION_COMPLETE; do
    if [ -e "$found" ]; then
        exit 0
    fi
done
PLAYWRIGHT_BROWSERS_PATH=.venv/browsers .venv/bin/playwright install chromium >/dev/null 2>&1 ||
    echo "No Chromium was found and none could be fetched, so the browser tests will be skipped: install chromium to run them."
