/* code.c - promo codes: like other nouns, but a code may be in several campaigns, and `add` may make many. */
#include "admin/handlers.h"
#include "admin/noun_input.h"
#include "admin/operations.h"
#include "core/registry/thing.h"

/* The codes of code_add()'s result: one, or the list of a --count. */
static int each_made(const json_t *result, thing_visit *visit, void *context)
{
    const json_t *codes = json_object_get(result, "codes");
    if (!codes)
        return visit(context, result);
    for (size_t i = 0; i < json_array_size(codes); i++) {
        int err = visit(context, json_array_get(codes, i));
        if (err)
            return err;
    }
    return JALON_OK;
}

static int print_code(void *context, const json_t *code)
{
    (void)context; /* a visit's context: none is needed */
    struct slice text = json_is_string(code) ? thing_slice(code) : thing_text(code, "code");
    return printf("%.*s\n", SLICE_ARG(text)) < 0 ? JALON_IO : JALON_OK;
}

static int print_made(struct session *session, const json_t *result)
{
    if (session->format == FORMAT_TABLE) /* just the codes, so that a script can take them */
        return each_made(result, print_code, NULL);
    struct list_out *list;
    int err = list_out_new(&list, session->format, operations_find("code")->columns);
    if (err)
        return err;
    err = each_made(result, list_out_add, list);
    if (!err)
        err = list_out_end(list);
    list_out_free(list);
    return err;
}

int code_add_run(struct session *session)
{
    json_t *input, *result;
    int err = noun_input(session, &input);
    if (err)
        return err;
    err = code_add(&session->registry, input, &result, &session->problem);
    json_decref(input);
    if (err)
        return err;
    err = print_made(session, result);
    json_decref(result);
    return err;
}

int code_set_run(struct session *session)
{
    json_t *changes, *result;
    int err = noun_input(session, &changes);
    if (err)
        return err;
    err =
        code_set(&session->registry, session_argument(session, 0),
                 options_slice(session->options, "campaign"), changes, &result, &session->problem);
    json_decref(changes);
    if (!err)
        json_decref(result);
    return err;
}

int code_rotate_run(struct session *session)
{
    json_t *input, *result;
    int err = noun_input(session, &input);
    if (err)
        return err;
    err = code_rotate(&session->registry, session_argument(session, 0), input, &result,
                      &session->problem);
    json_decref(input);
    if (err)
        return err;
    err = print_made(session, result);
    json_decref(result);
    return err;
}

static int show(struct session *session, json_t **ret_code)
{
    return code_show(&session->registry, session_argument(session, 0),
                     options_slice(session->options, "campaign"), ret_code, &session->problem);
}

int code_show_run(struct session *session)
{
    json_t *code;
    int err = show(session, &code);
    if (err)
        return err;
    err = list_out_one(session->format, code);
    json_decref(code);
    return err;
}

int code_verify_run(struct session *session)
{
    json_t *code;
    int err = show(session, &code);
    if (err)
        return err;
    err = list_out_one(session->format, code);
    struct slice state = thing_text(code, "state");
    if (!err && !slice_is(state, "active"))
        err = problem_set(&session->problem, PROBLEM_INVALID, "this code is known, but it is %.*s",
                          SLICE_ARG(state));
    json_decref(code);
    return err;
}
