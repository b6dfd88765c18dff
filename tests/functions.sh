# shellcheck shell=bash
# What plays are written with. A play begins with
#
#     . "${srcdir:-.}/tests/functions.sh"
#     plan 3
#
# and speaks TAP. Environment: srcdir and builddir, absolute, set by "make
# check"; by hand "srcdir=$PWD builddir=$PWD/build bash tests/plays/NAME.sh".
# With TURNPIKE_VALGRIND set ("1", or a valgrind command) workers run under it,
# and the play fails when it has something to say.
#
# $T is a directory of the play's own, removed at its end; $T/state the state.

set -u

srcdir=${srcdir:-$PWD}
builddir=${builddir:-$srcdir/build}
unset TURNPIKE_CONF TURNPIKE_UPSTREAM_KEY
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY all_proxy

T=$(mktemp -d "${TMPDIR:-/tmp}/play.XXXXXX")

# The words, by subject; the head of each file tells them.
. "$srcdir/tests/functions/tap.sh"      # checks
. "$srcdir/tests/functions/ending.sh"   # what is done when the play ends
. "$srcdir/tests/functions/house.sh"    # the house: started, stopped, looked at
. "$srcdir/tests/functions/accounts.sh" # accounts and their credits
. "$srcdir/tests/functions/upstream.sh" # upstreams of the play's own
. "$srcdir/tests/functions/calls.sh"    # what is asked
. "$srcdir/tests/functions/answers.sh"  # what came of it
. "$srcdir/tests/functions/policies.sh" # the governed surface
