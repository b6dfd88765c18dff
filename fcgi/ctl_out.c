#include "ctl.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/mac.h"

enum { JSON_FLAGS = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE };

/* ---- what is wrong ---- */

static void tell(struct ctl *c, const char *fmt, va_list args)
{
    char text[700];
    struct json_object *outer, *inner;

    vsnprintf(text, sizeof(text), fmt, args);
    /* A list that has begun cannot become an error object any more. */
    if (!c->json || c->listing) {
        fprintf(stderr, "turnpikectl: %s\n", text);
        return;
    }
    outer = ctl_row_new();
    inner = ctl_row_new();
    ctl_add_text(inner, "message", text);
    ctl_add(outer, "error", inner);
    ctl_print(c, outer);
}

int ctl_fail(struct ctl *c, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    tell(c, fmt, args);
    va_end(args);
    return CTL_FAILED;
}

int ctl_usage(struct ctl *c, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    tell(c, fmt, args);
    va_end(args);
    return CTL_USAGE;
}

/* ---- values as text ---- */

static const char *cell(struct json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_null:
        return "-";
    case json_type_boolean:
        return json_object_get_boolean(value) ? "yes" : "no";
    case json_type_string:
        return json_object_get_string(value);
    default:
        return json_object_to_json_string_ext(value, JSON_FLAGS);
    }
}

/* An array of strings: joined by commas in a table, a line each elsewhere. */
static void print_array(struct json_object *value, const char *separator)
{
    size_t n = json_object_array_length(value);

    for (size_t i = 0; i < n; i++)
        printf("%s%s", i > 0 ? separator : "",
            cell(json_object_array_get_idx(value, i)));
}

static void print_lines(struct json_object *row)
{
    int width = 0;

    json_object_object_foreach(row, key, unused)
    {
        int n = (int)strlen(key);

        (void)unused;
        width = n > width ? n : width;
    }
    json_object_object_foreach(row, name, value)
    {
        if (json_object_is_type(value, json_type_array)) {
            if (json_object_array_length(value) > 0) {
                printf("%s:\n  ", name);
                print_array(value, "\n  ");
                putchar('\n');
            }
            continue;
        }
        printf("%s:%*s %s\n", name, width - (int)strlen(name), "", cell(value));
    }
}

static void print_cells(
    const struct ctl_column *columns, struct json_object *row)
{
    for (; columns->name; columns++) {
        struct json_object *value = json_object_object_get(row, columns->name);
        int width = columns[1].name ? columns->width : 0;

        if (json_object_is_type(value, json_type_array))
            print_array(value, ",");
        else
            printf("%-*s", width, cell(value));
        putchar(columns[1].name ? ' ' : '\n');
    }
}

static void print_head(const struct ctl_column *columns)
{
    for (; columns->name; columns++) {
        if (columns[1].name)
            printf("%-*s ", columns->width, columns->name);
        else
            printf("%s\n", columns->name);
    }
}

/* ---- rows ---- */

int ctl_flush(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return CTL_OK;
    fputs("turnpikectl: the output cannot be written\n", stderr);
    return CTL_FAILED;
}

int ctl_print(struct ctl *c, struct json_object *row)
{
    if (c->json)
        puts(json_object_to_json_string_ext(row, JSON_FLAGS));
    else
        print_lines(row);
    json_object_put(row);
    return ctl_flush();
}

int ctl_print_if(struct ctl *c, int result, struct json_object *row)
{
    if (result == CTL_OK)
        return ctl_print(c, row);
    json_object_put(row);
    return result;
}

void ctl_row(
    struct ctl *c, const struct ctl_column *columns, struct json_object *row)
{
    if (c->json && c->stream) {
        puts(json_object_to_json_string_ext(row, JSON_FLAGS));
    } else if (c->json) {
        putchar(c->listing ? ',' : '[');
        fputs(json_object_to_json_string_ext(row, JSON_FLAGS), stdout);
    } else {
        if (!c->listing)
            print_head(columns);
        print_cells(columns, row);
    }
    c->listing = true;
    json_object_put(row);
}

int ctl_rows_end(struct ctl *c, const struct ctl_column *columns)
{
    if (c->json)
        puts(c->listing ? "]" : "[]");
    else if (!c->listing)
        print_head(columns);
    c->listing = false;
    return ctl_flush();
}

/* ---- members ---- */

/* The store is left as by a kill, which it survives. */
static struct json_object *need(struct json_object *value)
{
    if (!value) {
        fputs("turnpikectl: out of memory\n", stderr);
        _exit(CTL_FAILED);
    }
    return value;
}

struct json_object *ctl_row_new(void)
{
    return need(json_object_new_object());
}

struct json_object *ctl_array_new(void)
{
    return need(json_object_new_array());
}

void ctl_add(
    struct json_object *row, const char *name, struct json_object *value)
{
    if (json_object_object_add(row, name, value))
        need(NULL);
}

void ctl_append(struct json_object *array, const char *text)
{
    ctl_append_row(array, need(json_object_new_string(text)));
}

void ctl_append_row(struct json_object *array, struct json_object *row)
{
    if (json_object_array_add(array, row))
        need(NULL);
}

void ctl_add_text(struct json_object *row, const char *name, const char *value)
{
    ctl_add(row, name,
        value && *value ? need(json_object_new_string(value)) : NULL);
}

void ctl_add_int(struct json_object *row, const char *name, int64_t value)
{
    ctl_add(row, name, need(json_object_new_int64(value)));
}

void ctl_add_bool(struct json_object *row, const char *name, bool value)
{
    ctl_add(row, name, need(json_object_new_boolean(value)));
}

void ctl_add_time(struct json_object *row, const char *name, int64_t micros)
{
    char text[CTL_TIME_TEXT] = "";

    if (micros != 0)
        ctl_write_time(micros, text);
    ctl_add_text(row, name, text);
}

void ctl_add_id(struct json_object *row, const char *name, const char *prefix,
    const uint8_t id[STORE_ID])
{
    char hex[2 * STORE_ID + 1], text[CTL_ID_TEXT];

    mac_hex(id, STORE_ID, hex);
    snprintf(text, sizeof(text), "%s%s", prefix, hex);
    ctl_add_text(row, name, text);
}
