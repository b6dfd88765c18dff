# turnpikectl key: minting, listing, rotating and revoking, and what the door
# makes of the keys.

. "${srcdir:-.}/tests/functions.sh"
plan 19

knock() { # knock KEY: the status of a request with it
    KEY=$1 ask /v1/models
    echo "$STATUS"
}

start_turnpike
ctl account add ann@example.org --credits 1000 >/dev/null
key=$(ctl --json key create ann@example.org --label laptop)
like "$(echo "$key" | jq -r .key)" '^ak_[A-Za-z0-9_]+$' 'a key has its shape'
is "$(echo "$key" | jq -rc '[has("id"),has("key"),has("project_id")]')" \
    '[true,true,true]' 'key create names these members'
id=$(echo "$key" | jq -r .id)
key=$(echo "$key" | jq -r .key)
is "$(knock "$key")" 200 'the door knows the key at once'
is "$(knock "${key%?}!")" 401 'but not a wrong one'

is "$(json '.|length' key list ann@example.org)" 1 'the list has it'
is "$(json '.[0].id' key list ann@example.org)" "$id" 'under its id'
is "$(json '.[0].label' key list ann@example.org)" laptop 'with its label'
not_ok 'the list does not show the key' \
    grep -qF "$key" <(ctl --json key list ann@example.org)
not_ok 'nor does any file of the state' grep -rqF "$key" "$T/state"

new=$(json .key key rotate "$id" --overlap 0s)
like "$new" '^ak_' 'rotate mints a new key'
is "$(knock "$new")" 200 'which works'
is "$(json '.|length' key list ann@example.org)" 2 'the list has both'

other=$(ctl --json key create ann@example.org)
is "$(knock "$(echo "$other" | jq -r .key)")" 200 'a third key works'
ok 'it can be revoked' ctl key revoke "$(echo "$other" | jq -r .id)"
is "$(knock "$(echo "$other" | jq -r .key)")" 401 'and is refused at once'
not_ok 'a key for nobody is refused' ctl key create nobody@example.org

# A key of a project that nobody has, or somebody else, would be refused by
# every call under a policy.
ctl account add bob@example.org --plan policy >/dev/null
ctl project create bob@example.org bot >/dev/null
not_ok 'nor is there one for a project that is not there' \
    ctl key create ann@example.org --project bott
not_ok 'or is another account'"'"'s' ctl key create ann@example.org --project bot
is "$(json '[.[].project_id] | unique' key list ann@example.org)" '[null]' \
    'and none was made'
