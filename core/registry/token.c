#include "core/base/encoding.h"
#include "core/base/random.h"
#include "core/registry/campaign_names.h"
#include "core/registry/listing.h"
#include "core/registry/lookup.h"
#include "core/registry/noun.h"
#include "core/registry/row.h"
#include "core/registry/thing.h"
#include "core/registry/token_text.h"
#include "core/registry/view_reader.h"

struct new_token {
    char text[TOKEN_SIZE + 1];
    struct slice id; /* in the text */
    char digest[TOKEN_DIGEST_SIZE];
};

int token_digest(char ret_digest[TOKEN_DIGEST_SIZE], struct slice token)
{
    uint8_t digest[SHA256_BYTES];
    int err = sha256(digest, token);
    if (!err)
        hex_encode(ret_digest, slice_of(digest, sizeof digest));
    return err;
}

static int make_token(struct new_token *token)
{
    uint8_t id[TOKEN_ID_BYTES], secret[TOKEN_SECRET_BYTES];
    int err = random_bytes(id, sizeof id);
    if (!err)
        err = random_bytes(secret, sizeof secret);
    if (err)
        return err;
    char *at = token->text;
    memcpy(at, TOKEN_PREFIX, sizeof TOKEN_PREFIX - 1);
    at += sizeof TOKEN_PREFIX - 1;
    hex_encode(at, slice_of(id, sizeof id));
    token->id = slice_of(at, TOKEN_ID_SIZE);
    at[TOKEN_ID_SIZE] = '_';
    base64url_encode(at + TOKEN_ID_SIZE + 1, slice_of(secret, sizeof secret));
    token->text[TOKEN_SIZE] = '\0';
    return token_digest(token->digest, slice_of(token->text, TOKEN_SIZE));
}

int token_thing(const json_t *record, const char *secret, json_t **ret_thing)
{
    struct thing thing;
    thing_start(&thing);
    if (secret)
        thing_put_text(&thing, "token", slice_of_string(secret));
    thing_put_same(&thing, "id", record);
    thing_put_same(&thing, "scopes", record);
    thing_put_same(&thing, "brand", record);
    thing_put_same(&thing, "campaign", record);
    thing_put_same(&thing, "name", record);
    bool is_revoked = thing_number(record, "revoked_ms", 0) != 0;
    thing_put_text(&thing, "state", is_revoked ? SLICE("revoked") : SLICE("active"));
    thing_put_moment_or_null(&thing, "created_at", thing_number(record, "created_ms", 0));
    return thing_end(&thing, ret_thing);
}

/* A brand is what campaigns say it is. */
static int check_brand(struct registry *registry, struct slice brand, struct problem *problem)
{
    struct campaign_names names;
    int err = campaign_names_read(registry, SLICE_NONE, &names, problem);
    if (err)
        return err;
    bool is_known = false;
    for (size_t i = 0; i < names.count; i++)
        is_known |= slice_is(brand, names.items[i].brand);
    campaign_names_done(&names);
    return is_known ? JALON_OK
                    : problem_field(problem, "brand", "no campaign is of %.*s: check the name",
                                    SLICE_ARG(lookup_shown(brand)));
}

/* A campaign's limit carries its brand's: a token never reaches further than it says. */
static int check_limits(struct registry *registry, struct draft *draft, const json_t *clean,
                        struct slice *ret_brand, struct problem *problem)
{
    struct slice slug = thing_text(clean, "campaign"), brand = thing_text(clean, "brand");
    *ret_brand = brand;
    if (!slug.size)
        return brand.size ? check_brand(registry, brand, problem) : JALON_OK;
    const struct campaign_view *campaign;
    int err = lookup_campaign(registry, draft, slug, "campaign", &campaign, problem);
    if (err)
        return err;
    if (brand.size && !slice_equal(brand, campaign->brand))
        return problem_field(problem, "brand", "the campaign is one of %.*s",
                             SLICE_ARG(campaign->brand));
    *ret_brand = campaign->brand;
    return JALON_OK;
}

