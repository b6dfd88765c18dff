#include "ctl.h"

#include <stdio.h>

#include "core/conf_table.h"
#include "core/conf_value.h"

static const struct ctl_column columns[] = {{NULL, 0}};

static int print_json(struct ctl *c)
{
    size_t count;
    const struct conf_option *o = conf_table(&count);

    for (; count > 0; count--, o++) {
        struct json_object *row = ctl_row_new();
        struct buf values = {0};

        conf_value_describe(o, &values);
        ctl_add_text(row, "name", o->name);
        ctl_add_text(row, "values", buf_terminate(&values));
        ctl_add_text(row, "default", o->inherit ? o->inherit : o->fallback);
        ctl_add_text(row, "help", o->help);
        ctl_row(c, columns, row);
        buf_free(&values);
    }
    return ctl_rows_end(c, columns);
}

int ctl_manual(struct ctl *c)
{
    struct buf text = {0};
    int result = CTL_FAILED;

    if (c->json)
        return print_json(c);
    conf_manual(&text);
    if (!buf_terminate(&text))
        ctl_fail(c, "out of memory");
    else if (fputs(text.data, stdout) >= 0 && fflush(stdout) == 0)
        result = CTL_OK;
    buf_free(&text);
    return result;
}
