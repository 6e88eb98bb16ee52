#include "core/report/report.h"
#include "core/report/compare.h"
#include "core/report/report_kinds.h"
#include "core/report/steps.h"

static const struct report_kind *const kinds[] = {
    &creators_report, &campaigns_report, &links_report,    &codes_report,   &orders_report,
    &payouts_report,  &timeline_report,  &residual_report, &compare_report, &sources_report,
    &geo_report,      &devices_report,   &quality_report,
};
#define KIND_COUNT (sizeof kinds / sizeof *kinds)

size_t report_find(struct slice name)
{
    size_t index = 0;
    while (index < KIND_COUNT && !slice_is(name, kinds[index]->shape->name))
        index++;
    return index;
}

static int refuse_name(struct slice name, struct problem *problem)
{
    char memory[256];
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

static int check_step(const struct report_kind *kind, struct slice step, struct problem *problem)
{
    if (step.size && !kind->shape->has_steps)
        return problem_field(problem, "step", "the report %s has no steps of time: leave it out",
                             kind->shape->name);
    if (!report_is_step(step))
        return problem_field(problem, "step", "%.*s is no step: write hour, day or week",
                             SLICE_ARG(slice_first(step, 40)));
    return JALON_OK;
}

static int check_grouping(const struct report_kind *kind, struct slice by, struct problem *problem)
{
    if (by.size && !kind->shape->has_groups)
        return problem_field(problem, "by", "the report %s has no groups: leave it out",
                             kind->shape->name);
    if (!report_is_grouping(by))
        return problem_field(problem, "by", "%.*s makes no groups: write " REPORT_GROUPINGS,
                             SLICE_ARG(slice_first(by, 40)));
    return JALON_OK;
}

int report_run(struct store *store, const struct report_query *query, struct report_sink *sink,
               struct problem *problem)
{
    size_t index = report_find(query->name);
    if (index == KIND_COUNT)
        return refuse_name(query->name, problem);
    const struct report_kind *kind = kinds[index];
    struct scope scope;
    int err = check_step(kind, query->step, problem);
    if (err == JALON_OK)
        err = check_grouping(kind, query->by, problem);
    if (err == JALON_OK)
        err = scope_open(&scope, store, query, kind->shape->takes_all, problem);
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

bool report_takes_all(size_t index)
{
    return index < KIND_COUNT && kinds[index]->shape->takes_all;
}

bool report_has_steps(size_t index)
{
    return index < KIND_COUNT && kinds[index]->shape->has_steps;
}

bool report_is_step(struct slice step)
{
    enum step known;
    return step_parse(&known, step);
}

bool report_has_groups(size_t index)
{
    return index < KIND_COUNT && kinds[index]->shape->has_groups;
}

bool report_is_grouping(struct slice by)
{
    enum compare_by known;
    return compare_by_parse(&known, by);
}