static int put_token(struct registry *registry, struct draft *draft, struct row *row,
                     const json_t *clean, struct slice brand)
{
    struct new_token token;
    int err = make_token(&token);
    if (err)
        return err;
    struct thing record;
    thing_start(&record);
    thing_put_number(&record, "v", RECORD_VERSION);
    thing_put_text(&record, "id", token.id);
    thing_put_text(&record, "sha256", slice_of(token.digest, sizeof token.digest));
    thing_put_same(&record, "scopes", clean);
    if (brand.size)
        thing_put_text(&record, "brand", brand);
    thing_put_same_if_there(&record, "campaign", clean);
    thing_put_same_if_there(&record, "name", clean);
    thing_put_number(&record, "created_ms", registry->now_ms);
    json_t *json;
    err = thing_end(&record, &json);
    if (err)
        return err;
    struct key key = key_tokens();
    err = token_thing(json, token.text, &row->result);
    if (err) {
        json_decref(json);
        return err;
    }
    return draft_put(draft, &key, token.id, json, NULL, 0, SLICE_NONE);
}

static int plan_add(struct registry *registry, struct draft *draft, struct row *row,
                    struct problem *problem)
{
    json_t *clean;
    int err = lookup_unlimited(registry, problem);
    if (!err)
        err = noun_check(noun_find(SLICE("token")), row->input, &clean, problem);
    if (err)
        return err;
    struct slice brand;
    if (json_array_size(json_object_get(clean, "scopes")) == 0)
        err = problem_field(problem, "scopes", "give at least one of issue, convert, report");
    if (!err)
        err = check_limits(registry, draft, clean, &brand, problem);
    if (!err)
        err = put_token(registry, draft, row, clean, brand);
    json_decref(clean);
    return err;
}

int token_add(struct registry *registry, const json_t *input, json_t **ret_result,
              struct problem *problem)
{
    struct row row = {.input = input};
    return row_write(registry, plan_add, &row, ret_result, problem);
}

static int list_token(const json_t *record, json_t **ret_thing)
{
    return token_thing(record, NULL, ret_thing);
}

int token_list(struct registry *registry, thing_visit *visit, void *context,
               struct problem *problem)
{
    int err = lookup_unlimited(registry, problem);
    if (err)
        return err;
    struct key key = key_tokens();
    return listing_show_hash(registry, &key, list_token, visit, context, problem);
}

struct slice token_id_of(struct slice text)
{
    if (slice_starts(text, SLICE(TOKEN_PREFIX)))
        text = slice_first(slice_from(text, sizeof TOKEN_PREFIX - 1), TOKEN_ID_SIZE);
    uint8_t bytes[TOKEN_ID_BYTES];
    return hex_decode(bytes, sizeof bytes, text) ? SLICE_NONE : text;
}

static int plan_revoke(struct registry *registry, struct draft *draft, struct row *row,
                       struct problem *problem)
{
    struct slice id = token_id_of(row->key);
    struct key key = key_tokens();
    json_t *record;
    int err = lookup_unlimited(registry, problem);
    if (err)
        return err;
    err = id.size ? draft_get_record(draft, &key, id, &record) : JALON_NOT_FOUND;
    if (err == JALON_NOT_FOUND)
        return problem_set(problem, PROBLEM_NOT_FOUND,
                           "there is no such token: see `jalon token list`");
    if (err || thing_number(record, "revoked_ms", 0)) {
        json_decref(err ? NULL : record);
        return err;
    }
    if (json_object_set_new(record, "revoked_ms", json_integer(registry->now_ms))) {
        json_decref(record);
        return JALON_NO_MEMORY;
    }
    return draft_put(draft, &key, id, record, NULL, 0, SLICE_NONE);
}

int token_revoke(struct registry *registry, struct slice id, struct problem *problem)
{
    struct row row = {.key = id};
    return row_write(registry, plan_revoke, &row, NULL, problem);
}
