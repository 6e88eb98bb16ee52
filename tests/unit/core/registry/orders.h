/* orders.h - a campaign with links and codes, and orders sent to it, for the tests of conversions. */
#ifndef TESTS_REGISTRY_ORDERS_H
#define TESTS_REGISTRY_ORDERS_H
#include "tests/unit/core/registry/live.h"

#include "jalon/jalon.h"

#define DAY_MS INT64_C(86400000)

/* A click id on the link of that code, so long before now. */
static inline void mint(struct live *live, const char *campaign, const char *code, int64_t ago_ms,
                        char ret_click_id[JALON_CLICK_ID_SIZE + 1])
{
    static uint64_t nonce;
    uint64_t link_id;
    assert_int_equal(jalon_link_id(code, strlen(code), &link_id), JALON_OK);
    assert_int_equal(
        jalon_click_mint(live->keys, campaign, link_id, NOW_MS - ago_ms, ++nonce, ret_click_id),
        JALON_OK);
}

static inline int seed_links(void **state)
{
    struct registry *registry = &((struct live *)*state)->registry;
    (void)live_seed(state);
    add(registry, link_add,
        "{'campaign':'spring-trail','creator':'marie','slug':'m','channel':'bio'}");
    add(registry, link_add,
        "{'campaign':'spring-trail','creator':'tom','slug':'t','channel':'story'}");
    add(registry, link_add, "{'campaign':'winter-trail','creator':'tom','slug':'w'}");
    add(registry, code_add,
        "{'campaign':'spring-trail','creator':'marie','slug':'MARIE10','valid_from':"
        "'2026-05-01T00:00:00Z','valid_until':'2026-05-29T00:00:00Z'}");
    add(registry, code_add, "{'campaign':'winter-trail','creator':'tom','slug':'SNOW'}");
    return 0;
}

/* %s in `format` is the click id; the answer is the caller's. */
static inline json_t *convert(struct live *live, const char *format, const char *click_id,
                              bool *ret_is_known)
{
    char text[4096];
    (void)snprintf(text, sizeof text, format, click_id ? click_id : "");
    json_t *input = json_of(text), *result = NULL;
    struct problem problem = {0};
    int err = conversion_add(&live->registry, input, &result, ret_is_known, &problem);
    problem_print(&problem);
    if (err)
        fail_msg("refused: %s", text);
    json_decref(input);
    return result;
}

static inline int keep_last(void *context, const json_t *thing)
{
    json_t **last = context;
    json_decref(*last);
    *last = json_deep_copy(thing);
    return 0;
}
#endif
