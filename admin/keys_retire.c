/* keys_retire.c - a key is ended only after its owner heard what dies with it. */
#include "admin/handlers.h"
#include "admin/keys_change.h"
#include "core/registry/thing.h"
#include "core/sign/key_ring.h"

#include <stdio.h>

struct casualties { /* live links and codes that a key signed */
    const jalon_keys *keys;
    size_t index; /* of the key */
    uint64_t links, codes;
};

static bool is_live(const json_t *thing)
{
    return slice_is(thing_text(thing, "state"), "active");
}

static int count_link(void *context, const json_t *link)
{
    struct casualties *casualties = context;
    size_t index;
    if (is_live(link) &&
        key_ring_find_link_code(&index, casualties->keys, thing_text(link, "code")) == JALON_OK)
        casualties->links += index == casualties->index;
    return JALON_OK;
}

static int count_code(void *context, const json_t *code)
{
    struct casualties *casualties = context;
    size_t index;
    const char *campaign = json_string_value(json_object_get(code, "campaign"));
    if (is_live(code) && campaign &&
        key_ring_find_promo_code(&index, casualties->keys, campaign, thing_text(code, "code")) ==
            JALON_OK)
        casualties->codes += index == casualties->index;
    return JALON_OK;
}

static int count(struct session *session, struct casualties *casualties)
{
    struct list_filter all = {0};
    int err = link_list(&session->registry, &all, count_link, casualties, &session->problem);
    if (!err)
        err = code_list(&session->registry, &all, count_code, casualties, &session->problem);
    return err;
}

static int find(struct session *session, struct slice id, size_t *ret_index)
{
    for (size_t i = 0; i < key_ring_size(session->keys); i++) {
        struct key_view view = key_ring_view(session->keys, i);
        if (!slice_is(id, view.id))
            continue;
        if (view.state == KEY_ACTIVE)
            return problem_set(
                &session->problem, PROBLEM_INVALID,
                "%s is the active key: make another one first with \"jalon keys rotate\"", view.id);
        if (view.state == KEY_RETIRED)
            return problem_set(&session->problem, PROBLEM_INVALID, "%s is retired already",
                               view.id);
        *ret_index = i;
        return JALON_OK;
    }
    return problem_set(&session->problem, PROBLEM_NOT_FOUND,
                       "there is no key %.*s: \"jalon keys list\" shows those there are",
                       SLICE_ARG(id));
}

static int retire(jalon_keys *keys, void *context)
{
    const struct slice *id = context;
    return key_ring_retire(keys, *id);
}

int keys_retire(struct session *session)
{
    struct slice id = session_argument(session, 0);
    struct casualties casualties = {.keys = session->keys};
    int err = find(session, id, &casualties.index);
    if (!err)
        err = count(session, &casualties);
    if (err)
        return err;
    fprintf(stderr,
            "Retiring %.*s would kill %llu live links and %llu live promo codes, and all portable "
            "links and click ids "
            "that it signed: those are not counted anywhere.\n",
            SLICE_ARG(id), (unsigned long long)casualties.links,
            (unsigned long long)casualties.codes);
    err = session_confirm(session, "A retired key can't be used again.");
    return err ? err : keys_change(session, retire, &id);
}
