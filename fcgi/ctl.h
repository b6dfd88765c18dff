#ifndef CTL_H
#define CTL_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/conf.h"
#include "db/store.h"
#include "state.h"

struct policy;

/* What the operator's commands share. A command is a function that prints
 * what it did, once, as a row or a list of rows, and returns an exit status. */

enum ctl_exit {
    CTL_OK = 0,
    CTL_FAILED = 1, /* refused, not found, or the audit found a breach */
    CTL_USAGE = 2   /* the command line makes no sense */
};

enum { CTL_ID_TEXT = 5 + 2 * STORE_ID + 1, CTL_TIME_TEXT = 32, CTL_SLICE = 64 };

/* Options of commands; NULL or false when not given. */
struct ctl_options {
    const char *plan;
    const char *credits;
    const char *project;
    const char *label;
    const char *expires;
    const char *overlap;
    const char *idempotency_key;
    const char *note;
    const char *since;
    const char *copy;
    const char *before;
    const char *archive;
    const char *status;
    const char *budget;
    const char *user_quota;
    const char *policy;
    const char *web_tools;
    const char *revision;
    const char *target;
    const char *consumer;
    const char *candidate;
    bool password_stdin, skip_last_log, yes, dry_run, follow, history;
};

struct ctl {
    struct state state;
    const char *dir_option, *conf_option; /* --state, --conf */
    bool json;
    bool listing; /* inside a list that ctl_row() has begun */
    bool stream;  /* a list without end: each row is a JSON value */
    struct conf *conf;
    struct store *store;
    /* A directory to be removed before the end: not the time to leave. */
    const char *unfinished;
    struct ctl_options options;
    char **words; /* operands behind the command's own words */
};

/* A column of a list: which member of a row, and its least width. */
struct ctl_column {
    const char *name;
    int width;
};

/* ---- ctl_out.c: what is printed ---- */

/**
 * ctl_fail(c, fmt, ...), ctl_usage(c, fmt, ...):
 * Tell what is wrong, as a sentence or as {"error":{"message"}}. Return
 * CTL_FAILED and CTL_USAGE.
 */
