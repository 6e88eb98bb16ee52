/* verb.c - add, set, show and list of the nouns that the registry treats alike, by the table in
 * operations.c; and the verbs that only one noun has. */
#include "admin/command.h"
#include "admin/handlers.h"
#include "admin/noun_input.h"
#include "admin/operations.h"
#include "core/registry/thing.h"

static const struct operations *operations_of(const struct session *session)
{
    return operations_find(session->command->noun);
}

int verb_add(struct session *session)
{
    const struct operations *operations = operations_of(session);
    json_t *input, *result;
    int err = noun_input(session, &input);
    if (err)
        return err;
    err = operations->add(&session->registry, input, &result, &session->problem);
    json_decref(input);
    if (err)
        return err;
    struct slice made = thing_text(result, operations->made);
    printf("%.*s\n", SLICE_ARG(made));
    json_decref(result);
    return JALON_OK;
}

int verb_set(struct session *session)
{
    json_t *changes, *result;
    int err = noun_input(session, &changes);
    if (err)
        return err;
    err = operations_of(session)->set(&session->registry, session_argument(session, 0), changes,
                                      &result, &session->problem);
    json_decref(changes);
    if (!err)
        json_decref(result);
    return err;
}

int verb_show(struct session *session)
{
    json_t *thing;
    int err = operations_of(session)->show(&session->registry, session_argument(session, 0), &thing,
                                           &session->problem);
    if (err)
        return err;
    err = list_out_one(session->format, thing);
    json_decref(thing);
    return err;
}

static int list_things(struct session *session, struct list_out *list)
{
    const struct operations *operations = operations_of(session);
    if (operations->list)
        return operations->list(&session->registry, list_out_add, list, &session->problem);
    struct list_filter filter = {
        .campaign = options_slice(session->options, "campaign"),
        .creator = options_slice(session->options, "creator"),
        .from = options_slice(session->options, "from"),
        .to = options_slice(session->options, "to"),
    };
    return operations->list_some(&session->registry, &filter, list_out_add, list,
                                 &session->problem);
}

int verb_list(struct session *session)
{
    struct list_out *list;
    int err = list_out_new(&list, session->format, operations_of(session)->columns);
    if (err)
        return err;
    err = list_things(session, list);
    if (!err)
        err = list_out_end(list);
    list_out_free(list);
    return err;
}

int creator_erase_run(struct session *session)
{
    struct slice slug = session_argument(session, 0);
    char question[256];
    (void)snprintf(
        question, sizeof question,
        "This removes what is known about %.*s for good and disables the links and codes.",
        SLICE_ARG(slug)); /* cut to fit */
    json_t *creator;
    int err = creator_show(&session->registry, slug, &creator, &session->problem);
    if (err)
        return err;
    json_decref(creator);
    err = session_confirm(session, question);
    return err ? err : creator_erase(&session->registry, slug, &session->problem);
}

int token_revoke_run(struct session *session)
{
    return token_revoke(&session->registry, session_argument(session, 0), &session->problem);
}

int link_verify_run(struct session *session)
{
    json_t *result;
    int err =
        link_verify(&session->registry, session_argument(session, 0), &result, &session->problem);
    if (err)
        return err;
    err = list_out_one(session->format, result);
    struct slice signature = thing_text(result, "signature");
    if (!err && slice_is(signature, "none"))
        err = problem_set(
            &session->problem, PROBLEM_INVALID,
            "a vanity link carries no signature: \"jalon link show\" knows the registered ones");
    else if (!err && !slice_is(signature, "valid"))
        err = problem_set(
            &session->problem, PROBLEM_INVALID,
            "the signature does not verify: it was not issued here, or its key is retired");
    json_decref(result);
    return err;
}
