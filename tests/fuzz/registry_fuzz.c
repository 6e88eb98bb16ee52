/* registry_fuzz.c - what the registry reads of others' making: bodies of requests through the fields of each noun,
 * stored records through the views, and codes, slugs and links as people write them. The first byte chooses. */
#include "core/registry/campaign_view.h"
#include "core/registry/code_text.h"
#include "core/registry/conversion_view.h"
#include "core/registry/cost_view.h"
#include "core/registry/creator_view.h"
#include "core/registry/field.h"
#include "core/registry/link_name.h"
#include "core/registry/link_slug.h"
#include "core/registry/link_view.h"
#include "core/registry/noun.h"
#include "core/registry/post_view.h"
#include "core/registry/thing.h"
#include "core/sign/key_ring.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool truth)
{
    if (!truth)
        abort();
}

/* What passed once passes again, and unchanged: there is one spelling. */
static void check_again(const struct noun *noun, json_t *clean)
{
    struct problem problem;
    problem_init(&problem);
    json_t *again;
    json_object_del(clean, "state"); /* of what `add` refuses */
    require(noun_check(noun, clean, &again, &problem) == JALON_OK);
    require(json_equal(clean, again));
    json_decref(again);
}

static void check_problem(const struct problem *problem)
{
    require(problem->kind != PROBLEM_NONE && problem->field_count <= PROBLEM_FIELDS_MAX);
    for (size_t i = 0; i < problem->field_count; i++) {
        require(slice_is_utf8(slice_of_string(problem->fields[i].pointer)));
        require(slice_is_utf8(slice_of_string(problem->fields[i].detail)));
    }
}

static void read_body(const struct noun *noun, struct slice text)
{
    json_t *input =
        json_loadb(text.data, text.size, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
    if (!input)
        return;
    json_t *clean;
    struct problem problem;
    problem_init(&problem);
    if (noun_check(noun, input, &clean, &problem)) {
        check_problem(&problem);
    } else {
        check_again(noun, clean);
        json_decref(clean);
    }
    problem_init(&problem);
    if (noun_check_changes(noun, input, &clean, &problem))
        check_problem(&problem);
    else
        json_decref(clean);
    json_decref(input);
}

/* Lines of NAME=VALUE. */
static void read_options(const struct noun *noun, struct slice text)
{
    struct slice names[8], values[8];
    size_t count = 0;
    for (; text.size && count < 8; count++) {
        values[count] = slice_take(&text, '\n');
        names[count] = slice_take(&values[count], '=');
    }
    json_t *input;
    struct problem problem;
    problem_init(&problem);
    if (noun_from_text(noun, names, values, count, &input, &problem))
        check_problem(&problem);
    else
        json_decref(input);
}

static void read_setup_views(struct slice json)
{
    struct campaign_view campaign;
    struct creator_view creator;
    struct link_view link;
    struct cost_view cost;
    if (!campaign_view_read(&campaign, json)) {
        require(campaign_view_allows_host(&campaign, campaign.allowed_hosts[0]));
        campaign_view_done(&campaign);
    }
    if (!creator_view_read(&creator, json))
        creator_view_done(&creator);
    if (!link_view_read(&link, json)) {
        require(link.campaign.size && link.creator.size);
        link_view_done(&link);
    }
    (void)cost_view_read(&cost, SLICE("marie/2026-05-01/commission"), json, 2); /* holds nothing */
}

static void read_sale_views(struct slice json)
{
    static struct conversion_view order;
    struct code_record codes;
    struct post_view post;
    if (!conversion_view_read(&order, json)) {
        struct attribution attribution;
        attribution_of(&attribution, &order.evidence, RULE_LINEAR, INT64_C(2592000000));
        int64_t shares = attribution.credit_count ? 0 : SHARE_WHOLE;
        for (size_t i = 0; i < attribution.credit_count; i++)
            shares += attribution.credits[i].share_micro;
        require(shares == SHARE_WHOLE);
        require(order.refunded_minor >= 0 && order.refunded_minor <= order.amount_minor);
        conversion_view_done(&order);
    }
    if (!code_record_read(&codes, json)) {
        for (size_t i = 0; i < codes.count; i++)
            require(code_view_overlaps(&codes.codes[i], 0, 0));
        code_record_done(&codes);
    }
    if (!post_view_read(&post, json))
        post_view_done(&post);
}

static void read_words(struct slice text)
{
    static jalon_keys *keys;
    static struct link_name name;
    if (!keys)
        require(key_ring_new(&keys, 1780000000) == JALON_OK);
    struct registry registry = {.keys = keys, .domain = "https://go.example.com"};
    enum link_kind kind;
    if (!link_name_read(&name, &kind, &registry, text))
        require(kind != LINK_VANITY || !link_slug_is_signed_shape(slice_of_string(name.code)));
    struct code_text code = code_text_read(text);
    require(code_text_folded(&code, text).size || !text.size);
    char slug[LINK_SLUG_MAX + 1];
    struct problem problem;
    problem_init(&problem);
    if (text.size && !link_slug_choose(slug, text, &problem))
        require(!link_slug_is_ours(slice_of_string(slug)));
    int64_t ms;
    if (!duration_parse(&ms, text))
        require(ms >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (!size)
        return 0;
    struct slice text = slice_of(bytes + 1, size - 1);
    const struct noun *noun = noun_at(bytes[0] & 15);
    switch (bytes[0] >> 4 & 3) {
    case 0:
        read_setup_views(text);
        read_sale_views(text);
        break;
    case 1:
        if (noun)
            read_body(noun, text);
        break;
    case 2:
        if (noun)
            read_options(noun, text);
        break;
    default:
        read_words(text);
    }
    return 0;
}
