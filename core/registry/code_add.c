/* A record holds all codes of a brand that fold alike, so that whether validities overlap is seen, and kept
 * true, by the one compare-and-set. */
#include "core/registry/code_text.h"
#include "core/registry/code_new.h"
#include "core/registry/code_thing.h"
#include "core/registry/lookup.h"
#include "core/registry/noun.h"
#include "core/registry/row.h"
#include "core/registry/thing.h"
#include "core/registry/view_reader.h"
#include "jalon/code.h"

#include <stdlib.h>

#define SERIAL_TRIES 100 /* signed codes that fold as a vanity one does are passed over */

static json_t *element_of(const struct registry *registry, const struct new_code *code,
                          struct slice text)
{
    struct thing element;
    thing_start(&element);
    thing_put_text(&element, "code", text);
    thing_put_text(&element, "campaign", code->campaign->slug);
    thing_put_text(&element, "creator", code->creator);
    if (code->discount.size)
        thing_put_text(&element, "discount", code->discount);
    if (code->valid_from_ms)
        thing_put_number(&element, "valid_from_ms", code->valid_from_ms);
    if (code->valid_until_ms)
        thing_put_number(&element, "valid_until_ms", code->valid_until_ms);
    if (code->max_redemptions)
        thing_put_number(&element, "max_redemptions", code->max_redemptions);
    if (code->replaces.size) {
        thing_put_text(&element, "replaces", code->replaces);
        thing_put_text(&element, "redemptions", code->redemptions);
    }
    if (!code->slug.size)
        thing_put(&element, "signed", json_true());
    thing_put_number(&element, "created_ms", registry->now_ms);
    return element.json;
}

static int put_codes(struct draft *draft, const struct campaign_view *campaign, struct slice folded,
                     json_t *record)
{
    struct key key = key_codes(campaign->brand);
    struct key codes_of = key_codes_of(campaign->brand, campaign->slug);
    struct index_entry index = {
        .key = &codes_of,
        .member = folded,
    };
    return draft_put(draft, &key, folded, record, &index, 1, SLICE_NONE);
}

/* The record for `folded`, started when there is none yet. */
static int open_record(struct draft *draft, const struct key *key, struct slice folded,
                       json_t **ret_record)
{
    int err = draft_get_record(draft, key, folded, ret_record);
    if (err != JALON_NOT_FOUND)
        return err;
    struct thing record;
    thing_start(&record);
    thing_put_number(&record, "v", RECORD_VERSION);
    thing_put_text(&record, "folded", folded);
    thing_put(&record, "codes", json_array());
    return thing_end(&record, ret_record);
}

/* The code that stands in the way of a new one, or NULL. */
static const struct code_view *rival_of(const struct code_record *record,
                                        const struct new_code *code)
{
    for (size_t i = 0; i < record->count; i++)
        if (code_view_overlaps(&record->codes[i], code->valid_from_ms, code->valid_until_ms))
            return &record->codes[i];
    return NULL;
}

/* Whose the other code is, and how it is spelled, is for those who may see it. */
static int refuse_taken(const struct registry *registry, const struct new_code *code,
                        const struct code_view *rival, struct problem *problem)
{
    struct slice meant = slice_first(code->slug, 40);
    bool is_told = lookup_is_within(registry, code->campaign->brand, rival->campaign);
    if (!is_told) {
        int err = problem_set(problem, PROBLEM_CONFLICT, "%.*s is taken at that time: try %.*s%u",
                              SLICE_ARG(meant), SLICE_ARG(meant), 2U);
        (void)problem_field(problem, "slug", "it is taken: choose another");
        return err;
    }
    int err = problem_set(problem, PROBLEM_CONFLICT,
                          "%.*s is taken by campaign %.*s at that time: try %.*s%u",
                          SLICE_ARG(rival->code), SLICE_ARG(rival->campaign), SLICE_ARG(meant), 2U);
    (void)problem_field(problem, "slug", "it reads as %.*s, which is taken: choose another",
                        SLICE_ARG(rival->code));
    return err;
}

/* JALON_EXISTS: another code of the brand folds alike and is valid at the same time. */
static int check_free(const struct registry *registry, struct draft *draft,
                      const struct new_code *code, struct slice folded, struct problem *problem)
{
    struct key key = key_codes(code->campaign->brand);
    struct slice json;
    int err = draft_get(draft, &key, folded, &json);
    if (err || !json.size)
        return err;
    struct code_record record;
    err = code_record_read(&record, json);
    if (err)
        return err;
    const struct code_view *rival = rival_of(&record, code);
    if (rival)
        err = JALON_EXISTS;
    else if (record.count == CODES_A_RECORD_MAX)
        err = problem_field(problem, "slug", "it was used %u times: choose another",
                            CODES_A_RECORD_MAX);
    if (rival && code->slug.size)
        err = refuse_taken(registry, code, rival, problem);
    code_record_done(&record);
    return err;
}

static int add_one(struct registry *registry, struct draft *draft, const struct new_code *code,
                   struct slice text, json_t *results, struct problem *problem)
{
    struct code_text read = code_text_read(text);
    struct slice folded = slice_of_string(read.folded);
    int err = check_free(registry, draft, code, folded, problem);
    if (err)
        return err;
    json_t *record, *element = element_of(registry, code, text);
    struct key key = key_codes(code->campaign->brand);
    err = open_record(draft, &key, folded, &record);
    if (err) {
        json_decref(element);
        return err;
    }
    if (json_array_append_new(json_object_get(record, "codes"), element))
        err = JALON_NO_MEMORY;
    if (!err)
        err = put_codes(draft, code->campaign, folded, json_incref(record));
    json_decref(record);
    struct code_view view = {
        .code = text,
        .campaign = code->campaign->slug,
        .creator = code->creator,
        .discount = code->discount,
        .replaces = code->replaces,
        .valid_from_ms = code->valid_from_ms,
        .valid_until_ms = code->valid_until_ms,
        .max_redemptions = code->max_redemptions,
        .created_ms = registry->now_ms,
        .is_signed = !code->slug.size,
    };
    json_t *thing;
    if (!err)
        err = code_thing(registry, &view, &thing);
    if (!err && json_array_append_new(results, thing))
        err = JALON_NO_MEMORY;
    return err;
}

