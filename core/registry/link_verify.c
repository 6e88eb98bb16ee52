#include "core/registry/link_name.h"
#include "core/registry/lookup.h"
#include "core/registry/thing.h"
#include "core/store/schema.h"

static void put_portable(struct thing *thing, const struct token *token)
{
    thing_put_text(thing, "campaign", token->campaign);
    thing_put_text(thing, "creator", token->creator);
    thing_put_text_or_null(thing, "channel", token->channel);
    thing_put_text_or_null(thing, "target", token->target);
    thing_put_moment_or_null(thing, "expires_at", token->expires_at * 1000);
}

static int verified(const struct link_name *name, enum link_kind kind, bool is_good,
                    json_t **ret_result)
{
    static const char *const states[] = {"invalid", "valid"};
    struct thing thing;
    thing_start(&thing);
    thing_put_text(&thing, "kind", slice_of_string(link_kind_name(kind)));
    thing_put_text(&thing, "signature",
                   slice_of_string(kind == LINK_VANITY ? "none" : states[is_good]));
    if (is_good) {
        char id[LINK_ID_TEXT + 1];
        link_id_format(id, name->link_id);
        thing_put_text_or_null(&thing, "code", slice_of_string(name->code));
        if (kind == LINK_PORTABLE)
            put_portable(&thing, &name->token);
        thing_put_text(&thing, "link_id", slice_of_string(id));
    }
    return thing_end(&thing, ret_result);
}

int link_verify(struct registry *registry, struct slice text, json_t **ret_result,
                struct problem *problem)
{
    struct link_name name;
    enum link_kind kind;
    int err = link_name_read(&name, &kind, registry, slice_trim(text));
    if (err == JALON_MALFORMED)
        return problem_set(problem, PROBLEM_INVALID,
                           "that is no link of ours: give a code, a token as o/TOKEN, or the URL");
    if (err && err != JALON_BAD_SIGNATURE)
        return problem_from_error(problem, err);
    err = verified(&name, kind, !err, ret_result);
    return err ? problem_from_error(problem, err) : JALON_OK;
}
