#!/bin/sh
# Every option is in the manual page and nothing else is: the names that
# `turnpikectl options` prints are those of turnpike.conf(5).
#
# Usage: check-conf.sh [TURNPIKECTL [MANUAL]]

top=$(dirname "$0")/..
ctl=${1:-${TURNPIKECTL:-./turnpikectl}}
page=${2:-$top/man/turnpike.conf.5}

echo 1..1
if ! options=$("$ctl" options); then
    echo "not ok 1 - turnpikectl options runs"
    exit 1
fi
have=$(echo "$options" | sed -n 's/^\([^ ][^ ]*\) (.*/\1/p' | sort)
told=$(sed -n 's/^\.It Li \([^ ]*\)$/\1/p' "$page" | sort)
if [ -n "$have" ] && [ "$have" = "$told" ]; then
    echo "ok 1 - turnpike.conf(5) names exactly the options of the table"
    exit 0
fi
echo "not ok 1 - turnpike.conf(5) names exactly the options of the table"
printf '%s\n' "$have" "$told" | sort | uniq -u | sed 's/^/# only on one side: /'
exit 1
