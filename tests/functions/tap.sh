# shellcheck shell=bash
# Checks, told as TAP.
#
#   plan N                  how many checks follow
#   ok DESC CMD...          a check: the command succeeds
#   not_ok DESC CMD...      a check: the command fails
#   is GOT WANTED DESC      a check: two strings are the same
#   like GOT REGEX DESC     a check: a string matches an extended expression
#   skip N WHY              N checks that cannot be made here
#   skip_all WHY            the whole play cannot be played here; exits
#   sanitized [NAME]        whether the programs are built with a sanitizer, or
#                           with this one, as in "tsan"
#   bail WHY                give up, with the logs; exits
#   diag TEXT               a remark

checks=0 failures=0

plan() {
    echo "1..$1"
}

diag() {
    printf '%s\n' "$*" | sed 's/^/# /'
}

verdict() { # verdict STATUS DESC
    checks=$((checks + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $checks - $2"
    else
        failures=$((failures + 1))
        echo "not ok $checks - $2"
    fi
}

ok() {
    local desc=$1 status=0
    shift
    "$@" >"$T/output" 2>&1 || status=$?
    verdict "$status" "$desc"
    [ "$status" -eq 0 ] || diag "$* => $status: $(tail -n 20 "$T/output")"
}

not_ok() {
    local desc=$1 status=0
    shift
    "$@" >"$T/output" 2>&1 && status=1
    verdict "$status" "$desc"
}

is() {
    local status=0
    [ "$1" = "$2" ] || status=1
    verdict "$status" "$3"
    [ "$status" -eq 0 ] || diag "got \"$1\", wanted \"$2\""
}

like() {
    local status=0
    printf '%s\n' "$1" | grep -Eq -- "$2" || status=1
    verdict "$status" "$3"
    [ "$status" -eq 0 ] || diag "got \"$1\", wanted it to match $2"
}

skip() {
    local i
    for ((i = 0; i < $1; i++)); do
        checks=$((checks + 1))
        echo "ok $checks # SKIP $2"
    done
}

skip_all() {
    echo "1..0 # SKIP $1"
    exit 0
}

sanitized() {
    grep -qaE "__${1:-[a-z]*san}_(init|handle)" "$builddir/turnpike-compat"
}

bail() {
    tell_logs
    echo "Bail out! $*"
    exit 1
}
