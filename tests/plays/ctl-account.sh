# turnpikectl account and credits: what each command prints with --json.

. "${srcdir:-.}/tests/functions.sh"
plan 21

ctl demo >"$T/key"
like "$(cat "$T/key")" '^ak_[A-Za-z0-9_]+$' 'demo prints a key and nothing else'
first=$(cat "$T/key")
ctl demo >"$T/key"
is "$(cat "$T/key")" "$first" 'and the same one again'

is "$(json '.|length' account list)" 1 'demo made one account'
is "$(json '.[0]|[.email,.plan,.credits]' account list)" \
    '["demo@localhost","policy",1000000]' 'the demo account'
is "$(json '.[0]|[.id,.email,.plan,.credits]|map(type)' account list)" \
    '["string","string","string","number"]' 'it has all its members'

id=$(json .id account add ann@example.org --plan standard --credits 500)
like "$id" '^[^ ]+$' 'account add names its id'
is "$(json '[.email,.plan,.credits]' account show ann@example.org)" \
    '["ann@example.org","standard",500]' 'it has what was asked for'
is "$(json .id account show "$id")" "$id" 'it is found by its id'
is "$(json '.|length' account list)" 2 'it is in the list'
not_ok 'its e-mail is taken now' ctl account add ann@example.org
not_ok 'in capitals too' ctl account add ANN@example.org
not_ok 'a plan must exist' ctl account add bob@example.org --plan gold
not_ok 'an e-mail looks like one' ctl account add bob
is "$(json '.|length' account list)" 2 'refusals add nobody'

ok 'credits are granted' \
    ctl credits grant ann@example.org 250 --idempotency-key one
is "$(json .credits account show ann@example.org)" 750 'and are there'
ok 'the same grant again succeeds' \
    ctl credits grant ann@example.org 250 --idempotency-key one
is "$(json .credits account show ann@example.org)" 750 'and changes nothing'
not_ok 'the same key for another amount is refused' \
    ctl credits grant ann@example.org 9 --idempotency-key one
is "$(json '.|length > 0' ledger ann@example.org)" true 'the ledger knows'
ok 'the audit finds no breach' ctl audit
