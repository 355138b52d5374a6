# Sourced by the scripts that look at pages: the browser, axe-core, and Datasette's next line.
# usage, after venv.sh: prepare_browser; prepare_next; on_next_line PYTEST_ARGUMENT...

prepare_browser() {
  # In CI, and as root on Debian, what is missing is installed; elsewhere tests that need it skip.
  local missing=()
  command -v chromium >/dev/null || missing+=(chromium fonts-noto-cjk)
  command -v npm >/dev/null || missing+=(npm)
  command -v java >/dev/null || missing+=(openjdk-17-jre-headless) # Spark, in one test
  if [ ${#missing[@]} -gt 0 ] && [ -n "${CI:-}" ] && command -v apt-get >/dev/null; then
    apt-get update -qq && apt-get install -y -qq "${missing[@]}" >/dev/null ||
      echo "could not be installed: ${missing[*]}" >&2
  fi
  # axe-core finds what people who use a keyboard or a screen reader cannot use (MPL-2.0).
  if [ ! -f "$root/.venv/node/node_modules/axe-core/axe.min.js" ] && command -v npm >/dev/null; then
    npm install --prefix "$root/.venv/node" --no-audit --no-fund --loglevel=error \
      "axe-core@^4.10" >&2 || echo "axe-core could not be installed" >&2
  fi
}

prepare_next() {
  # The newest pre-release of 1.0, which pip takes because the requirement names one.
  prepare dev .venv-next "datasette>=1.0a0,<2"
}

on_next_line() {
  # What depends on the line: the plug-in, and how it looks. Files do not.
  "$root/.venv-next/bin/python" -m pytest "$@" -k "not as_a_file and not trap" \
    tests/edge/test_datasette_*.py tests/edge/test_exam_site*.py tests/browser/test_site.py \
    tests/browser/test_exam_hostile.py
}