static int reserve(struct registry *registry, const struct new_code *code, uint64_t count,
                   uint64_t *ret_first, struct problem *problem)
{
    char name[32] = "code:";
    int err = jalon_code_fold(code->prefix, strlen(code->prefix), name + 5, sizeof name - 5);
    if (!err)
        err = store_reserve(registry->store, ret_first, slice_of_string(name), count,
                            JALON_CODE_SERIAL_MAX + UINT64_C(1));
    if (err == JALON_FULL)
        return problem_field(problem, "prefix", "all its codes are used up: choose another");
    return err;
}

static void upper(char *text)
{
    for (; *text; text++)
        if (*text >= 'a' && *text <= 'z')
            *text = (char)(*text - 'a' + 'A');
}

static int add_vanity(struct registry *registry, struct draft *draft, const struct new_code *code,
                      json_t *results, struct problem *problem)
{
    char text[80];
    int err = slice_to_string(text, sizeof text, code->slug);
    if (err)
        return err;
    upper(text);
    return add_one(registry, draft, code, slice_of_string(text), results, problem);
}

/* Asks for the records of the codes to come in one round trip. */
static int fetch_ahead(struct draft *draft, const struct new_code *code, char (*texts)[29],
                       size_t count)
{
    struct slice *folded = reallocarray(NULL, count, sizeof *folded);
    struct code_text *read = reallocarray(NULL, count, sizeof *read);
    int err = folded && read ? JALON_OK : JALON_NO_MEMORY;
    for (size_t i = 0; i < count && !err; i++) {
        read[i] = code_text_read(slice_of_string(texts[i]));
        folded[i] = slice_of_string(read[i].folded);
    }
    struct key key = key_codes(code->campaign->brand);
    if (!err)
        err = draft_fetch(draft, &key, folded, count);
    free(folded);
    free(read);
    return err;
}

static int add_minted(struct registry *registry, struct draft *draft, const struct new_code *code,
                      uint64_t first, uint64_t count, json_t *results, struct problem *problem)
{
    char(*texts)[JALON_CODE_SIZE_MAX + 1] = reallocarray(NULL, (size_t)count, sizeof *texts);
    if (!texts)
        return JALON_NO_MEMORY;
    char campaign[65];
    int err = slice_to_string(campaign, sizeof campaign, code->campaign->slug);
    for (uint64_t i = 0; i < count && !err; i++)
        err = jalon_code_mint(registry->keys, campaign, code->prefix, (uint32_t)(first + i),
                              texts[i]);
    if (!err)
        err = fetch_ahead(draft, code, texts, (size_t)count);
    for (uint64_t i = 0; i < count && !err; i++) {
        err = add_one(registry, draft, code, slice_of_string(texts[i]), results, problem);
        if (err == JALON_EXISTS)
            err = JALON_OK; /* a vanity code folds alike: the next serial makes up for it */
    }
    free(texts);
    return err;
}

static int add_signed(struct registry *registry, struct draft *draft, const struct new_code *code,
                      json_t *results, struct problem *problem)
{
    for (int i = 0; i < SERIAL_TRIES && json_array_size(results) < code->count; i++) {
        uint64_t first, missing = code->count - json_array_size(results);
        int err = reserve(registry, code, missing, &first, problem);
        if (!err)
            err = add_minted(registry, draft, code, first, missing, results, problem);
        if (err)
            return err;
    }
    return JALON_OK;
}

int code_new_put(struct registry *registry, struct draft *draft, const struct new_code *code,
                 json_t *results, struct problem *problem)
{
    return code->slug.size ? add_vanity(registry, draft, code, results, problem)
                           : add_signed(registry, draft, code, results, problem);
}

static int add_checked(struct registry *registry, struct draft *draft, struct row *row,
                       const json_t *clean, struct problem *problem)
{
    struct new_code code;
    int err = code_new_read(&code, registry, draft, clean, problem);
    if (err)
        return err;
    json_t *results = json_array();
    if (!results)
        return JALON_NO_MEMORY;
    err = code_new_put(registry, draft, &code, results, problem);
    if (!err) {
        row->outcome = OUTCOME_ADDED;
        row->result = json_object_get(clean, "count") ? json_pack("{s:O}", "codes", results)
                                                      : json_incref(json_array_get(results, 0));
        err = row->result ? JALON_OK : JALON_NO_MEMORY;
    }
    json_decref(results);
    return err;
}

static int plan_add(struct registry *registry, struct draft *draft, struct row *row,
                    struct problem *problem)
{
    json_t *clean;
    int err = noun_check(noun_find(SLICE("code")), row->input, &clean, problem);
    if (err)
        return err;
    err = add_checked(registry, draft, row, clean, problem);
    json_decref(clean);
    return err;
}

int code_add(struct registry *registry, const json_t *input, json_t **ret_result,
             struct problem *problem)
{
    struct row row = {.input = input};
    return row_write(registry, plan_add, &row, ret_result, problem);
}