int ctl_fail(struct ctl *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
int ctl_usage(struct ctl *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/**
 * ctl_print(c, row):
 * Print ${row}, a JSON object, as JSON or as aligned "name: value" lines, and
 * release it. Returns CTL_OK, or CTL_FAILED when output fails.
 */
int ctl_print(struct ctl *c, struct json_object *row);

/**
 * ctl_print_if(c, result, row):
 * ctl_print() when ${result}, which is that of filling ${row}, is CTL_OK;
 * release ${row} otherwise. Returns ${result}, or CTL_FAILED when output fails.
 */
int ctl_print_if(struct ctl *c, int result, struct json_object *row);

/**
 * ctl_row(c, columns, row), ctl_rows_end(c, columns):
 * Print one row of a list, or its end, as elements of a JSON array or as lines
 * of a table; ${columns} ends with a NULL name. ctl_row() releases ${row}.
 */
void ctl_row(
    struct ctl *c, const struct ctl_column *columns, struct json_object *row);
int ctl_rows_end(struct ctl *c, const struct ctl_column *columns);

/**
 * ctl_flush():
 * Whether all that was printed is written: CTL_OK, or CTL_FAILED after telling
 * that it is not.
 */
int ctl_flush(void);

/**
 * ctl_row_new(), ctl_array_new(), ctl_append(array, text),
 * ctl_append_row(array, row):
 * An empty row or array; one more text or row, which is taken, in an array.
 * These and the following end the program when memory is out.
 */
struct json_object *ctl_row_new(void);
struct json_object *ctl_array_new(void);
void ctl_append(struct json_object *array, const char *text);
void ctl_append_row(struct json_object *array, struct json_object *row);

/**
 * ctl_add(row, name, value), ctl_add_text(...), ctl_add_int(...),
 * ctl_add_bool(...), ctl_add_time(...), ctl_add_id(...):
 * Add a member to ${row}. A NULL or empty text and a time of 0 become null;
 * an id is printed behind ${prefix}.
 */
void ctl_add(
    struct json_object *row, const char *name, struct json_object *value);
void ctl_add_text(struct json_object *row, const char *name, const char *value);
void ctl_add_int(struct json_object *row, const char *name, int64_t value);
void ctl_add_bool(struct json_object *row, const char *name, bool value);
void ctl_add_time(struct json_object *row, const char *name, int64_t micros);
void ctl_add_id(struct json_object *row, const char *name, const char *prefix,
    const uint8_t id[STORE_ID]);

/* ---- ctl_store.c: the store ---- */

/**
 * ctl_find(c, create):
 * Find and load the state and the configuration, after making them when
 * ${create}. Returns CTL_OK or CTL_FAILED.
 */
int ctl_find(struct ctl *c, bool create);

/**
 * ctl_open(c, create), ctl_close(c):
 * ctl_find(), if that is not done, and open the store. From then on the signals
 * that end programs do so between two batches, when the store has been left.
 * Returns CTL_OK or CTL_FAILED. ctl_close() takes what ctl_open() left,
 * complete or not.
 */
int ctl_open(struct ctl *c, bool create);
void ctl_close(struct ctl *c);

/**
 * ctl_hold_signals(), ctl_told():
 * Keep the signals that end programs waiting; whether one waits.
 */
void ctl_hold_signals(void);
bool ctl_told(void);

/**
 * ctl_store_open(c, dir, error), ctl_store_close(c):
 * Open the store in ${dir}, whatever the state says. One at a time. Returns 0,
 * or -1 with a sentence in ${error}.
 */
int ctl_store_open(struct ctl *c, const char *dir, char error[256]);
void ctl_store_close(struct ctl *c);

/**
 * ctl_store_path(c, name, path):
 * The ${path} of ${name} in the state directory.
 */
void ctl_store_path(const struct ctl *c, const char *name, char path[1100]);

/**
 * ctl_run(c, verb):
 * Run ${verb}, and what is chained to it by next, in one batch. Returns the
 * status of ${verb}.
 */
enum store_status ctl_run(struct ctl *c, struct store_verb *verb);

/**
 * ctl_refused(c, status, what):
 * Tell that the store answered ${status} about ${what}. Returns CTL_FAILED.
 */
int ctl_refused(struct ctl *c, enum store_status status, const char *what);

/* ---- ctl_text.c: what the operator writes ---- */

/**
 * ctl_read_count(text, least, value):
 * Read a decimal number of ${least} or more. Returns 0 or -1.
 */
int ctl_read_count(const char *text, int64_t least, int64_t *value);

/**
 * ctl_read_span(text, micros):
 * Read "90d", "24h", "30m" or "10s", '+' in front allowed. Returns 0 or -1.
 */
int ctl_read_span(const char *text, int64_t *micros);

/**
 * ctl_read_time(text, now, micros):
 * Read an RFC 3339 time, or "+90d" and "-24h" relative to ${now}. Returns 0
 * or -1.
 */
int ctl_read_time(const char *text, int64_t now, int64_t *micros);

/**
 * ctl_write_time(micros, out):
 * Write ${micros} as RFC 3339 in UTC, whole seconds.
 */
void ctl_write_time(int64_t micros, char out[CTL_TIME_TEXT]);

/**
 * ctl_read_email(text, email):
 * Read an e-mail address in ASCII and write it in lower case. Returns 0 or -1.
 */
int ctl_read_email(const char *text, char email[STORE_EMAIL_MAX + 1]);

/**
 * ctl_read_label(text, out, size):
 * Copy UTF-8 without control characters that fits with its NUL into ${size}
 * bytes. Returns 0 or -1.
 */
int ctl_read_label(const char *text, char *out, size_t size);

/**
 * ctl_read_name(text, out):
 * Read the id of a project or policy. Returns 0 or -1.
 */
int ctl_read_name(const char *text, char out[STORE_NAME_MAX + 1]);

/**
 * ctl_read_json(c, path, most, text):
 * Append the JSON object in the file ${path}, "-" for standard input, of
 * ${most} bytes or fewer, to ${text}. Returns CTL_OK, or CTL_FAILED after
 * telling why not.
 */
int ctl_read_json(
    struct ctl *c, const char *path, size_t most, struct buf *text);

/* ---- ctl_policy_save.c: one more version of a policy ---- */

/**
 * ctl_policy_read(c, text, id, document):
 * The policy that the JSON ${text} says, in any of its forms, as one of the
 * name ${id}; appends what is to be stored of it to ${document}, and tells what
 * of it is not known. Returns NULL after telling why not; else the caller frees
 * it.
 */
struct policy *ctl_policy_read(
    struct ctl *c, struct span text, const char *id, struct buf *document);

/**
 * ctl_policy_save(c, text, restored, put):
 * Store the policy that the JSON ${text} says, in any of its forms, under
 * account and id of ${put}, of which the rest is filled in, along with the
 * event that tells of it. ${restored} is the version that said so before; 0:
 * it is new. Returns CTL_OK, or CTL_FAILED after telling why not.
 */
int ctl_policy_save(struct ctl *c, struct span text, uint64_t restored,
    struct store_policy_put *put);

/* ---- ctl_copy.c: copies of stores ---- */

/**
 * ctl_copy_begin(c, dir):
 * Say that ${dir} is about to be made and will be removed unless it is
 * finished; the text outlives the copy. Returns CTL_OK, or CTL_FAILED when
 * something is there.
 */
int ctl_copy_begin(struct ctl *c, const char *dir);

/**
 * ctl_copy_begin_store(c, to, partial):
 * ctl_copy_begin() of the store of the state directory, which has none yet:
 * ${partial} gets the path under which it is made and must outlive the copy,
 * ${to} the one for ctl_copy_finish(). Returns CTL_OK, or CTL_FAILED after
 * telling why not.
 */
int ctl_copy_begin_store(struct ctl *c, char to[1100], char partial[1100]);

/**
 * ctl_copy_finish(c, result, to, row):
 * When ${result}, which is that of making the copy, is CTL_OK: recover it, end
 * the holds in it, whose workers are not its own, audit and verify it, leave
 * nothing but data, and rename it to ${to}. What was found goes to ${row}. A
 * copy that has not come so far is removed. Returns CTL_OK, or CTL_FAILED after
 * telling why.
 */
int ctl_copy_finish(
    struct ctl *c, int result, const char *to, struct json_object *row);

/**
 * ctl_copy_drop(c):
 * Close and remove the copy, if one was begun and is not finished.
 */
void ctl_copy_drop(struct ctl *c);

/**
 * ctl_copy_damage(c, dir, row):
 * Verify the tables in ${dir}; damages go to ${row}. Returns how many, or -1
 * after telling that it could not be done.
 */
int ctl_copy_damage(struct ctl *c, const char *dir, struct json_object *row);

/* ---- ctl_archive.c: entries that were rolled up ---- */

/**
 * ctl_archive_audit(c, dir):
 * Compare all roll-ups with the archive in ${dir}, and print what was found.
 * Returns CTL_OK, or CTL_FAILED on any breach.
 */
int ctl_archive_audit(struct ctl *c, const char *dir);

/**
 * ctl_archive_name(day, name):
 * The ${name} of the file with the entries of ${day}, counted from 1970.
 */
void ctl_archive_name(int64_t day, char name[CTL_TIME_TEXT]);

/* ---- ctl_owner.c, ctl_consumer.c: who has events, and who wants them ---- */

/* Visit ${owner}, whose newest event is ${newest}. Returns CTL_OK to go on. */
typedef int ctl_owner_fn(
    void *cookie, const struct store_owner *owner, uint64_t newest);

/**
 * ctl_each_owner(c, visit, cookie):
 * ${visit} all projects and, behind them, all accounts, or only the project
 * that the options name. Returns CTL_OK, or what the visit or a failure did.
 */
int ctl_each_owner(struct ctl *c, ctl_owner_fn *visit, void *cookie);

/**
 * ctl_consumer_look(c, owner, consumer, seq), ctl_consumer_set(...):
 * Read or note how far ${consumer} has the events of ${owner}: 0 when it is not
 * known. Return CTL_OK, or CTL_FAILED after telling why not.
 */
int ctl_consumer_look(struct ctl *c, const struct store_owner *owner,
    const char *consumer, uint64_t *seq);
int ctl_consumer_set(struct ctl *c, const struct store_owner *owner,
    const char *consumer, uint64_t seq);

/* ---- shared between commands ---- */

/* What reaping came to. */
struct ctl_reaped {
    int64_t holds;
    int64_t credits; /* billed for them */
    int64_t purged;  /* rows that were old and are forgotten */
};

/**
 * ctl_audit_run(c, audit), ctl_reap_run(c, sum):
 * Do all of an audit, of which the caller frees report and cursor; end the
 * holds of all who are gone. Return the store's status.
 */
enum store_status ctl_audit_run(struct ctl *c, struct store_audit *audit);
enum store_status ctl_reap_run(struct ctl *c, struct ctl_reaped *sum);

/**
 * ctl_report(report):
 * The lines of ${report} as an array.
 */
struct json_object *ctl_report(struct buf *report);

/**
 * ctl_account_find(c, who, account):
 * Read the account whose id or e-mail is ${who}. Returns CTL_OK, or CTL_FAILED
 * when it was told that there is none.
 */
int ctl_account_find(
    struct ctl *c, const char *who, struct store_account *account);

/**
 * ctl_project_find(c, id, get):
 * Read the project ${id} into ${get}, of which the caller frees web_tools.
 * Returns CTL_OK, or CTL_FAILED when it was told that there is none.
 */
int ctl_project_find(
    struct ctl *c, const char *id, struct store_project_get *get);

/**
 * ctl_account_create(c, account, credits):
 * Add ${account}, of which email, password and plan are set, and give it
 * ${credits}, in one batch; the rest of ${account} is filled in. Returns the
 * store's status.
 */
enum store_status ctl_account_create(
    struct ctl *c, struct store_account *account, int64_t credits);

/**
 * ctl_account_grant(account, credits, verb):
 * Fill ${verb} with the grant that a new ${account} begins with. Running it
 * again changes nothing.
 */
void ctl_account_grant(const struct store_account *account, int64_t credits,
    struct store_grant *verb);

/**
 * ctl_key_mint(text):
 * Make the text of a new key.
 */
void ctl_key_mint(char text[KEY_TEXT_SIZE]);

/**
 * ctl_key_name(c, key, text):
 * Fill id, digest and preview of ${key} from the text of a minted key. Returns
 * 0, or -1 when it does not look like one.
 */
int ctl_key_name(const struct ctl *c, struct store_key *key, const char *text);

/* ---- the commands ---- */

int ctl_account_add(struct ctl *c);
int ctl_account_list(struct ctl *c);
int ctl_account_show(struct ctl *c);
int ctl_account_suspend(struct ctl *c);
int ctl_account_resume(struct ctl *c);
int ctl_account_password(struct ctl *c);
int ctl_account_logout(struct ctl *c);
int ctl_key_create(struct ctl *c);
int ctl_key_list(struct ctl *c);
int ctl_key_revoke(struct ctl *c);
int ctl_key_rotate(struct ctl *c);
int ctl_credits_grant(struct ctl *c);
int ctl_credits_show(struct ctl *c);
int ctl_ledger(struct ctl *c);
int ctl_audit(struct ctl *c);
int ctl_reap(struct ctl *c);
int ctl_rollup(struct ctl *c);
int ctl_stat(struct ctl *c);
int ctl_checkpoint(struct ctl *c);
int ctl_backup(struct ctl *c);
int ctl_restore(struct ctl *c);
int ctl_verify(struct ctl *c);
int ctl_recover(struct ctl *c);
int ctl_dump(struct ctl *c);
int ctl_load(struct ctl *c);
int ctl_project_create(struct ctl *c);
int ctl_project_list(struct ctl *c);
int ctl_project_show(struct ctl *c);
int ctl_project_set(struct ctl *c);
int ctl_policy_put(struct ctl *c);
int ctl_policy_get(struct ctl *c);
int ctl_policy_list(struct ctl *c);
int ctl_policy_versions(struct ctl *c);
int ctl_policy_rollback(struct ctl *c);
int ctl_policy_replay(struct ctl *c);
int ctl_events(struct ctl *c);
int ctl_events_verify(struct ctl *c);
int ctl_consumer_list(struct ctl *c);
int ctl_consumer_drop(struct ctl *c);
int ctl_init(struct ctl *c);
int ctl_demo(struct ctl *c);
int ctl_manual(struct ctl *c);
int ctl_moderate(struct ctl *c);

#endif
