#include "core/registry/draft.h"
#include "core/registry/lookup.h"
#include "core/registry/thing.h"
#include "core/registry/token_text.h"

static bool has_scope(const json_t *record, const char *scope)
{
    size_t i;
    json_t *value;
    json_array_foreach(json_object_get(record, "scopes"), i,
                       value) if (slice_is(thing_slice(value), scope)) return true;
    return false;
}

static int unauthorized(struct problem *problem)
{
    (void)problem_set(problem, PROBLEM_UNAUTHORIZED,
                      "send Authorization: Bearer with a token made by `jalon token add`");
    return JALON_INVALID;
}

static int check_record(const json_t *record, struct slice secret, const char *scope,
                        struct problem *problem)
{
    char digest[TOKEN_DIGEST_SIZE];
    int err = token_digest(digest, secret);
    if (err)
        return err;
    struct slice stored = thing_text(record, "sha256");
    if (stored.size != sizeof digest || !bytes_equal_ct(stored.data, digest, sizeof digest) ||
        thing_number(record, "revoked_ms", 0))
        return unauthorized(problem);
    if (scope && !has_scope(record, scope))
        return problem_set(problem, PROBLEM_FORBIDDEN, "the token lacks the scope %s", scope);
    return JALON_OK;
}

static int check_token(struct registry *registry, struct slice secret, const char *scope,
                       json_t **ret_result, struct problem *problem)
{
    struct slice id = token_id_of(secret);
    if (secret.size != TOKEN_SIZE || !id.size)
        return unauthorized(problem);
    struct draft *draft;
    int err = draft_new(&draft, registry->store);
    if (err)
        return err;
    struct key key = key_tokens();
    json_t *record = NULL;
    err = draft_get_record(draft, &key, id, &record);
    if (err == JALON_NOT_FOUND)
        err = unauthorized(problem);
    else if (!err)
        err = check_record(record, secret, scope, problem);
    if (!err)
        err = token_thing(record, NULL, ret_result);
    json_decref(record);
    (void)draft_free(draft); /* NULL, not needed */
    return err;
}

int token_check(struct registry *registry, struct slice secret, const char *scope,
                json_t **ret_result, struct problem *problem)
{
    int err = check_token(registry, secret, scope, ret_result, problem);
    return err ? lookup_failed(problem, err) : JALON_OK;
}
