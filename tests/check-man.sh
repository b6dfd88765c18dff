#!/bin/sh
# Every option of a program is in its manual page and nothing else is, and so
# is every event of the log; programs that are one in all but their surfaces
# share a page.
#
# Usage: check-man.sh [DIRECTORY-OF-PROGRAMS]

top=$(dirname "$0")/..
dir=${1:-.}
n=0

tell() { # tell LEFT RIGHT WHAT: a test, of two lists of words
    n=$((n + 1))
    if [ -n "$1" ] && [ "$1" = "$2" ]; then
        echo "ok $n - $3"
        return
    fi
    echo "not ok $n - $3"
    printf '%s\n' "$1" "$2" | sort | uniq -u | sed 's/^/# only on one side: /'
}

echo 1..7
for program in turnpike-compat turnpike-launch turnpikectl; do
    page=$top/man/$program.8
    link=$(sed -n 's/^\.so man8\///p' "$page")
    have=$("$dir/$program" --help 2>&1 | grep -o -- '--[a-z][a-z-]*' | sort -u)
    told=$(grep -o 'Fl -[a-z][a-z-]*' "$top/man/${link:-$program.8}" |
        sed 's/^Fl /-/' | sort -u)
    tell "$(echo "$have" | grep -vx -e --help -e --version)" \
        "$(echo "$told" | grep -vx -e --help -e --version)" \
        "the page of $program names exactly its options"
done
for program in turnpike-policy turnpike-manage turnpike.fcgi; do
    tell "$(ls "$top/man/$program.8")" "$top/man/$program.8" \
        "$program has a page"
done
have=$(grep -h 'log_event(' "$top"/fcgi/*.c | grep -o '"[a-z_]*"' | tr -d '"')
told=$(sed -n 's/^\.It Li //p' "$top/man/turnpike.8" | tr -d ' ' | tr , '\n')
tell "$(echo "$have" | sort -u)" "$(echo "$told" | sort -u)" \
    'turnpike(8) names exactly the events of the log'
