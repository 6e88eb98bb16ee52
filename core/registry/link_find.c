/* A record is looked for by the link id alone. No signature is asked for: what was forged has no record, and a link whose
 * key was retired must still be shown and disabled. */
#include "core/registry/link_find.h"

#include "core/registry/link_name.h"
#include "core/registry/link_record.h"
#include "core/registry/link_slug.h"
#include "core/registry/thing.h"

static int read_record(struct draft *draft, uint64_t link_id, json_t **ret_record)
{
    struct slice json = SLICE_NONE;
    int err = link_get(draft, link_id, &json);
    if (err)
        return err;
    if (!json.size)
        return JALON_NOT_FOUND;
    json_t *record = json_loadb(json.data, json.size, 0, NULL);
    if (!record)
        return JALON_DAMAGED;
    *ret_record = record;
    return JALON_OK;
}

/* Signed by its shape, or a slug. */
static int find_code(struct draft *draft, struct slice path, uint64_t *ret_link_id,
                     json_t **ret_record)
{
    char slug[LINK_SLUG_MAX + 1];
    struct slice code = path;
    if (!link_slug_is_signed_shape(path)) {
        if (link_slug_fold(slug, path))
            return JALON_NOT_FOUND;
        code = slice_of_string(slug);
    }
    int err = link_id_of_code(ret_link_id, code);
    return err ? err : read_record(draft, *ret_link_id, ret_record);
}

static int make_record(const struct registry *registry, const struct token *token,
                       json_t **ret_record)
{
    struct buffer json;
    buffer_init(&json, 6 * JALON_TOKEN_SIZE_MAX);
    int err = link_view_write_portable(&json, token->campaign, token->creator, token->channel,
                                       token->target, registry->now_ms);
    if (!err) {
        *ret_record = json_loadb(json.data, json.size, 0, NULL);
        err = *ret_record ? JALON_OK : JALON_NO_MEMORY;
    }
    buffer_done(&json);
    return err;
}

static int find_token(const struct registry *registry, struct draft *draft, struct slice text,
                      uint64_t *ret_link_id, json_t **ret_record)
{
    struct token token;
    if (token_decode(&token, text))
        return JALON_NOT_FOUND;
    int err = token_link_id(ret_link_id, &token);
    if (!err)
        err = read_record(draft, *ret_link_id, ret_record);
    if (err != JALON_NOT_FOUND || token_read(&token, registry->keys, text))
        return err;
    return make_record(registry, &token, ret_record);
}

static int find_id(struct draft *draft, struct slice text, uint64_t *ret_link_id,
                   json_t **ret_record)
{
    if (text.size != LINK_ID_TEXT || link_id_parse(ret_link_id, text))
        return JALON_NOT_FOUND;
    return read_record(draft, *ret_link_id, ret_record);
}

int link_find(const struct registry *registry, struct draft *draft, struct slice text,
              uint64_t *ret_link_id, json_t **ret_record)
{
    struct slice path = link_name_path(registry, text);
    if (slice_starts(path, SLICE("o/")))
        return find_token(registry, draft, slice_from(path, 2), ret_link_id, ret_record);
    int err = find_code(draft, path, ret_link_id, ret_record);
    if (err == JALON_NOT_FOUND)
        err = find_id(draft, path, ret_link_id, ret_record);
    if (err == JALON_NOT_FOUND)
        err = find_token(registry, draft, path, ret_link_id, ret_record);
    return err;
}
