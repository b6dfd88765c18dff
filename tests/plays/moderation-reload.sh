# Moderation that SIGHUP turns on judges from then on; where its weights cannot be
# read it is not turned on, and the log says so.

. "${srcdir:-.}/tests/functions.sh"
plan 5

weights=$T/programs/moderation.weights
mkdir "$T/programs"
cp "$builddir"/turnpike* "$T/programs"
head -c 5000 "$builddir/moderation.weights" >"$weights"
PROGRAMS=$T/programs
conf=$T/state/turnpike.conf

start_upstream
ctl init >/dev/null
cp "$conf" "$T/first.conf"
echo 'moderation.enabled = off' >>"$conf"
start_turnpike --upstream "chat@$UPSTREAM"
chat 'I want to hurt myself.'
is "$STATUS" 200 'nobody minds'

cp "$T/first.conf" "$conf"
kill -HUP "$LAUNCHER"
ok 'it cannot be turned on' until_true all_say reload_failed
logged 'not a file of weights'
is "$?" 0 'and the log says why'
cp "$builddir/moderation.weights" "$weights.new"
mv "$weights.new" "$weights"
kill -HUP "$LAUNCHER"
ok 'with its weights it can' until_true all_say reloaded
chat 'I want to hurt myself.'
error_is 400 moderation_blocked 'and judges'
