# Sourced by the other scripts: makes or refreshes a virtual environment for an extra.
# usage: prepare EXTRA [FOLDER [REQUIREMENT...]]   (FOLDER: .venv)

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

find_python() {
  local name
  for name in python3 python3.13 python3.12 python3.11; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$name"
      return
    fi
  done
  echo "Error: Python 3.11 or newer is needed; try: apt-get install python3, or python.org" >&2
  exit 1
}

prepare() {
  local extra=$1 folder=$root/${2:-.venv} python stamp
  shift; [ $# -eq 0 ] || shift
  # Anew when the dependencies change; a set-up that was cut short leaves no stamp behind.
  stamp="$extra $* $(cksum < "$root/pyproject.toml")"
  if [ "$(cat "$folder/made-for-$extra" 2>/dev/null)" = "$stamp" ]; then
    return
  fi
  echo "Setting up ${folder##*/} (once, a minute or two) ..." >&2
  if command -v uv >/dev/null; then
    [ -x "$folder/bin/python" ] || uv venv --quiet --python ">=3.11" "$folder" >&2
    uv pip install --quiet --python "$folder/bin/python" -e "$root[$extra]" "$@" >&2
  else
    python=$(find_python) || exit 1
    [ -x "$folder/bin/python" ] || "$python" -m venv "$folder" >&2
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check \
      -e "$root[$extra]" "$@" 2> >(grep -v "does not provide the extra 'html_clean'" >&2)
  fi
  echo "$stamp" > "$folder/made-for-$extra"
}
