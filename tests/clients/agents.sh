# By hand, not part of "make check": Claude Code and the Codex CLI each answer
# one prompt that takes a tool call, through a gateway whose upstream speaks
# chat completions only.
#
#     srcdir=$PWD builddir=$PWD/build bash tests/clients/agents.sh
#
# The two programs are 1.1 GB unpacked; npm puts them into a directory that is
# removed at the end, or into the one that AGENTS names, which stays.

. "${srcdir:-.}/tests/functions.sh"

AGENTS=${AGENTS:-$T/agents}
OS=linux
CPU=$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')

# The wrappers that npm would install ask for a newer node than they need: the
# programs are called directly.
install_agents() (
    mkdir -p "$AGENTS" && cd "$AGENTS" || exit 1
    [ -e package.json ] || echo '{"private": true}' >package.json
    npm install --no-audit --no-fund --no-package-lock --ignore-scripts \
        @anthropic-ai/claude-code@2.1.328 @openai/codex@0.169.0
)

# agent_program NAME: where one of them lies.
agent_program() {
    find "$AGENTS/node_modules" -type f -name "$1" -path "*-$OS-$CPU*" \
        -perm -u+x | head -n 1
}

# A model for each agent; the upstream is told by its name which tool to call.
# What the tool makes, "answer", proves that it ran.
write_conf() {
    local shell='echo%20$((6*7))>answer'
    cat >"$T/agents.conf" <<END
upstream.chat.url = $UPSTREAM
upstream.chat.speaks = chat
model.claude-demo.upstream_name = demo;call=Bash;args={"command":"$shell"}
model.codex-demo.upstream_name = demo;call=exec_command;args={"cmd":"$shell"}
END
}

# In an empty home, so that nothing of this user's is read or written.
run_alone() (
    mkdir -p "$T/home" "$T/$1" && cd "$T/$1" || exit 1
    shift
    timeout 120 env -i PATH="$PATH" HOME="$T/home" "$@" </dev/null
)

claude() {
    run_alone claude ANTHROPIC_BASE_URL="$BASE" ANTHROPIC_AUTH_TOKEN="$KEY" \
        ANTHROPIC_MODEL=claude-demo CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 \
        "$(agent_program claude)" -p 'How much is six times seven?' \
        --allowedTools Bash
}

codex() {
    local provider="{name=\"turnpike\", base_url=\"$BASE/v1\","
    provider="$provider env_key=\"TURNPIKE_KEY\", wire_api=\"responses\"}"
    run_alone codex TURNPIKE_KEY="$KEY" "$(agent_program codex)" exec \
        --skip-git-repo-check --sandbox danger-full-access \
        -c model_provider=turnpike -c "model_providers.turnpike=$provider" \
        -c model=codex-demo 'How much is six times seven?'
}

# What the upstream was asked on behalf of an agent, newest last.
asked_by() {
    told "[.[] | select(.body.model | test(\"call=$1\")) | .body]"
}

# saw NAME TOOL: it did its work, and the upstream saw call and result.
saw() {
    local name=$1 asked
    diag "$name said: $(tail -n 5 "$T/$name.out")"
    is "$(cat "$T/$name/answer" 2>/dev/null)" 42 "$name ran the tool"
    like "$(cat "$T/$name.out")" 'You said:' "$name told the answer"
    asked=$(asked_by "$2")
    is "$(jq length <<<"$asked")" 2 "$name asked twice"
    is "$(jq -r ".[1].messages as \$m |
        [\$m[] | select(.tool_calls) | .tool_calls[0].id] ==
        [\$m[] | select(.role == \"tool\") | .tool_call_id]" <<<"$asked")" \
        true "$name gave back the result of the call"
}

plan 11
ok 'npm installs both' install_agents
start_upstream
write_conf
start_turnpike --conf "$T/agents.conf"
ok 'Claude Code ends well' claude
cp "$T/output" "$T/claude.out"
saw claude Bash
ok 'Codex ends well' codex
cp "$T/output" "$T/codex.out"
saw codex exec_command
exit "$failures"
