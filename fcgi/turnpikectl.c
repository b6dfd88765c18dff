#include "ctl.h"

#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "db/file.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "0"
#endif

enum needs { NEEDS_NOTHING, NEEDS_STATE, NEEDS_STORE, MAKES_STORE };

/* A command takes the options that its synopsis names. */
static const struct command {
    const char *name;
    const char *synopsis; /* behind the name */
    int operands;
    enum needs needs;
    int (*run)(struct ctl *c);
    const char *help;
} commands[] = {
    {"account add",
        "EMAIL [--plan policy|standard] [--credits N] [--password-stdin]", 1,
        NEEDS_STORE, ctl_account_add, "add an account"},
    {"account list", "", 0, NEEDS_STORE, ctl_account_list, "list all accounts"},
    {"account show", "ACCOUNT", 1, NEEDS_STORE, ctl_account_show,
        "show an account"},
    {"account suspend", "ACCOUNT", 1, NEEDS_STORE, ctl_account_suspend,
        "refuse all calls of an account"},
    {"account resume", "ACCOUNT", 1, NEEDS_STORE, ctl_account_resume,
        "end a suspension"},
    {"account password", "ACCOUNT [--password-stdin]", 1, NEEDS_STORE,
        ctl_account_password,
        "set a password, or make one that is shown only now, and end all "
        "logins"},
    {"account logout", "ACCOUNT", 1, NEEDS_STORE, ctl_account_logout,
        "end all logins of an account"},
    {"key create", "ACCOUNT [--project ID] [--label L] [--expires WHEN]", 1,
        NEEDS_STORE, ctl_key_create, "make an API key; shown only now"},
    {"key list", "ACCOUNT", 1, NEEDS_STORE, ctl_key_list,
        "list the keys of an account"},
    {"key revoke", "KEY_ID", 1, NEEDS_STORE, ctl_key_revoke,
        "refuse a key from now on"},
    {"key rotate", "KEY_ID [--overlap 24h]", 1, NEEDS_STORE, ctl_key_rotate,
        "make a successor; the old key ends after the overlap"},
    {"credits grant", "ACCOUNT N --idempotency-key K [--note T]", 2,
        NEEDS_STORE, ctl_credits_grant, "give credits, once for each K"},
    {"credits show", "ACCOUNT", 1, NEEDS_STORE, ctl_credits_show,
        "show a balance"},
    {"ledger", "ACCOUNT [--since T]", 1, NEEDS_STORE, ctl_ledger,
        "list the journal of an account"},
    {"audit", "[--archive DIR]", 0, NEEDS_STORE, ctl_audit,
        "check all invariants, or an archive of rolled up entries; status 1 "
        "on any breach"},
    {"rollup", "[--before T] [--dry-run]", 0, NEEDS_STORE, ctl_rollup,
        "move old journal entries to the archive, a row a day stays"},
    {"reap", "", 0, NEEDS_STORE, ctl_reap, "end the holds of dead workers"},
    {"project create",
        "ACCOUNT ID [--label L] [--policy P] [--budget Q] [--user-quota Q] "
        "[--web-tools FILE] [--status active|disabled]",
        2, NEEDS_STORE, ctl_project_create, "make a project"},
    {"project list", "", 0, NEEDS_STORE, ctl_project_list, "list all projects"},
    {"project show", "ID", 1, NEEDS_STORE, ctl_project_show,
        "show a project, and what it used in its budget's window"},
    {"project set",
        "ID [--label L] [--policy P] [--budget Q] [--user-quota Q] "
        "[--web-tools FILE] [--status active|disabled]",
        1, NEEDS_STORE, ctl_project_set, "change a project"},
    {"policy put", "ACCOUNT ID FILE", 3, NEEDS_STORE, ctl_policy_put,
        "add a version of a policy, unless the newest says the same"},
    {"policy get", "ACCOUNT ID [--revision N]", 2, NEEDS_STORE, ctl_policy_get,
        "show the newest version of a policy, or another"},
    {"policy list", "ACCOUNT", 1, NEEDS_STORE, ctl_policy_list,
        "list the policies of an account"},
    {"policy versions", "ACCOUNT ID", 2, NEEDS_STORE, ctl_policy_versions,
        "list the versions of a policy, the newest first"},
    {"policy rollback", "ACCOUNT ID --revision N", 2, NEEDS_STORE,
        ctl_policy_rollback, "add a version that says what an old one said"},
    {"policy replay", "--project ID --candidate FILE [--since T]", 0,
        NEEDS_STORE, ctl_policy_replay,
        "what a policy would have decided of a project's calls"},
    {"events verify", "", 0, NEEDS_STORE, ctl_events_verify,
        "check all chains of events; status 1 on any breach"},
    {"events",
        "[--follow | --history] [--consumer NAME] [--project ID] [--target T] "
        "[--since T]",
        0, NEEDS_STORE, ctl_events,
        "list events of policies; to a consumer those that it has not had"},
    {"consumer list", "[--project ID]", 0, NEEDS_STORE, ctl_consumer_list,
        "list consumers of events, and how far they have come"},
    {"consumer drop", "NAME [--project ID]", 1, NEEDS_STORE, ctl_consumer_drop,
        "keep no more events for a consumer"},
    {"stat", "", 0, NEEDS_STORE, ctl_stat, "show the store and the upstreams"},
    {"checkpoint", "", 0, NEEDS_STORE, ctl_checkpoint,
        "write a checkpoint of the store"},
    {"backup", "DIR", 1, NEEDS_STORE, ctl_backup,
        "copy the store while it is in use; DIR is new or empty"},
    {"restore", "DIR", 1, NEEDS_STATE, ctl_restore,
        "make the store, which must not be there, from a backup"},
    {"dump", "", 0, NEEDS_STORE, ctl_dump,
        "write all rows as lines of JSON to standard output"},
    {"load", "", 0, NEEDS_STATE, ctl_load,
        "make the store, which must not be there, from a dump on standard "
        "input"},
    {"verify", "[--copy DIR]", 0, NEEDS_NOTHING, ctl_verify,
        "look for damage in the store, or in a backup"},
    {"recover", "[--skip-last-log --yes]", 0, NEEDS_STATE, ctl_recover,
        "recover the store now"},
    {"init", "", 0, MAKES_STORE, ctl_init,
        "make the state directory, where it is missing"},
    {"demo", "", 0, MAKES_STORE, ctl_demo,
        "make the state and the demo account; print its key"},
    {"moderate", "", 0, NEEDS_NOTHING, ctl_moderate,
        "judge lines of {\"input\": TEXT} on standard input by 13 categories"},
    {"options", "", 0, NEEDS_NOTHING, ctl_manual,
        "list the options of the configuration"},
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

/* ---- help ---- */

static int print_help(void)
{
    puts("Usage: turnpikectl [--state DIR | --conf FILE] [--set KEY=VALUE]... "
         "[--json] COMMAND\n");
    for (size_t i = 0; i < COMMANDS; i++)
        printf("  %s%s%s\n        %s\n", commands[i].name,
            *commands[i].synopsis ? " " : "", commands[i].synopsis,
            commands[i].help);
    puts("\n"
         "  --state DIR      the state directory\n"
         "  --conf FILE      the configuration, DIR/turnpike.conf otherwise;\n"
         "                   also from the environment's TURNPIKE_CONF\n"
         "  --set KEY=VALUE  set an option of the configuration\n"
         "  --json           print one JSON value\n"
         "  --help, --version\n"
         "\n"
         "ACCOUNT is an e-mail or acct_...; WHEN is 2030-01-31T00:00:00Z or\n"
         "+90d; T is such a time or -24h. Nothing ever prompts.\n"
         "\n"
         "Exit status: 0 done; 1 refused, not found, failed, or a breach was\n"
         "found by audit; 2 the command line is wrong.");
    return fflush(stdout) ? CTL_FAILED : CTL_OK;
}

static int print_version(void)
{
    puts("turnpikectl " PACKAGE_VERSION);
    return fflush(stdout) ? CTL_FAILED : CTL_OK;
}

/* ---- the command line ---- */

enum {
    OPT_STATE = 256,
    OPT_CONF,
    OPT_SET,
    OPT_JSON,
    OPT_HELP,
    OPT_VERSION,
    OPT_PASSWORD,
    OPT_SKIP,
    OPT_YES,
    OPT_DRY_RUN,
    OPT_FOLLOW,
    OPT_HISTORY,
    OPT_TEXT /* and on: those with a text */
};

#define TEXT(name, field)                                                      \
    {                                                                          \
        name, required_argument, NULL,                                         \
            OPT_TEXT + (int)offsetof(struct ctl_options, field)                \
    }

static const struct option long_options[] = {
    {"state", required_argument, NULL, OPT_STATE},
    {"conf", required_argument, NULL, OPT_CONF},
    {"set", required_argument, NULL, OPT_SET},
    {"json", no_argument, NULL, OPT_JSON},
    {"help", no_argument, NULL, OPT_HELP},
    {"version", no_argument, NULL, OPT_VERSION},
    {"password-stdin", no_argument, NULL, OPT_PASSWORD},
    {"skip-last-log", no_argument, NULL, OPT_SKIP},
    {"yes", no_argument, NULL, OPT_YES},
    {"dry-run", no_argument, NULL, OPT_DRY_RUN},
    {"follow", no_argument, NULL, OPT_FOLLOW},
    {"history", no_argument, NULL, OPT_HISTORY},
    TEXT("plan", plan),
    TEXT("credits", credits),
    TEXT("project", project),
    TEXT("label", label),
    TEXT("expires", expires),
    TEXT("overlap", overlap),
    TEXT("idempotency-key", idempotency_key),
    TEXT("note", note),
    TEXT("since", since),
    TEXT("copy", copy),
    TEXT("before", before),
    TEXT("archive", archive),
    TEXT("status", status),
    TEXT("budget", budget),
    TEXT("user-quota", user_quota),
    TEXT("policy", policy),
    TEXT("web-tools", web_tools),
    TEXT("target", target),
    TEXT("consumer", consumer),
    TEXT("candidate", candidate),
    TEXT("revision", revision),
    {NULL, 0, NULL, 0},
};

enum { OPTIONS = sizeof(long_options) / sizeof(long_options[0]) - 1 };

struct line {
    struct ctl *c;
    char **words;
    int n_words;
    bool used[OPTIONS]; /* of long_options */
    bool help, version;
};

static void take_option(struct line *l, int value)
{
    struct ctl *c = l->c;
    char *at;

    switch (value) {
    case 1:
        l->words[l->n_words++] = optarg;
        break;
    case OPT_STATE:
        c->dir_option = optarg;
        break;
    case OPT_CONF:
        c->conf_option = optarg;
        break;
    case OPT_SET:
        c->state.overrides[c->state.n_overrides++] = optarg;
        break;
    case OPT_JSON:
        c->json = true;
        break;
    case OPT_HELP:
        l->help = true;
        break;
    case OPT_VERSION:
        l->version = true;
        break;
    case OPT_PASSWORD:
        c->options.password_stdin = true;
        break;
    case OPT_SKIP:
        c->options.skip_last_log = true;
        break;
    case OPT_YES:
        c->options.yes = true;
        break;
    case OPT_DRY_RUN:
        c->options.dry_run = true;
        break;
    case OPT_FOLLOW:
        c->options.follow = true;
        break;
    case OPT_HISTORY:
        c->options.history = true;
        break;
    default:
        at = (char *)&c->options + (value - OPT_TEXT);
        memcpy(at, &optarg, sizeof(optarg));
        break;
    }
}

static int wrong_option(struct ctl *c, const char *word)
{
    if (optopt > 0 && optopt < OPT_STATE)
        return ctl_usage(c, "-%c is not an option", optopt);
    return ctl_usage(c, "%.100s is not an option", word);
}

static int read_line(struct line *l, int argc, char **argv)
{
    int value, which = 0;

    opterr = 0;
    /* "-": operands and options may be mixed, whatever the environment. */
    while (
        (value = getopt_long(argc, argv, "-:", long_options, &which)) != -1) {
        if (value == ':')
            return ctl_usage(l->c, "%s needs a value", argv[optind - 1]);
        if (value == '?')
            return wrong_option(l->c, argv[optind - 1]);
        if (value > 1)
            l->used[which] = true;
        take_option(l, value);
    }
    while (optind < argc)
        l->words[l->n_words++] = argv[optind++];
    return CTL_OK;
}

/* How many words the name has when ${l} begins with all of them; 0: not. */
static int names(const struct line *l, const char *name)
{
    const char *second = strchr(name, ' ');
    size_t n = second ? (size_t)(second - name) : strlen(name);

    if (l->n_words == 0 || strlen(l->words[0]) != n ||
        memcmp(l->words[0], name, n) != 0)
        return 0;
    if (!second)
        return 1;
    return l->n_words > 1 && strcmp(l->words[1], second + 1) == 0 ? 2 : 0;
}

static bool takes(const struct command *command, const char *option)
{
    const char *at = command->synopsis;
    size_t n = strlen(option);

    while ((at = strstr(at, "--")) != NULL) {
        at += 2;
        if (strncmp(at, option, n) == 0 && strchr(" ]", at[n]))
            return true;
    }
    return false;
}

static int check_line(
    const struct line *l, const struct command *command, int operands)
{
    if (operands != command->operands)
        return ctl_usage(l->c, "usage: turnpikectl %s%s%s", command->name,
            *command->synopsis != '\0' ? " " : "", command->synopsis);
    for (int i = 0; i < OPTIONS; i++) {
        if (l->used[i] && long_options[i].val >= OPT_PASSWORD &&
            !takes(command, long_options[i].name))
            return ctl_usage(l->c, "%s does not take --%s", command->name,
                long_options[i].name);
    }
    return CTL_OK;
}

/* ---- running ---- */

static int run(struct ctl *c, const struct command *command)
{
    int result = CTL_OK;

    if (command->needs == NEEDS_STATE)
        result = ctl_find(c, false);
    else if (command->needs != NEEDS_NOTHING)
        result = ctl_open(c, command->needs == MAKES_STORE);
    if (result == CTL_OK)
        result = command->run(c);
    ctl_close(c);
    return result;
}

static int dispatch(struct line *l)
{
    if (l->help)
        return print_help();
    if (l->version)
        return print_version();
    for (size_t i = 0; i < COMMANDS; i++) {
        int used = names(l, commands[i].name);
        int result;

        if (used == 0)
            continue;
        result = check_line(l, &commands[i], l->n_words - used);
        if (result != CTL_OK)
            return result;
        l->c->words = l->words + used;
        return run(l->c, &commands[i]);
    }
    return ctl_usage(l->c,
        l->n_words > 0 ? "there is no such command; see turnpikectl --help"
                       : "no command was given; see turnpikectl --help");
}

/* So that a fault of the command line itself is told in the right form. */
static bool wants_json(char **argv)
{
    for (; *argv && strcmp(*argv, "--") != 0; argv++) {
        if (strcmp(*argv, "--json") == 0)
            return true;
    }
    return false;
}

int main(int argc, char **argv)
{
    struct ctl c = {.json = wants_json(argv)};
    struct line line = {.c = &c};
    int result = CTL_FAILED;

    if (file_standard(O_RDONLY) != 0)
        return CTL_FAILED;
    umask(077);
    signal(SIGPIPE, SIG_IGN);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    line.words = calloc((size_t)argc + 1, sizeof(*line.words));
    c.state.overrides = calloc((size_t)argc + 1, sizeof(char *));
    if (!line.words || !c.state.overrides || sodium_init() < 0)
        ctl_fail(&c, "cannot start");
    else
        result = read_line(&line, argc, argv);
    if (result == CTL_OK)
        result = dispatch(&line);
    free(c.state.overrides);
    free(line.words);
    return result;
}
