#include "core/registry/row.h"

#define TRIES 16

static int write_once(struct registry *registry, row_plan *plan, struct row *row,
                      struct problem *problem)
{
    struct draft *draft = NULL;
    int err = draft_new(&draft, registry->store);
    if (!err)
        err = plan(registry, draft, row, problem);
    if (!err)
        err = draft_commit(draft, NULL, NULL);
    (void)draft_free(draft); /* NULL when there was no memory for one */
    return err;
}

int row_write(struct registry *registry, row_plan *plan, struct row *row, json_t **ret_result,
              struct problem *problem)
{
    int err = JALON_CONFLICT;
    for (int i = 0; i < TRIES && err == JALON_CONFLICT && problem->kind == PROBLEM_NONE; i++) {
        row->result = NULL;
        err = write_once(registry, plan, row, problem);
        if (err || !ret_result)
            json_decref(row->result);
    }
    if (err)
        return problem->kind == PROBLEM_NONE ? problem_from_error(problem, err) : err;
    if (ret_result)
        *ret_result = row->result;
    return JALON_OK;
}
