#include "core/report/report.h"
#include "core/report/report_kinds.h"

static const struct report_kind *const kinds[] = {
    &creators_report,
    &links_report,
    &codes_report,
    &payouts_report,
};
#define KIND_COUNT (sizeof kinds / sizeof *kinds)

static const struct report_kind *kind_of(struct slice name)
{
    for (size_t i = 0; i < KIND_COUNT; i++)
        if (slice_is(name, kinds[i]->shape->name))
            return kinds[i];
    return NULL;
}

static int refuse_name(struct slice name, struct problem *problem)
{
    char memory[128];
    struct buffer names;
    buffer_over(&names, memory, sizeof memory);
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (i)
            buffer_append_string(&names, ", ");
        buffer_append_string(&names, kinds[i]->shape->name);
    }
    return problem_set(problem, PROBLEM_NOT_FOUND, "there is no report %.*s; there are: %.*s",
                       SLICE_ARG(slice_first(name, 40)), SLICE_ARG(buffer_slice(&names)));
}

int report_run(struct store *store, const struct report_query *query, struct report_sink *sink,
               struct problem *problem)
{
    const struct report_kind *kind = kind_of(query->name);
    if (!kind)
        return refuse_name(query->name, problem);
    struct scope scope;
    int err = scope_open(&scope, store, query, problem);
    if (err)
        return err;
    err = row_table_check_sort(&scope, kind->shape);
    if (err == JALON_OK) {
        err = kind->run(&scope, sink);
        if (err && problem->kind == PROBLEM_NONE)
            err = problem_from_error(problem, err);
    }
    scope_done(&scope);
    return err;
}

const char *report_name(size_t index)
{
    return index < KIND_COUNT ? kinds[index]->shape->name : NULL;
}

const char *report_summary(size_t index)
{
    return index < KIND_COUNT ? kinds[index]->shape->summary : NULL;
}

const struct column *report_columns(size_t index, size_t *ret_count)
{
    *ret_count = index < KIND_COUNT ? kinds[index]->shape->column_count : 0;
    return index < KIND_COUNT ? kinds[index]->shape->columns : NULL;
}
