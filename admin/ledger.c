/* ledger.c - costs, posts and conversions: what may be known already, and has an answer worth reading. */
#include "admin/handlers.h"
#include "admin/list_out.h"
#include "admin/noun_input.h"

#include <stdio.h>

/* Prints the result, and ends it. */
static int print_result(struct session *session, json_t *result, bool is_known)
{
    if (is_known)
        fputs("jalon: it was there already: nothing was changed\n", stderr);
    int err = list_out_one(session->format, result);
    json_decref(result);
    return err;
}

int cost_add_run(struct session *session)
{
    json_t *input, *result;
    bool is_known;
    int err = noun_input(session, &input);
    if (err)
        return err;
    err = cost_add(&session->registry, input, options_has(session->options, "replace"), &result,
                   &is_known, &session->problem);
    json_decref(input);
    return err ? err : print_result(session, result, is_known);
}

typedef int add_known(struct registry *registry, const json_t *input, json_t **ret_result,
                      bool *ret_is_known, struct problem *problem);

static int add(struct session *session, add_known *registry_add)
{
    json_t *input, *result;
    bool is_known;
    int err = noun_input(session, &input);
    if (err)
        return err;
    err = registry_add(&session->registry, input, &result, &is_known, &session->problem);
    json_decref(input);
    return err ? err : print_result(session, result, is_known);
}

int post_add_run(struct session *session)
{
    return add(session, post_add);
}

int conversion_add_run(struct session *session)
{
    return add(session, conversion_add);
}

int conversion_set_run(struct session *session)
{
    json_t *result;
    int err = conversion_set_status(&session->registry, options_slice(session->options, "campaign"),
                                    session_argument(session, 0),
                                    options_slice(session->options, "status"), &result,
                                    &session->problem);
    return err ? err : print_result(session, result, false);
}

int conversion_refund_run(struct session *session)
{
    json_t *input, *result;
    bool is_known;
    int err = noun_input(session, &input);
    if (err)
        return err;
    err = conversion_refund(&session->registry, session_argument(session, 0), input, &result,
                            &is_known, &session->problem);
    json_decref(input);
    return err ? err : print_result(session, result, is_known);
}
